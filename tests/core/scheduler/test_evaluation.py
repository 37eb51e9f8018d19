"""Evaluation: sharing, control flow, failure, depth."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from redun import Scheduler, catch, catch_all, cond, seq, task, throw
from redun.errors import DryRunResult, ExecutionInterrupted, UnserializableValueError
from redun.recorder.batch import ExecutionStatus

redun_namespace = "ev"


@task(version="1")
def inc(x: int) -> int:
    return x + 1


@task(version="1")
def add(a: int, b: int) -> int:
    return a + b


@task(version="1")
def fib(n: int) -> Any:
    return n if n < 2 else add(fib(n - 1), fib(n - 2))


@task(version="1")
def countdown(n: int) -> Any:
    return n if n == 0 else countdown(n - 1)


@task(version="1")
def down_and_up(n: int) -> Any:
    return 0 if n == 0 else inc(down_and_up(n - 1))


@task(version="1")
def fan(n: int) -> list[int]:
    return [inc(i) for i in range(n)]


@task(version="1")
def fail(text: str) -> Any:
    raise ValueError(text)


@task(version="1")
def recover(error: Exception) -> str:
    return f"recovered {error}"


@task(version="1")
def calls_fail(text: str) -> Any:
    return fail(text)


def test_recursion_is_memoized(scheduler: Scheduler, witness: Any) -> None:
    assert scheduler.run(fib(20)) == 6765
    assert witness.ran("ev.fib") == 21


def test_equal_calls_share_one_job(scheduler: Scheduler, witness: Any) -> None:
    assert scheduler.run([inc(1), inc(x=1), inc(inc(0)), add(inc(1), inc(1))]) == [2, 2, 2, 4]
    assert witness.ran("ev.inc") == 2


def test_cache_scope_none_shares_nothing(scheduler: Scheduler, witness: Any) -> None:
    lone = inc.options(cache_scope="NONE")
    assert scheduler.run([lone(1), lone(1), lone(1)]) == [2, 2, 2]
    assert witness.ran("ev.inc") == 3
    same = lone(5)
    assert scheduler.run([same, same]) == [6, 6]
    assert witness.ran("ev.inc") == 4


def test_cond_evaluates_one_branch(scheduler: Scheduler, witness: Any) -> None:
    assert scheduler.run(cond(inc(0) == 1, inc(10), fail("no"))) == 11
    assert scheduler.run(cond(inc(0) == 2, fail("no"), inc(0) == 1, "second", "last")) == "second"
    assert scheduler.run(cond(False, fail("no"), "last")) == "last"
    with pytest.raises(IndexError):
        scheduler.run(cond(False, 1))
    assert witness.ran("ev.fail") == 0


def test_catch(scheduler: Scheduler) -> None:
    assert scheduler.run(catch(inc(1), ValueError, recover)) == 2
    assert scheduler.run(catch(fail("a"), ValueError, recover)) == "recovered a"
    assert (
        scheduler.run(catch(calls_fail("b"), KeyError, inc, (OSError, ValueError), recover)) == "recovered b"
    )
    assert scheduler.run(catch([inc(1), {"k": fail("c")}], Exception, recover)) == "recovered c"
    assert scheduler.run(catch(throw(KeyError("d")), KeyError, recover)) == "recovered 'd'"
    with pytest.raises(ValueError, match="e"):
        scheduler.run(catch(fail("e"), KeyError, recover))
    assert scheduler.run(catch(catch(fail("f"), ValueError, fail), ValueError, recover)) == "recovered f"
    assert scheduler.run(catch(inc(1)["no"], TypeError, recover)).startswith("recovered 'int' object")


def test_catch_all_waits_for_everything(scheduler: Scheduler, witness: Any) -> None:
    @task(namespace="ev", version="1")
    def summary(results: list[Any]) -> list[str]:
        return [str(result) for result in results]

    mixed = [inc(1), fail("x"), [fail("y"), inc(5)]]
    assert scheduler.run(catch_all(mixed, ValueError, summary)) == ["2", "x", "[ValueError('y'), 6]"]
    assert scheduler.run(catch_all([inc(1), inc(2)], ValueError, summary)) == [2, 3]
    with pytest.raises(ValueError, match="x"):
        scheduler.run(catch_all(mixed))
    with pytest.raises(ValueError, match="x"):
        scheduler.run(catch_all([fail("x"), throw(OSError("o"))], OSError, summary))


def test_seq_runs_one_after_another(scheduler: Scheduler) -> None:
    order: list[int] = []

    @task(namespace="ev", version="1")
    def slow(n: int) -> int:
        time.sleep(0.02 * (3 - n))
        order.append(n)
        return n

    assert scheduler.run(seq([slow(0), slow(1), slow(2)])) == [0, 1, 2]
    assert order == [0, 1, 2]
    assert scheduler.run(seq([])) == []


def test_independent_calls_run_at_once(scheduler: Scheduler) -> None:
    barrier = threading.Barrier(4, timeout=10)

    @task(namespace="ev", version="1")
    def meet(n: int) -> int:
        barrier.wait()
        return n

    assert scheduler.run([meet(i) for i in range(4)]) == [0, 1, 2, 3]


def test_a_failure_spares_siblings_and_tells_where(scheduler: Scheduler, witness: Any) -> None:
    @task(namespace="ev", version="1")
    def main() -> Any:
        return [calls_fail("boom"), add(inc(1), inc(2)), *[inc(i) for i in range(5, 50)]]

    with pytest.raises(ValueError, match="boom"):
        scheduler.run(main())
    assert witness.ran("ev.inc") == 47
    assert witness.ran("ev.add") == 1
    assert witness.failed() == 3
    failure = scheduler.failure
    assert failure is not None
    assert [frame.task_name for frame in failure.frames] == ["ev.main", "ev.calls_fail", "ev.fail"]
    assert failure.frames[-1].arguments == [("text", "'boom'")]
    assert failure.frames[-1].file == __file__
    assert failure.error_type == "ValueError"
    assert "raise ValueError(text)" in failure.traceback
    assert "perform.py" not in failure.traceback
    assert witness.executions[-1].status is ExecutionStatus.FAILED
    assert scheduler.run(inc(1)) == 2
    assert scheduler.failure is None


def test_keep_going_runs_all_that_does_not_depend(scheduler: Scheduler, witness: Any) -> None:
    @task(namespace="ev", version="1")
    def late(n: int) -> Any:
        time.sleep(0.1)
        return inc(n)

    with pytest.raises(ValueError, match="stop"):
        scheduler.run([fail("stop"), late(100)])
    assert witness.ran("ev.inc") == 0
    with pytest.raises(ValueError, match="stop"):
        scheduler.run([fail("stop"), late(100)], keep_going=True)
    assert witness.ran("ev.inc") == 1


def test_errors_are_not_replayed(scheduler: Scheduler, witness: Any) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="again"):
            scheduler.run(fail("again"))
    assert witness.ran("ev.fail") == 2


def test_within_an_execution_an_equal_call_shares_the_error(scheduler: Scheduler, witness: Any) -> None:
    both = [catch(fail("once"), ValueError, recover), catch(inc(fail("once")), ValueError, recover)]
    assert scheduler.run(both) == ["recovered once", "recovered once"]
    assert witness.ran("ev.fail") == 1


def test_an_error_that_takes_no_attributes(scheduler: Scheduler) -> None:
    class Sealed(Exception):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    @task(namespace="ev", version="1")
    def odd() -> Any:
        raise Sealed("sealed")

    @task(namespace="ev", version="1")
    def text(error: Any) -> str:
        return str(error)

    with pytest.raises(Sealed):
        scheduler.run(odd())


def test_a_body_that_exits_fails_its_job_alone(scheduler: Scheduler) -> None:
    @task(namespace="ev", version="1")
    def leave() -> Any:
        raise SystemExit(3)

    assert "SystemExit(3)" in scheduler.run(catch(leave(), Exception, recover))


def test_an_unpicklable_result_is_a_failure_of_its_task(scheduler: Scheduler, witness: Any) -> None:
    @task(namespace="ev", version="1")
    def lock() -> Any:
        return {"lock": threading.Lock()}

    with pytest.raises(Exception, match="lock") as caught:
        scheduler.run([lock(), inc(1)])
    assert type(caught.value).__name__ in ("UnserializableValueError", "UnhashableValueError")
    assert witness.ran("ev.inc") == 1
    assert UnserializableValueError is not None


def test_dry_run_lists_what_would_run_and_records_nothing(scheduler: Scheduler, witness: Any) -> None:
    with pytest.raises(DryRunResult) as caught:
        scheduler.run(add(inc(1), inc(2)), dryrun=True)
    assert witness.ran() == 0
    scheduler.run(add(inc(1), inc(2)))
    assert scheduler.run(add(inc(1), inc(2)), dryrun=True) == 5
    with pytest.raises(DryRunResult) as caught:
        scheduler.run(add(inc(1), inc(7)), dryrun=True)
    assert [view.task_name for view in caught.value.would_run] == ["ev.inc"]
    assert caught.value.would_run[0].arguments == [("x", "7")]


def test_interrupting_lets_running_jobs_finish(scheduler: Scheduler, witness: Any) -> None:
    begun = threading.Event()
    finished: list[int] = []

    @task(namespace="ev", version="1")
    def slow(n: int) -> int:
        begun.set()
        time.sleep(0.2)
        finished.append(n)
        return n

    def stop() -> None:
        begun.wait(10)
        scheduler.interrupt(15)

    threading.Thread(target=stop).start()
    with pytest.raises(ExecutionInterrupted) as caught:
        scheduler.run([inc(slow(i)) for i in range(100)])
    assert caught.value.signum == 15
    assert witness.executions[-1].status is ExecutionStatus.CANCELLED
    assert 1 <= len(finished) < 100
    witness.reset()
    done = list(finished)
    scheduler.run([slow(i) for i in done])
    assert witness.cached("ev.slow") == len(done)


def test_interrupting_twice_does_not_wait(scheduler: Scheduler) -> None:
    begun, release = threading.Event(), threading.Event()

    @task(namespace="ev", version="1")
    def endless(n: int) -> int:
        begun.set()
        release.wait(30)
        return n

    def stop() -> None:
        begun.wait(10)
        scheduler.interrupt(2)
        scheduler.interrupt(2)

    threading.Thread(target=stop).start()
    started = time.monotonic()
    with pytest.raises(ExecutionInterrupted):
        scheduler.run(endless(1))
    assert time.monotonic() - started < 20
    assert scheduler.run(inc(1)) == 2
    release.set()


def test_wide(scheduler: Scheduler, witness: Any) -> None:
    assert scheduler.run(fan(3000)) == list(range(1, 3001))
    assert witness.ran("ev.inc") == 3000


@pytest.mark.slow
@pytest.mark.parametrize("length", [5000, pytest.param(100_000, marks=pytest.mark.large)])
def test_chain_of_calls_deeper_than_the_stack(scheduler: Scheduler, length: int) -> None:
    expr: Any = 0
    for _ in range(length):
        expr = inc(expr)
    assert scheduler.run(expr) == length


@pytest.mark.parametrize("depth", [2000, pytest.param(5000, marks=pytest.mark.large)])
def test_recursion_deeper_than_the_stack(scheduler: Scheduler, depth: int) -> None:
    assert scheduler.run(countdown(depth)) == 0
    assert scheduler.run(down_and_up(depth)) == depth


def test_nesting_deeper_than_the_stack(scheduler: Scheduler) -> None:
    @task(namespace="ev", version="1")
    def depth(value: Any) -> int:
        n = 0
        while value != 1:
            value = value[0]
            n += 1
        return n

    @task(namespace="ev", version="1")
    def nest(n: int) -> Any:
        value: Any = inc(0)
        for _ in range(n):
            value = [value]
        return value

    assert scheduler.run(depth(nest(10_000))) == 10_000
