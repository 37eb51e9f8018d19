"""Say in words what went wrong with a database, and tell what may pass from what will not."""

from __future__ import annotations

import psycopg
from psycopg import errors
from redun.errors import DatabaseFullError, DatabaseVersionError, RecorderError

from redun_backend_postgres.rights import lacking

__all__ = ["ConnectionLostError", "PassingError", "translate"]

# By the class of their codes: connection exceptions, lack of resources other than disk, intervention of an operator.
_LOST_CLASSES = ("08", "53", "57")
_LOST = (
    # A server that became one that follows another: look for the one that took over.
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)
_LASTING = (errors.DiskFull, errors.QueryCanceled)
# Rolled back for the sake of others.
_GAVE_WAY_CLASS = "40"


class PassingError(RecorderError):
    """What may go better when it is tried again."""


class ConnectionLostError(PassingError):
    """What may go better with a new connection."""


def translate(error: psycopg.Error, url: str) -> RecorderError:
    """Return the error to raise for one of PostgreSQL's.

    Parameters
    ----------
    error : psycopg.Error
    url : str
        The database, as it may be shown.
    """
    reason, code = _reason(error), error.sqlstate or ""
    if _is_loss(error):
        return ConnectionLostError(f"{url} cannot be reached now ({reason})")
    if code.startswith(_GAVE_WAY_CLASS) or isinstance(error, errors.LockNotAvailable):
        return PassingError(f"{url} is busy with what others write ({reason})")
    if isinstance(error, errors.DiskFull):
        return DatabaseFullError(
            f"no space is left on the server of {url}: free some and go on; what was recorded until then is kept"
        )
    if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)):
        return DatabaseVersionError(
            f"{url} lacks tables of this redun ({reason}): `redun db upgrade` makes them"
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return lacking(error, url)
    return RecorderError(f"cannot use {url}: {reason}")


def _is_loss(error: psycopg.Error) -> bool:
    if error.sqlstate is None:
        # Not the server's word: the connection is lost, or was not made.
        return isinstance(error, psycopg.OperationalError)
    if isinstance(error, _LASTING):
        return False
    return isinstance(error, _LOST) or error.sqlstate[:2] in _LOST_CLASSES


def _reason(error: psycopg.Error) -> str:
    if error.diag.message_primary:
        return error.diag.message_primary
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
