"""Tests of what is found of earlier executions.

Floor: composition.
"""

from __future__ import annotations

import pytest

from redun.hashing.keys import call_hash
from redun.recorder.batch import Batch, ValueFlag, ValueFormat
from redun.recorder.interface import Recorder, StoredCall, StoredValue
from redun.testing.recorders.opening import Suite
from redun.testing.recording import TASK, execution_start, finished_jobs, key_of, name, task_row, value_row

__all__ = ["LookUps"]

_OTHER = name("other task")


class LookUps(Suite):
    """What is found of earlier executions."""

    def test_nothing_is_found_in_an_empty_record(self, recorder: Recorder) -> None:
        for hashes in ([], [name("key")], [name(str(number)) for number in range(1000)]):
            assert recorder.find_evaluations(hashes) == {}
            assert recorder.find_calls(hashes) == {}
            assert recorder.find_valid_handles(hashes) == []
            assert recorder.find_handle_descendants(hashes) == {}

    def test_waves_of_any_size(self, recorder: Recorder) -> None:
        count = 1030
        recorder.write(finished_jobs(recorder.start_execution(execution_start()), 0, count))
        recorder.flush()
        for asked in (0, 1, 2, 15, 16, 17, 255, 256, 257, count, 5000):
            keys = [key_of(number) for number in range(asked)]
            found = recorder.find_evaluations(keys)
            assert found == {
                key_of(number): StoredValue(name(f"{number}²"), 0, 0, f"{number}²".encode())
                for number in range(min(asked, count))
            }
            assert recorder.find_calls(keys) == {
                key: [StoredCall(call_hash(key, value.hash), value, frozenset({TASK}))]
                for key, value in found.items()
            }

    def test_a_key_asked_twice_is_found_once(self, recorder: Recorder) -> None:
        recorder.write(finished_jobs(recorder.start_execution(execution_start()), 0, 2))
        recorder.flush()
        keys = [key_of(0), key_of(1), key_of(0)]
        assert set(recorder.find_evaluations(keys)) == set(keys)
        assert [len(calls) for calls in recorder.find_calls(keys).values()] == [1, 1]

    def test_formats_and_flags_are_told(self, recorder: Recorder) -> None:
        batch = Batch()
        flags = ValueFlag.LAZY | ValueFlag.EXTERNAL
        batch.values.append((name("v"), "File", 3, "", ValueFormat.JSON, flags, b"x"))
        batch.evaluations.append((name("key"), name("v")))
        _record(recorder, batch)
        assert recorder.find_evaluations([name("key")]) == {name("key"): StoredValue(name("v"), 1, 3, b"x")}

    def test_calls_that_made_others_come_newest_first(self, recorder: Recorder) -> None:
        tasks = frozenset({TASK, _OTHER})
        for number, result in enumerate(("old", "older than new", "new")):
            batch = Batch()
            batch.values += [value_row(result), value_row("lazy", ValueFlag.LAZY)]
            batch.evaluations.append((name("key"), name("lazy")))
            batch.call_nodes.append((name(f"call {number}"), TASK, name("key"), name(result), name("set"), 0))
            batch.task_sets += [(name("set"), task) for task in tasks]
            _record(recorder, batch)
        assert recorder.find_calls([name("key")]) == {
            name("key"): [
                StoredCall(name("call 2"), _stored("new"), tasks),
                StoredCall(name("call 1"), _stored("older than new"), tasks),
                StoredCall(name("call 0"), _stored("old"), tasks),
            ]
        }
        # The body's own result is an expression still.
        assert recorder.find_evaluations([name("key")]) == {name("key"): _stored("lazy", ValueFlag.LAZY)}

    def test_what_is_no_task_stands_among_the_tasks_of_a_call(self, recorder: Recorder) -> None:
        batch = Batch()
        batch.values.append(value_row("result"))
        batch.call_nodes.append((name("call"), TASK, name("key"), name("result"), name("set"), 0))
        batch.task_sets += [(name("set"), TASK), (name("set"), name("a context"))]
        _record(recorder, batch)
        ((call,),) = recorder.find_calls([name("key")]).values()
        assert call.tasks == {TASK, name("a context")}

    def test_failed_calls_are_not_found(self, recorder: Recorder) -> None:
        batch = Batch()
        batch.values.append(value_row("error", ValueFlag.ERROR))
        batch.call_nodes.append((name("outer"), TASK, name("key"), name("error"), name("set"), 1))
        leaf = call_hash(name("leaf key"), name("error"))
        batch.evaluations.append((name("leaf key"), name("error")))
        batch.call_nodes.append((leaf, TASK, name("leaf key"), name("error"), None, 1))
        batch.task_sets.append((name("set"), TASK))
        _record(recorder, batch)
        assert recorder.find_calls([name("key"), name("leaf key")]) == {}

    def test_a_lazy_result_is_no_call(self, recorder: Recorder) -> None:
        batch = Batch()
        batch.values.append(value_row("lazy", ValueFlag.LAZY))
        batch.evaluations.append((name("key"), name("lazy")))
        _record(recorder, batch)
        assert recorder.find_calls([name("key")]) == {}

    def test_handles(self, recorder: Recorder) -> None:
        batch = Batch()
        batch.handles += [
            (name("h0"), "db.conn", "", 1),
            (name("h1"), "db.conn", "1", 1),
            (name("h2"), "db.conn", "2", 1),
            (name("h3"), "db.other", "3", 1),
            # The last row of a state wins.
            (name("h1"), "db.conn", "1", 0),
            (name("h3"), "db.other", "3", 0),
            (name("h3"), "db.other", "3", 1),
        ]
        batch.handle_edges += [(name("h0"), name("h1")), (name("h1"), name("h2"))]
        _record(recorder, batch)
        states = [name(f"h{number}") for number in range(5)]
        assert set(recorder.find_valid_handles(states)) == {name("h0"), name("h2"), name("h3")}
        assert recorder.find_handle_descendants([name("h0")]) == {
            name("h1"): ("db.conn", "1"),
            name("h2"): ("db.conn", "2"),
        }
        assert recorder.find_handle_descendants([name("h2"), name("h3"), name("h4")]) == {}
        batch = Batch()
        batch.handles += [(name("h1"), "db.conn", "1", 1), (name("h2"), "db.conn", "2", 0)]
        _record(recorder, batch)
        assert set(recorder.find_valid_handles(states)) == {name("h0"), name("h1"), name("h3")}

    def test_handles_that_came_from_each_other(self, recorder: Recorder) -> None:
        batch = Batch()
        batch.handles += [(name(one), "db.conn", one, 1) for one in "ab"]
        batch.handle_edges += [(name("a"), name("b")), (name("b"), name("a"))]
        _record(recorder, batch)
        assert set(recorder.find_handle_descendants([name("a")])) == {name("a"), name("b")}

    @pytest.mark.parametrize("step", [1, -1])
    def test_the_order_of_rows_does_not_matter(self, recorder: Recorder, step: int) -> None:
        execution = recorder.start_execution(execution_start())
        recorder.write(finished_jobs(execution, 500 if step < 0 else 1, 500, step=step))
        recorder.flush()
        assert len(recorder.find_calls([key_of(number) for number in range(1, 501)])) == 500


def _stored(text: str, flags: int = 0) -> StoredValue:
    return StoredValue(name(text), 0, flags, text.encode())


def _record(recorder: Recorder, batch: Batch) -> None:
    batch.tasks += [task_row(), task_row(_OTHER)]
    recorder.write(batch)
    recorder.flush()
