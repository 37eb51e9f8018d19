"""All checks, one after another.

Floor: retention.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from redun.recorder.marks import Kind
from redun.recorder.revisions import HEAD
from redun.recorder.value_store import FileValueStore, FolderValueStore
from redun.retention import reach
from redun.retention.checking import contents, hashes, jobs, structure
from redun.retention.checking.asking import Asking
from redun.retention.checking.problems import Problem
from redun.retention.opening import looking, revision_of, values_folder
from redun.retention.payloads import Payloads

__all__ = ["check", "check_server", "other_schema"]

_Check = tuple[str, Callable[[], Iterable[Problem | int]]]


def _silent(_what: str, _count: int) -> None:
    pass


def check(
    path: Path,
    *,
    deep: bool = False,
    tell: Callable[[str, int], None] = _silent,
    store: FileValueStore | None = None,
) -> Iterator[Problem]:
    """Yield what is wrong with a record.

    Parameters
    ----------
    path : Path
        The database.
    deep : bool
        Recompute every hash that can be, too, and read the files of the value store.
    tell : callable
        Told what is being looked at, and how many of these so far.
    store : FileValueStore, optional
        Its large values, if they are not all in the folder beside it.

    Raises
    ------
    RecorderError
        There is no record, or it cannot be read.
    """
    with looking(path) as connection:
        revision = revision_of(connection, path)
        if revision != HEAD:
            tell("schema", 0)
            yield other_schema(revision)
            yield from structure.file_is_whole(connection)
            return
        if deep:
            reach.prepare(connection)
        # Beside runs, too, all checks see one state.
        with reach.snapshot(connection):
            yield from _run(_checks(connection, path, store, deep=deep), tell)


def check_server(
    connection: Asking, now: int, *, deep: bool = False, tell: Callable[[str, int], None] = _silent
) -> Iterator[Problem]:
    """Yield what is wrong with the tables of a server, which sees to its files itself.

    Which rows no execution leads to is not looked for.

    Parameters
    ----------
    connection : Asking
        To a record of the present schema, in a transaction that sees one state.
    now : int
        The present time on the server's clock, microseconds since the epoch.
    deep, tell
        As for `check`.
    """
    checks: list[_Check] = [
        ("references", lambda: structure.references_of_schema(connection)),
        ("executions", lambda: structure.crashed_executions(connection, now)),
    ]
    if deep:
        checks += _deep(connection)
    yield from _run(checks, tell)


def other_schema(revision: str) -> Problem:
    """Return the problem that a record has another schema than the present one."""
    return Problem("schema", "the database", f"schema {revision}, and this redun writes {HEAD}")


def _run(checks: Iterable[_Check], tell: Callable[[str, int], None]) -> Iterator[Problem]:
    for name, steps in checks:
        tell(name, 0)
        for found in steps():
            if isinstance(found, Problem):
                yield found
            else:
                tell(name, found)


def _checks(
    connection: sqlite3.Connection, path: Path, store: FileValueStore | None, *, deep: bool
) -> Iterator[_Check]:
    yield "the file", lambda: structure.file_is_whole(connection)
    yield "references", lambda: structure.references(connection)
    yield "executions", lambda: structure.crashed_executions(connection)
    if not deep:
        return
    folder = values_folder(path)
    place = store or FolderValueStore(folder)
    yield from _deep(connection)
    yield "payloads", lambda: contents.payloads(connection, place, Payloads(path, folder))
    yield "reachability", lambda: _unreachable(connection)


def _deep(connection: Asking) -> list[_Check]:
    return [
        ("jobs", lambda: jobs.jobs(connection)),
        ("calls", lambda: hashes.calls(connection)),
        ("sets of tasks", lambda: hashes.task_sets(connection)),
        ("code", lambda: hashes.codes(connection)),
        ("values", lambda: contents.values(connection)),
        ("files", lambda: contents.files(connection)),
    ]


def _unreachable(connection: sqlite3.Connection) -> Iterator[Problem]:
    reach.find_unreachable(connection)
    rows = connection.execute(
        "SELECT kind, count(*), min(hash) FROM temp.unreachable GROUP BY kind"
    ).fetchall()
    for kind, count, example in rows:
        name = Kind(kind).name.lower().replace("_", " ")
        yield Problem("unreachable", f"{count} × {name}", f"for instance {example.hex()}")
