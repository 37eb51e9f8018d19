from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder_rows import TASK, check, eval_hash, jobs, name, query, start
from redun.errors import RecorderError
from redun.recorder import flood
from redun.recorder.batch import (
    Batch,
    ExecutionStatus,
    JobStatus,
    OutputStream,
    Reason,
    ValueFlag,
    ValueFormat,
)
from redun.recorder.interface import StoredValue
from redun.recorder.reader import open_reader
from redun.recorder.sqlite import SqliteRecorder

Opener = Callable[[], SqliteRecorder]


def test_every_list_of_a_batch_reaches_its_table(path: Path, opened: Opener) -> None:
    recorder = opened()
    execution = recorder.start_execution(start())
    batch = jobs(execution, 0, 1)
    parent, source, child = name("call"), name("source"), name("file value")
    batch.values.append((child, "redun.File", 9, "File('a')", ValueFormat.JSON, ValueFlag.EXTERNAL, b"{}"))
    batch.values.append((name("none"), "object", 0, "<object>", ValueFormat.PICKLE, 0, None))
    batch.call_nodes.append((source, TASK, name("other"), child, None, 1))
    batch.call_nodes.append((parent, TASK, name("outer"), child, name("set"), 0))
    batch.call_edges.append((parent, 0, source))
    batch.task_sets.append((name("set"), TASK))
    batch.flows.append((eval_hash(0), 0, source))
    batch.subvalues.append((name("0"), child))
    batch.files.append(("data/a", child))
    batch.tags.append(("task", TASK, "kind", '"x"'))
    batch.attempts.append((execution, 0, 1, "TimeoutError: slow", "timeout", 5, None))
    batch.outputs.append((execution, 0, OutputStream.STDERR, "so it goes\n", 0))
    batch.handles += [(name("h1"), "n.h", "", 1), (name("h2"), "n.h", "k", 1), (name("h2"), "n.h", "k", 0)]
    batch.handle_edges.append((name("h1"), name("h2")))
    recorder.write(batch)
    recorder.flush()

    task = (TASK, "work", "square", '["x"]', "def square(x): ...", "work.py", 3, None)
    assert query(path, "SELECT hash, namespace, name, parameters, source, file, line, version FROM task") == [
        task
    ]
    assert query(
        path, "SELECT type, size, preview, format, flags, blob, store FROM value WHERE hash = ?", child
    ) == [("redun.File", 9, "File('a')", 1, 2, b"{}", None)]
    assert query(path, "SELECT blob, store FROM value WHERE hash = ?", name("none")) == [(None, None)]
    assert query(path, "SELECT * FROM argument") == [(eval_hash(0), 0, "x", name("0"))]
    assert query(path, "SELECT * FROM evaluation") == [(eval_hash(0), name("0²"))]
    assert query(path, "SELECT * FROM flow") == [(eval_hash(0), 0, source)]
    assert query(path, "SELECT * FROM call_edge") == [(parent, 0, source)]
    assert query(path, "SELECT * FROM task_set") == [(name("set"), TASK)]
    assert query(path, "SELECT * FROM subvalue") == [(name("0"), child)]
    assert query(path, "SELECT * FROM attempt") == [
        (execution, 0, 1, "TimeoutError: slow", "timeout", 5, None)
    ]
    assert query(path, "SELECT * FROM output") == [(execution, 0, 2, "so it goes\n", 0)]
    assert set(query(path, "SELECT * FROM handle")) == {
        (name("h1"), "n.h", "", 1),
        (name("h2"), "n.h", "k", 0),
    }
    assert query(path, "SELECT * FROM handle_edge") == [(name("h1"), name("h2"))]
    assert query(path, "SELECT * FROM file") == [("data/a", child)]
    assert query(path, "SELECT entity, key, value FROM tag ORDER BY entity") == [
        ("execution", "project", '"x"'),
        ("task", "kind", '"x"'),
    ]
    calls = query(path, "SELECT eval_hash, value_hash, task_set, failed, created > 0 FROM call_node")
    assert sorted(calls, key=str) == sorted(
        [
            (eval_hash(0), name("0²"), None, 0, None),
            (name("other"), child, None, 1, None),
            (name("outer"), child, name("set"), 0, 1),
        ],
        key=str,
    )
    check(path)


def test_a_result_is_on_disk_without_being_asked_for(path: Path, opened: Opener) -> None:
    recorder = opened()
    execution = recorder.start_execution(start())
    recorder.write(jobs(execution, 0, 100))
    handed_over = time.monotonic()
    while query(path, "SELECT COUNT(*) FROM job") != [(100,)]:
        # The promise is 0.2 s; a busy machine gets more.
        assert time.monotonic() - handed_over < 5
        time.sleep(0.01)


def test_a_job_is_one_row_through_all_its_states(path: Path, opened: Opener) -> None:
    recorder = opened()
    execution = recorder.start_execution(start())
    for status, call, duration in (
        (JobStatus.RUNNING, None, None),
        (JobStatus.DONE, name("call"), 5),
    ):
        batch = jobs(execution, 1, 1)
        batch.jobs[execution, 0] = (
            None,
            TASK,
            name("key"),
            call,
            status,
            Reason.CACHE_OFF,
            "batch",
            17,
            duration,
        )
        recorder.write(batch)
        recorder.flush()
    assert query(
        path,
        "SELECT j.parent, t.hash, eval_hash, call_hash, status, reason, executor, started, duration"
        " FROM job j JOIN task t ON t.key = j.task WHERE number = 0",
    ) == [(None, TASK, name("key"), name("call"), 1, 4, "batch", 17, 5)]
    assert query(path, "SELECT executor FROM job WHERE number = 1") == [(None,)]


def test_the_last_evaluation_wins_within_a_batch_and_between(path: Path, opened: Opener) -> None:
    recorder = opened()
    for results in (("a", "b"), ("c",), ("d", "e")):
        batch = Batch()
        for result in results:
            batch.values.append((name(result), "str", 1, result, ValueFormat.PICKLE, 0, b""))
            batch.evaluations.append((name("key"), name(result)))
        recorder.write(batch)
    recorder.flush()
    assert query(path, "SELECT value_hash FROM evaluation") == [(name("e"),)]


def test_tasks_are_found_again_by_another_recorder(path: Path, opened: Opener) -> None:
    first, second = opened(), opened()
    first.write(jobs(first.start_execution(start()), 0, 3))
    first.flush()
    batch = jobs(second.start_execution(start()), 0, 3)
    batch.tasks.clear()
    second.write(batch)
    second.flush()
    assert query(path, "SELECT COUNT(*) FROM task") == [(1,)]
    assert query(path, "SELECT COUNT(*) FROM job") == [(6,)]


def test_a_job_of_an_unknown_task_is_an_error_that_writes_nothing(path: Path) -> None:
    recorder = SqliteRecorder(path)
    batch = jobs(recorder.start_execution(start()), 0, 3)
    batch.tasks.clear()
    recorder.write(batch)
    with pytest.raises(RecorderError, match=TASK.hex()):
        recorder.flush()
    for table in ("job", "value", "call_node", "evaluation"):
        assert query(path, f"SELECT * FROM {table}") == []
    with pytest.raises(RecorderError, match=TASK.hex()):
        recorder.close()
    recorder._disconnect()


def test_names_that_are_not_unicode(path: Path, opened: Opener) -> None:
    recorder = opened()
    batch = jobs(recorder.start_execution(start()), 0, 1)
    batch.files.append(("data/caf\udce9", name("0")))
    recorder.write(batch)
    recorder.flush()
    assert query(path, "SELECT path FROM file") == [("data/caf\\udce9",)]
    assert query(path, "SELECT COUNT(*) FROM job") == [(1,)]


def test_a_recorder_in_memory_does_the_same() -> None:
    recorder = SqliteRecorder()
    execution = recorder.start_execution(start())
    recorder.write(jobs(execution, 0, 500))
    recorder.flush()
    found = recorder.find_evaluations([eval_hash(number) for number in range(600)])
    assert len(found) == 500
    assert found[eval_hash(7)] == StoredValue(name("7²"), 0, 0, b"49")
    assert recorder.load(name("7²")) == b"49"
    recorder.finish_execution(execution, ExecutionStatus.DONE)
    recorder.close()


def test_close_writes_what_is_pending_and_may_be_repeated(path: Path) -> None:
    recorder = SqliteRecorder(path)
    recorder.write(jobs(recorder.start_execution(start()), 0, 100))
    recorder.close()
    recorder.close()
    assert query(path, "SELECT COUNT(*) FROM job") == [(100,)]
    with pytest.raises(RecorderError, match="closed"):
        recorder.flush()
    with pytest.raises(RecorderError, match="closed"):
        recorder.write(Batch())


def test_a_flood_is_staged_and_ends_up_where_it_belongs(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "_FLOOD_ROWS", 1000)
    recorder = opened()
    execution = recorder.start_execution(start())
    for first in range(0, 3000, 500):
        recorder.write(jobs(execution, first, 500))
        recorder.flush()
    (staged,) = query(path, "SELECT COUNT(*) FROM staged_evaluation")[0]
    assert isinstance(staged, int)
    assert staged >= 2000
    assert recorder.load(name("2999²")) == b"8994001"
    assert query(path, "SELECT COUNT(*) FROM job") == [(3000,)]
    recorder.finish_execution(execution, ExecutionStatus.DONE)
    assert query(path, "SELECT name FROM sqlite_master WHERE name LIKE 'staged%'") == []
    assert len(recorder.find_evaluations([eval_hash(number) for number in range(3000)])) == 3000
    assert len(recorder.find_calls([eval_hash(number) for number in range(3000)])) == 3000
    check(path)


def test_a_lasting_flood_is_merged_meanwhile(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "_FLOOD_ROWS", 0)
    monkeypatch.setattr(flood, "_MERGE_ROWS", 2000)
    recorder = opened()
    execution = recorder.start_execution(start())
    for first in range(0, 3000, 100):
        recorder.write(jobs(execution, first, 100))
        recorder.flush()
    recorder.flush()
    (merged,) = query(path, "SELECT COUNT(*) FROM evaluation")[0]
    assert isinstance(merged, int)
    assert 2000 <= merged <= 3000


def test_staged_evaluations_replace_older_ones(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = opened()
    for result in "abc":
        # The first is written directly, the others are staged.
        batch = Batch()
        batch.values.append((name(result), "str", 1, result, ValueFormat.PICKLE, 0, result.encode()))
        batch.evaluations.append((name("key"), name(result)))
        recorder.write(batch)
        recorder.flush()
        monkeypatch.setattr(flood, "_FLOOD_ROWS", 0)
    recorder.close()
    assert query(path, "SELECT value_hash FROM evaluation") == [(name("c"),)]


def test_what_a_killed_process_left_staged_is_merged_at_the_next_open(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "_FLOOD_ROWS", 0)
    killed = SqliteRecorder(path)
    killed.write(jobs(killed.start_execution(start()), 0, 200))
    killed.flush()
    # As a killed process leaves it: a copy taken while it is open.
    copy = tmp_path / "copy.db"
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    killed.close()
    assert query(copy, "SELECT COUNT(*) FROM evaluation") == [(0,)]
    looked_at = tmp_path / "looked at.db"
    looked_at.write_bytes(copy.read_bytes())
    with open_reader(looked_at) as reader:
        assert [value.preview for value in reader.values([name("7²")]).values()] == ["49"]
    recorder = SqliteRecorder(copy)
    assert len(recorder.find_evaluations([eval_hash(number) for number in range(200)])) == 200
    recorder.close()
    check(copy)


def test_two_floods_at_once_share_the_staging_tables(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "_FLOOD_ROWS", 0)
    one, two = opened(), opened()
    first, second = one.start_execution(start()), two.start_execution(start())
    for begin in range(0, 1000, 100):
        one.write(jobs(first, begin, 100, "one"))
        two.write(jobs(second, begin, 100, "two"))
        one.flush()
        two.flush()
        if begin == 500:
            # Merges and drops the tables under the other's hands.
            one.finish_execution(first, ExecutionStatus.DONE)
    one.finish_execution(first, ExecutionStatus.DONE)
    two.finish_execution(second, ExecutionStatus.DONE)
    assert query(path, "SELECT COUNT(*) FROM evaluation") == [(2000,)]
    check(path)


@pytest.mark.slow
def test_writing_waits_when_far_behind(path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun.recorder.writer._BACKLOG_ROWS", 1000)
    recorder = opened()
    execution = recorder.start_execution(start())
    most = 0
    for first in range(0, 5000, 100):
        recorder.write(jobs(execution, first, 100))
        most = max(most, recorder._writer.pending_rows)
    recorder.flush()
    assert most <= 1000 + 701
    assert query(path, "SELECT COUNT(*) FROM job") == [(5000,)]
