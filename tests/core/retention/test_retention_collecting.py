"""What a collection chooses, removes and leaves."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import task
from redun.errors import RecorderError
from redun.recorder.batch import Batch, ExecutionStatus
from redun.recorder.interface import ExecutionStart
from redun.retention.collecting import collect, plan
from redun.retention.selection import Selection
from retention_work import Held, folder_of, problems, recorder, run, run_everything, step, watched

pytestmark = pytest.mark.slow


def query(database: Path, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(sql, parameters).fetchall()


def kept(database: Path) -> list[int]:
    return [key for (key,) in query(database, "SELECT key FROM execution ORDER BY key")]


def pin(database: Path, key: int) -> None:
    query(
        database, "INSERT INTO tag SELECT 'execution', id, 'pinned', 'true' FROM execution WHERE key = ?", key
    )


def age(database: Path, key: int, days: float) -> None:
    query(database, "UPDATE execution SET started = started - ? WHERE key = ?", int(days * 86_400e6), key)


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (Selection(keep_last=1), [3]),
        (Selection(keep_last=2), [2, 3]),
        (Selection(keep_last=9), [1, 2, 3]),
        (Selection(tags=(("stage", "2"),)), [1]),
        (Selection(tags=(("stage", None),), not_tags=(("good", None),)), [3]),
        (Selection(tags=(("stage", "2"), ("good", "true"))), [1, 2]),
        (Selection(not_tags=(("stage", "1"),), keep_last=1), [1, 3]),
        (Selection(tags=(("stage", "5"),)), [1, 2, 3]),
        (Selection(), [1, 2, 3]),
    ],
)
def test_conditions_add_up(database: Path, selection: Selection, left: list[int]) -> None:
    planned = plan(database, selection)
    assert (planned.chosen, planned.total) == (3 - len(left), 3)
    assert kept(database) == [1, 2, 3]
    collect(database, selection)
    assert kept(database) == left
    assert problems(database) == []


def test_the_newest_are_kept_of_each_task_or_overall(database: Path) -> None:
    run(database, step(1))
    assert plan(database, Selection(keep_last=1)).chosen == 2
    assert plan(database, Selection(keep_last=1, overall=True)).chosen == 3


def test_age_is_told_by_the_beginning(database: Path) -> None:
    age(database, 1, 40)
    age(database, 2, 20)
    before = int((time.time() - 30 * 86_400) * 1e6)
    collect(database, Selection(before=before))
    assert kept(database) == [2, 3]


def test_pinned_executions_stay(database: Path) -> None:
    pin(database, 1)
    collect(database, Selection(everything=True))
    assert kept(database) == [1]
    run_everything(database, [1, 2])
    assert problems(database) == []


def test_what_made_files_that_exist_stays(database: Path) -> None:
    paths = [path for (path,) in query(database, "SELECT path FROM file ORDER BY path")]
    assert [Path(path).name for path in paths] == ["1.txt", "2.txt", "3.txt", "4.txt"]
    # 4.txt was made by the third, and 3.txt by the second.
    collect(database, Selection(keep_files=lambda path: path.endswith("4.txt"), everything=True))
    assert kept(database) == [3]


def test_to_remove_everything_must_be_said(database: Path) -> None:
    for work in (plan, collect):
        with pytest.raises(
            RecorderError, match=r"would remove every execution of the record \(3\).*--all.*--keep-last 1"
        ):
            work(database, Selection(keep_last=0))
    assert kept(database) == [1, 2, 3]
    collect(database, Selection(everything=True))
    assert kept(database) == []
    rows = {
        table: query(database, f"SELECT count(*) FROM {table}")[0][0]
        for table in (
            "job",
            "value",
            "call_node",
            "call_edge",
            "evaluation",
            "argument",
            "flow",
            "subvalue",
            "file",
            "task",
            "task_part",
            "code",
            "task_set",
            "handle",
            "handle_edge",
            "tag",
            "output",
            "attempt",
            "doomed",
        )
    }
    assert not any(rows.values()), rows
    assert not [path for path in (database.parent / "values").rglob("*") if path.is_file()]
    run_everything(database, [1, 2])
    assert problems(database) == []


def test_a_plan_is_what_happens(database: Path) -> None:
    planned = plan(database, Selection(keep_last=1)).tally
    done = collect(database, Selection(keep_last=1))
    removed = {**done.executions.counts, **done.rows.counts}
    for kind, count in planned.counts.items():
        assert removed.get(kind) == count, kind
    assert done.rows.bytes["payload"] == planned.bytes["payload"]
    assert plan(database, Selection()).tally.counts == {}


def test_what_is_kept_is_replayed_and_what_is_not_runs_again(database: Path) -> None:
    collect(database, Selection(keep_last=1))
    run_everything(database, [3, 4])
    (replayed,) = query(
        database,
        "SELECT count(*), sum(reason = 1 AND status <> 3) FROM job WHERE execution = (SELECT max(key) FROM execution)",
    )
    assert replayed[0] > 0
    assert not replayed[1]
    run_everything(database, [1])
    (ran,) = query(
        database,
        "SELECT sum(reason = 1 AND status <> 3) FROM job WHERE execution = (SELECT max(key) FROM execution)",
    )
    assert ran[0] > 0


def test_keys_of_executions_are_not_given_away_again(database: Path) -> None:
    collect(database, Selection(tags=(("good", None),)))
    assert kept(database) == [1, 2]
    run_everything(database, [3])
    assert kept(database) == [1, 2, 4]


@task(namespace="retained", version="1")
def first_of_all(x: int) -> int:
    return x


@task(namespace="retained", version="1")
def second_of_all(x: int) -> int:
    return -x


def test_a_process_that_stays_forgets_keys_of_tasks(database: Path) -> None:
    from redun import Scheduler
    from redun.config import Config

    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{database}"}}))
    scheduler.run(first_of_all(1))
    collect(database, Selection(everything=True))
    # Takes the key that the other had.
    run(database, second_of_all(1))
    scheduler.run(first_of_all(2))
    scheduler.close()
    assert problems(database) == []
    rows = query(
        database,
        "SELECT e.task, t.name FROM job j JOIN task t ON t.key = j.task"
        " JOIN execution e ON e.key = j.execution WHERE j.number = 1",
    )
    assert sorted(rows) == [
        ("retained.first_of_all", "first_of_all"),
        ("retained.second_of_all", "second_of_all"),
    ]


def start(database: Path) -> tuple[Any, int]:
    made = recorder(database)
    now = time.time_ns() // 1000
    return made, made.start_execution(ExecutionStart(os.urandom(16), ["run"], "retained.step", now))


def elsewhere(database: Path, key: int, seconds: float) -> None:
    """Let an execution be one of another host, that gave its last sign some seconds ago."""
    heartbeat = int((time.time() - seconds) * 1e6)
    query(database, "UPDATE execution SET host = 'elsewhere', heartbeat = ? WHERE key = ?", heartbeat, key)


def a_job(key: int) -> Batch:
    batch = Batch()
    batch.tasks.append((b"t" * 20, "retained", "other", "[]", "", "f.py", 1, None))
    batch.jobs[key, 1] = (None, b"t" * 20, b"e" * 20, None, 0, 1, None, 1, None)
    return batch


def test_an_execution_of_another_host_lives_by_its_heartbeat(database: Path) -> None:
    made, key = start(database)
    elsewhere(database, key, 30)
    collect(database, Selection(everything=True))
    assert kept(database) == [key]
    made.write(a_job(key))
    made.finish_execution(key, ExecutionStatus.DONE)
    made.close()
    assert problems(database) == []


def test_an_execution_that_was_removed_while_it_slept_must_not_go_on(database: Path) -> None:
    made, key = start(database)
    elsewhere(database, key, 100)
    # Meanwhile the writer, asleep, gives no sign.
    made._running.clear()
    collect(database, Selection(everything=True))
    assert kept(database) == []
    made.write(a_job(key))
    with pytest.raises(
        RecorderError, match=r"gave no sign of life for a minute.*`redun db gc` removed it: run it again"
    ):
        made.flush()
    made._disconnect()
    assert problems(database) == []


def test_an_execution_that_was_taken_for_dead_must_not_go_on(database: Path) -> None:
    made, key = start(database)
    elsewhere(database, key, 100)
    made._running.clear()
    pin(database, key)
    collect(database, Selection(everything=True))
    assert kept(database) == [key]
    made.write(a_job(key))
    with pytest.raises(
        RecorderError, match=r"was taken for dead by `redun db gc`.*Run it again: what it recorded"
    ):
        made.flush()
    made._disconnect()


def test_a_suspended_process_of_this_host_lives(database: Path) -> None:
    made, key = start(database)
    made._running.clear()
    query(database, "UPDATE execution SET heartbeat = heartbeat - 3600000000 WHERE key = ?", key)
    collect(database, Selection(everything=True))
    assert kept(database) == [key]
    made.write(a_job(key))
    made.flush()
    made.close()


def test_a_process_that_was_killed_is_dead_soon(database: Path) -> None:
    made, key = start(database)
    made._running.clear()
    query(database, "UPDATE execution SET pid = 999999999 WHERE key = ?", key)
    assert [one.key for one in plan(database, Selection(everything=True)).live] == [key]
    query(database, "UPDATE execution SET heartbeat = heartbeat - 11000000 WHERE key = ?", key)
    assert plan(database, Selection(everything=True)).live == []
    made.close()


def test_two_collections_exclude_each_other(database: Path) -> None:
    def act(number: int, within: bool) -> None:
        if number == 3 and not within:
            with pytest.raises(
                RecorderError, match=rf"`redun db gc` is at work on this record, process {os.getpid()}"
            ):
                collect(database, Selection(keep_last=1))

    with watched(act):
        collect(database, Selection(keep_last=1))


def test_a_collection_that_slept_while_another_worked_must_not_go_on(database: Path) -> None:
    nested: list[int] = []

    def act(number: int, within: bool) -> None:
        if number == 12 and not within and not nested:
            nested.append(1)
            query(database, "UPDATE sweep SET heartbeat = 5, host = 'elsewhere'")
            collect(database, Selection(keep_last=1))

    with watched(act), pytest.raises(RecorderError, match="another one has begun on the record since"):
        collect(database, Selection(keep_last=1))
    assert problems(database) == []
    assert collect(database, Selection(keep_last=1)).marked == 0
    assert problems(database) == []


def test_marked_rows_wait_for_older_executions_and_go_afterwards(database: Path) -> None:
    held = Held(database, [5], "older")
    waiting = collect(database, Selection(keep_last=1))
    assert waiting.marked > 0
    assert [one.pid for one in waiting.waiting_for] == [os.getpid()]
    assert "value" not in waiting.rows.counts
    held.finish()
    done = collect(database, Selection())
    assert done.marked == 0
    assert done.rows.counts["value"] > 0
    assert problems(database) == []


def test_marks_go_when_no_older_execution_runs_though_a_younger_does(database: Path) -> None:
    older = Held(database, [5], "older of two")
    assert collect(database, Selection(keep_last=1)).marked
    younger = Held(database, [6], "younger of two")
    older.finish()
    done = collect(database, Selection())
    assert done.rows.counts["value"] > 0
    younger.finish()
    assert problems(database) == []


def test_rows_that_are_staged_stay(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import redun.recorder.flood as flood

    monkeypatch.setattr(flood, "_FLOOD_ROWS", 0)
    monkeypatch.setattr(flood, "_MERGE_S", 1e9)
    held = Held(database, [1, 2, 5], "staged")
    give_up = time.monotonic() + 60
    while not query(database, "SELECT 1 FROM sqlite_master WHERE name = 'staged_value'"):
        assert time.monotonic() < give_up
        time.sleep(0.05)
    collect(database, Selection(keep_last=1))
    assert problems(database) == []
    collect(database, Selection())
    held.finish()
    collect(database, Selection())
    assert problems(database) == []


def test_strays_of_killed_processes_go(database: Path) -> None:
    folder = database.parent / "values" / "ab"
    folder.mkdir(exist_ok=True)
    old, young = folder / ("0" * 38), folder / ("1" * 38)
    for path in (old, young):
        path.write_bytes(b"payload")
    os.utime(old, (1, 1))
    assert plan(database, Selection()).tally.counts == {"stray payload": 1}
    assert collect(database, Selection()).rows.counts == {"stray payload": 1}
    assert (old.exists(), young.exists()) == (False, True)


def test_values_of_strangers_go_with_their_payloads(database: Path) -> None:
    folder = database.parent / "values" / "foreign"
    kept_file, gone, stray = (folder / "ab" / (digit * 38) for digit in "123")
    kept_file.parent.mkdir(parents=True)
    for path in (kept_file, gone, stray):
        path.write_bytes(b"payload")
        os.utime(path, (1, 1))
    for path in (kept_file, gone):
        value = bytes.fromhex("ab" + path.name)
        query(database, "INSERT INTO value VALUES (?, 'bytes', 7, '', 2, 0, NULL, NULL, NULL)", value)
        address = f"foreign/ab/{path.name}"
        query(database, "INSERT INTO foreign_value VALUES (?, 'theirs', 2, 0, NULL, ?, NULL)", value, address)
    used = bytes.fromhex("ab" + "1" * 38)
    query(database, "INSERT INTO argument SELECT eval_hash, 9, 'x', ? FROM job LIMIT 1", used)
    assert plan(database, Selection()).tally.counts["payload"] == 1
    collect(database, Selection())
    assert [path.exists() for path in (kept_file, gone, stray)] == [True, False, False]
    assert query(database, "SELECT count(*) FROM foreign_value") == [(1,)]


def test_space_goes_back_bit_by_bit_where_the_database_allows_it(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        connection.execute("PRAGMA auto_vacuum = 2")
        connection.execute("VACUUM")
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute(
            "CREATE TABLE staged_filler AS WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) SELECT zeroblob(4000) AS x FROM n"
        )
        connection.execute("DROP TABLE staged_filler")
    held = Held(database, [9], "bits")
    space = collect(database, Selection()).space
    held.finish()
    assert space.before - space.after > 1_000_000
    assert space.free == 0


def test_space_is_left_while_executions_run_and_returned_afterwards(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO value VALUES (?, 'bytes', 50000, '', 2, 0, zeroblob(50000), NULL, NULL)",
            [(bytes([number]) * 20,) for number in range(60)],
        )
    held = Held(database, [9], "space")
    assert collect(database, Selection()).marked == 60
    held.finish()
    younger = Held(database, [9], "space again")
    space = collect(database, Selection()).space
    assert "executions are running" in space.reason
    assert space.free > 2_000_000
    younger.finish()
    space = collect(database, Selection()).space
    assert space.before - space.after > 2_000_000
    assert database.stat().st_size == space.after


def test_runs_without_a_record_are_not_disturbed(database: Path) -> None:
    from retention_work import everything, result_of

    def act(number: int, within: bool) -> None:
        if not within and number % 4 == 0:
            call = everything(folder_of(database), [1, 2])
            assert run(database, call, prov=False) == result_of([1, 2])

    with watched(act):
        collect(database, Selection(keep_last=1))
    assert problems(database) == []


def test_where_no_record_is_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(RecorderError, match="no record yet"):
        collect(tmp_path / "none.db", Selection())
    assert not (tmp_path / "none.db").exists()
