"""Say which right somebody lacks in a database, and whose it is to give."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.errors import InsufficientPrivilege
from redun.errors import DatabaseUnwritableError

__all__ = ["check_owner", "lacking"]

_OWNER = (
    "SELECT current_user, pg_get_userbyid(relowner), pg_has_role(relowner, 'USAGE') FROM pg_class"
    " WHERE oid = to_regclass('execution')"
)
_MAY_CREATE = "SELECT current_user, current_schema(), has_schema_privilege(current_schema(), 'CREATE')"


def check_owner(connection: psycopg.Connection[Any], url: str) -> None:
    """Return if the user may make tables, or owns those that there are.

    Raises
    ------
    DatabaseUnwritableError
        The user may not; the message says who may.
    """
    found = connection.execute(_OWNER).fetchone()
    if found is None:
        user, schema, may = connection.execute(_MAY_CREATE).fetchone() or ("", "", False)
        if not may:
            raise DatabaseUnwritableError(
                f"{user} may not make tables in the schema {schema} of {url}: connect as the owner of the database, or "
                f"have the right granted (GRANT CREATE ON SCHEMA {schema} TO {user})"
            )
        return
    user, owner, may = found
    if not may:
        raise DatabaseUnwritableError(
            f"the tables of {url} belong to {owner}, and {user} may not change them: connect as {owner} "
            "(REDUN_DB_USERNAME) to bring them to another schema"
        )


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
    return DatabaseUnwritableError(
        f"{url}: {message}; a run needs the rights of a writer, looking those of a reader, and the owner of the tables "
        "grants them (docs/postgres.md has the statements)"
    )
