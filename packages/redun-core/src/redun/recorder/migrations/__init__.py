"""Bring a database to the present schema, with Alembic and no configuration file.

Floor: recorder. Imported only when a database is older than this redun. A new version of the schema is a module in
`versions` and an entry in `recorder.revisions`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redun.recorder.revisions import HEAD
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

__all__ = ["bound", "configuration", "downgrade_any", "upgrade", "upgrade_any"]


def upgrade(connection: sqlite3.Connection) -> None:
    """Upgrade an open SQLite database, in one transaction."""
    with bound("sqlite://", connection) as binding:
        connection.execute("BEGIN IMMEDIATE")
        try:
            upgrade_any(binding)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def bound(dialect: str, connection: Any) -> Iterator[Connection]:
    """Lend an open connection as one of SQLAlchemy; begin and commit the transaction inside, by the driver.

    SQLAlchemy rolls back whatever it finds begun when it connects, and whatever is not committed in the end.

    Parameters
    ----------
    dialect : str
        A URL without a place, such as `sqlite://`.
    connection : connection of the driver
    """
    engine = create_engine(dialect, creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as binding:
        # Else Alembic would commit.
        binding.begin()
        yield binding


def upgrade_any(connection: Connection, revision: str = HEAD) -> None:
    """Upgrade a database of any kind within the transaction of its connection."""
    from alembic import command

    command.upgrade(configuration(connection), revision)


def downgrade_any(connection: Connection, revision: str) -> None:
    """Bring a database of any kind back to an older schema, within the transaction of its connection."""
    from alembic import command

    command.downgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Config:
    """Return what Alembic's commands need to work on this connection."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
