"""A session of SQLAlchemy over the record, and the classes to ask it for.

Floor: library. The session refuses to write, and so does its connection.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState, Session

from redun.errors import DatabaseUnwritableError
from redun.query import models
from redun.query.location import record_location
from redun.query.models import *  # noqa: F403
from redun.query.opening import open_database
from redun.recorder.reader_database import OpenedDatabase

__all__ = [*models.__all__, "ReadOnlySession", "open_session", "session_over"]

_REFUSAL = (
    "the record is only looked at here, nothing can be written: `redun run` records, `redun tag` changes tags, "
    "`redun db gc` clears up"
)


class ReadOnlySession(Session):
    """A session that refuses to write.

    Raises
    ------
    DatabaseUnwritableError
        By `flush` and `commit`, if anything was added, changed or deleted; by `execute` of an insert, update or delete.
    """

    def flush(self, objects: Any = None) -> None:
        """Refuse, unless there is nothing to write."""
        if self.new or self.deleted or any(self.is_modified(row) for row in self.dirty):
            raise DatabaseUnwritableError(_REFUSAL)

    def close(self) -> None:
        """Disconnect."""
        super().close()
        if isinstance(self.bind, Engine):
            self.bind.dispose()


@event.listens_for(ReadOnlySession, "do_orm_execute")
def _refuse(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        raise DatabaseUnwritableError(_REFUSAL)


def open_session(location: str | Path | None = None) -> ReadOnlySession:
    """Return a session over a record, for looking.

    Parameters
    ----------
    location : str or Path, optional
        As for `redun.query.open_record`.

    Raises
    ------
    RecorderError
        There is no record, it is damaged, or another version wrote it.

    Examples
    --------
    >>> from redun.errors import RecordNotFoundError
    >>> try:
    ...     open_session("/nowhere/redun.db")
    ... except RecordNotFoundError as error:
    ...     print(error)
    no record yet: /nowhere/redun.db does not exist; a first `redun run` writes it
    """
    database = open_database(record_location(location))
    # What cannot be read said so by now, in our words.
    database.close()
    return session_over(database)


def session_over(database: OpenedDatabase) -> ReadOnlySession:
    """Return a session with a connection of its own to a database that was opened, and may be closed again."""
    return ReadOnlySession(database.engine(), autoflush=False, expire_on_commit=False)
