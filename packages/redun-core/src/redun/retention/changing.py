"""Bring a record to another version of the schema, up or down.

Floor: retention.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import attrs

from redun.errors import DatabaseVersionError, RecorderError
from redun.recorder.revisions import HEAD, REVISIONS
from redun.recorder.staging import merge
from redun.recorder.transaction import Session
from redun.retention.census import live_executions
from redun.retention.opening import revision_of, writing

__all__ = ["LATEST", "Version", "downgrade", "known_versions", "meant", "upgrade"]

LATEST = "latest"


@attrs.frozen
class Version:
    """A version of the schema; `title` says what came with it."""

    name: str
    title: str


def known_versions() -> list[Version]:
    """Return all versions, oldest first."""
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    from redun.recorder.migrations import configuration

    with create_engine("sqlite://").connect() as connection:
        scripts = ScriptDirectory.from_config(configuration(connection))
    found = [Version(script.revision, script.doc) for script in scripts.walk_revisions()]
    return found[::-1]


def upgrade(path: Path, version: str = LATEST) -> tuple[str, str]:
    """Bring a record to a newer version; return the versions before and after.

    Raises
    ------
    RecorderError
        The version is unknown or older, or executions are running.
    """
    return _change(path, version, up=True)


def downgrade(path: Path, version: str) -> tuple[str, str]:
    """Bring a record back to an older version; return the versions before and after.

    Raises
    ------
    RecorderError
        The version is unknown or newer, or executions are running.
    """
    return _change(path, version, up=False)


def meant(version: str) -> str:
    """Return the version that somebody names, perhaps by `LATEST`.

    Raises
    ------
    DatabaseVersionError
        There is no such version.
    """
    target = HEAD if version == LATEST else version
    if target not in REVISIONS:
        raise DatabaseVersionError(
            f"there is no schema {version}: this redun knows {', '.join(REVISIONS)} and {LATEST}"
        )
    return target


def _change(path: Path, version: str, *, up: bool) -> tuple[str, str]:
    target = meant(version)
    with writing(path) as session:
        present = revision_of(session.connection, path)
        if present not in REVISIONS:
            raise DatabaseVersionError(
                f"{path} has schema {present}, written by a newer redun: only that one can change it"
            )
        if present == target:
            return present, present
        if (REVISIONS.index(target) > REVISIONS.index(present)) is not up:
            word, other, way = ("older", "downgrade", "upgrade") if up else ("newer", "upgrade", "downgrade")
            raise DatabaseVersionError(
                f"{path} has schema {present}, and {target} is {word}: `redun db {other} {target}`, not {way}"
            )
        merge(session, drop=True)
        _migrate(session, target, up=up)
    return present, target


def _migrate(session: Session, target: str, *, up: bool) -> None:
    from redun.recorder.migrations import bound, downgrade_any, upgrade_any

    with bound("sqlite://", session.connection) as binding, session.transaction() as connection:
        _refuse_beside_others(connection)
        (upgrade_any if up else downgrade_any)(binding, target)


def _has_marks(connection: sqlite3.Connection) -> bool:
    present = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'doomed'").fetchone()
    return bool(present and connection.execute("SELECT 1 FROM doomed LIMIT 1").fetchone())


def _refuse_beside_others(connection: sqlite3.Connection) -> None:
    if _has_marks(connection):
        raise RecorderError(
            "rows wait to be deleted, and only this version of the schema knows which: "
            "`redun db gc --unreachable-only --yes` deletes them"
        )
    live = live_executions(connection)
    if live:
        raise RecorderError(
            f"executions are running ({len(live)}; the first is {live[0]}), and their tables must not change under "
            "them: wait until they have ended, or end them"
        )
