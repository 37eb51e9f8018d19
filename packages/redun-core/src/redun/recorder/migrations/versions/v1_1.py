"""What jobs printed, how often they were tried, and the states of handles; task sets may hold other hashes."""

from __future__ import annotations

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from redun.recorder.migrations.references import has_references, reference

revision = "1.1"
down_revision = "1.0"
branch_labels = None
depends_on = None

# Ordered by code points, as SQLite does: paths are looked for by how they begin.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HASH = sa.LargeBinary(length=20)


def upgrade() -> None:
    """Make the new tables and free `task_set` of its reference to `task`."""
    op.create_table(
        "attempt",
        sa.Column("execution", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.BigInteger(), nullable=True),
        reference("execution", "execution.key", "fk_attempt_execution"),
        sa.PrimaryKeyConstraint("execution", "number", "attempt", name="pk_attempt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "output",
        sa.Column("execution", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stream", sa.SmallInteger(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        reference("execution", "execution.key", "fk_output_execution"),
        sa.PrimaryKeyConstraint("execution", "number", "stream", name="pk_output"),
    )
    op.create_table(
        "handle",
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("fullname", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("valid", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_handle"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "handle_edge",
        sa.Column("parent", _HASH, nullable=False),
        sa.Column("child", _HASH, nullable=False),
        reference("parent", "handle.hash", "fk_handle_edge_parent"),
        reference("child", "handle.hash", "fk_handle_edge_child"),
        sa.PrimaryKeyConstraint("parent", "child", name="pk_handle_edge"),
        sqlite_with_rowid=False,
    )
    if not has_references():
        return
    with _task_set() as table:
        table.drop_constraint("fk_task_set_task_hash", type_="foreignkey")


def downgrade() -> None:
    """Drop what 1.1 added; calls that depend on more than tasks are no longer replayed as a whole."""
    foreign = "SELECT hash FROM task_set WHERE task_hash NOT IN (SELECT hash FROM task)"
    op.execute(f"UPDATE call_node SET task_set = NULL, created = NULL WHERE task_set IN ({foreign})")
    op.execute(f"DELETE FROM task_set WHERE hash IN ({foreign})")
    if has_references():
        with _task_set() as table:
            table.create_foreign_key("fk_task_set_task_hash", "task", ["task_hash"], ["hash"])
    for name in ("handle_edge", "handle", "output", "attempt"):
        op.drop_table(name)


def _task_set() -> AbstractContextManager[BatchOperations]:
    return op.batch_alter_table("task_set", recreate="auto", table_kwargs={"sqlite_with_rowid": False})
