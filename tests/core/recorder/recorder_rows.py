"""Rows that look like those of a run, and questions to a database; also used by processes that tests start."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from pathlib import Path

from redun.hashing.keys import call_hash
from redun.recorder.batch import Batch, JobStatus, Reason, ValueFormat
from redun.recorder.interface import ExecutionStart


def name(text: str) -> bytes:
    """Return a hash that is the same in every process."""
    return hashlib.blake2b(text.encode(), digest_size=20).digest()


TASK = name("task")


def now() -> int:
    return time.time_ns() // 1000


def start() -> ExecutionStart:
    return ExecutionStart(os.urandom(16), ["redun", "run"], "work.main", now(), [("project", '"x"')])


def jobs(execution: int, first: int, count: int, label: str = "") -> Batch:
    """Return `count` finished jobs of an execution: job *i* computes *i* squared."""
    batch = Batch()
    batch.tasks.append((TASK, "work", "square", json.dumps(["x"]), "def square(x): ...", "work.py", 3, None))
    for number in range(first, first + count):
        given, result = name(f"{label}{number}"), name(f"{label}{number}²")
        key = name(f"{label}square({number})")
        call = call_hash(key, result)
        batch.values.append((given, "int", 2, str(number), ValueFormat.PICKLE, 0, str(number).encode()))
        batch.values.append(
            (result, "int", 3, str(number**2), ValueFormat.PICKLE, 0, str(number**2).encode())
        )
        batch.arguments.append((key, 0, "x", given))
        batch.evaluations.append((key, result))
        batch.call_nodes.append((call, TASK, key, result, None, 0))
        batch.jobs[execution, number] = (None, TASK, key, call, JobStatus.DONE, Reason.NEW, None, now(), 7)
    return batch


def eval_hash(number: int, label: str = "") -> bytes:
    """Return the eval hash of job `number`."""
    return name(f"{label}square({number})")


def check(path: Path) -> None:
    """Assert that a database is whole and that every reference in it leads somewhere."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


def query(path: Path, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    """Return rows of a database that others may be writing to."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, parameters).fetchall()
    finally:
        connection.close()
