"""Errors that are unusual in class, text or place."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from redun import Scheduler, catch, cond, task
from redun.errors import ExecutorError, UnhashableValueError, ValueFailure


class Silent(BaseException):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@task(namespace="odd", version="1")
def silent() -> None:
    raise Silent


@task(namespace="odd", version="1")
def stop() -> None:
    raise StopIteration("stop")


@task(namespace="odd", version="1")
def a_list() -> list[int]:
    return [1]


@task(namespace="odd", version="1")
def take(value: Any) -> Any:
    return value


@task(namespace="odd", version="1")
def recover(error: Exception) -> str:
    return type(error).__name__


@task(namespace="odd", version="1")
def lock() -> Any:
    return threading.Lock()


def test_no_exception_without_a_text(scheduler: Scheduler) -> None:
    assert scheduler.run(catch(silent(), ExecutorError, recover)) == "ExecutorError"


def test_stop_iteration_passes_through_forms_as_it_is(scheduler: Scheduler) -> None:
    assert scheduler.run(catch(stop(), StopIteration, recover)) == "StopIteration"
    for form in (catch(stop(), ValueError, recover), cond(stop(), 1, 2), cond(True, stop())):
        with pytest.raises(StopIteration, match="stop"):
            scheduler.run(form)


@pytest.mark.parametrize("misfit", [{a_list()}, {a_list(): 1}, {"in": {(1, a_list())}}])
def test_values_that_do_not_fit_together_are_an_error_of_the_caller(
    scheduler: Scheduler, misfit: Any
) -> None:
    assert scheduler.run(catch(take(misfit), TypeError, recover)) == "TypeError"
    with pytest.raises(TypeError, match="unhashable"):
        scheduler.run([take(1), misfit])
    assert scheduler.failure is not None
    assert [frame.task_name for frame in scheduler.failure.frames] == ["redun.root_task"]


def test_a_value_without_content_is_named_with_its_task(scheduler: Scheduler) -> None:
    with pytest.raises(UnhashableValueError, match=r"Argument value of task odd\.take: value\[1\]"):
        scheduler.run(take([1, threading.Lock()]))
    with pytest.raises(ValueFailure, match=r"The result of task odd\.lock: value"):
        scheduler.run([lock()])


class Attached(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()


@task(namespace="odd", version="1")
def attached(text: str) -> None:
    raise Attached(text)


@task(namespace="odd", version="1")
def has_lock(error: Any) -> Any:
    return [str(error), hasattr(error, "lock")]


def test_an_error_is_recovered_from_whatever_hangs_on_it(scheduler: Scheduler, witness: Any) -> None:
    caught = [catch(attached(text), Attached, has_lock) for text in ("a", "b")]
    assert scheduler.run(caught) == [["a", True], ["b", True]]
    assert scheduler.run(caught) == [["a", True], ["b", True]]
    assert witness.cached("odd.has_lock") == 2


def test_an_error_keeps_its_traceback_however_many_forms_it_passes(scheduler: Scheduler) -> None:
    nested: Any = stop()
    for _ in range(50):
        nested = catch(nested, ValueError, recover)
    with pytest.raises(StopIteration) as caught:
        scheduler.run(take(nested))
    depth = len(list(iter_traceback(caught.value)))
    with pytest.raises(StopIteration) as caught:
        scheduler.run(stop())
    assert depth <= len(list(iter_traceback(caught.value)))


def iter_traceback(error: BaseException) -> Any:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
