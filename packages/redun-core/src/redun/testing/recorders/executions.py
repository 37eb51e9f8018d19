"""Tests of how executions begin, live and end.

Floor: composition.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from redun import __version__
from redun.errors import RecorderError, RecordNotFoundError
from redun.recorder.batch import Batch, ExecutionStatus, JobStatus
from redun.recorder.interface import Recorder
from redun.recorder.liveness import this_host
from redun.recorder.reader import Reader
from redun.testing.recorders.opening import Suite
from redun.testing.recording import execution_start, finished_jobs, name, running_job

__all__ = ["Executions"]


class Executions(Suite):
    """How executions begin, live and end."""

    def test_a_start_is_seen_at_once(self, recorder: Recorder, reader: Reader) -> None:
        start = execution_start()
        key = recorder.start_execution(start)
        found = reader.execution_of_id(start.id)
        assert (found.key, found.status, found.ended) == (key, ExecutionStatus.RUNNING, None)
        assert (found.argv, found.task, found.started) == (("redun", "run", "ä"), "work.main", start.started)
        assert (found.host, found.pid, found.version) == (this_host(), os.getpid(), __version__)
        assert found.error is None
        assert reader.tags("execution", [start.id]) == {start.id: {"project": ["x"]}}

    def test_executions_have_keys_of_their_own(self, recorder: Recorder, reader: Reader) -> None:
        starts = [execution_start() for _ in range(3)]
        keys = [recorder.start_execution(start) for start in starts]
        assert len(set(keys)) == 3
        assert [reader.execution(key).id for key in keys] == [start.id for start in starts]
        with pytest.raises(RecordNotFoundError):
            reader.execution(max(keys) + 1)

    def test_an_id_is_used_once(self, recorder: Recorder) -> None:
        start = execution_start()
        recorder.start_execution(start)
        with pytest.raises(RecorderError, match=start.id.hex()):
            recorder.start_execution(attrs.evolve(start, started=start.started + 1))
        # That was a mistake of the caller's, and no harm to the recorder.
        recorder.start_execution(execution_start())

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (ExecutionStatus.DONE, None),
            (ExecutionStatus.FAILED, "ValueError: nö"),
            (ExecutionStatus.CANCELLED, None),
        ],
    )
    def test_a_finish_is_seen_with_all_that_came_before(
        self, recorder: Recorder, reader: Reader, status: ExecutionStatus, error: str | None
    ) -> None:
        key = recorder.start_execution(execution_start())
        batch = finished_jobs(key, 0, 3)
        batch.jobs[key, 3] = running_job(name("key"))
        recorder.write(batch)
        recorder.finish_execution(key, status, error)
        found = reader.execution(key)
        assert (found.status, found.error) == (status, error)
        assert found.ended is not None
        assert found.ended >= found.started
        # What ran when the execution ended never ended itself.
        assert _statuses(reader, key) == [JobStatus.DONE] * 3 + [JobStatus.CANCELLED]

    def test_an_execution_ends_alone(self, recorder: Recorder, reader: Reader) -> None:
        one, other = (recorder.start_execution(execution_start()) for _ in range(2))
        for key in (one, other):
            batch = Batch()
            batch.tasks += finished_jobs(key, 0, 1).tasks
            batch.jobs[key, 0] = running_job(name("key"))
            recorder.write(batch)
        recorder.finish_execution(one, ExecutionStatus.DONE)
        assert [reader.execution(key).status for key in (one, other)] == [
            ExecutionStatus.DONE,
            ExecutionStatus.RUNNING,
        ]
        assert _statuses(reader, one) + _statuses(reader, other) == [JobStatus.CANCELLED, JobStatus.RUNNING]

    def test_what_runs_gives_signs_of_life(self, recorder: Recorder, reader: Reader) -> None:
        if not self.shared:
            pytest.skip("nobody else looks")
        finished, running = (recorder.start_execution(execution_start()) for _ in range(2))
        recorder.finish_execution(finished, ExecutionStatus.DONE)
        last, before = (reader.execution(key).heartbeat for key in (finished, running))
        self._await(lambda: reader.execution(running).heartbeat > before, "a sign of life")
        assert reader.execution(finished).heartbeat == last

    def test_the_next_execution_closes_one_that_was_killed(
        self, recorder: Recorder, reader: Reader, section: Mapping[str, Any], folder: Path
    ) -> None:
        if not self.shared:
            pytest.skip("a record has one process")
        command = [sys.executable, "-m", "redun.testing.recording", json.dumps(dict(section)), str(folder)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, process.communicate()[1]
            key = int(said)
            # It lives, so it is left alone.
            recorder.start_execution(execution_start())
            assert reader.execution(key).status is ExecutionStatus.RUNNING
            assert _statuses(reader, key) == [JobStatus.DONE] * 3 + [JobStatus.RUNNING]
        finally:
            process.kill()
            process.communicate()
        recorder.start_execution(execution_start())
        found = reader.execution(key)
        assert (found.status, found.ended) == (ExecutionStatus.CRASHED, found.heartbeat)
        assert _statuses(reader, key) == [JobStatus.DONE] * 3 + [JobStatus.LOST]

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + self.patience_s
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.05)


def _statuses(reader: Reader, key: int) -> list[JobStatus]:
    return [job.status for job in reader.jobs(key)]
