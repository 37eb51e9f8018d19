"""Evaluating a random expression graph gives what plain Python gives, and evaluating it again runs nothing."""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from itertools import chain
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redun import Scheduler, catch, catch_all, cond, seq, task, throw
from redun.config import Config
from redun.functools import (
    apply_func,
    compose,
    const,
    delay,
    eval_,
    flat_map,
    flatten,
    force,
    identity,
    map_,
    starmap,
    zip_,
)

redun_namespace = "props"


@task(version="1")
def add(a: Any, b: Any = 1) -> Any:
    return a + b


@task(version="1")
def twice(a: Any) -> Any:
    return add(a, a)


@task(version="1")
def total(values: Any) -> Any:
    return sum(_numbers(values))


@task(version="1")
def spread(a: Any, n: int) -> Any:
    return [add(a, i) for i in range(n)]


@task(version="1")
def choose(flag: Any, a: Any, b: Any) -> Any:
    return cond(flag, twice(a), b)


@task(version="1")
def pair(a: Any) -> Any:
    return [a, add(a)]


@task(version="1")
def fail(a: Any) -> Any:
    raise ValueError(a)


@task(version="1")
def recover(error: ValueError) -> Any:
    return error.args[0] - 1


@task(version="1")
def count_errors(values: Any) -> Any:
    return sum(1 for value in values if isinstance(value, ValueError))


class Point(NamedTuple):
    x: Any
    y: Any


class Items(list[Any]):
    """A class derived from a container."""


WRAPPERS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "derived": Items,
    "dict": lambda parts: dict(enumerate(parts)),
    "ordered": lambda parts: OrderedDict(enumerate(parts)),
    "point": lambda parts: Point(parts, parts),
    "frozen": lambda parts: [frozenset([part]) for part in parts],
    "nested": lambda parts: [[parts], {"k": (parts, [deque(parts)])}],
}


def _numbers(value: Any) -> list[int]:
    if isinstance(value, int):
        return [value]
    if isinstance(value, str):
        return []
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    return [number for item in value for number in _numbers(item)]


class Plain:
    """The same language in plain Python, evaluated at once."""

    add = staticmethod(lambda a, b=1: a + b)
    twice = staticmethod(lambda a: a + a)
    total = staticmethod(lambda values: sum(_numbers(values)))
    spread = staticmethod(lambda a, n: [a + i for i in range(n)])
    choose = staticmethod(lambda flag, a, b: a + a if flag else b)
    cond = staticmethod(lambda flag, a, b: a if flag else b)
    seq: Any = staticmethod(list)
    pair = staticmethod(lambda a: [a, a + 1])
    and_ = staticmethod(lambda a, b: a and b)
    or_ = staticmethod(lambda a, b: a or b)
    map_ = staticmethod(lambda function, values: [function(value) for value in values])
    starmap = staticmethod(lambda function, values: [function(**value) for value in values])
    flat_map = staticmethod(lambda function, values: list(chain(*map(function, values))))
    flatten = staticmethod(lambda values: list(chain(*values)))
    zip_ = staticmethod(lambda *values: list(zip(*values, strict=False)))
    compose = staticmethod(lambda f, g: lambda *args: f(g(*args)))
    const = staticmethod(lambda a, b: a)
    identity = staticmethod(lambda a: a)
    lazy = staticmethod(lambda a: a)
    apply_func = staticmethod(lambda function, *args: function(*args))
    eval_ = staticmethod(lambda code, **names: eval(code, names))
    caught = staticmethod(lambda a: a - 1)
    uncaught = staticmethod(lambda a: a)
    errors = staticmethod(lambda values: len(values))


class Lazy:
    """The language under test."""

    add, twice, total, spread, choose = add, twice, total, spread, choose
    pair, map_, starmap, flat_map, flatten, zip_ = pair, map_, starmap, flat_map, flatten, zip_
    const, identity, eval_ = const, identity, eval_
    cond = staticmethod(cond)
    seq = staticmethod(seq)
    compose = staticmethod(lambda *tasks: compose(*tasks))
    apply_func = staticmethod(lambda function, *args: apply_func(function, *args))
    and_ = staticmethod(lambda a, b: identity(a) & b)
    or_ = staticmethod(lambda a, b: a | identity(b))
    lazy = staticmethod(lambda a: force(delay(a)))
    caught = staticmethod(lambda a: catch(fail(a), KeyError, identity, (ValueError, OSError), recover))
    uncaught = staticmethod(lambda a: catch(a, Exception, throw))
    errors = staticmethod(
        lambda values: catch_all([fail(value) for value in values], ValueError, count_errors) if values else 0
    )


numbers = st.integers(-3, 3)
bounds = st.none() | st.integers(-5, 5)
steps = st.sampled_from([None, 1, 2, -1, -2])


def _programs() -> st.SearchStrategy[Any]:
    """Programs are nested tuples, built for either language by `_build`; each comes to a number."""
    return st.recursive(
        numbers.map(lambda n: ("const", n)),
        lambda inner: st.one_of(
            st.tuples(st.just("add"), inner, inner),
            st.tuples(st.just("add1"), inner),
            st.tuples(st.just("twice"), inner),
            st.tuples(st.just("op"), st.sampled_from(["add", "sub", "mul", "xor"]), inner, inner),
            st.tuples(st.just("divide"), st.sampled_from(["floordiv", "mod"]), inner, inner),
            st.tuples(st.just("unary"), st.sampled_from(["neg", "pos", "abs", "invert"]), inner),
            st.tuples(st.just("shift"), st.sampled_from(["lshift", "rshift"]), inner, st.integers(0, 2)),
            st.tuples(
                st.just("compare"), st.sampled_from(["lt", "le", "eq", "ne", "gt", "ge"]), inner, inner
            ),
            st.tuples(st.just("both"), st.sampled_from(["and_", "or_", "const"]), inner, inner),
            st.tuples(st.just("divmod"), inner, st.integers(1, 5)),
            st.tuples(st.just("slice"), inner, st.integers(1, 4), bounds, bounds, steps),
            st.tuples(st.just("lazyslice"), inner, inner, inner),
            st.tuples(st.just("held"), st.sampled_from(sorted(WRAPPERS)), st.lists(inner, max_size=3)),
            st.tuples(st.just("map"), st.booleans(), st.lists(inner, max_size=3)),
            st.tuples(st.just("starmap"), inner, inner),
            st.tuples(st.just("flat"), st.booleans(), st.lists(inner, max_size=3)),
            st.tuples(st.just("zip"), st.lists(inner, max_size=3), inner),
            st.tuples(st.just("compose"), inner, inner),
            st.tuples(st.just("one"), st.sampled_from(["identity", "lazy", "caught", "uncaught"]), inner),
            st.tuples(st.just("function"), st.sampled_from([max, min]), inner, inner),
            st.tuples(st.just("eval"), inner, inner),
            st.tuples(st.just("errors"), st.lists(inner, max_size=3)),
            st.tuples(st.just("total"), st.lists(inner, max_size=4)),
            st.tuples(st.just("totaldict"), inner, inner),
            st.tuples(st.just("item"), inner, st.integers(1, 3)),
            st.tuples(st.just("choose"), inner, inner, inner),
            st.tuples(st.just("cond"), inner, inner, inner),
            st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        ),
        max_leaves=15,
    )


def _build(program: Any, language: Any) -> Any:
    kind, *rest = program
    if kind == "const":
        return rest[0]
    if kind == "add":
        return language.add(*[_build(part, language) for part in rest])
    if kind == "add1":
        return language.add(a=_build(rest[0], language))
    if kind == "twice":
        return language.twice(_build(rest[0], language))
    if kind == "op":
        return getattr(operator, rest[0])(*[_build(part, language) for part in rest[1:]])
    if kind == "total":
        parts = [_build(part, language) for part in rest[0]]
        return language.total([tuple(parts), {"nested": [parts]}.get("nested")])
    if kind == "totaldict":
        first, second = (_build(part, language) for part in rest)
        return language.total([{1: first}, [second]])
    if kind == "item":
        return language.spread(_build(rest[0], language), rest[1])[-1]
    if kind == "choose":
        return language.choose(*[_build(part, language) for part in rest])
    if kind == "cond":
        return language.cond(*[_build(part, language) for part in rest])
    if kind == "seq":
        return language.seq([_build(part, language) for part in rest[0]])[-1]
    return _build_more(kind, rest, language)


def _build_more(kind: str, rest: list[Any], language: Any) -> Any:
    if kind == "divide":
        left, right = (_build(part, language) for part in rest[1:])
        return getattr(operator, rest[0])(left, right * right + 1)
    if kind == "shift":
        return getattr(operator, rest[0])(_build(rest[1], language), rest[2])
    if kind in ("unary", "compare"):
        return getattr(operator, rest[0])(*[_build(part, language) for part in rest[1:]]) + 0
    if kind in ("both", "one"):
        return getattr(language, rest[0])(*[_build(part, language) for part in rest[1:]])
    if kind == "divmod":
        quotient, remainder = divmod(_build(rest[0], language), rest[1])
        return quotient - remainder
    if kind == "slice":
        number, length, start, stop, step = rest
        return language.total(language.spread(_build(number, language), length)[start:stop:step])
    if kind == "lazyslice":
        number, start, stop = (_build(part, language) for part in rest)
        return language.total(language.spread(number, 4)[start:stop])
    if kind == "held":
        return language.total(WRAPPERS[rest[0]]([_build(part, language) for part in rest[1]]))
    if kind == "function":
        return language.apply_func(rest[0], *[_build(part, language) for part in rest[1:]])
    if kind == "eval":
        a, b = (_build(part, language) for part in rest)
        return language.eval_("2 * a - b", a=a, b=b)
    return _build_map(kind, rest, language)


def _build_map(kind: str, rest: list[Any], language: Any) -> Any:
    if kind == "map":
        values = [_build(part, language) for part in rest[1]]
        inner = language.map_(language.add, values if rest[0] else language.identity(values))
        return language.total(language.map_(language.twice, inner))
    if kind == "starmap":
        a, b = (_build(part, language) for part in rest)
        return language.total(language.starmap(language.add, [{"a": a}, language.identity({"a": a, "b": b})]))
    if kind == "flat":
        values = [_build(part, language) for part in rest[1]]
        if rest[0]:
            return language.total(language.flat_map(language.pair, values))
        return language.total(language.flatten(language.map_(language.pair, values)))
    if kind == "zip":
        values = [_build(part, language) for part in rest[0]]
        return language.total(language.zip_(values, language.spread(_build(rest[1], language), 2)))
    if kind == "compose":
        return language.compose(language.twice, language.add)(*[_build(part, language) for part in rest])
    assert kind == "errors"
    return language.errors([_build(part, language) for part in rest[0]])


class Count:
    """Counts jobs that ran, but those that fail: these run each time."""

    def __init__(self) -> None:
        self.ran = 0

    def execution_started(self, execution: Any) -> None:
        pass

    def jobs(self, transitions: Any) -> None:
        self.ran += sum(status == 0 and job.task_name != "props.fail" for job, status in transitions)

    def execution_finished(self, execution: Any) -> None:
        pass


# What a graph comes to does not depend on the Python.
@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(program=_programs())
def test_a_random_graph_comes_to_what_python_says(program: Any, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("graph")
    config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=str(folder))
    expected = _build(program, Plain)
    with Scheduler(config) as scheduler:
        assert scheduler.run(_build(program, Lazy)) == expected
    again = Count()
    with Scheduler(config, observers=[again]) as scheduler:
        assert scheduler.run(_build(program, Lazy)) == expected
    assert again.ran == 0
