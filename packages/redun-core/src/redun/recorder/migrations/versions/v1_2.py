"""Parts of tasks, origins of records, marks of garbage, removed tags; jobs found by task and by how they ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from redun.recorder.migrations.references import reference

revision = "1.2"
down_revision = "1.1"
branch_labels = None
depends_on = None

# Ordered by code points, as SQLite does: paths are looked for by how they begin.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HASH = sa.LargeBinary(length=20)


def upgrade() -> None:
    """Make the new tables and indexes."""
    op.create_index("ix_job_task", "job", ["task"])
    op.create_index("ix_job_tree", "job", ["execution", "parent", "task", "status"])
    unsuccessful = sa.text("status > 2")
    op.create_index(
        "ix_job_status", "job", ["status"], sqlite_where=unsuccessful, postgresql_where=unsuccessful
    )
    _provenance()
    _foreign()
    _garbage()


def _provenance() -> None:
    op.create_table(
        "code",
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_code"),
    )
    op.create_table(
        "task_part",
        sa.Column("task", _KEY, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("digest", _HASH, nullable=False),
        sa.Column("via", TEXT, nullable=True),
        sa.Column("code", _HASH, nullable=True),
        reference("task", "task.key", "fk_task_part_task"),
        reference("code", "code.hash", "fk_task_part_code"),
        sa.PrimaryKeyConstraint("task", "kind", "name", name="pk_task_part"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tag_removed",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "id", "key", "value", name="pk_tag_removed"),
        sqlite_with_rowid=False,
    )


def _foreign() -> None:
    op.create_table(
        "origin",
        sa.Column("execution", _KEY, nullable=False),
        sa.Column("repository", TEXT, nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        reference("execution", "execution.key", "fk_origin_execution"),
        sa.PrimaryKeyConstraint("execution", name="pk_origin"),
    )
    op.create_table(
        "foreign_evaluation",
        sa.Column("eval_hash", _HASH, nullable=False),
        sa.Column("value_hash", _HASH, nullable=False),
        sa.Column("repository", TEXT, nullable=False),
        reference("value_hash", "value.hash", "fk_foreign_evaluation_value_hash"),
        sa.PrimaryKeyConstraint("eval_hash", "value_hash", name="pk_foreign_evaluation"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "foreign_call",
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("repository", TEXT, nullable=False),
        reference("hash", "call_node.hash", "fk_foreign_call_hash"),
        sa.PrimaryKeyConstraint("hash", name="pk_foreign_call"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "foreign_value",
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("repository", TEXT, nullable=False),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.Column("store", TEXT, nullable=True),
        reference("hash", "value.hash", "fk_foreign_value_hash"),
        sa.PrimaryKeyConstraint("hash", name="pk_foreign_value"),
    )


def _garbage() -> None:
    op.create_index("ix_handle_edge_child", "handle_edge", ["child"])
    op.create_table(
        "sweep",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat", sa.BigInteger(), nullable=False),
        sa.Column("marked", sa.BigInteger(), nullable=True),
        sa.Column("newest", _KEY, nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_sweep"),
    )
    op.create_table(
        "doomed",
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("sweep", sa.Integer(), nullable=False),
        reference("sweep", "sweep.number", "fk_doomed_sweep"),
        sa.PrimaryKeyConstraint("kind", "hash", name="pk_doomed"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop what 1.2 added; values whose payload was not trusted remain without one."""
    for name in (
        "doomed",
        "sweep",
        "foreign_value",
        "foreign_call",
        "foreign_evaluation",
        "origin",
        "tag_removed",
        "task_part",
        "code",
    ):
        op.drop_table(name)
    op.drop_index("ix_handle_edge_child", "handle_edge")
    op.drop_index("ix_job_status", "job")
    op.drop_index("ix_job_tree", "job")
    op.drop_index("ix_job_task", "job")
