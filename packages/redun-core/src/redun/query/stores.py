"""Where the large values of a record are.

Floor: library.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from redun.config import Config, database_location
from redun.config.values import value_place
from redun.query.opening import Hosting, host_of
from redun.query.signing import config_of
from redun.recorder.reader_database import database_path
from redun.recorder.value_store import FolderValueStore

if TYPE_CHECKING:
    from redun.recorder.value_store import FileValueStore

__all__ = ["store_beside", "store_of"]


def store_of(location: str | Path | Config, hosting: Hosting | None = None) -> FileValueStore | None:
    """Return the large values of a record; None if all are in its database.

    Parameters
    ----------
    location : str, Path or Config
        The record, which goes with a configuration as its signatures do.
    hosting : callable, optional
        Answers the plugins that read what is in no folder.
    """
    config = config_of(location)
    where = database_location(location) if isinstance(location, Config) else location
    if value_place(config).path is None:
        return store_beside(where)
    from redun.host.values import value_store

    return value_store(host_of(location, hosting), config, _file(where))


def store_beside(location: str | Path) -> FolderValueStore | None:
    """Return the folder of large values beside a file of SQLite."""
    file = _file(location)
    return None if file is None else FolderValueStore(file.parent / "values")


def _file(location: str | Path) -> Path | None:
    scheme, found, _ = str(location).partition("://")
    return database_path(location) if not found or scheme.partition("+")[0] == "sqlite" else None
