"""Say which right somebody lacks in a database, and whose it is to give."""

from __future__ import annotations

import psycopg
from psycopg import errors
from redun.errors import DatabaseUnwritableError

from redun_backend_postgres.destination import Destination

__all__ = ["lacking"]

_OWNING = "must be owner"
_SCHEMA = "for schema"


def lacking(error: psycopg.Error, destination: Destination) -> DatabaseUnwritableError | None:
    """Return the error to raise for a right that is missing; None for other errors.

    Parameters
    ----------
    error : psycopg.Error
        What a statement raised.
    destination : Destination
    """
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return DatabaseUnwritableError(
            f"{destination.url} takes no changes now ({_message(error)}): it is a standby, or its administrator made "
            "it read-only; name the primary server, or several hosts with target_session_attrs=read-write"
        )
    if not isinstance(error, errors.InsufficientPrivilege):
        return None
    message = _message(error)
    if message.startswith(_OWNING) or _SCHEMA in message:
        advice = "tables are made and changed by their owner: connect as that role for `redun db upgrade`"
    else:
        advice = (
            "a run needs the rights of a writer, looking those of a reader; the owner of the tables grants them "
            "(docs/postgres.md has the statements)"
        )
    return DatabaseUnwritableError(f"{destination.url}: {message}; {advice}")


def _message(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip()
