"""Which database is meant, and who looks after it.

Floor: command line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from redun.errors import ConfigError

if TYPE_CHECKING:
    from redun.retention.upkeep import Upkeep

    from redun_cli.invocation import Invocation

__all__ = ["file_of", "upkeep_of"]

_ELSEWHERE = {
    "backup": "the programs of the server copy its databases (pg_dump)",
    "gc": "nothing is removed from a shared record yet",
}


def upkeep_of(invocation: Invocation, named: str | None = None) -> Upkeep:
    """Return what looks after the database that was named, or else the project's.

    Raises
    ------
    PluginError
        No plugin that is installed looks after this kind of record.
    """
    database = invocation.database if named is None else Path(named) if "://" not in named else named
    scheme, found, _ = str(database).partition("://")
    kind = scheme.partition("+")[0]
    if isinstance(database, Path) or not found or kind == "sqlite":
        from redun.retention.upkeep import FileUpkeep

        return FileUpkeep(database, invocation.value_store(database=database))
    upkeep: Upkeep = invocation.host.recorder_upkeep(kind)(database)
    return upkeep


def file_of(invocation: Invocation, command: str) -> Path:
    """Return the file of the project's record, for a command that works on files alone.

    Raises
    ------
    ConfigError
        The record is no file.
    """
    database = invocation.database
    if isinstance(database, Path):
        return database
    from redun.config.address import shown

    raise ConfigError(
        f"`redun db {command}` works on files of SQLite, and the record is {shown(database)}: {_ELSEWHERE[command]}"
    )
