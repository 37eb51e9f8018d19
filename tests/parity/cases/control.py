"""cond, catch, catch_all, throw, seq and the helpers of redun.functools."""

from case import Case, Edit, Run  # type: ignore[import-not-found]

BASE = """
from redun.scheduler import catch_all, apply_tags
from redun.functools import (
    apply_func, as_task, compose, const, delay, eval_, flat_map, flatten, force, identity, map_, starmap, zip_
)
@task()
def inc(x): return x + 1
@task()
def value(x): return x
@task()
def boom(x): raise ValueError(x)
@task()
def worse(x): raise KeyError(x)
@task()
def recover(error): return ["recovered", type(error).__name__]
@task()
def recover_all(values): return [str(type(v).__name__) for v in values]
@task()
def pair(x): return [x, x * 10]
@task()
def add(a, b=0): return a + b
"""


def once(name, expr, *more, **options):
    """Return a case that evaluates an expression twice."""
    return Case(name, BASE, Run(expr), *more, Run(expr), **options)


CASES = [
    once("cond_true", "cond(value(1), inc(1), inc(2))"),
    once("cond_false", "cond(value(0), inc(1), inc(2))"),
    once("cond_elif", "cond(value(0), inc(1), value(5), inc(2), inc(3))"),
    once("cond_nothing_true", "cond(value(0), inc(1))"),
    once("cond_concrete", "cond(True, inc(1), boom(2))"),
    once("cond_comparison", "cond(inc(1) == 2, 'yes', 'no')"),
    once("cond_nested", "cond(value(1), cond(value(0), 1, 2), 3)"),
    once("throw", "throw(ValueError('x'))"),
    once("catch_success", "catch(inc(1), ValueError, recover)"),
    once(
        "catch_error",
        "catch(boom(1), ValueError, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'ValueError'"]}},
            {"value": {"list": ["'recovered'", "'ValueError'"]}, "ran": ["boom"], "cached": ["recover"]},
        ],
    ),
    once("catch_other_error", "catch(boom(1), KeyError, recover)"),
    once(
        "catch_tuple_of_classes",
        "catch(worse(1), (ValueError, KeyError), recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'KeyError'"]}},
            {"value": {"list": ["'recovered'", "'KeyError'"]}, "ran": ["worse"], "cached": ["recover"]},
        ],
    ),
    once(
        "catch_second_class",
        "catch(worse(1), ValueError, value, KeyError, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'KeyError'"]}},
            {"value": {"list": ["'recovered'", "'KeyError'"]}, "ran": ["worse"], "cached": ["recover"]},
        ],
    ),
    once(
        "catch_base_class",
        "catch(boom(1), Exception, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'ValueError'"]}},
            {"value": {"list": ["'recovered'", "'ValueError'"]}, "ran": ["boom"], "cached": ["recover"]},
        ],
    ),
    once(
        "catch_container",
        "catch([inc(1), boom(1)], ValueError, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'ValueError'"]}},
            {
                "value": {"list": ["'recovered'", "'ValueError'"]},
                "ran": ["boom"],
                "cached": ["inc", "recover"],
            },
        ],
    ),
    once(
        "catch_operation",
        "catch(inc(1) / 0, ZeroDivisionError, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'ZeroDivisionError'"]}},
            {
                "value": {"list": ["'recovered'", "'ZeroDivisionError'"]},
                "ran": [],
                "cached": ["inc", "recover"],
            },
        ],
    ),
    once(
        "catch_nested",
        "catch(catch(boom(1), KeyError, value), ValueError, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'ValueError'"]}},
            {"value": {"list": ["'recovered'", "'ValueError'"]}, "ran": ["boom"], "cached": ["recover"]},
        ],
    ),
    once("catch_recovery_fails", "catch(boom(1), ValueError, worse)"),
    once(
        "catch_recovery_caught",
        "catch(catch(boom(1), ValueError, worse), KeyError, recover)",
        differs="Whether to recover is decided anew; what failed runs again, the recovering task is replayed.",
        ours=[
            {"value": {"list": ["'recovered'", "'KeyError'"]}},
            {
                "value": {"list": ["'recovered'", "'KeyError'"]},
                "ran": ["boom", "worse"],
                "cached": ["recover"],
            },
        ],
    ),
    once("catch_throw", "catch(throw(KeyError('a')), KeyError, recover)"),
    once("catch_all_success", "catch_all([inc(1), inc(2)], ValueError, recover_all)"),
    once("catch_all_some", "catch_all([inc(1), boom(2), inc(3)], ValueError, recover_all)"),
    once("catch_all_mixed", "catch_all([boom(1), worse(2)], ValueError, recover_all)"),
    once("catch_all_no_recovery", "catch_all([inc(1), boom(2)])"),
    once("seq", "seq([inc(1), inc(2), 3])"),
    once("seq_empty", "seq([])"),
    once("seq_stops_at_error", "seq([inc(1), boom(1), inc(2)])"),
    once("map", "map_(inc, [1, 2, 3])"),
    once("map_lazy_list", "map_(inc, value([1, 2]))"),
    once("map_nested", "map_(inc, map_(inc, [1, 2]))"),
    once("map_partial", "map_(add.partial(b=10), [1, 2])"),
    once("map_empty", "map_(inc, [])"),
    once("starmap", "starmap(add, [{'a': 1, 'b': 2}, {'a': 3}])"),
    once("flat_map", "flat_map(pair, [1, 2])"),
    once("flatten", "flatten([[1, 2], [3], []])"),
    once("flatten_lazy", "flatten([pair(1), pair(2)])"),
    once("zip", "zip_([1, 2], ['a', 'b'])"),
    once("zip_lazy", "zip_(pair(1), pair(2))"),
    once("compose", "compose(inc, inc)(1)"),
    once("compose_three", "compose(pair, inc, inc)(1)"),
    once("identity", "identity(inc(1))"),
    once("const", "const(inc(1), inc(5))"),
    once("const_forces", "const(1, boom(1))"),
    once("delay_force", "force(delay(inc(1)))"),
    once("apply_func", "apply_func(max, inc(1), 5)"),
    once("as_task", "as_task(max)(inc(1), 5)"),
    once("eval", "eval_('a + b', a=inc(1), b=2)"),
    once("apply_tags", "apply_tags(inc(1), [('k', 'v')])"),
    Case(
        "catch_after_fix",
        BASE,
        Run("catch(boom(1), ValueError, recover)"),
        Edit("raise ValueError(x)", "return x"),
        Run("catch(boom(1), ValueError, recover)"),
        differs="A recovery does not outlive the code that it recovered from.",
        ours=[{"ran": ["boom", "recover"]}, {"value": "1", "ran": ["boom"]}],
    ),
    Case(
        "error_of_argument_fails_call",
        BASE,
        Run("inc(boom(1))"),
    ),
    Case(
        "error_class_is_kept",
        """
        class Mine(Exception):
            def __init__(self, a, b):
                super().__init__(f"{a} {b}")
        @task()
        def f(): raise Mine(1, 2)
        """,
        Run("f()"),
    ),
    Case(
        "system_exit_in_body",
        """
        import sys
        @task()
        def f(): sys.exit(3)
        """,
        Run("f()"),
        differs="SystemExit of a body is a failure of its job, not the end of the run.",
        ours=[{"error": "Exception"}],
    ),
    Case(
        "fork_and_join",
        """
        from redun.scheduler import fork_thread, join_thread
        @task()
        def inc(x): return x + 1
        @task()
        def main():
            thread = fork_thread(inc(1))
            return [inc(5), join_thread(thread)]
        """,
        Run(),
        Run(),
    ),
    Case(
        "get_context",
        """
        from redun.context import get_context
        @task()
        def f(x, m=get_context("a.m", 7)): return [x, m]
        @task()
        def main(): return f(1)
        """,
        Run(),
        Run(options={"context": {"a": {"m": 8}}}),
        Run(options={"context": {"a": {"m": 8}}}),
        Run(),
    ),
    Case(
        "update_context",
        """
        from redun.context import get_context
        @task()
        def f(x, m=get_context("a.m"), n=get_context("a.n")): return [x, m, n]
        @task()
        def main(): return [f(1), f.update_context(a={"m": 9})(1), f.update_context({"a": {"n": None}})(1)]
        """,
        Run(options={"context": {"a": {"m": 1, "n": 2}}}),
    ),
    Case(
        "context_from_config",
        """
        from redun.context import get_context
        @task()
        def main(): return [get_context("a"), get_context("b", "none")]
        """,
        Run(config={"scheduler": {"context": '{"a": [1, 2]}'}}),
    ),
]
