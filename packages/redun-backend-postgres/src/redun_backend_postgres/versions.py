"""Which version of the schema a database has, and whether this redun may work with it."""

from __future__ import annotations

import re
from typing import Any, Protocol

import attrs
from redun.errors import DatabaseVersionError, RecorderError, RecordNotFoundError
from redun.recorder.revisions import BEFORE_1_0, EARLIER_RECORD, HEAD, REVISIONS

__all__ = ["Executes", "check_version", "version_of"]

# As seen by whoever asks: tables are looked for along the search path, whether they may be read or not.
_TABLES = (
    "SELECT current_schema(), to_regclass('alembic_version') IS NOT NULL, to_regclass('execution') IS NOT NULL,"
    f" to_regclass('{BEFORE_1_0}') IS NOT NULL"
)
_VERSION = "SELECT version_num FROM alembic_version"
_WRITER = "SELECT version FROM execution ORDER BY key DESC LIMIT 1"
_OURS = re.compile(r"\d+\.\d+")


class Executes(Protocol):
    """A connection, of the driver or of redun."""

    def execute(self, sql: Any, /) -> Any:
        """Run a statement."""


@attrs.frozen
class _Found:
    schema: str | None
    versioned: bool
    recorded: bool
    earlier: bool


def version_of(connection: Executes, url: str) -> str | None:
    """Return the version of a record's schema; None if there are no tables.

    Parameters
    ----------
    connection : connection
    url : str
        For messages.

    Raises
    ------
    RecorderError
        The tables are none of redun 1.0 or later, or nobody said where they are.
    """
    found = _Found(*connection.execute(_TABLES).fetchone())
    if found.earlier:
        raise DatabaseVersionError(EARLIER_RECORD.format(path=url))
    if found.versioned:
        row = connection.execute(_VERSION).fetchone()
        if row is not None and _OURS.fullmatch(row[0]):
            return str(row[0])
    if found.versioned or found.recorded:
        raise DatabaseVersionError(
            f"{url} holds tables that this redun did not make, but another program: choose another database, or "
            "another schema (?options=-csearch_path%3DNAME)"
        )
    if found.schema is None:
        raise RecorderError(
            f"{url} has no schema for the tables of redun that this user may use: its owner grants that "
            "(GRANT USAGE ON SCHEMA public TO …), or ?options=-csearch_path%3DNAME names another one"
        )
    return None


def check_version(connection: Executes, url: str) -> None:
    """Return if the tables are those of this redun.

    Parameters
    ----------
    connection : connection
    url : str
        For messages.

    Raises
    ------
    RecordNotFoundError
        There are no tables yet.
    DatabaseVersionError
        They are those of another version; the message says which redun goes with them, or how to change them.
    """
    version = version_of(connection, url)
    if version == HEAD:
        return
    if version is None:
        raise RecordNotFoundError(
            f"{url} has no tables of redun yet: `redun db upgrade` makes them, once for all who use it "
            "(or `automigrate = true` in section [backend] lets a run do so)"
        )
    if version in REVISIONS:
        raise DatabaseVersionError(
            f"{url} has schema {version}, and this redun needs {HEAD}: `redun db upgrade` brings it there, for all who "
            "use it, so that they need this redun, too; until then, use an older redun"
        )
    (writer,) = connection.execute(_WRITER).fetchone() or (None,)
    raise DatabaseVersionError(
        f"{url} has schema {version}, and this redun knows schemas up to {HEAD}: "
        + (f"install a newer one (the last run was of redun {writer})" if writer else "install a newer one")
    )
