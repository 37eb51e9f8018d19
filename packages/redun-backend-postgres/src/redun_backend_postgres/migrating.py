"""Make the tables, or bring them to another version of the schema: in one transaction, while nothing is recorded."""

from __future__ import annotations

import psycopg
from redun.errors import DatabaseLockedError, DatabaseVersionError, RecorderError
from redun.recorder.patience import Patience
from redun.recorder.revisions import HEAD, REVISIONS
from sqlalchemy.exc import DBAPIError

from redun_backend_postgres.census import live_executions
from redun_backend_postgres.connecting import connected
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.rights import check_owner
from redun_backend_postgres.versions import check_version, version_of

__all__ = ["ensure_tables", "migrate", "present_version"]

# "redun", for those who look into pg_locks; any number will do that no other program uses.
_LOCK = int.from_bytes(b"redun")
# How long to wait for those who read or write a table. Meanwhile, whoever comes later waits for us.
_LOCK_TIMEOUT = "30s"
# Of several hosts the one that can be written.
_PRIMARY = {"target_session_attrs": "read-write"}
_MARKS_SINCE = "1.2"


def present_version(url: str) -> str | None:
    """Return the version of the schema, None if there are no tables.

    Raises
    ------
    RecorderError
        The server cannot be asked, or the tables are of another program.
    """
    destination = Destination.of(url)
    with connected(destination) as connection:
        return version_of(connection, destination.url)


def ensure_tables(destination: Destination) -> None:
    """Make the tables, or bring older ones to the present version: what `automigrate = true` asks for.

    Raises
    ------
    RecorderError
        They cannot be made or changed.
    """
    with connected(destination, **_PRIMARY) as connection:
        version = version_of(connection, destination.url)
        if version != HEAD and (version is None or version in REVISIONS):
            connection.rollback()
            _change(connection, destination, HEAD, up=True)
        check_version(connection, destination.url)


def migrate(url: str, target: str, *, up: bool) -> tuple[str | None, str]:
    """Bring the tables to another version; return the versions before and after.

    Parameters
    ----------
    url : str
    target : str
        One of `redun.recorder.revisions.REVISIONS`.
    up : bool
        Whether to a newer version; from no tables at all to any one is up.

    Raises
    ------
    RecorderError
        That is the other direction, executions are running, others use the tables for long, or rights are missing.
        Nothing was changed.
    """
    destination = Destination.of(url)
    with connected(destination, **_PRIMARY) as connection:
        return _change(connection, destination, target, up=up)


def _change(
    connection: psycopg.Connection, destination: Destination, target: str, *, up: bool
) -> tuple[str | None, str]:
    from redun.recorder.migrations import bound, downgrade_any, upgrade_any

    url = destination.url
    with bound("postgresql+psycopg://", connection) as binding:
        try:
            _take_turn(connection, url)
            present = version_of(connection, url)
            if present == target:
                return present, present
            _check_direction(present, target, url, up=up)
            check_owner(connection, url)
            if present is not None:
                _refuse_beside_others(connection, present, url)
            (upgrade_any if up else downgrade_any)(binding, target)
            connection.commit()
        except DBAPIError as error:
            raise _of_driver(error, url) from error
        except psycopg.errors.LockNotAvailable as error:
            raise _in_use(url) from error
        finally:
            connection.rollback()
    return present, target


def _of_driver(error: DBAPIError, url: str) -> BaseException:
    if isinstance(error.orig, psycopg.errors.LockNotAvailable):
        return _in_use(url)
    return error.orig or error


def _in_use(url: str) -> DatabaseLockedError:
    return DatabaseLockedError(
        f"others use the tables of {url} for longer than {_LOCK_TIMEOUT}: end what reads or writes there "
        "(pg_stat_activity shows it) and try again; nothing was changed"
    )


def _take_turn(connection: psycopg.Connection, url: str) -> None:
    """Wait for others who change the tables; the lock goes with the transaction."""
    for name, value in (
        ("lock_timeout", _LOCK_TIMEOUT),
        # Whatever was set for short questions.
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
    ):
        connection.execute("SELECT set_config(%s, %s, true)", (name, value))
    patience = Patience(url)
    while connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,)).fetchone() != (True,):
        if not patience.wait():
            raise DatabaseLockedError(f"{url} is being brought to another schema by somebody else for long")


def _check_direction(present: str | None, target: str, url: str, *, up: bool) -> None:
    if present is None:
        if not up:
            raise DatabaseVersionError(
                f"{url} has no tables of redun: `redun db upgrade {target}` makes them"
            )
        return
    if present not in REVISIONS:
        raise DatabaseVersionError(
            f"{url} has schema {present}, written by a newer redun: only that one can change it"
        )
    if (REVISIONS.index(target) > REVISIONS.index(present)) is not up:
        word, other, way = ("older", "downgrade", "upgrade") if up else ("newer", "upgrade", "downgrade")
        raise DatabaseVersionError(
            f"{url} has schema {present}, and {target} is {word}: `redun db {other} {target}`, not {way}"
        )


def _refuse_beside_others(connection: psycopg.Connection, present: str, url: str) -> None:
    # From here on no execution begins; one that is about to finds the new version when it gets on.
    connection.execute("LOCK TABLE execution IN ACCESS EXCLUSIVE MODE")
    live = live_executions(connection)
    if live:
        raise RecorderError(
            f"executions are running ({len(live)}; the first is {live[0]}), and their tables must not change under "
            "them: wait until they have ended, or end them"
        )
    has_marks = REVISIONS.index(present) >= REVISIONS.index(_MARKS_SINCE)
    if has_marks and connection.execute("SELECT 1 FROM doomed LIMIT 1").fetchone():
        raise RecorderError(
            f"rows of {url} wait to be deleted, and only this version of the schema knows which: "
            "`redun db gc --unreachable-only --yes` deletes them"
        )
