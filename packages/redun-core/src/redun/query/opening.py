"""Open whatever a path, a URL or a configuration names, for looking or for small changes.

Floor: library. A file of SQLite is opened without a plugin; what opens others is supplied by plugins, see
`redun.specs.RecorderSpec`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from redun.config import Config, database_location, find_config_dir, load_config
from redun.recorder.reader import Reader
from redun.recorder.reader_database import OpenedDatabase, SQLiteDatabase

if TYPE_CHECKING:
    from redun.host.host import Host
    from redun.recorder.transaction import Session

__all__ = ["Hosting", "Location", "changing", "host_of", "look", "open_database"]

Location = str | Path | Config
"""A file, a URL such as `postgresql://host/database`, or a configuration that names one of these."""

Hosting = Callable[[], "Host"]
"""Answers the plugins to ask; called only if a plugin is needed."""


def look(location: Location, hosting: Hosting | None = None) -> Reader:
    """Open a record for looking.

    Parameters
    ----------
    location : str, Path or Config
    hosting : callable, optional
        By default the plugins that the configuration asks for, or else that of the project one stands in.

    Raises
    ------
    RecorderError
        There is no record, it cannot be reached or is damaged, or another version wrote it.
    PluginError
        No plugin that is installed opens this kind of record; the message names one that does.
    """
    return Reader(open_database(location, hosting))


def open_database(location: Location, hosting: Hosting | None = None) -> OpenedDatabase:
    """Open the database of a record for looking; parameters and errors are those of `look`."""
    where = _where(location)
    scheme = _plugin_scheme(where)
    if scheme is None:
        return SQLiteDatabase(where)
    opened: OpenedDatabase = host_of(location, hosting).recorder_database(scheme)(where)
    return opened


@contextlib.contextmanager
def changing(location: Location, hosting: Hosting | None = None) -> Iterator[Session]:
    """Open a record for changes in short transactions, beside whatever else writes to it.

    Parameters and errors are those of `look`.
    """
    where = _where(location)
    scheme = _plugin_scheme(where)
    if scheme is None:
        from redun.recorder.changing import open_for_changes

        session = open_for_changes(where)
    else:
        session = host_of(location, hosting).recorder_session(scheme)(where)
    with contextlib.closing(session.connection):
        yield session


def _where(location: Location) -> str | Path:
    return database_location(location) if isinstance(location, Config) else location


def _plugin_scheme(where: str | Path) -> str | None:
    """Return the scheme that a plugin is asked for, without the driver that SQLAlchemy's URLs name behind `+`."""
    scheme, found, _ = str(where).partition("://")
    kind = scheme.partition("+")[0]
    return kind if found and kind != "sqlite" else None


def host_of(location: Location, hosting: Hosting | None) -> Host:
    """Return the plugins to ask: those given, or those that the configuration of a record asks for."""
    if hosting is not None:
        return hosting()
    from redun.host import Host, Selection

    config = location if isinstance(location, Config) else load_config(find_config_dir())
    return Host(Selection.read(config=config))
