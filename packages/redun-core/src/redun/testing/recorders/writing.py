"""Tests of what becomes of the rows that a recorder is given.

Floor: composition.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from redun.errors import RecorderError
from redun.hashing.digest import digest
from redun.hashing.keys import call_hash
from redun.recorder.batch import (
    Batch,
    ExecutionStatus,
    JobStatus,
    OutputStream,
    Reason,
    TaskPart,
    ValueFlag,
    ValueFormat,
)
from redun.recorder.ids import job_tag_id
from redun.recorder.interface import Recorder
from redun.recorder.reader import Reader
from redun.recorder.reader_attempts import AttemptRecord, attempts_of_job
from redun.recorder.reader_files import file_versions
from redun.recorder.reader_output import StreamRecord, output_of_job
from redun.recorder.reader_records import CallRecord, TaskRecord, ValueRecord
from redun.testing.recorders.opening import Suite
from redun.testing.recording import (
    TASK,
    execution_start,
    finished_jobs,
    key_of,
    name,
    now,
    task_row,
    value_row,
)

__all__ = ["Writing"]


class Writing(Suite):
    """What becomes of the rows that a recorder is given."""

    def test_every_list_of_a_batch(self, recorder: Recorder, reader: Reader) -> None:
        execution, batch = self._batch(recorder)
        inner, outer, file = name("inner"), name("outer"), name("file")
        batch.values.append(
            (file, "redun.File", 9, "File('a')", ValueFormat.JSON, ValueFlag.EXTERNAL, b'"ab"')
        )
        batch.call_nodes.append((inner, TASK, name("inner key"), file, None, 1))
        batch.call_nodes.append((outer, TASK, name("outer key"), file, name("set"), 0))
        batch.call_edges += [(outer, 0, inner), (outer, 1, call_hash(key_of(0), name("0²")))]
        batch.task_sets.append((name("set"), TASK))
        batch.flows.append((key_of(0), 0, inner))
        batch.subvalues.append((name("0"), file))
        batch.files.append(("data/ä", file))
        batch.tags += [
            ("task", TASK, "kind", '"x"'),
            ("job", job_tag_id(reader.execution(execution).id, 0), "n", "1"),
        ]
        batch.attempts.append((execution, 0, 1, "TimeoutError: slow", "timeout", 5, None))
        batch.outputs.append((execution, 0, OutputStream.STDERR, "so it goes\n", 3))
        recorder.write(batch)
        recorder.flush()
        (job,) = reader.jobs(execution)
        assert job.status is JobStatus.DONE
        assert reader.task(TASK) == TaskRecord(
            TASK, "work", "square", ("x",), "def square(x): ...", "work.py", 3, None
        )
        assert reader.value(file) == ValueRecord(
            file, "redun.File", 9, "File('a')", ValueFormat.JSON, ValueFlag.EXTERNAL
        )
        assert reader.text_of(file) == '"ab"'
        assert reader.call(inner) == CallRecord(
            inner, "work.square", TASK, name("inner key"), file, failed=True
        )
        assert [call.hash for call in reader.children(outer)] == [inner, job.call_hash]
        ((argument,),) = reader.arguments([key_of(0)]).values()
        assert (argument.position, argument.name, argument.value.preview) == (0, "x", "0")
        assert reader.sources(key_of(0), 0) == [inner]
        assert reader.reduction(key_of(0)) == name("0²")
        assert (reader.parts(name("0")), reader.containers(file)) == ([file], [name("0")])
        assert [version.value.hash for version in file_versions(reader, "data/ä")] == [file]
        assert reader.tags("task", [TASK]) == {TASK: {"kind": ["x"]}}
        assert list(reader.tags("job", [job_tag_id(job.execution_id, 0)]).values()) == [{"n": [1]}]
        assert attempts_of_job(reader, job) == [AttemptRecord(1, "TimeoutError: slow", "timeout", 5, None)]
        assert list(output_of_job(reader, job).streams) == [
            StreamRecord(OutputStream.STDERR, "so it goes\n", 3)
        ]

    def test_a_job_is_one_through_all_its_states(self, recorder: Recorder, reader: Reader) -> None:
        execution, batch = self._batch(recorder)
        started = now()
        for status, call, duration in (
            (JobStatus.RUNNING, None, None),
            (JobStatus.DONE, name("call"), 5),
        ):
            batch.jobs[execution, 1] = (
                0, TASK, name("key"), call, status, Reason.CACHE_OFF, "batch", started, duration,
            )  # fmt: skip
            recorder.write(batch)
            recorder.flush()
            first, job = reader.jobs(execution)
            assert (job.number, job.parent, job.task_hash, job.eval_hash) == (1, 0, TASK, name("key"))
            assert (job.status, job.call_hash, job.duration) == (status, call, duration)
            assert (job.reason, job.executor, job.started) == (Reason.CACHE_OFF, "batch", started)
            assert (first.parent, first.executor, first.status) == (None, None, JobStatus.DONE)
            batch = Batch()

    def test_what_is_written_again_is_there_once(self, recorder: Recorder, reader: Reader) -> None:
        execution, batch = self._batch(recorder)
        recorder.write(batch)
        recorder.flush()
        other, again = self._batch(recorder)
        again.values += again.values
        again.evaluations += again.evaluations
        again.arguments += again.arguments
        again.call_nodes += again.call_nodes
        again.tasks += again.tasks
        again.tags += [("value", name("0"), "k", "1")] * 2
        recorder.write(again)
        recorder.flush()
        assert len(reader.tasks()) == 1
        assert [job.call_hash for key in (execution, other) for job in reader.jobs(key)] == [
            call_hash(key_of(0), name("0²"))
        ] * 2
        assert len(reader.arguments([key_of(0)])[key_of(0)]) == 1
        assert reader.tags("value", [name("0")]) == {name("0"): {"k": [1]}}

    def test_the_last_evaluation_wins(self, recorder: Recorder) -> None:
        for results in (("a", "b"), ("c",), ("d", "e")):
            batch = Batch()
            batch.values += map(value_row, results)
            batch.evaluations += [(name("key"), name(result)) for result in results]
            recorder.write(batch)
        recorder.flush()
        assert recorder.find_evaluations([name("key")])[name("key")].hash == name("e")

    def test_tasks_need_not_be_given_again(self, recorder: Recorder, reader: Reader) -> None:
        _, batch = self._batch(recorder)
        recorder.write(batch)
        recorder.flush()
        execution = recorder.start_execution(execution_start())
        batch = finished_jobs(execution, 1, 1)
        batch.tasks.clear()
        recorder.write(batch)
        recorder.flush()
        assert [job.task for job in reader.jobs(execution)] == ["work.square"]

    def test_the_parts_of_a_task_are_asked_for_once(self, recorder: Recorder) -> None:
        asked = []

        def describe() -> Sequence[TaskPart]:
            asked.append(1)
            return [
                ("function", "work.below", digest(b"part"), "work.square", "def below(): ...\n# caf\udce9"),
                ("version", "version", digest(b"version"), None, None),
            ]

        for _ in range(2):
            batch = Batch()
            batch.tasks.append(task_row())
            batch.task_parts.append((TASK, describe))
            batch.jobs[recorder.start_execution(execution_start()), 0] = (
                None, TASK, name("key"), None, JobStatus.FAILED, Reason.NEW, None, now(), 1,
            )  # fmt: skip
            recorder.write(batch)
            recorder.flush()
        assert asked == [1]

    def test_numbers_are_large(self, recorder: Recorder, reader: Reader) -> None:
        execution, batch = self._batch(recorder)
        week, terabyte = 7 * 86_400_000_000, 1 << 40
        batch.values.append(
            (name("vast"), "Index", terabyte, "<vast>", ValueFormat.PICKLE, 0, b"small all the same")
        )
        batch.jobs[execution, 2_000_000_000] = (
            1_999_999_999, TASK, name("key"), None, JobStatus.FAILED, Reason.NEW, None, now(), week,
        )  # fmt: skip
        batch.outputs.append((execution, 0, OutputStream.LOG, "", terabyte))
        recorder.write(batch)
        recorder.flush()
        first, job = reader.jobs(execution)
        assert (job.number, job.parent, job.duration) == (2_000_000_000, 1_999_999_999, week)
        assert reader.value(name("vast")).size == terabyte
        assert [stream.dropped for stream in output_of_job(reader, first).streams] == [terabyte]

    @pytest.mark.parametrize(
        "odd", ["caf\udce9", "nul\0byte", "\\x00 'quoted' \"?\" %s {} \u2028 \U0001f40b"]
    )
    def test_texts_of_any_characters(self, recorder: Recorder, reader: Reader, odd: str) -> None:
        execution, batch = self._batch(recorder)
        batch.values.append((name("odd"), odd, 1, odd, ValueFormat.PICKLE, 0, b"x"))
        batch.arguments.append((key_of(0), 1, odd, name("odd")))
        batch.files.append((odd, name("odd")))
        batch.tasks.append((name("odd task"), odd, odd, '["x"]', odd, odd, 1, odd))
        batch.attempts.append((execution, 0, 1, odd, "error", 5, 6))
        batch.outputs.append((execution, 0, OutputStream.STDOUT, odd, 0))
        recorder.write(batch)
        recorder.finish_execution(execution, ExecutionStatus.FAILED, odd)
        (job,) = reader.jobs(execution)
        value, task = reader.value(name("odd")), reader.task(name("odd task"))
        (_, argument) = reader.arguments([key_of(0)])[key_of(0)]
        (attempt,) = attempts_of_job(reader, job)
        (stream,) = output_of_job(reader, job).streams
        texts = {
            value.type, value.preview, task.name, task.source, task.version, argument.name, attempt.error, stream.text,
            reader.execution(execution).error,
        }  # fmt: skip
        # What cannot be stored is spelled out, everywhere alike.
        (text,) = texts
        assert text is not None
        assert text.replace("\\x00", "\0").replace("\0", "\\x00") == odd.encode(
            "utf-8", "backslashreplace"
        ).decode().replace("\0", "\\x00")
        assert [version.value.hash for version in file_versions(reader, text)] == [name("odd")]

    def test_it_is_written_without_being_asked(self, recorder: Recorder, reader: Reader) -> None:
        execution, batch = self._batch(recorder)
        recorder.write(batch)
        deadline = time.monotonic() + self.patience_s
        while not reader.jobs(execution):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def test_many_rows(self, recorder: Recorder, reader: Reader) -> None:
        execution, _ = self._batch(recorder)
        recorder.write(finished_jobs(execution, 0, 5000))
        for first in range(5000, 5200, 10):
            recorder.write(finished_jobs(execution, first, 10))
        recorder.finish_execution(execution, ExecutionStatus.DONE)
        (counted,) = reader.status_table(execution)
        assert counted.counts == {JobStatus.DONE: 5200}
        assert len(recorder.find_evaluations([key_of(number) for number in range(5200)])) == 5200

    def test_a_failure_is_told_and_loses_nothing(self, recorder: Recorder, reader: Reader) -> None:
        execution, batch = self._batch(recorder)
        batch.tasks.clear()
        recorder.write(batch)
        with pytest.raises(RecorderError, match=TASK.hex()):
            recorder.flush()
        with pytest.raises(RecorderError, match=TASK.hex()):
            recorder.find_evaluations([key_of(0)])
        missing = Batch()
        missing.tasks.append(task_row())
        # Taken over, although what came before still stands in the way.
        with pytest.raises(RecorderError, match=TASK.hex()):
            recorder.write(missing)
        recorder.flush()
        assert [job.status for job in reader.jobs(execution)] == [JobStatus.DONE]
        assert set(recorder.find_evaluations([key_of(0)])) == {key_of(0)}

    def test_close_writes_and_is_final(self, recorder: Recorder) -> None:
        recorder.write(finished_jobs(recorder.start_execution(execution_start()), 0, 10))
        recorder.close()
        recorder.close()
        with pytest.raises(RecorderError, match="closed"):
            recorder.flush()
        with pytest.raises(RecorderError, match="closed"):
            recorder.write(Batch())

    @staticmethod
    def _batch(recorder: Recorder) -> tuple[int, Batch]:
        """Begin an execution; return its key and one finished job of it."""
        execution = recorder.start_execution(execution_start())
        return execution, finished_jobs(execution, 0, 1)
