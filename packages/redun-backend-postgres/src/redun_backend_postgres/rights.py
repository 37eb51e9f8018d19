"""Say which right somebody lacks in a database, and whose it is to give."""

from __future__ import annotations

from psycopg.errors import InsufficientPrivilege
from redun.errors import DatabaseUnwritableError

__all__ = ["lacking"]

_OWNING = "must be owner"
_SCHEMA = "for schema"


def lacking(error: InsufficientPrivilege, url: str) -> DatabaseUnwritableError:
    """Return the error to raise for a right that is missing.

    Parameters
    ----------
    error : InsufficientPrivilege
        What a statement raised.
    url : str
        The database, as it may be shown.
    """
    message = error.diag.message_primary or str(error).strip()
    if message.startswith(_OWNING) or _SCHEMA in message:
        advice = "tables are made and changed by their owner: connect as that role for `redun db upgrade`"
    else:
        advice = (
            "a run needs the rights of a writer, looking those of a reader, and the owner of the tables grants them "
            "(docs/postgres.md has the statements)"
        )
    return DatabaseUnwritableError(f"{url}: {message}; {advice}")
