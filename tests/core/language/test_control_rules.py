"""Control flow where it is easy to get wrong: what is evaluated, what is recorded, what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from redun import Scheduler, catch, catch_all, cond, seq, task, throw
from redun.errors import ArgumentError
from redun.functools import map_

redun_namespace = "control"


class LockedError(Exception):
    """Neither hashable nor picklable."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()


@dataclass(frozen=True)
class FrozenError(Exception):
    code: int


@task(version="1")
def inc(x: int) -> int:
    return x + 1


@task(version="1")
def fail(text: str) -> Any:
    raise ValueError(text)


@task(version="1")
def fail_locked(text: str) -> Any:
    raise LockedError(text)


@task(version="1")
def fail_frozen(code: int) -> Any:
    raise FrozenError(code)


@task(version="1")
def unpicklable() -> Any:
    return threading.Lock()


@task(version="1")
def tell(error: Exception) -> str:
    return f"{type(error).__name__} {error}"


def in_plain_python(error: Exception) -> Any:
    return inc(len(str(error)))


@task(version="1")
def tell_all(values: list[Any]) -> list[str]:
    return [str(value) for value in values]


def test_the_names_are_where_redun_044_has_them() -> None:
    for module in ("redun", "redun.scheduler"):
        for name, expected in {"cond": cond, "catch": catch, "catch_all": catch_all, "throw": throw}.items():
            assert getattr(import_module(module), name) is expected
    scheduler = import_module("redun.scheduler")
    assert scheduler.root_task.fullname == "redun.root_task"
    assert scheduler.Scheduler is Scheduler
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = scheduler.nothing
    assert [one.fullname for one in (cond, catch, catch_all, throw, seq)] == [
        *("redun.cond", "redun.catch", "redun.catch_all", "redun.throw", "redun.seq"),
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (catch(fail_frozen(3), FrozenError, tell), "FrozenError 3"),
        (catch(fail_locked("l"), LockedError, tell), "LockedError l"),
        (
            catch(unpicklable(), Exception, tell),
            "UnhashableValueError The result of task control.unpicklable",
        ),
        (catch_all([fail_locked("l"), [inc(1)]], LockedError, tell_all), ["l", "[2]"]),
        (catch_all({"k": fail_frozen(3)}, FrozenError, tell_all), ["k"]),
    ],
    ids=range(5),
)
def test_any_error_can_be_recovered_from(
    reopen: Callable[[], Scheduler], expression: Any, expected: Any
) -> None:
    for _ in range(2):
        result = reopen().run(expression)
        assert result[: len(expected)] == expected


def test_pairs_that_are_none_are_refused(scheduler: Scheduler) -> None:
    for expression, message in [
        (catch(inc(1), ValueError), r"catch\(\) wants pairs of an error class and a recovery"),
        (
            catch(inc(1), "ValueError", tell),
            r"catch\(\) wants an error class or a tuple of them, not 'ValueError'",
        ),
        (catch(inc(1), (ValueError, 3), tell), r"wants an error class or a tuple of them"),
        (
            catch(inc(1), ValueError, 3),
            r"catch\(\) wants a task or function that recovers from errors, not 3",
        ),
        (catch_all([inc(1)], 3, tell), r"catch_all\(\) wants an error class"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            scheduler.run(expression)


def test_a_catch_without_recoveries_and_a_recovery_from_anything(scheduler: Scheduler) -> None:
    assert scheduler.run(catch(inc(1))) == 2
    with pytest.raises(ValueError, match="x"):
        scheduler.run(catch(fail("x")))
    assert scheduler.run(catch_all([inc(1), fail("x")], recover=tell_all)) == ["2", "x"]


def test_a_recovery_may_be_lazy_partial_or_a_function(scheduler: Scheduler) -> None:
    @task(namespace="control", version="1")
    def with_prefix(prefix: str, error: Exception) -> str:
        return f"{prefix} {error}"

    assert scheduler.run(catch(fail("a"), ValueError, with_prefix.partial(inc(0)))) == "1 a"
    assert scheduler.run(catch(fail("b"), ValueError, in_plain_python)) == 2


def test_a_recovery_that_fails_goes_on_and_is_tried_again(
    reopen: Callable[[], Scheduler], witness: Any
) -> None:
    @task(namespace="control", version="1")
    def bad_recovery(error: Exception) -> Any:
        raise KeyError("recovery")

    nested = catch(catch(fail("x"), ValueError, bad_recovery), KeyError, tell)
    for _ in range(2):
        assert reopen().run(nested) == "KeyError 'recovery'"
        assert witness.ran("control.bad_recovery") == 1


def test_what_a_fixed_task_returns_replaces_the_recovery(reopen: Callable[[], Scheduler]) -> None:
    def define(broken: bool) -> Any:
        @task(namespace="control", name="shaky", version="broken" if broken else "fixed")
        def shaky() -> str:
            if broken:
                raise ValueError("shaky")
            return "fine"

        @task(namespace="control", name="careful", version="1")
        def careful() -> str:
            return catch(shaky(), ValueError, tell)

        return careful

    assert reopen().run(define(True)()) == "ValueError shaky"
    assert reopen().run(define(False)()) == "fine"


def test_catch_is_no_barrier_and_catch_all_is_one(scheduler: Scheduler) -> None:
    gate = threading.Event()
    passed: list[str] = []

    @task(namespace="control", version="1", cache=False)
    def late() -> int:
        gate.wait(10)
        passed.append("late")
        return 1

    @task(namespace="control", version="1", cache=False)
    def open_gate(error: Any) -> list[str]:
        before = list(passed)
        gate.set()
        return before

    assert scheduler.run(catch([late(), fail("x")], ValueError, open_gate)) == []
    # The execution has waited for what was still running when it was recovered from.
    assert passed == ["late"]
    assert scheduler.run(catch_all([late(), fail("y")], ValueError, open_gate)) == ["late", "late"]


def test_a_recovery_depends_on_the_call_that_failed(reopen: Callable[[], Scheduler], tmp_path: Any) -> None:
    import sqlite3

    reopen().run([catch(fail("x"), ValueError, tell), catch_all([inc(1), fail("y")], ValueError, tell_all)])
    reopen()
    with sqlite3.connect(tmp_path / "redun.db") as database:
        rows = database.execute(
            "select t.name, s.name from flow f join call_node c on c.hash = f.source "
            "join task s on s.key = c.task join job j on j.eval_hash = f.eval_hash join task t on t.key = j.task"
        )
        assert set(rows) >= {("tell", "fail"), ("tell_all", "fail"), ("tell_all", "inc")}


def test_items_of_a_map_depend_on_the_call_that_made_them(
    reopen: Callable[[], Scheduler], tmp_path: Any
) -> None:
    import sqlite3

    @task(namespace="control", version="1")
    def numbers() -> list[int]:
        return [1, 2]

    assert reopen().run(map_(inc, numbers())) == [2, 3]
    assert reopen().run(map_(inc, [inc(5), 7])) == [7, 8]
    reopen()
    with sqlite3.connect(tmp_path / "redun.db") as database:
        rows = database.execute(
            "select a.value_hash, s.name from flow f join call_node c on c.hash = f.source "
            "join task s on s.key = c.task "
            "join argument a on a.eval_hash = f.eval_hash and a.position = f.position and a.name = 'x'"
        ).fetchall()
    assert sorted(name for _, name in rows) == ["inc", "numbers", "numbers"]


def test_cond_touches_nothing_but_the_branch_it_takes(scheduler: Scheduler, witness: Any) -> None:
    chosen = cond(inc(0) == 2, fail("a"), inc(0) > 0, {"k": [inc(10)]}, fail("c") == 1, fail("d"))
    assert scheduler.run(chosen) == {"k": [11]}
    assert witness.ran("control.fail") == 0
    with pytest.raises(IndexError, match="no condition is true and there is no else value"):
        scheduler.run(cond(inc(0) == 2, "a", inc(0) == 3, "b"))
    with pytest.raises(ValueError, match="condition"):
        scheduler.run(cond(fail("condition"), 1, 2))


def test_seq_refuses_a_lazy_list_and_stops_at_a_failure(scheduler: Scheduler, witness: Any) -> None:
    with pytest.raises(TypeError, match=r"not the lazy list control.inc\(1\).*Call seq\(\) inside the task"):
        scheduler.run(seq(inc(1)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stop"):
        scheduler.run(seq([inc(1), fail("stop"), inc(2)]))
    assert witness.ran("control.inc") == 1
    assert scheduler.run(seq((inc(1), [inc(2)]))) == [2, [3]]


def test_throw_takes_lazy_errors(scheduler: Scheduler) -> None:
    @task(namespace="control", version="1")
    def make_error(text: str) -> Exception:
        return OSError(text)

    with pytest.raises(OSError, match="lazy"):
        scheduler.run(throw(make_error("lazy")))
