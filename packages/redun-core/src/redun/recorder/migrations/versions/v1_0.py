"""The first schema of redun 1.0."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from redun.recorder.migrations.references import reference

revision = "1.0"
down_revision = None
branch_labels = None
depends_on = None

# Ordered by code points, as SQLite does: paths are looked for by how they begin.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "execution",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("argv", TEXT, nullable=False),
        sa.Column("task", TEXT, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat", sa.BigInteger(), nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("error", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_execution"),
        sa.UniqueConstraint("id", name="uq_execution_id"),
    )
    op.create_index("ix_execution_started", "execution", ["started"])
    op.create_table(
        "tag",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entity", "id", "key", "value", name="pk_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tag_key_value", "tag", ["key", "value"])
    op.create_table(
        "task",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("namespace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("parameters", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("version", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_task"),
        sa.UniqueConstraint("hash", name="uq_task_hash"),
    )
    op.create_index("ix_task_name", "task", ["name"])
    op.create_table(
        "value",
        sa.Column("hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("preview", TEXT, nullable=False),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.Column("store", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("hash", name="pk_value"),
    )
    op.create_table(
        "argument",
        sa.Column("eval_hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value_hash", sa.LargeBinary(length=20), nullable=False),
        reference("value_hash", "value.hash", "fk_argument_value_hash"),
        sa.PrimaryKeyConstraint("eval_hash", "position", name="pk_argument"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_argument_value_hash", "argument", ["value_hash"])
    op.create_table(
        "call_node",
        sa.Column("hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("task", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("eval_hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("task_set", sa.LargeBinary(length=20), nullable=True),
        sa.Column("failed", sa.SmallInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=True),
        reference("task", "task.key", "fk_call_node_task"),
        reference("value_hash", "value.hash", "fk_call_node_value_hash"),
        sa.PrimaryKeyConstraint("hash", name="pk_call_node"),
    )
    op.create_index(
        "ix_call_node_eval_hash",
        "call_node",
        ["eval_hash"],
        sqlite_where=sa.text("task_set IS NOT NULL"),
        postgresql_where=sa.text("task_set IS NOT NULL"),
    )
    op.create_index("ix_call_node_value_hash", "call_node", ["value_hash"])
    op.create_table(
        "evaluation",
        sa.Column("eval_hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(length=20), nullable=False),
        reference("value_hash", "value.hash", "fk_evaluation_value_hash"),
        sa.PrimaryKeyConstraint("eval_hash", name="pk_evaluation"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "file",
        sa.Column("path", TEXT, nullable=False),
        sa.Column("value_hash", sa.LargeBinary(length=20), nullable=False),
        reference("value_hash", "value.hash", "fk_file_value_hash"),
        sa.PrimaryKeyConstraint("path", "value_hash", name="pk_file"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job",
        sa.Column("execution", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("task", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("eval_hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("call_hash", sa.LargeBinary(length=20), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("executor", TEXT, nullable=True),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.BigInteger(), nullable=True),
        reference("execution", "execution.key", "fk_job_execution"),
        reference("task", "task.key", "fk_job_task"),
        sa.PrimaryKeyConstraint("execution", "number", name="pk_job"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_job_call_hash", "job", ["call_hash"])
    op.create_table(
        "subvalue",
        sa.Column("parent", sa.LargeBinary(length=20), nullable=False),
        sa.Column("child", sa.LargeBinary(length=20), nullable=False),
        reference("parent", "value.hash", "fk_subvalue_parent"),
        reference("child", "value.hash", "fk_subvalue_child"),
        sa.PrimaryKeyConstraint("parent", "child", name="pk_subvalue"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_subvalue_child", "subvalue", ["child"])
    op.create_table(
        "task_set",
        sa.Column("hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("task_hash", sa.LargeBinary(length=20), nullable=False),
        reference("task_hash", "task.hash", "fk_task_set_task_hash"),
        sa.PrimaryKeyConstraint("hash", "task_hash", name="pk_task_set"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_edge",
        sa.Column("parent", sa.LargeBinary(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("child", sa.LargeBinary(length=20), nullable=False),
        reference("parent", "call_node.hash", "fk_call_edge_parent"),
        reference("child", "call_node.hash", "fk_call_edge_child"),
        sa.PrimaryKeyConstraint("parent", "position", name="pk_call_edge"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flow",
        sa.Column("eval_hash", sa.LargeBinary(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.LargeBinary(length=20), nullable=False),
        reference("source", "call_node.hash", "fk_flow_source"),
        sa.PrimaryKeyConstraint("eval_hash", "position", "source", name="pk_flow"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_flow_source", "flow", ["source"])
