"""What a record holds, and how much space it takes.

Floor: retention.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import attrs

from redun.recorder.batch import ExecutionStatus
from redun.recorder.revisions import HEAD
from redun.retention.census import live_executions
from redun.retention.opening import looking, revision_of, values_folder
from redun.retention.selection import PINNED

__all__ = ["FileSizes", "Information", "TableSize", "describe"]


@attrs.frozen
class TableSize:
    """Rows of a table, and its bytes with its indexes where SQLite tells (else None)."""

    rows: int
    bytes: int | None


@attrs.frozen
class FileSizes:
    """Bytes of SQLite's log of changes, of the value store and its number of files, and what is free in the file."""

    log: int
    payloads: int
    payload_files: int
    free: int


@attrs.frozen
class Information:
    """A description of a record.

    Attributes
    ----------
    path : Path or str
        The file, or the URL.
    schema, known : str
        The version of its schema, and the one that this redun writes.
    database : int
        Bytes of the file, or what the server says.
    file : FileSizes or None
        For a file of SQLite, what is in and beside it.
    tables : dict of str to TableSize
    executions : dict of str to int
        By status; those that are recorded as running are LIVE or CRASHED.
    pinned : int
    oldest, newest : int or None
        When the first and the last execution began, microseconds since the epoch.
    marked : int
        Rows that wait to be deleted.
    """

    path: Path | str
    schema: str
    known: str
    database: int
    file: FileSizes | None
    tables: dict[str, TableSize]
    executions: dict[str, int]
    pinned: int
    oldest: int | None
    newest: int | None
    marked: int

    @property
    def compatible(self) -> bool:
        """Whether this redun writes it as it is."""
        return self.schema == self.known


def describe(path: Path) -> Information:
    """Look at a record of any version.

    Raises
    ------
    RecorderError
        There is none, or it cannot be read.
    """
    with looking(path) as connection:
        connection.execute("BEGIN")
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
        ]
        ((page,), (free,)) = (
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "freelist_count")
        )
        oldest, newest = connection.execute("SELECT min(started), max(started) FROM execution").fetchone()
        sizes = _sizes(connection)
        folder = values_folder(path)
        files = [entry.stat().st_size for entry in folder.rglob("*") if entry.is_file()]
        return Information(
            path=path,
            schema=revision_of(connection, path),
            known=HEAD,
            database=path.stat().st_size,
            file=FileSizes(
                log=_size(path.with_name(f"{path.name}-wal")),
                payloads=sum(files),
                payload_files=len(files),
                free=free * page,
            ),
            tables={
                name: TableSize(_count(connection, name), sizes.get(name))
                for name in names
                if name not in ("alembic_version",) and not name.startswith("sqlite_")
            },
            executions=_executions(connection),
            pinned=_scalar(
                connection,
                "SELECT count(DISTINCT id) FROM tag WHERE entity = 'execution' AND key = ?",
                PINNED,
            ),
            oldest=oldest,
            newest=newest,
            marked=_count(connection, "doomed") if "doomed" in names else 0,
        )


def _executions(connection: sqlite3.Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for status, number in connection.execute(
        "SELECT status, count(*) FROM execution GROUP BY status ORDER BY status"
    ):
        counts[ExecutionStatus(status).name] = number
    running = counts.pop("RUNNING", 0)
    live = sum(1 for _ in live_executions(connection)) if running else 0
    found = {"LIVE": min(live, running), "CRASHED": counts.pop("CRASHED", 0) + max(running - live, 0)}
    return {**{name: number for name, number in found.items() if number}, **counts}


def _sizes(connection: sqlite3.Connection) -> dict[str, int]:
    """Return bytes by table; nothing where SQLite was built without telling them."""
    sizes: dict[str, int] = {}
    with contextlib.suppress(sqlite3.Error):
        for table, size in connection.execute(
            "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_master m ON m.name = d.name"
            " WHERE d.aggregate = TRUE GROUP BY m.tbl_name"
        ):
            sizes[table] = size
    return sizes


def _count(connection: sqlite3.Connection, table: str) -> int:
    return _scalar(connection, f'SELECT count(*) FROM "{table}"')


def _scalar(connection: sqlite3.Connection, sql: str, *parameters: object) -> int:
    return int(connection.execute(sql, parameters).fetchone()[0])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
