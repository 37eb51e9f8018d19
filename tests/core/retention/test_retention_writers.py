"""What writers owe marked rows."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import task
from redun.hashing.keys import call_hash
from redun.recorder.batch import Batch, ExecutionStatus
from redun.recorder.interface import ExecutionStart
from redun.recorder.value_store import FolderValueStore
from redun.retention.collecting import collect
from redun.retention.selection import Selection
from retention_work import LARGE, Held, large, length, problems, recorder, run, run_everything, step, watched

pytestmark = pytest.mark.slow

EVERYTHING = Selection(everything=True)


def query(database: Path, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(sql, parameters).fetchall()


@task(namespace="retained", version="1")
def five() -> int:
    return 5


@task(namespace="retained", version="1")
def doubled(x: int) -> int:
    return 2 * x


@task(namespace="retained", version="1")
def doubled_five() -> int:
    return doubled(five())


def test_what_a_row_refers_to_stays_with_it(tmp_path: Path) -> None:
    """A call that is made again from a plain number still says that the number once came from another call."""
    steps = 0
    place = 0
    while place <= steps:
        database = tmp_path / f"{place}" / "redun.db"
        assert run(database, doubled_five()) == 10

        def act(number: int, within: bool, place: int = place, database: Path = database) -> None:
            nonlocal steps
            steps = max(steps, number)
            if number == place and not within:
                assert run(database, doubled(5)) == 10

        with watched(act):
            collect(database, EVERYTHING)
        assert problems(database) == [], place
        place += 3


def test_a_payload_that_goes_while_its_row_is_being_written_is_written_again(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = FolderValueStore.put
    seen = []

    def put_then_collect(store: FolderValueStore, value_hash: bytes, payload: Any, **options: Any) -> str:
        found = (store.folder / value_hash.hex()[:2] / value_hash.hex()[2:]).exists()
        address = put(store, value_hash, payload, **options)
        if not seen:
            seen.append(found)
            collect(database, EVERYTHING)
            assert not store.holds(address)
        return address

    # Marked, and not deleted yet; the run that follows is younger and does not see it.
    older = Held(database, [9], "payload")
    collect(database, EVERYTHING)
    older.finish()
    monkeypatch.setattr(FolderValueStore, "put", put_then_collect)
    assert run(database, length(large(4))) == LARGE
    assert seen == [True]
    assert problems(database) == []


def younger(database: Path) -> tuple[Any, int]:
    made = recorder(database)
    start = ExecutionStart(os.urandom(16), ["run"], "retained.step", time.time_ns() // 1000)
    return made, made.start_execution(start)


def test_marked_rows_are_not_found_until_somebody_records_them(database: Path) -> None:
    ((key, value),) = query(
        database,
        "SELECT c.eval_hash, c.value_hash FROM call_node c JOIN task t ON t.key = c.task"
        " JOIN value v ON v.hash = c.value_hash WHERE t.name = 'step' AND v.preview = '3' LIMIT 1",
    )
    older = Held(database, [9], "found")
    made, execution = younger(database)
    assert made.find_evaluations([key])
    assert made.find_calls([key])
    collect(database, EVERYTHING)
    assert made.find_evaluations([key]) == {}
    assert made.find_calls([key]) == {}
    batch = Batch()
    batch.values.append((value, "int", 5, "3", 0, 0, b"....."))
    batch.evaluations.append((key, value))
    made.write(batch)
    made.flush()
    # Who finds the evaluation takes for granted that the call is recorded.
    (call,) = made.find_calls([key])[key]
    assert call.call_hash == call_hash(key, value)
    assert [
        argument for (argument,) in query(database, "SELECT name FROM argument WHERE eval_hash = ?", key)
    ] == ["x"]
    older.finish()
    made.finish_execution(execution, ExecutionStatus.DONE)
    made.close()
    assert problems(database) == []


def test_a_whole_call_is_hidden_too(database: Path) -> None:
    ((key,),) = query(
        database,
        "SELECT c.eval_hash FROM call_node c JOIN task t ON t.key = c.task WHERE t.name = 'everything' LIMIT 1",
    )
    older = Held(database, [9], "whole")
    made, execution = younger(database)
    assert made.find_calls([key])
    collect(database, EVERYTHING)
    assert made.find_calls([key]) == {}
    older.finish()
    made.finish_execution(execution, ExecutionStatus.DONE)
    made.close()


def test_a_call_whose_tasks_are_gone_is_not_taken_for_current(database: Path) -> None:
    ((key,),) = query(
        database,
        "SELECT c.eval_hash FROM call_node c JOIN task t ON t.key = c.task WHERE t.name = 'everything' LIMIT 1",
    )
    query(database, "DELETE FROM task_set")
    made = recorder(database)
    assert made.find_calls([key]) == {}
    made.close()


def test_states_of_handles_are_hidden_and_come_back(database: Path) -> None:
    older = Held(database, [], "handles")
    made, execution = younger(database)
    states = [state for (state,) in query(database, "SELECT hash FROM handle WHERE valid = 1")]
    assert len(made.find_valid_handles(states)) == len(states) > 0
    collect(database, EVERYTHING)
    assert len(made.find_valid_handles(states)) < len(states)
    run_everything(database, [1, 2, 3, 4])
    older.finish()
    made.finish_execution(execution, ExecutionStatus.DONE)
    made.close()
    collect(database, Selection())
    assert problems(database) == []
    run_everything(database, [1, 2, 3, 4])


def test_a_run_that_writes_nothing_marked_pays_one_look(database: Path) -> None:
    """The look-up plans of a normal run touch the marks by their key alone."""
    from redun.recorder import lookup

    with closing(sqlite3.connect(database)) as connection:
        for text in (lookup._EVALUATIONS, lookup._CALLS, lookup._LEAVES, lookup._VALID_HANDLES):
            plan = connection.execute("EXPLAIN QUERY PLAN " + text.format("?"), (b"",)).fetchall()
            marks = [row[3] for row in plan if "doomed" in row[3]]
            assert marks == ["SEARCH doomed USING PRIMARY KEY (kind=? AND hash=?)"]


def test_an_interrupted_collection_makes_younger_runs_older(copied: Callable[[], Path]) -> None:
    """What a killed one began to spare may lead to rows that are still marked: nobody who began since may lose them."""
    database = copied()
    older = Held(database, [1, 2], "interrupted")
    assert collect(database, Selection(keep_last=1)).marked
    older.finish()

    class Killed(BaseException):
        pass

    def act(number: int, within: bool) -> None:
        # After the first kind was spared.
        if number == 3 and not within:
            raise Killed

    with watched(act), pytest.raises(Killed):
        collect(database, Selection())
    held = Held(database, [1, 2, 3], "after")
    # Nothing else leads to what it has found.
    query(database, "DELETE FROM tag")
    done = collect(database, Selection(keep_last=0, everything=True))
    assert [one.key for one in done.waiting_for]
    held.finish()
    assert problems(database) == []
    collect(database, Selection())
    assert run(database, step(1)) == 2
    assert problems(database) == []


def test_what_a_replay_takes_for_recorded_stays_with_its_evaluation(database: Path) -> None:
    """A call that was begun and never ended keeps the evaluation that another execution left, and so its call."""
    collect(database, Selection(keep_last=1))
    run(database, doubled(7))
    ((key, task_key),) = query(
        database,
        "SELECT eval_hash, task FROM job WHERE execution = (SELECT max(key) FROM execution) AND number = 1",
    )
    query(database, "INSERT INTO job SELECT 3, 9999, 1, ?, ?, NULL, 5, 1, NULL, 1, NULL", task_key, key)
    collect(database, Selection(tags=(), keep_last=0, not_tags=(("good", None),)))
    assert run(database, doubled_seven()) == 14
    assert problems(database) == []


@task(namespace="retained", version="1")
def doubled_seven() -> int:
    return doubled(7)
