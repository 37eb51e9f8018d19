from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recorder_rows import TASK, eval_hash, jobs, name, start
from redun.errors import UnreadableValueError
from redun.hashing.keys import call_hash
from redun.recorder.batch import Batch, ValueFlag, ValueFormat
from redun.recorder.interface import StoredCall, StoredValue
from redun.recorder.sqlite import SqliteRecorder

OTHER = name("other task")


@pytest.fixture(params=["file", "memory"])
def recorder(request: pytest.FixtureRequest, path: Path) -> Iterator[SqliteRecorder]:
    recorder = SqliteRecorder(path) if request.param == "file" else SqliteRecorder()
    yield recorder
    recorder.close()


def value(label: str, flags: int = 0) -> tuple[bytes, str, int, str, int, int, bytes]:
    return (name(label), "str", 3, label, ValueFormat.PICKLE, flags, label.encode())


def stored(label: str, flags: int = 0) -> StoredValue:
    return StoredValue(name(label), 0, flags, label.encode())


def record(recorder: SqliteRecorder, batch: Batch) -> None:
    for task in (TASK, OTHER):
        batch.tasks.append((task, "", "task", "[]", "", "", 1, None))
    recorder.write(batch)
    recorder.flush()


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 255, 256, 257, 1000])
def test_evaluations_of_any_number_of_keys(recorder: SqliteRecorder, count: int) -> None:
    recorder.write(jobs(recorder.start_execution(start()), 0, count))
    recorder.flush()
    found = recorder.find_evaluations([eval_hash(number) for number in range(count + 3)])
    assert found == {
        eval_hash(number): StoredValue(name(f"{number}²"), 0, 0, str(number**2).encode())
        for number in range(count)
    }


def test_a_key_asked_twice_is_found_once(recorder: SqliteRecorder) -> None:
    recorder.write(jobs(recorder.start_execution(start()), 0, 2))
    recorder.flush()
    assert len(recorder.find_evaluations([eval_hash(0), eval_hash(1), eval_hash(0)])) == 2


def test_flags_and_formats_are_told(recorder: SqliteRecorder) -> None:
    batch = Batch()
    batch.values.append(
        (name("v"), "File", 3, "", ValueFormat.JSON, ValueFlag.LAZY | ValueFlag.EXTERNAL, b"x")
    )
    batch.evaluations.append((name("key"), name("v")))
    record(recorder, batch)
    assert recorder.find_evaluations([name("key")]) == {name("key"): StoredValue(name("v"), 1, 3, b"x")}


def test_a_call_that_made_no_other(recorder: SqliteRecorder) -> None:
    recorder.write(jobs(recorder.start_execution(start()), 0, 300))
    recorder.flush()
    found = recorder.find_calls([eval_hash(number) for number in range(400)])
    assert set(found) == {eval_hash(number) for number in range(300)}
    result = StoredValue(name("7²"), 0, 0, b"49")
    call = StoredCall(call_hash(eval_hash(7), name("7²")), result, frozenset({TASK}))
    assert found[eval_hash(7)] == [call]


def test_calls_that_made_others_come_newest_first(recorder: SqliteRecorder) -> None:
    tasks = frozenset({TASK, OTHER})
    for number, result in enumerate(("old", "older than new", "new")):
        batch = Batch()
        batch.values += [value(result), value("lazy", ValueFlag.LAZY)]
        batch.evaluations.append((name("key"), name("lazy")))
        batch.call_nodes.append((name(f"call {number}"), TASK, name("key"), name(result), name("set"), 0))
        batch.task_sets += [(name("set"), task) for task in tasks]
        record(recorder, batch)
    assert recorder.find_calls([name("key")]) == {
        name("key"): [
            StoredCall(name("call 2"), stored("new"), tasks),
            StoredCall(name("call 1"), stored("older than new"), tasks),
            StoredCall(name("call 0"), stored("old"), tasks),
        ]
    }


def test_failed_calls_are_not_replayed(recorder: SqliteRecorder) -> None:
    batch = Batch()
    batch.values.append(value("error", ValueFlag.ERROR))
    batch.call_nodes.append((name("outer"), TASK, name("key"), name("error"), name("set"), 1))
    leaf = call_hash(name("leaf key"), name("error"))
    batch.evaluations.append((name("leaf key"), name("error")))
    batch.call_nodes.append((leaf, TASK, name("leaf key"), name("error"), None, 1))
    batch.task_sets.append((name("set"), TASK))
    record(recorder, batch)
    assert recorder.find_calls([name("key"), name("leaf key")]) == {}


def test_a_lazy_reduction_is_not_a_call(recorder: SqliteRecorder) -> None:
    batch = Batch()
    batch.values.append(value("lazy", ValueFlag.LAZY))
    batch.evaluations.append((name("key"), name("lazy")))
    record(recorder, batch)
    assert recorder.find_calls([name("key")]) == {}
    assert recorder.find_evaluations([name("key")]) == {name("key"): stored("lazy", ValueFlag.LAZY)}


def test_a_large_value_is_loaded_on_its_own(recorder: SqliteRecorder) -> None:
    content = bytes(range(256)) * 8192
    batch = Batch()
    batch.values.append((name("large"), "bytes", len(content), "b'...'", ValueFormat.RAW, 0, content))
    batch.evaluations.append((name("key"), name("large")))
    record(recorder, batch)
    assert recorder.find_evaluations([name("key")]) == {name("key"): StoredValue(name("large"), 2, 0, None)}
    assert recorder.load(name("large")) == content


def test_values_that_cannot_be_loaded(recorder: SqliteRecorder) -> None:
    batch = Batch()
    batch.values.append((name("unpicklable"), "object", 0, "<...>", ValueFormat.PICKLE, 0, None))
    record(recorder, batch)
    with pytest.raises(UnreadableValueError, match="could not be stored"):
        recorder.load(name("unpicklable"))
    with pytest.raises(UnreadableValueError, match="is not recorded"):
        recorder.load(name("never seen"))


def test_what_another_process_wrote_is_seen_at_once(path: Path, opened: Callable[[], SqliteRecorder]) -> None:
    reading, writing = opened(), opened()
    assert reading.find_evaluations([eval_hash(0)]) == {}
    writing.write(jobs(writing.start_execution(start()), 0, 1))
    writing.flush()
    assert set(reading.find_evaluations([eval_hash(0)])) == {eval_hash(0)}
