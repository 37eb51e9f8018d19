"""A place beside a database where records wait until all of them are known to be sound.

Floor: transfer. It is a folder `incoming-…`, named after the database that the records are for, with a database of its
own, and a file for each large payload. Until it is sealed it may be thrown away; from then on whoever merges next into
that database finishes what a killed process began. A lock tells the one from the other: it ends with the process that
holds it.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import sqlite3
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any

from redun.recorder.failures import translate
from redun.transfer.lines import FIELDS
from redun.transfer.payloads import write_payload
from redun.transfer.records import (
    Attempt,
    Call,
    Code,
    Evaluation,
    Execution,
    File,
    Handle,
    Job,
    Output,
    Record,
    RemovedTag,
    Tag,
    Task,
    TaskSet,
    Value,
)

__all__ = ["Holding", "leftovers"]

_PREFIX = "incoming-"
_AT_ONCE = 2_000

_TABLES = {
    "code": "hash PRIMARY KEY, text, line",
    "task": "hash PRIMARY KEY, namespace, name, parameters, source, file, number, version, line",
    "task_part": "task, kind, name, digest, via, code, line, PRIMARY KEY (task, kind, name)",
    "task_set": "hash, task_hash, PRIMARY KEY (hash, task_hash)",
    "value": "hash PRIMARY KEY, type, size, preview, format, flags, blob, large, others, signature, line",
    "subvalue": "parent, child, line, PRIMARY KEY (parent, child)",
    "file": "path, value_hash, line, PRIMARY KEY (path, value_hash)",
    "evaluation": "hash PRIMARY KEY, task, result, line",
    "result": "eval_hash, value_hash, line, PRIMARY KEY (eval_hash, value_hash)",
    "argument": "eval_hash, position, name, value_hash, line, PRIMARY KEY (eval_hash, position)",
    "flow": "eval_hash, position, source, line, PRIMARY KEY (eval_hash, position, source)",
    "call_node": (
        "hash PRIMARY KEY, task, eval_hash, value_hash, task_set, failed, created, others, guarded, line"
    ),
    "call_edge": "parent, position, child, line, PRIMARY KEY (parent, position)",
    "handle": "hash PRIMARY KEY, fullname, key, valid, line",
    "handle_edge": "parent, child, line, PRIMARY KEY (parent, child)",
    "execution": (
        "id PRIMARY KEY, argv, task, status, started, ended, heartbeat, host, pid, version, error, line"
    ),
    "job": (
        "execution, number, parent, task, eval_hash, call_hash, status, reason, executor, started, duration, line,"
        " PRIMARY KEY (execution, number)"
    ),
    "attempt": (
        "execution, number, attempt, error, cause, started, duration, line,"
        " PRIMARY KEY (execution, number, attempt)"
    ),
    "output": "execution, number, stream, text, dropped, line, PRIMARY KEY (execution, number, stream)",
    "tag": "entity, id, key, value, line, PRIMARY KEY (entity, id, key, value)",
    "tag_removed": "entity, id, key, value, removed, line, PRIMARY KEY (entity, id, key, value)",
}
_WITH_ROWID = frozenset({"code", "task", "value", "output"})

_Row = tuple[Any, ...]

_GETTERS = {record: attrgetter(*(name for name, _ in fields)) for record, fields in FIELDS.items()}


class Holding:
    """Takes records.

    Parameters
    ----------
    target : Path
        The database that they are for.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{_PREFIX}{target.name}-{os.urandom(8).hex()}")
        # Locked before it gets the name by which others find it.
        making = self.path.with_name(f"making-{self.path.name}")
        try:
            making.mkdir(mode=0o700)
            self._lock = _lock(making)
            making.rename(self.path)
        except OSError as error:
            raise translate(error, self.path) from error
        self._connection = self._make()
        self._rows: dict[str, list[_Row]] = {table: [] for table in _TABLES}
        self._pending = 0
        self.records = 0

    @property
    def database(self) -> Path:
        """The database of what is held."""
        return self.path / "records.db"

    def payload(self, value_hash: bytes) -> Path:
        """Return the file of a large payload."""
        return self.path / value_hash.hex()

    def __enter__(self) -> Holding:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.sealed() is not None:
            # Whoever comes next finishes it.
            os.close(self._lock)
        else:
            self.discard()

    def put(self, line: int, record: Record, *, guarded: bool = False) -> None:
        """Take a record; `guarded` says that a call's hash is to be checked with its set of tasks."""
        self.records += 1
        rows = self._rows
        if isinstance(record, Value):
            large = record.content is not None
            if record.content is not None:
                try:
                    write_payload(self.payload(record.hash), record.content)
                except OSError as error:
                    raise translate(error, self.path) from error
            others = int(record.foreign)
            row = (record.hash, record.type, record.size, record.preview, record.format, record.flags)
            rows["value"].append((*row, record.payload, int(large), others, record.signature, line))
            self._pending += len(record.payload or b"") // 1000
            rows["subvalue"] += [(record.hash, part, line) for part in record.parts]
        elif isinstance(record, Call):
            rows["call_node"].append(
                (
                    record.hash,
                    record.task,
                    record.eval_hash,
                    record.value,
                    record.task_set,
                    record.failed,
                    record.created,
                    int(record.foreign),
                    int(guarded),
                    line,
                )
            )
            rows["call_edge"] += [
                (record.hash, place, child, line) for place, child in enumerate(record.children)
            ]
        elif isinstance(record, Evaluation):
            key = record.hash
            rows["evaluation"].append((key, record.task, record.result, line))
            rows["result"] += [(key, value, line) for value in record.foreign]
            rows["argument"] += [(key, *argument, line) for argument in record.arguments]
            rows["flow"] += [(key, *flow, line) for flow in record.flows]
        else:
            self._put_rarer(line, record)
        self._pending += 1
        if self._pending >= _AT_ONCE:
            self._write()

    def _put_rarer(self, line: int, record: Record) -> None:
        rows = self._rows
        match record:
            case Job():
                rows["job"].append((*_columns(record), line))
            case Task():
                *columns, parts = _columns(record)
                rows["task"].append((*columns, line))
                rows["task_part"] += [(record.hash, *part, line) for part in parts]
            case TaskSet():
                rows["task_set"] += [(record.hash, member) for member in record.tasks]
            case Handle():
                *columns, children = _columns(record)
                rows["handle"].append((*columns, line))
                rows["handle_edge"] += [(record.hash, child, line) for child in children]
            case File():
                rows["file"].append((*_columns(record), line))
            case Code():
                rows["code"].append((*_columns(record), line))
            case Execution():
                rows["execution"].append((*_columns(record), line))
            case Attempt():
                rows["attempt"].append((*_columns(record), line))
            case Output():
                rows["output"].append((*_columns(record), line))
            case Tag():
                rows["tag"].append((*_columns(record), line))
            case RemovedTag():
                rows["tag_removed"].append((*_columns(record), line))

    def close(self) -> None:
        """Write everything down, so that others can look at it."""
        self._write()
        self._connection.close()

    def seal(self, repository: str, *, trusted: bool) -> None:
        """Promise to merge: from now on a killed process is made up for by the next that merges."""
        try:
            _sync(self.database)
            unfinished = self.path / "sealing"
            unfinished.write_text(f"{int(trusted)}{repository}", encoding="utf-8")
            _sync(unfinished)
            unfinished.replace(self.path / "sealed")
            _sync(self.path)
        except OSError as error:
            raise translate(error, self.path) from error

    def sealed(self) -> tuple[str, bool] | None:
        """Return from whom the records are and whether that is trusted, if they were sealed."""
        try:
            text = (self.path / "sealed").read_text(encoding="utf-8")
        except OSError:
            return None
        return text[1:], text[0] == "1"

    def discard(self) -> None:
        """Remove everything."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        # The seal first, so that what is half removed is not taken for whole.
        with contextlib.suppress(OSError):
            (self.path / "sealed").unlink()
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def _make(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.database, isolation_level=None)
        # Thrown away unless it was closed in order, so it need not survive anything.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")
        for table, columns in _TABLES.items():
            tail = "" if table in _WITH_ROWID else " WITHOUT ROWID"
            connection.execute(f"CREATE TABLE {table} ({columns}){tail}")
        return connection

    def _write(self) -> None:
        try:
            self._connection.execute("BEGIN")
            for table, rows in self._rows.items():
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    self._connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)
                    rows.clear()
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise translate(error, self.path) from error
        self._pending = 0


class _Leftover(Holding):
    """What another process held."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self._connection = sqlite3.connect(":memory:")


def leftovers(target: Path) -> Iterator[Holding]:
    """Yield what processes that are gone left sealed, locked now for us; remove what they did not come to seal."""
    # Other databases in the folder have their own, whose names may begin with this one's.
    for path in sorted(target.parent.glob(f"{_PREFIX}{glob.escape(target.name)}-{'?' * 16}")):
        try:
            lock = _lock(path, wait=False)
        except OSError:
            continue
        holding = _Leftover(path, lock)
        if holding.sealed() is None:
            holding.discard()
        else:
            yield holding


def _columns(record: Record) -> _Row:
    values: _Row = _GETTERS[type(record)](record)
    return values


def _lock(folder: Path, *, wait: bool = True) -> int:
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
