"""References between tables, declared where a database does not enforce them.

Floor: recorder. A call may be recorded before the value or the call that it refers to, and PostgreSQL would refuse it;
checking each row would also cost more than writing it. `redun db check` looks whether references hold.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import ForeignKeyConstraint

__all__ = ["has_references", "reference"]

_DIALECT = "sqlite"


def has_references() -> bool:
    """Tell whether the database that is being migrated has these references."""
    return op.get_bind().dialect.name == _DIALECT


def reference(column: str, target: str, name: str) -> ForeignKeyConstraint:
    """Return the reference of a column to one of another table, for SQLite only."""
    constraint = ForeignKeyConstraint([column], [target], name=name)
    # Kept out of CREATE TABLE elsewhere.
    constraint.ddl_if(dialect=_DIALECT)
    return constraint
