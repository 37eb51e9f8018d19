"""Say in words what went wrong with a database, and tell what may pass from what will not."""

from __future__ import annotations

import psycopg
from psycopg import errors
from redun.errors import DatabaseFullError, DatabaseVersionError, RecorderError

from redun_backend_postgres.rights import lacking

__all__ = ["PassingError", "is_passing", "translate"]

# By the class of their codes: connection exceptions, transactions rolled back for the sake of others, lack of
# resources other than disk, intervention of an operator.
_PASSING_CLASSES = ("08", "40", "53", "57")
_PASSING = (
    # A server that others take over from, or that takes over, is read-only for a while.
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.LockNotAvailable,
)
_LASTING = (errors.DiskFull, errors.QueryCanceled)


class PassingError(RecorderError):
    """What may go better when it is tried again, with a new connection if need be."""


def is_passing(error: psycopg.Error) -> bool:
    """Tell whether trying again may help."""
    if error.sqlstate is None:
        # Not the server's word: the connection is lost, or was not made.
        return isinstance(error, psycopg.OperationalError)
    if isinstance(error, _LASTING):
        return False
    return isinstance(error, _PASSING) or error.sqlstate[:2] in _PASSING_CLASSES


def translate(error: psycopg.Error, url: str) -> RecorderError:
    """Return the error to raise for one of PostgreSQL's.

    Parameters
    ----------
    error : psycopg.Error
    url : str
        The database, as it may be shown.
    """
    reason = _reason(error)
    if is_passing(error):
        return PassingError(f"{url} is not to be had ({reason})")
    if isinstance(error, errors.DiskFull):
        return DatabaseFullError(
            f"no space is left on the server of {url}: free some and go on; what was recorded until then is kept"
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return lacking(error, url)
    if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)):
        return DatabaseVersionError(
            f"{url} lacks tables of this redun ({reason}): `redun db upgrade` makes them"
        )
    return RecorderError(f"cannot use {url}: {reason}")


def _reason(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
