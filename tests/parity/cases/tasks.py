"""Definition, options and arguments of tasks."""

from case import Case, Edit, Run  # type: ignore[import-not-found]

INC = """
@task()
def inc(x): return x + 1
@task()
def main(): return inc(1)
"""

CASES = [
    Case("edit_body", INC, Run(), Edit("x + 1", "x + 2"), Run(), Run(), Edit("x + 2", "x + 1"), Run()),
    Case("edit_caller", INC, Run(), Edit("inc(1)", "inc(2)"), Run()),
    Case("add_sibling", INC, Run(), Edit("return inc(1)", "return [inc(1), inc(5)]"), Run()),
    Case("rename_task", INC, Run(), Edit("inc", "plus"), Run()),
    Case(
        "edit_decorator_only",
        INC,
        Run(),
        Edit("@task()\ndef inc", "@task(executor='default')\ndef inc"),
        Run(),
    ),
    Case("bare_decorator", "@task\ndef main(): return 1\n"),
    Case("own_name", "@task(name='other')\ndef f(): return 1\n", Run("f()")),
    Case("own_namespace", "@task(namespace='wf.sub')\ndef f(): return 1\n", Run("f()")),
    Case("bad_name", "@task(name='a b')\ndef f(): return 1\n", Run("f()")),
    Case("bad_namespace", "@task(namespace='1a')\ndef f(): return 1\n", Run("f()")),
    Case(
        "version_hides_source",
        """
        @task(version="1")
        def main(): return 1
        """,
        Run(),
        Edit("return 1", "return 2"),
        Run(),
        Edit('"1"', '"2"'),
        Run(),
        Edit('"2"', '"1"'),
        Run(),
    ),
    Case(
        "version_as_int",
        """
        @task(version=1)
        def main(): return 1
        """,
        Run(),
        Edit("return 1", "return 2"),
        Run(),
    ),
    Case(
        "hash_includes",
        """
        SETTING = [1]
        @task(version="1", hash_includes=[SETTING])
        def main(): return SETTING
        """,
        Run(),
        Edit("[1]", "[2]"),
        Run(),
    ),
    Case(
        "hash_includes_function",
        """
        def helper(): return 1
        @task(version="1", hash_includes=[helper])
        def main(): return helper()
        """,
        Run(),
        Run(),
        Edit("return 1", "return 2"),
        Run(),
    ),
    Case(
        "defaults",
        """
        @task()
        def f(a, b=2): return [a, b]
        @task()
        def main(): return [f(1), f(1, b=2), f(1, b=3)]
        """,
        Run(),
        Run(),
    ),
    Case(
        "default_changes_key",
        """
        @task(version="1")
        def f(a, b=2): return [a, b]
        """,
        Run("f(1)"),
        Edit("b=2", "b=3"),
        Run("f(1)"),
    ),
    Case(
        "lazy_default",
        """
        @task()
        def two(): return 2
        @task()
        def f(a, b=two()): return [a, b]
        """,
        Run("f(1)"),
        Run("f(1)"),
    ),
    Case(
        "star_arguments",
        """
        @task()
        def inc(x): return x + 1
        @task()
        def f(*args, **kwargs): return [list(args), kwargs]
        @task()
        def main(): return f(1, inc(1), k=inc(2), z=3)
        """,
        Run(),
        Run(),
    ),
    Case(
        "keyword_only",
        """
        @task()
        def f(a, *, b): return [a, b]
        """,
        Run("f(1, b=2)"),
        Run("f(a=1, b=2)"),
        differs="The positional and the keyword spelling of one call are one call.",
        ours=[{"ran": ["f"], "cached": []}, {"ran": [], "cached": ["f"]}],
    ),
    Case(
        "spellings_of_one_call",
        """
        @task()
        def f(a, b=2): return [a, b]
        """,
        Run("f(1, 2)"),
        Run("f(1, b=2)"),
        Run("f(1)"),
        differs="The positional and the keyword spelling of one call are one call.",
        ours=[{"ran": ["f"]}, {"ran": [], "cached": ["f"]}, {"ran": [], "cached": ["f"]}],
    ),
    Case(
        "missing_argument",
        """
        @task()
        def f(a): return a
        """,
        Run("f()"),
        differs="A call that does not fit the signature is refused where it is written.",
        ours=[{"error": "TypeError", "ran": []}],
    ),
    Case(
        "surplus_argument",
        """
        @task()
        def f(a): return a
        """,
        Run("f(1, 2)"),
        differs="A call that does not fit the signature is refused where it is written.",
        ours=[{"error": "TypeError", "ran": []}],
    ),
    Case(
        "config_args",
        """
        @task(config_args=["threads"])
        def f(x, threads): return [x, threads]
        """,
        Run("f(1, 4)"),
        Run("f(1, 8)"),
        Run("f(2, 8)"),
    ),
    Case(
        "config_args_unknown",
        """
        @task(config_args=["nothing"])
        def f(x): return x
        """,
        Run("f(1)"),
    ),
    Case(
        "static_method",
        """
        class Tools:
            @staticmethod
            @task()
            def inc(x): return x + 1
        """,
        Run("Tools.inc(1)"),
    ),
    Case(
        "raw_body",
        """
        @task()
        def inc(x): return x + 1
        """,
        Run("inc.func(4)"),
    ),
    Case(
        "options_do_not_change_the_key",
        """
        @task()
        def f(x): return x
        """,
        Run("f(1)"),
        Run("f.options(memory=8)(1)"),
        Run("f.options(executor='default')(1)"),
    ),
    Case(
        "unknown_executor",
        """
        @task(executor="nowhere")
        def f(x): return x
        """,
        Run("f(1)"),
        differs="A call that no executor takes is recorded as one that began and failed.",
        ours=[{"error": "Exception", "ran": ["f"]}],
    ),
    Case(
        "options_as_expressions",
        """
        @task()
        def half(x): return x // 2
        @task(memory=half(8))
        def f(x): return x
        @task()
        def main(): return f.options(vcpus=half(4))(1)
        """,
        Run(),
        Run(),
    ),
    Case(
        "job_info",
        """
        from redun.scheduler import JobInfo
        @task()
        def f(x, info=JobInfo()): return [x, len(info.eval_hash), bool(info.job_id), bool(info.execution_id)]
        """,
        Run("f(1)"),
        Run("f(1)"),
    ),
    Case(
        "tags_option",
        """
        @task(tags=[("team", "a")])
        def f(x): return x
        """,
        Run("f(1)"),
    ),
    Case(
        "load_module",
        """
        @task(load_module="elsewhere")
        def f(x): return x
        """,
        Run("f.load_module and f(1)"),
        differs="Where the task is at hand, nothing needs to be imported.",
        ours=[{"value": "1"}],
    ),
    Case(
        "introspection",
        """
        @task(name="g", namespace="wf.n", version="3", memory=4, nout=2)
        def f(x): return [x, x]
        """,
        Run(
            "[f.fullname, f.name, f.namespace, f.version, f.nout, f.get_task_option('memory'),"
            " f.has_task_option('vcpus'), list(f.signature.parameters)]"
        ),
    ),
    Case(
        "wrapped_task",
        """
        from redun.task import wraps_task
        def doubled():
            @wraps_task()
            def decorate(inner):
                def run(*args, **kwargs):
                    return [inner(*args, **kwargs)] * 2
                return run
            return decorate
        @doubled()
        @task()
        def f(x): return x + 1
        """,
        Run("f(1)"),
        Run("f(1)"),
        Edit("x + 1", "x + 2"),
        Run("f(1)"),
    ),
    Case(
        "scheduler_task",
        """
        from redun.task import scheduler_task
        @task()
        def inc(x): return x + 1
        @scheduler_task(namespace="wf")
        def first(scheduler, parent_job, sexpr, items):
            return scheduler.evaluate(items[0], parent_job=parent_job)
        @task()
        def main(): return first([inc(1), inc(2)])
        """,
        Run(),
        Run(),
    ),
    Case(
        "async_task",
        """
        import asyncio
        @task()
        def inc(x): return x + 1
        @task(cache=False)
        async def main():
            one = await inc(1)
            two = await inc(one)
            async def get(x): return await inc(x)
            return [one, two, *await asyncio.gather(get(10), get(20))]
        """,
        Run(),
        Run(),
    ),
    Case(
        "async_task_catches",
        """
        @task()
        def boom(): raise ValueError("x")
        @task(cache=False)
        async def main():
            try:
                return await boom()
            except ValueError as error:
                return str(error)
        """,
        Run(),
    ),
    Case(
        "async_task_shallow",
        """
        @task()
        def inc(x): return x + 1
        @task(cache=True, check_valid="shallow")
        async def main():
            return await inc(1)
        """,
        Run(),
        Run(),
        Edit("x + 1", "x + 2"),
        Run(),
    ),
]
