"""Evaluating a random expression graph gives what plain Python gives, and evaluating it again runs nothing."""

from __future__ import annotations

import operator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from redun import Scheduler, cond, seq, task
from redun.config import Config

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


def _numbers(value: Any) -> list[int]:
    if isinstance(value, int):
        return [value]
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
    seq = staticmethod(list)


class Lazy:
    """The language under test."""

    add, twice, total, spread, choose = add, twice, total, spread, choose
    cond = staticmethod(cond)
    seq = staticmethod(seq)


numbers = st.integers(-3, 3)


def _programs() -> st.SearchStrategy[Any]:
    """Programs are nested tuples, built for either language by `_build`; each comes to a number."""
    return st.recursive(
        numbers.map(lambda n: ("const", n)),
        lambda inner: st.one_of(
            st.tuples(st.just("add"), inner, inner),
            st.tuples(st.just("add1"), inner),
            st.tuples(st.just("twice"), inner),
            st.tuples(st.just("op"), st.sampled_from(["add", "sub", "mul"]), inner, inner),
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
    assert kind == "seq"
    return language.seq([_build(part, language) for part in rest[0]])[-1]


class Count:
    """Counts jobs that ran."""

    def __init__(self) -> None:
        self.ran = 0

    def execution_started(self, execution: Any) -> None:
        pass

    def jobs(self, transitions: Any) -> None:
        self.ran += sum(status == 0 for _job, status in transitions)

    def execution_finished(self, execution: Any) -> None:
        pass


@settings(max_examples=150, deadline=None)
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
