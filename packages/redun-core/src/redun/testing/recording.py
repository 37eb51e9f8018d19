"""Rows for the suite for recorders, and what other processes do with them: ``python -m redun.testing.recording``.

Floor: composition. Unlike the suite, this needs no pytest.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redun.config import Config
from redun.hashing.keys import call_hash
from redun.host.host import Host
from redun.host.selection import Selection
from redun.recorder.batch import Batch, JobStatus, Reason, ValueFlag, ValueFormat
from redun.recorder.interface import ExecutionStart, Recorder
from redun.session.recording import open_recorder

__all__ = [
    "TASK",
    "execution_start",
    "finished_jobs",
    "key_of",
    "name",
    "opened",
    "running_job",
    "task_row",
    "value_row",
]


def name(text: str) -> bytes:
    """Return a hash that is the same in every process."""
    return hashlib.blake2b(text.encode(), digest_size=20).digest()


TASK = name("task")
"""The task of the jobs that are made here."""


def now() -> int:
    """Return the time as it is recorded."""
    return time.time_ns() // 1000


def opened(
    backend: Mapping[str, Any],
    folder: Path,
    host: Host | None = None,
    *,
    signing: Mapping[str, str] | None = None,
) -> Recorder:
    """Open the recorder that the sections `[backend]` and `[signing]` of a project in a folder ask for."""
    config = Config(configdir=folder)
    config.read_dict({"backend": {option: str(value) for option, value in backend.items()}})
    if signing is not None:
        config.read_dict({"signing": signing})
    return open_recorder(host or Host(Selection.read(config=config)), config, migrate=True)


def execution_start() -> ExecutionStart:
    """Return how a new execution begins."""
    return ExecutionStart(os.urandom(16), ["redun", "run", "ä"], "work.main", now(), [("project", '"x"')])


def task_row(task: bytes = TASK) -> tuple[bytes, str, str, str, str, str, int, str | None]:
    """Return the row of a task."""
    return (task, "work", "square", json.dumps(["x"]), "def square(x): ...", "work.py", 3, None)


def value_row(text: str, flags: int = ValueFlag.PLAIN) -> tuple[bytes, str, int, str, int, int, object]:
    """Return the row of a small value, whose hash is that of its text."""
    return (name(text), "str", len(text), text, ValueFormat.PICKLE, flags, text.encode())


def key_of(number: int, label: str = "") -> bytes:
    """Return the eval hash of job `number`."""
    return name(f"{label}square({number})")


def running_job(key: bytes) -> tuple[Any, ...]:
    """Return what is recorded of a job that has begun."""
    return (None, TASK, key, None, JobStatus.RUNNING, Reason.NEW, None, now(), None)


def finished_jobs(execution: int, first: int, count: int, label: str = "", *, step: int = 1) -> Batch:
    """Return `count` finished jobs of an execution, from number `first` on: job *i* computed *i* squared.

    A negative `step` counts down.
    """
    batch = Batch()
    batch.tasks.append(task_row())
    for number in range(first, first + count * step, step):
        given, result = value_row(f"{label}{number}"), value_row(f"{label}{number}²")
        key = key_of(number, label)
        call = call_hash(key, result[0])
        batch.values += [given, result]
        batch.arguments.append((key, 0, "x", given[0]))
        batch.evaluations.append((key, result[0]))
        batch.call_nodes.append((call, TASK, key, result[0], None, 0))
        batch.jobs[execution, number] = (None, TASK, key, call, JobStatus.DONE, Reason.NEW, None, now(), 7)
    return batch


def _begin_and_wait(recorder: Recorder) -> None:
    """Begin an execution, of which three jobs are done and one runs, tell its key, and go on until killed."""
    execution = recorder.start_execution(execution_start())
    batch = finished_jobs(execution, 0, 3)
    batch.jobs[execution, 3] = running_job(name("never ends"))
    recorder.write(batch)
    recorder.flush()
    print(execution, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _begin_and_wait(opened(json.loads(sys.argv[1]), Path(sys.argv[2])))
