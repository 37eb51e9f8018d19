"""Tests of several recorders of one record.

Floor: composition.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from redun.recorder.batch import ExecutionStatus, JobStatus, ValueFormat
from redun.recorder.interface import Recorder
from redun.recorder.reader import Reader
from redun.testing.recorders.opening import OpenRecorder, Suite
from redun.testing.recording import execution_start, finished_jobs, key_of, name

__all__ = ["Sharing"]

_WRITERS = 4
_JOBS = 600


class Sharing(Suite):
    """Several recorders of one record."""

    def test_what_another_wrote_is_found_at_once(self, recorder: Recorder, another: Recorder) -> None:
        assert recorder.find_evaluations([key_of(0)]) == {}
        another.write(finished_jobs(another.start_execution(execution_start()), 0, 1))
        another.flush()
        assert set(recorder.find_evaluations([key_of(0)])) == {key_of(0)}
        assert set(recorder.find_calls([key_of(0)])) == {key_of(0)}

    def test_it_is_kept_when_all_are_closed(self, open_recorder: OpenRecorder) -> None:
        if not self.shared:
            pytest.skip("a record has one recorder")
        content = bytes(1 << 21)
        first = open_recorder()
        batch = finished_jobs(first.start_execution(execution_start()), 0, 3)
        batch.values.append((name("large"), "bytes", len(content), "b'...'", ValueFormat.RAW, 0, content))
        first.write(batch)
        first.close()
        second = open_recorder()
        assert len(second.find_evaluations([key_of(number) for number in range(5)])) == 3
        assert bytes(second.load(name("large"))) == content

    def test_they_write_the_same_at_the_same_time(
        self, recorder: Recorder, another: Recorder, reader: Reader, open_recorder: OpenRecorder
    ) -> None:
        writers = [recorder, another, *(open_recorder() for _ in range(_WRITERS - 2))]
        together = threading.Barrier(_WRITERS)

        def work(number: int) -> int:
            one = writers[number]
            execution = one.start_execution(execution_start())
            together.wait(self.patience_s)
            # In opposite orders, as it happens when workflows overlap.
            step = 1 if number % 2 else -1
            for turn in range(0, _JOBS, 50):
                first = turn if step > 0 else _JOBS - 1 - turn
                one.write(finished_jobs(execution, first, 50, step=step))
                if turn % 200 == 0:
                    one.flush()
            one.finish_execution(execution, ExecutionStatus.DONE)
            return execution

        with ThreadPoolExecutor(_WRITERS) as pool:
            executions = list(pool.map(work, range(_WRITERS)))
        assert len(set(executions)) == _WRITERS
        for execution in executions:
            assert [job.number for job in reader.jobs(execution)] == list(range(_JOBS))
            assert {job.status for job in reader.jobs(execution)} == {JobStatus.DONE}
        keys = [key_of(number) for number in range(_JOBS)]
        assert all(set(one.find_calls(keys)) == set(keys) for one in writers)
        assert len(reader.tasks()) == 1
