"""Look after a database: what `redun db` asks of it; see `redun.retention.upkeep`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from redun.recorder.batch import ExecutionStatus
from redun.recorder.revisions import HEAD
from redun.retention.changing import meant
from redun.retention.checking import Problem, check_server, other_schema
from redun.retention.information import Information, TableSize
from redun.retention.selection import PINNED

from redun_backend_postgres.census import live_executions
from redun_backend_postgres.connecting import connected
from redun_backend_postgres.connection import Connection, translated
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.migrating import migrate, present_version
from redun_backend_postgres.versions import check_version, version_of

__all__ = ["PostgresUpkeep"]

_BATCH = 2000
_SIZES = (
    "SELECT c.relname::text, pg_total_relation_size(c.oid) FROM pg_class c"
    " WHERE c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version' AND pg_table_is_visible(c.oid) AND"
    " c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'alembic_version'::regclass) ORDER BY 1"
)


class PostgresUpkeep:
    """Looks after the database that a URL names.

    Parameters
    ----------
    url : str
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._destination = Destination.of(url)

    @property
    def location(self) -> str:
        """The URL, for messages."""
        return self._destination.url

    def version(self) -> str | None:
        """Return the version of the schema; None if there are no tables yet."""
        return present_version(self._url)

    def migrate(self, version: str, *, up: bool) -> tuple[str | None, str]:
        """Bring the record to another version; return the versions before and after."""
        return migrate(self._url, meant(version), up=up)

    def describe(self) -> Information:
        """Say what it holds, and how much space that takes."""
        with connected(self._destination) as connection:
            schema = version_of(connection, self.location)
            if schema is None:
                check_version(connection, self.location)
            names = dict(_all(connection, SQL(_SIZES)))
            ((size,),) = _all(connection, SQL("SELECT pg_database_size(current_database())"))
            ((oldest, newest),) = _all(connection, SQL("SELECT min(started), max(started) FROM execution"))
            pinned = SQL("SELECT count(DISTINCT id) FROM tag WHERE entity = 'execution' AND key = {}")
            return Information(
                path=self.location,
                schema=str(schema),
                known=HEAD,
                database=size,
                file=None,
                tables={name: TableSize(_count(connection, name), size) for name, size in names.items()},
                executions=_executions(connection),
                pinned=_all(connection, pinned.format(PINNED))[0][0],
                oldest=oldest,
                newest=newest,
                marked=_count(connection, "doomed") if "doomed" in names else 0,
            )

    def check(self, *, deep: bool, tell: Callable[[str, int], None]) -> Iterator[Problem]:
        """Yield what is wrong with it. Runs may go on meanwhile: the state of one moment is looked at."""
        with connected(self._destination) as raw:
            raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            raw.read_only = True
            connection = Connection(raw, self.location)
            version = version_of(connection, self.location)
            if version is None:
                check_version(connection, self.location)
            elif version != HEAD:
                tell("schema", 0)
                yield other_schema(version)
            else:
                yield from check_server(_Streaming(raw), connection.clock(), deep=deep, tell=tell)


class _Streaming:
    """Asks without taking all answers into memory at once."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._number = 0

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> _Answers:
        self._number += 1
        cursor = psycopg.RawServerCursor(self._connection, f"redun{self._number}")
        cursor.itersize = _BATCH
        cursor.execute(translated(sql), parameters, binary=True)
        return _Answers(cursor)


class _Answers:
    """Rows of a cursor of the server, which is closed when they have been taken."""

    rowcount = -1

    def __init__(self, cursor: psycopg.RawServerCursor[Any]) -> None:
        self._cursor = cursor

    def fetchone(self) -> Any:
        """Return the first row, or None; there is no second."""
        with self._cursor as cursor:
            return cursor.fetchone()

    def fetchall(self) -> list[Any]:
        with self._cursor as cursor:
            return cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        with self._cursor as cursor:
            yield from cursor


def _executions(connection: psycopg.Connection) -> dict[str, int]:
    rows = _all(connection, SQL("SELECT status, count(*) FROM execution GROUP BY status ORDER BY status"))
    counts = {ExecutionStatus(status).name: number for status, number in rows}
    running = counts.pop("RUNNING", 0)
    live = min(len(live_executions(connection)), running) if running else 0
    found = {"LIVE": live, "CRASHED": counts.pop("CRASHED", 0) + running - live}
    return {**{name: number for name, number in found.items() if number}, **counts}


def _count(connection: psycopg.Connection, table: str) -> int:
    ((count,),) = _all(connection, SQL("SELECT count(*) FROM {}").format(Identifier(table)))
    return int(count)


def _all(connection: psycopg.Connection, query: Any) -> list[Any]:
    return connection.execute(query).fetchall()
