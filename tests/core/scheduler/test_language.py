"""Expressions: what they build and what they come to."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections import OrderedDict, defaultdict, deque
from typing import Any, NamedTuple

import attrs
import pytest
from redun import Scheduler, task
from redun.errors import ArgumentError, ExpressionError, SchedulerError, TaskDefinitionError
from redun.expression import Expression, quote
from redun.value.nested import contains_lazy

redun_namespace = "lang"


@task(version="1")
def give(value: Any) -> Any:
    return value


@task(version="1")
def add(a: int, b: int = 10) -> int:
    return a + b


@task(version="1")
def pair(a: int, b: int) -> tuple[int, int]:
    return a, b


@task(version="1", nout=3)
def wrong_count() -> list[int]:
    return [1, 2]


@task(version="1")
def everything(*args: Any, key: int = 5, **others: Any) -> Any:
    return args, key, others


@task(version="1")
def checked(value: Any) -> Any:
    assert not contains_lazy(value)
    return value


class Point(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass
class Plain:
    x: Any
    extra: Any = dataclasses.field(default=7, init=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: Any
    derived: Any = dataclasses.field(default=1, init=False)


@dataclasses.dataclass
class OddInit:
    x: Any

    def __init__(self, *, seed: Any) -> None:
        self.x = seed


@attrs.frozen
class Attr:
    x: Any
    y: Any = 2


def test_a_call_is_lazy_and_prints_as_code() -> None:
    expr = add(give(1), b=2)
    assert isinstance(expr, Expression)
    assert repr(expr) == "lang.add(lang.give(1), b=2)"
    assert repr((give(1) + 1)["k"].attr(3, z=4)) == "(lang.give(1) + 1)['k'].attr(3, z=4)"


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda e: e + 1, 8),
        (lambda e: 1 + e, 8),
        (lambda e: e - 1, 6),
        (lambda e: 1 - e, -6),
        (lambda e: e * 2, 14),
        (lambda e: e / 2, 3.5),
        (lambda e: e // 2, 3),
        (lambda e: 15 // e, 2),
        (lambda e: e % 4, 3),
        (lambda e: e**2, 49),
        (lambda e: e << 1, 14),
        (lambda e: e >> 1, 3),
        (lambda e: e ^ 2, 5),
        (lambda e: e & 0, 0),
        (lambda e: e & 3, 3),
        (lambda e: 0 | e, 7),
        (lambda e: -e, -7),
        (lambda e: +e, 7),
        (lambda e: ~e, -8),
        (lambda e: abs(-e), 7),
        (lambda e: e == 7, True),
        (lambda e: e != 7, False),
        (lambda e: e < 8, True),
        (lambda e: e <= 6, False),
        (lambda e: e > 7, False),
        (lambda e: e >= 7, True),
        (lambda e: sum([e, e]), 14),
        (lambda e: e.bit_length(), 3),
    ],
)
def test_operators(scheduler: Scheduler, build: Any, expected: Any) -> None:
    value = scheduler.run(build(give(7)))
    assert value == expected
    assert type(value) is type(expected)


def test_items_attributes_and_calls(scheduler: Scheduler) -> None:
    table = give({"a": [10, 20, 30, 40], "args": 1})
    assert scheduler.run(table["a"][-1]) == 40
    assert scheduler.run(table["a"][1:]) == [20, 30, 40]
    assert scheduler.run(table["a"][1:100:2]) == [20, 40]
    assert scheduler.run(table["a"].index(30)) == 2
    assert scheduler.run(give(Point(1, 2)).x) == 1
    assert scheduler.run(give(add)(1, b=2)) == 3


def test_attribute_names_of_ours_do_not_shadow_the_users(scheduler: Scheduler) -> None:
    @attrs.frozen
    class Holder:
        args: int
        kwargs: int
        task_name: int
        is_valid: int
        get_hash: int
        options: int

    holder = Point(Plain(1), 2)
    for name in ("args", "kwargs", "task_name", "is_valid", "get_hash", "options", "call_hash"):
        assert isinstance(getattr(give(holder), name), Expression)


def test_nested_values_are_evaluated_whatever_holds_them(scheduler: Scheduler) -> None:
    one = give(1)
    odd = OddInit(seed=one)
    values = [
        [one],
        (one, 2),
        {one: one},
        Point(one, 3),
        Plain(one),
        Frozen(one),
        odd,
        Attr(one),
        OrderedDict(a=one),
        defaultdict(list, {"k": one}),
        deque([one], maxlen=4),
        [[{"deep": (one, [one])}]],
    ]
    expected = [
        [1],
        (1, 2),
        {1: 1},
        Point(1, 3),
        Plain(1),
        Frozen(1),
        OddInit(seed=1),
        Attr(1),
        OrderedDict(a=1),
        defaultdict(list, {"k": 1}),
        deque([1], maxlen=4),
        [[{"deep": (1, [1])}]],
    ]
    assert scheduler.run(values) == expected
    assert scheduler.run(checked(values)) == expected
    assert scheduler.run([{one}, frozenset([one])]) == [{1}, frozenset([1])]


def test_a_body_that_changes_its_list_changes_nobody_elses(scheduler: Scheduler) -> None:
    @task(namespace="lang", version="1")
    def grow(items: list[int], by: int) -> int:
        items.append(by)
        return len(items)

    shared = give([1, 2])
    plain = [1, 2]
    assert scheduler.run([grow(shared, 1), grow(shared, 2), shared]) == [3, 3, [1, 2]]
    assert scheduler.run([grow(plain, 3), grow(plain, 4)]) == [3, 3]
    assert plain == [1, 2]


def test_defaults_keywords_and_star_arguments(scheduler: Scheduler) -> None:
    assert scheduler.run(add(1)) == 11
    assert scheduler.run(add(b=1, a=2)) == 3
    assert scheduler.run(everything(1, give(2), key=3, z=give(4), y=5)) == ((1, 2), 3, {"y": 5, "z": 4})
    assert scheduler.run(everything()) == ((), 5, {})


def test_a_default_may_be_an_expression(scheduler: Scheduler) -> None:
    @task(namespace="lang", version="1")
    def with_default(x: Any = give(3), /, y: Any = 1) -> Any:  # noqa: B008
        return x + y

    assert scheduler.run(with_default()) == 4


def test_a_call_that_does_not_fit_is_refused_where_it_is_written() -> None:
    with pytest.raises(ArgumentError, match=r"lang.add.*missing a required argument: 'a'"):
        add()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword"):
        add(1, c=2)  # type: ignore[call-arg]


def test_unpacking_needs_a_known_length(scheduler: Scheduler) -> None:
    a, b = pair(1, 2)
    assert scheduler.run([b, a]) == [2, 1]
    x, y = give.options(nout=2)([5, 6])
    assert scheduler.run(x + y) == 11
    assert len(pair(1, 2)) == 2
    with pytest.raises(ExpressionError, match="nout"):
        _, _ = give(1)


def test_a_broken_promise_of_length_is_an_error(scheduler: Scheduler) -> None:
    with pytest.raises(SchedulerError, match=r"lang.wrong_count .* promised 3 results .* returned 2"):
        scheduler.run(wrong_count())


@pytest.mark.parametrize(
    "use", [bool, len, iter, lambda e: 1 in e, lambda e: 1 < e < 3, lambda e: not e, list, max]
)
def test_lazy_values_cannot_pass_for_concrete_ones(use: Any) -> None:
    with pytest.raises(ExpressionError):
        use(give(1))


def test_expressions_pickle_copy_and_hash_by_content() -> None:
    expr = add(give([1, {"k": give(2)}])[0], b=give.options(memory=2)(3))
    loaded = pickle.loads(pickle.dumps(expr))
    assert repr(loaded) == repr(expr)
    assert loaded.__redun_digest__() == expr.__redun_digest__()
    assert add(1).__redun_digest__() != add(2).__redun_digest__()
    assert (give(1) + 1).__redun_digest__() != (give(1) - 1).__redun_digest__()
    assert copy.deepcopy(expr) is expr
    assert not hasattr(expr, "__array__")


def test_quoted_expressions_are_data(scheduler: Scheduler) -> None:
    quoted = scheduler.run(give(quote(add(1, 2))))
    assert repr(quoted) == "quote(lang.add(1, 2))"
    assert scheduler.run(quoted.eval()) == 3


def test_partial_application(scheduler: Scheduler) -> None:
    @task(namespace="lang", version="1")
    def use(function: Any, x: int) -> Any:
        return function(x)

    assert scheduler.run(add.partial(1)(2)) == 3
    assert scheduler.run(add.partial(b=give(5)).partial(a=1)(b=7)) == 8
    assert scheduler.run(use(add.partial(b=give(5)), 1)) == 6
    assert scheduler.run(use(add, 1)) == 11


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "1x"}, "identifier"),
        ({"namespace": "a b"}, "namespace"),
        ({"nout": -1}, "nout"),
        ({"nout": "2"}, "nout"),
        ({"cache_scope": "SOMETIMES"}, "cache_scope"),
        ({"check_valid": "maybe"}, "check_valid"),
        ({"cache": True, "cache_scope": "NONE"}, "not both"),
        ({"config_args": ["nope"]}, "nope"),
    ],
)
def test_ill_formed_options_are_refused_at_the_definition(options: Any, message: str) -> None:
    with pytest.raises(TaskDefinitionError, match=message):

        @task(**options)
        def bad(x: int) -> int:
            return x


def test_call_time_options_do_not_change_the_task() -> None:
    changed = add.options(memory=8)
    assert changed.get_task_option("memory") == 8
    assert not add.has_task_option("memory")
    assert changed.digest == add.digest
    assert changed.func is add.func
    exported = add.export_options(executor="x").options(memory=1)
    assert exported.get_task_options()["export_options"] == {"executor": "x"}
