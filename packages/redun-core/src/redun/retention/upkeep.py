"""What `redun db` asks of the database of a record, whichever kind it is; and the answers for a file of SQLite.

Floor: retention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from redun.recorder.reader_database import database_path
from redun.recorder.value_store import FileValueStore
from redun.retention.changing import downgrade, upgrade
from redun.retention.checking import Problem, check
from redun.retention.information import Information, describe
from redun.retention.opening import looking, revision_of

__all__ = ["FileUpkeep", "Upkeep"]

Tell = Callable[[str, int], None]
"""Told what is being looked at, and how many of these so far."""


class Upkeep(Protocol):
    """Looks after a database that was named by its path or URL; every method may raise a `RecorderError`."""

    @property
    def location(self) -> Path | str:
        """The file, or the URL without the password, for messages."""

    def version(self) -> str | None:
        """Return the version of the schema; None if there are no tables yet."""

    def migrate(self, version: str, *, up: bool) -> tuple[str | None, str]:
        """Bring the record to another version; return the versions before and after.

        Parameters
        ----------
        version : str
            One of `redun.retention.changing.known_versions`, or `LATEST`.
        up : bool
            Whether that is to be a newer one.
        """

    def describe(self) -> Information:
        """Say what it holds, and how much space that takes."""

    def check(self, *, deep: bool, tell: Tell) -> Iterator[Problem]:
        """Yield what is wrong with it; see `redun.retention.checking.check`."""


class FileUpkeep:
    """Looks after a file of SQLite.

    Parameters
    ----------
    location : str or Path
        Path or `sqlite:///` URL.
    store : FileValueStore, optional
        Its large values, if they are not all in the folder beside it.
    """

    def __init__(self, location: str | Path, store: FileValueStore | None = None) -> None:
        self.location = database_path(location)
        self._store = store

    def version(self) -> str:
        """Return the version of the schema."""
        with looking(self.location) as connection:
            return revision_of(connection, self.location)

    def migrate(self, version: str, *, up: bool) -> tuple[str, str]:
        """Bring the record to another version; return the versions before and after."""
        return (upgrade if up else downgrade)(self.location, version)

    def describe(self) -> Information:
        """Say what it holds, and how much space that takes."""
        return describe(self.location)

    def check(self, *, deep: bool, tell: Tell) -> Iterator[Problem]:
        """Yield what is wrong with it."""
        return check(self.location, deep=deep, tell=tell, store=self._store)
