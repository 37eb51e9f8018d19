"""Executions that need the same call at the same time: one runs it, the others take its result."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import pytest
from redun import Scheduler, get_task_registry, task
from redun.config import Config
from redun.errors import ConfigError, ExecutionInterrupted
from redun.recorder import flood
from redun.recorder.batch import JobStatus
from redun.scheduler import leasing

WAIT_S = 60


def test_the_result_of_another_execution_is_waited_for(scene: Any, stage: Any, begin: Any, rows: Any) -> None:
    first, holder, _ = begin(scene.slow("x"))
    stage.wait("x began")
    second, waiter, _ = begin([scene.slow("x"), scene.first_of("y", "")])
    assert waiter.saw("slow", JobStatus.PENDING)
    assert waiter.waits_for["slow"] == holder.execution
    # What does not depend on it goes on.
    assert waiter.saw("first_of", JobStatus.DONE)
    stage.event("x may end").set()
    assert first.result(WAIT_S) == "made x (1)"
    assert second.result(WAIT_S) == ["made x (1)", "y"]
    assert stage.ran["x"] == 1
    assert waiter.states["slow"][-1] is JobStatus.CACHED
    assert rows("SELECT * FROM lease") == []
    assert rows("SELECT DISTINCT status FROM job ORDER BY 1") == [(1,), (2,)]


def test_executions_that_wait_for_each_other_both_go_on(scene: Any, stage: Any, begin: Any) -> None:
    first, one, _ = begin([scene.slow("x"), scene.slow_after("y", "y began")])
    second, other, _ = begin([scene.slow("y"), scene.slow_after("x", "x began")])
    # Each runs one and waits for the other.
    assert one.saw("slow", JobStatus.PENDING)
    assert other.saw("slow", JobStatus.PENDING)
    stage.event("x may end").set()
    stage.event("y may end").set()
    assert first.result(WAIT_S) == ["made x (1)", "made y (1)"]
    assert second.result(WAIT_S) == ["made y (1)", "made x (1)"]
    assert (stage.ran["x"], stage.ran["y"]) == (1, 1)


def test_a_call_whose_holder_fails_is_run_by_who_waited(
    scene: Any, stage: Any, begin: Any, rows: Any
) -> None:
    first, *_ = begin(scene.failing_once("x"))
    stage.wait("x began")
    second, waiter, _ = begin(scene.failing_once("x"))
    assert waiter.saw("failing_once", JobStatus.PENDING)
    stage.event("x may end").set()
    with pytest.raises(ValueError, match="the first time it fails"):
        first.result(WAIT_S)
    assert second.result(WAIT_S) == "made x"
    assert waiter.states["failing_once"] == [JobStatus.PENDING, JobStatus.RUNNING, JobStatus.DONE]
    assert rows("SELECT * FROM lease") == []


def test_attempts_of_the_holder_are_waited_for(scene: Any, stage: Any, begin: Any) -> None:
    call = scene.failing_once.options(retries=1, retry_delay=0)("x")
    first, *_ = begin(call)
    stage.wait("x began")
    second, waiter, _ = begin(call)
    assert waiter.saw("failing_once", JobStatus.PENDING)
    stage.event("x may end").set()
    assert first.result(WAIT_S) == second.result(WAIT_S) == "made x"
    assert stage.ran["x"] == 2
    assert waiter.states["failing_once"][-1] is JobStatus.CACHED


def test_calls_below_an_equal_call_are_shared_too(scene: Any, stage: Any, begin: Any) -> None:
    first, *_ = begin(scene.caller.options(check_valid="shallow")("x"))
    stage.wait("x began")
    # What the body returned can be replayed by now, so the calls in it are what is waited for.
    second, waiter, _ = begin(scene.caller("x"))
    assert waiter.saw("slow", JobStatus.PENDING)
    stage.event("x may end").set()
    assert first.result(WAIT_S) == second.result(WAIT_S) == ["made x (1)"] * 2
    assert (stage.ran["x"], stage.ran["caller of x"]) == (1, 1)


def test_an_async_task_is_waited_for_until_it_has_ended(scene: Any, stage: Any, begin: Any) -> None:
    first, *_ = begin(scene.awaiting("x"))
    stage.wait("x began")
    second, waiter, _ = begin(scene.awaiting("x"))
    assert waiter.saw("awaiting", JobStatus.PENDING)
    stage.event("x may end").set()
    assert first.result(WAIT_S) == second.result(WAIT_S) == "awaited made x (1)"
    assert (stage.ran["x"], stage.ran["awaiting x"]) == (1, 1)


@pytest.mark.parametrize(
    ("options", "backend"),
    [
        ({}, ""),
        ({}, "false"),
        ({"lease": True}, "false"),
        ({"lease": False}, "true"),
        ({"cache": False}, "true"),
        ({"cache_scope": "NONE"}, "true"),
        ({"prov": False}, "true"),
    ],
)
def test_calls_that_share_nothing_run_side_by_side(
    scene: Any, stage: Any, begin: Any, options: dict[str, Any], backend: str
) -> None:
    call = scene.pair.options(**options)("x")
    results = [begin(call, leases=backend)[0] for _ in range(2)]
    assert [result.result(WAIT_S) for result in results] == ["x", "x"]
    assert stage.ran["x"] == 2


def test_executions_that_use_no_earlier_results_share_nothing(scene: Any, stage: Any, begin: Any) -> None:
    results = [begin(scene.pair("x"), run={"cache": False})[0] for _ in range(2)]
    assert [result.result(WAIT_S) for result in results] == ["x", "x"]


@pytest.fixture
def asking(stage: Any) -> Iterator[Any]:
    """A task that shares its work though nothing is configured; it is gone afterwards, for it counts for all."""

    @task(namespace="leases", version="1", lease=True)
    def asking(name: str) -> str:
        stage.note(name)
        stage.event(f"{name} began").set()
        stage.wait(f"{name} may end")
        return f"made {name}"

    yield asking
    get_task_registry()._tasks.pop("leases.asking")


def test_a_task_may_ask_for_it_alone(scene: Any, stage: Any, begin: Any, asking: Any) -> None:
    first, *_ = begin([asking("x"), scene.pair("z")], leases="")
    stage.wait("x began")
    second, waiter, _ = begin([asking("x"), scene.pair("z")], leases="")
    assert waiter.saw("asking", JobStatus.PENDING)
    stage.event("x may end").set()
    assert first.result(WAIT_S) == second.result(WAIT_S) == ["made x", "z"]
    assert stage.ran == {"x": 1, "z": 2}


def test_what_an_async_body_awaits_is_not_waited_for_without_end(
    scene: Any, stage: Any, begin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "NESTED_S", 0.1)
    first, *_ = begin(scene.pair("x"))
    while not stage.barrier.n_waiting:
        time.sleep(0.01)
    # It runs the call itself, without which the other would never end.
    second, *_ = begin(scene.awaiting_pair("x"))
    assert first.result(WAIT_S) == second.result(WAIT_S) == "x"


def test_an_execution_inside_of_a_job_does_not_wait_for_the_one_around_it(
    scene: Any, stage: Any, begin: Any
) -> None:
    found, *_ = begin([scene.pair("x"), scene.below("x")])
    assert found.result(WAIT_S) == ["x", ["x"]]
    assert stage.ran["x"] == 2


def test_scripts_are_shared(scene: Any, stage: Any, begin: Any) -> None:
    results = [begin(scene.print_once("x"))[0] for _ in range(3)]
    assert [result.result(WAIT_S) for result in results] == [b"x\n"] * 3


def test_who_waits_can_be_interrupted(scene: Any, stage: Any, begin: Any) -> None:
    first, *_ = begin(scene.slow("x"))
    stage.wait("x began")
    second, waiter, scheduler = begin(scene.slow("x"))
    assert waiter.saw("slow", JobStatus.PENDING)
    scheduler.interrupt()
    with pytest.raises(ExecutionInterrupted):
        second.result(WAIT_S)
    assert waiter.states["slow"] == [JobStatus.PENDING, JobStatus.CANCELLED]
    stage.event("x may end").set()
    assert first.result(WAIT_S) == "made x (1)"


def test_a_failure_elsewhere_ends_the_wait(scene: Any, stage: Any, begin: Any) -> None:
    first, *_ = begin(scene.slow("x"))
    stage.wait("x began")
    stage.event("z may end").set()
    second, *_ = begin([scene.slow("x"), scene.failing_once("z")])
    with pytest.raises(ValueError, match="the first time"):
        second.result(WAIT_S)
    stage.event("x may end").set()
    assert first.result(WAIT_S) == "made x (1)"


def test_calls_that_wait_for_units_are_given_back_when_they_are_let_go(
    scene: Any, stage: Any, begin: Any, rows: Any
) -> None:
    queued = scene.slow.options(limits=["one"])
    first, one, scheduler = begin([queued("x"), queued("y")])
    stage.wait("x began")
    assert one.saw("slow", JobStatus.PENDING)
    second, waiter, _ = begin(scene.slow("y"))
    assert waiter.saw("slow", JobStatus.PENDING)
    # The first execution has a body to wait for, but will not begin what the second one waits for.
    stage.event("y may end").set()
    scheduler.interrupt()
    assert second.result(WAIT_S) == "made y (1)"
    assert not first.done()
    stage.event("x may end").set()
    wait([first], WAIT_S)
    assert rows("SELECT * FROM lease") == []


def test_results_that_are_staged_are_found_when_the_lease_has_ended(
    scene: Any, stage: Any, begin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "_FLOOD_ROWS", 0)
    monkeypatch.setattr(flood, "_MERGE_S", 0.5)
    first, *_ = begin([scene.slow("x"), scene.slow("y")])
    stage.wait("x began")
    stage.wait("y began")
    second, waiter, _ = begin(scene.slow("x"))
    assert waiter.saw("slow", JobStatus.PENDING)
    stage.event("x may end").set()
    stage.event("y may end").set()
    assert second.result(WAIT_S) == "made x (1)"
    first.result(WAIT_S)
    assert stage.ran["x"] == 1


def _elsewhere(rows: Any) -> int:
    """Record an execution that another machine has begun, and return its key."""
    now = time.time_ns() // 1000
    rows(
        "INSERT INTO execution (id, argv, task, status, started, heartbeat, host, pid, version)"
        " VALUES (?, '[]', 'test', 0, ?, ?, 'elsewhere', 1, '1')",
        bytes(16),
        now,
        now,
    )
    ((key,),) = rows("SELECT key FROM execution WHERE id = ?", bytes(16))
    return int(key)


def test_a_dead_holder_is_taken_over(scene: Any, stage: Any, begin: Any, rows: Any) -> None:
    stage.event("x may end").set()
    begin(scene.slow("x"))[0].result(WAIT_S)
    ((key,),) = rows("SELECT eval_hash FROM evaluation")
    rows("DELETE FROM evaluation")
    holder = _elsewhere(rows)
    rows("INSERT INTO lease (eval_hash, execution, token, taken) VALUES (?, ?, 1, 0)", key, holder)
    found, watch, _ = begin(scene.slow("x"))
    assert watch.saw("slow", JobStatus.PENDING)
    assert watch.waits_for["slow"] == bytes(16).hex()
    # It gave no sign of life for an hour.
    rows("UPDATE execution SET heartbeat = heartbeat - 3600000000 WHERE key = ?", holder)
    assert found.result(WAIT_S) == "made x (2)"
    assert rows("SELECT * FROM lease") == []


def test_leases_of_the_dead_that_nobody_wants_are_forgotten(
    scene: Any, stage: Any, begin: Any, rows: Any
) -> None:
    begin(scene.first_of("y", ""))[0].result(WAIT_S)
    holder = _elsewhere(rows)
    rows("INSERT INTO lease (eval_hash, execution, token, taken) VALUES (?, ?, 1, 0)", bytes(20), holder)
    begin(scene.first_of("y", ""))[0].result(WAIT_S)
    assert len(rows("SELECT * FROM lease")) == 1
    rows("UPDATE execution SET heartbeat = heartbeat - 3600000000 WHERE key = ?", holder)
    begin(scene.first_of("y", ""))[0].result(WAIT_S)
    assert rows("SELECT * FROM lease") == []


def test_a_holder_that_lost_its_lease_overwrites_nothing(
    scene: Any, stage: Any, begin: Any, rows: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first, *_ = begin(scene.slow("x"))
    stage.wait("x began")
    # Another execution has taken it for dead, and has recorded a result in its place.
    ((key,),) = rows("SELECT eval_hash FROM lease")
    rows("UPDATE lease SET execution = ?, token = token + 1", _elsewhere(rows))
    rows(
        "INSERT INTO value (hash, type, size, preview, format, flags) VALUES (?, 'str', 1, 'x', 0, 0)",
        bytes(20),
    )
    rows("INSERT INTO evaluation (eval_hash, value_hash) VALUES (?, ?)", key, bytes(20))
    with caplog.at_level(logging.WARNING, "redun"):
        stage.event("x may end").set()
        assert first.result(WAIT_S) == "made x (1)"
    assert rows("SELECT value_hash FROM evaluation WHERE eval_hash = ?", key) == [(bytes(20),)]
    assert len(rows("SELECT * FROM lease")) == 1
    assert "1 call(s) of this execution were taken over by another one" in caplog.text


def test_a_record_that_cannot_share_says_so() -> None:
    scheduler = Scheduler(Config({"backend": {"db_uri": "sqlite:///:memory:", "leases": "true"}}))
    with pytest.raises(ConfigError, match=r"leases.*cannot share work in flight: leave the option out"):
        scheduler.run(["x"])
    scheduler.close()
