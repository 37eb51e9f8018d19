"""Executions on one PostgreSQL server share work in flight, without being asked to."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from redun.recorder.batch import JobStatus

# They wait by threads and statements, not by what differs between Pythons; `test_many_schedulers` runs on each.
pytestmark = pytest.mark.slow

WAIT_S = 60

_SCENES = Path(__file__).parents[2] / "core" / "leases" / "test_leases.py"
_spec = importlib.util.spec_from_file_location("lease_scenes", _SCENES)
assert _spec is not None
assert _spec.loader is not None
_scenes = sys.modules.setdefault("lease_scenes", importlib.util.module_from_spec(_spec))
_spec.loader.exec_module(_scenes)

# The same as with SQLite, where they are told about.
test_a_result_is_waited_for = _scenes.test_the_result_of_another_execution_is_waited_for
test_executions_wait_for_each_other = _scenes.test_executions_that_wait_for_each_other_both_go_on
test_a_holder_fails = _scenes.test_a_call_whose_holder_fails_is_run_by_who_waited
test_a_dead_holder = _scenes.test_a_dead_holder_is_taken_over
test_a_late_holder = _scenes.test_a_holder_that_lost_its_lease_overwrites_nothing
test_leases_of_the_dead = _scenes.test_leases_of_the_dead_that_nobody_wants_are_forgotten
test_calls_are_let_go = _scenes.test_calls_that_wait_for_units_are_given_back_when_they_are_let_go


def test_they_can_be_turned_off(scene: Any, stage: Any, begin: Any) -> None:
    results = [begin(scene.pair("x"), leases="false")[0] for _ in range(2)]
    assert [result.result(WAIT_S) for result in results] == ["x", "x"]
    assert stage.ran["x"] == 2


def test_a_task_may_be_left_out(scene: Any, stage: Any, begin: Any) -> None:
    results = [begin(scene.pair.options(lease=False)("x"))[0] for _ in range(2)]
    assert [result.result(WAIT_S) for result in results] == ["x", "x"]


def test_what_waits_survives_the_loss_of_its_connections(
    scene: Any, stage: Any, begin: Any, rows: Any
) -> None:
    first, *_ = begin(scene.slow("x"))
    stage.wait("x began")
    second, waiter, _ = begin(scene.slow("x"))
    assert waiter.saw("slow", JobStatus.PENDING)
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    stage.event("x may end").set()
    assert first.result(WAIT_S) == second.result(WAIT_S) == "made x (1)"
    assert stage.ran["x"] == 1
