"""All checks, one after another.

Floor: retention.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from redun.recorder.marks import Kind
from redun.recorder.revisions import HEAD
from redun.retention import reach
from redun.retention.checking import contents, hashes, jobs, structure
from redun.retention.checking.problems import Problem
from redun.retention.opening import looking, revision_of, values_folder
from redun.retention.payloads import Payloads

__all__ = ["check"]

_Check = tuple[str, Callable[[], Iterable[Problem | int]]]


def _silent(_what: str, _count: int) -> None:
    pass


def check(path: Path, *, deep: bool = False, tell: Callable[[str, int], None] = _silent) -> Iterator[Problem]:
    """Yield what is wrong with a record.

    Parameters
    ----------
    path : Path
        The database.
    deep : bool
        Recompute every hash that can be, too, and read the files of the value store.
    tell : callable
        Told what is being looked at, and how many of these so far.

    Raises
    ------
    RecorderError
        There is no record, or it cannot be read.
    """
    with looking(path) as connection:
        revision = revision_of(connection, path)
        if revision != HEAD:
            tell("schema", 0)
            yield Problem("schema", "the database", f"schema {revision}, and this redun writes {HEAD}")
            yield from structure.file_is_whole(connection)
            return
        if deep:
            reach.prepare(connection)
        # Beside runs, too, all checks see one state.
        with reach.snapshot(connection):
            for name, steps in _checks(connection, path, deep=deep):
                tell(name, 0)
                for found in steps():
                    if isinstance(found, Problem):
                        yield found
                    else:
                        tell(name, found)


def _checks(connection: sqlite3.Connection, path: Path, *, deep: bool) -> Iterator[_Check]:
    yield "the file", lambda: structure.file_is_whole(connection)
    yield "references", lambda: structure.references(connection)
    yield "executions", lambda: structure.crashed_executions(connection)
    if not deep:
        return
    folder = values_folder(path)
    yield "jobs", lambda: jobs.jobs(connection)
    yield "calls", lambda: hashes.calls(connection)
    yield "sets of tasks", lambda: hashes.task_sets(connection)
    yield "code", lambda: hashes.codes(connection)
    yield "values", lambda: contents.values(connection)
    yield "files", lambda: contents.files(connection)
    yield "payloads", lambda: contents.payloads(connection, folder, Payloads(path, folder))
    yield "reachability", lambda: _unreachable(connection)


def _unreachable(connection: sqlite3.Connection) -> Iterator[Problem]:
    reach.find_unreachable(connection)
    rows = connection.execute(
        "SELECT kind, count(*), min(hash) FROM temp.unreachable GROUP BY kind"
    ).fetchall()
    for kind, count, example in rows:
        name = Kind(kind).name.lower().replace("_", " ")
        yield Problem("unreachable", f"{count} × {name}", f"for instance {example.hex()}")
