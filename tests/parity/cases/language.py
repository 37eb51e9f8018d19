"""Lazy calls, containers, operators, attribute access."""

from case import Case, Edit, Run  # type: ignore[import-not-found]

VALUES = """
import dataclasses
from typing import NamedTuple, Tuple

class Pair(NamedTuple):
    left: object
    right: object

@dataclasses.dataclass
class Point:
    x: object
    y: object
    def norm(self): return abs(self.x) + abs(self.y)

@task()
def value(x): return x

@task()
def inc(x): return x + 1
"""


def once(name, body, **more):
    """Return a case whose main task has this body."""
    source = VALUES + "\n@task()\ndef main():\n    " + body.replace("\n", "\n    ") + "\n"
    return Case(name, source, Run(), Run(), **more)


CASES = [
    once("call_in_call", "return inc(inc(1))"),
    once("calls_in_list", "return [inc(1), inc(2), 3]"),
    once("calls_in_tuple", "return (inc(1), inc(2))"),
    once(
        "calls_in_set",
        "return {inc(1), inc(2)}",
        differs="Lazy values can stand in a set.",
        ours=[{"value": {"set": ["2", "3"]}}, {"ran": [], "cached": ["inc", "main"]}],
    ),
    once("calls_in_dict_values", "return {'a': inc(1), 'b': [inc(2)]}"),
    once("calls_in_dict_keys", "return {inc(1): 'a'}"),
    once("calls_in_named_tuple", "return Pair(inc(1), {'x': inc(2)})"),
    once("calls_in_dataclass", "return value(Point(inc(1), inc(2))).x"),
    once("deeply_nested_containers", "return {'a': [({'b': inc(1)},), [[inc(2)]]]}"),
    once("empty_containers", "return [[], (), {}, set()]"),
    once("nested_argument", "return value([inc(1), {'k': inc(2)}])"),
    once("keyword_lazy_argument", "return value(x=inc(1))"),
    once("item_of_list", "return value([1, 2, 3])[1]"),
    once("negative_item", "return value([1, 2, 3])[-1]"),
    once("item_of_dict", "return value({'a': {'b': 7}})['a']['b']"),
    once("lazy_item", "return value([1, 2, 3])[inc(0)]"),
    once("slice_closed", "return value([1, 2, 3, 4])[1:3]"),
    once("slice_stepped", "return value([1, 2, 3, 4])[0:4:2]"),
    once("attribute", "return value(Point(3, 4)).y"),
    once("method_call", "return value([5, 6, 7]).index(6)"),
    once("method_with_keyword", "return value('a-b').split(sep='-')"),
    once("call_of_result_function", "return value(Point(3, -4)).norm()"),
    once("call_of_result_task", "return value(inc)(4)"),
    once("add", "return inc(1) + inc(2) + 1"),
    once("add_reflected", "return 10 + inc(1)"),
    once("subtract", "return inc(5) - inc(1)"),
    once("subtract_reflected", "return 10 - inc(1)"),
    once("multiply", "return 3 * inc(1) * inc(2)"),
    once("divide", "return inc(8) / inc(2)"),
    once("divide_reflected", "return 9 / inc(2)"),
    once("sum_of_lazy", "return sum([inc(1), inc(2)])"),
    once("compare", "return [inc(1) == 2, inc(1) != 2, inc(1) < 2, inc(1) <= 2, inc(1) > 1, inc(1) >= 3]"),
    once("logical_and", "return value(5) & value(3)"),
    once("logical_or", "return [value(0) | value(3), value(2) | value(3)]"),
    once("no_truth_value", "return 1 if inc(1) else 2"),
    once("no_truth_value_not", "return not inc(1)"),
    once("no_iteration", "return [x for x in value([1, 2])]"),
    once("type_error_when_evaluated", "return inc(1) + 'a'"),
    once("missing_item", "return value([1])[5]"),
    once("missing_key", "return value({})['a']"),
    once("missing_attribute", "return value(1).nothing"),
    Case(
        "unpack_by_nout",
        """
        @task(nout=2)
        def two(): return 1, 2
        @task()
        def main():
            a, b = two()
            return [b, a]
        """,
    ),
    Case(
        "unpack_by_options",
        """
        @task()
        def two(): return [1, 2]
        @task()
        def main():
            a, b = two.options(nout=2)()
            return [b, a]
        """,
    ),
    Case(
        "unpack_by_annotation",
        """
        from typing import Tuple
        @task()
        def two() -> Tuple[int, str]: return 1, "b"
        @task()
        def main():
            a, b = two()
            return [b, a]
        """,
    ),
    Case(
        "unpack_named_tuple_annotation",
        """
        from typing import NamedTuple
        class Pair(NamedTuple):
            a: int
            b: int
        @task()
        def two() -> Pair: return Pair(1, 2)
        @task()
        def main():
            a, b = two()
            return [b, a]
        """,
    ),
    Case(
        "quote_is_data",
        """
        from redun.expression import quote
        @task()
        def inc(x): return x + 1
        @task()
        def unquote(q): return q.eval()
        @task()
        def main(): return unquote(quote(inc(1)))
        """,
        Run(),
        Run(),
    ),
    Case(
        "task_as_argument",
        """
        @task()
        def inc(x): return x + 1
        @task()
        def twice(f, x): return f(f(x))
        @task()
        def main(): return twice(inc, 1)
        """,
        Run(),
        Run(),
        Edit("x + 1", "x + 2"),
        Run(),
    ),
    Case(
        "partial_task",
        """
        @task()
        def add(a, b, c=0): return a + b * 10 + c * 100
        @task()
        def main():
            p = add.partial(1)
            return [p(2), p.partial(3)(c=4), add.partial(b=5)(6), add.partial(1, c=2)(3, c=9)]
        """,
        Run(),
        Run(),
    ),
    Case(
        "partial_with_lazy_argument",
        """
        @task()
        def inc(x): return x + 1
        @task()
        def add(a, b): return a + b
        @task()
        def apply(p): return p(5)
        @task()
        def main(): return apply(add.partial(inc(1)))
        """,
    ),
    Case(
        "function_as_argument",
        """
        def double(x): return 2 * x
        @task()
        def apply(f, x): return f(x)
        @task()
        def main(): return apply(double, 4)
        """,
        Run(),
        Run(),
        Edit("2 * x", "3 * x"),
        Run(),
        differs="The functions that a task names are part of its code.",
        ours=[{}, {"ran": []}, {"value": "12", "ran": ["apply", "main"]}],
    ),
    Case(
        "recursion",
        """
        @task()
        def add(a, b): return a + b
        @task()
        def fib(n): return n if n < 2 else add(fib(n - 1), fib(n - 2))
        """,
        Run("fib(8)"),
        Run("fib(8)"),
    ),
    Case(
        "mutual_recursion",
        """
        @task()
        def even(n): return True if n == 0 else odd(n - 1)
        @task()
        def odd(n): return False if n == 0 else even(n - 1)
        """,
        Run("[even(6), odd(6)]"),
    ),
    Case(
        "macro",
        """
        @task()
        def add(a, b): return a + b
        def total(values):
            result = 0
            for one in values:
                result = add(result, one)
            return result
        @task()
        def main(): return total([1, 2, 3])
        """,
        Run(),
        Run(),
    ),
    Case(
        "root_is_a_container",
        """
        @task()
        def inc(x): return x + 1
        """,
        Run("[inc(1), {'a': inc(2)}]"),
        Run("[inc(1), {'a': inc(2)}]"),
    ),
    Case(
        "root_is_an_operation",
        """
        @task()
        def inc(x): return x + 1
        """,
        Run("inc(1) * 10 + inc(2)"),
    ),
    Case("root_is_a_value", "x = 1", Run("[1, 'a', None]")),
    Case(
        "body_gets_own_copies",
        """
        @task()
        def change(items):
            items.append(1)
            return items
        @task()
        def main():
            items = [0]
            return [change(items), items]
        """,
    ),
]
