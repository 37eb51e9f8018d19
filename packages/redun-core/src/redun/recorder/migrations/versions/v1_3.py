"""Signatures of payloads; leases on work in flight."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from redun.recorder.migrations.references import reference

revision = "1.3"
down_revision = "1.2"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HASH = sa.LargeBinary(length=20)

# Tables that SQLite keeps in their primary key add it to each index, so that rows come in its order; other databases
# must be told. By name: the table, the columns until now, and those that follow.
_INDEXES = {
    "ix_job_call_hash": ("job", ["call_hash"], ["execution", "number"]),
    "ix_job_task": ("job", ["task"], ["execution", "number"]),
    "ix_job_tree": ("job", ["execution", "parent", "task", "status"], ["number"]),
    "ix_job_status": ("job", ["status"], ["execution", "number"]),
    "ix_argument_value_hash": ("argument", ["value_hash"], ["eval_hash", "position"]),
    "ix_subvalue_child": ("subvalue", ["child"], ["parent"]),
    "ix_flow_source": ("flow", ["source"], ["eval_hash", "position"]),
    "ix_handle_edge_child": ("handle_edge", ["child"], ["parent"]),
    "ix_tag_key_value": ("tag", ["key", "value"], ["entity", "id"]),
}
_SOME = {"ix_job_status": sa.text("status > 2")}
_RUNNING = sa.text("status = 0")


def upgrade() -> None:
    """Make room for signatures and leases; let indexes hold the primary key."""
    for table in ("value", "foreign_value"):
        op.add_column(table, sa.Column("signature", sa.LargeBinary(), nullable=True))
    op.create_table(
        "lease",
        sa.Column("eval_hash", _HASH, nullable=False),
        sa.Column("execution", _KEY, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        reference("execution", "execution.key", "fk_lease_execution"),
        sa.PrimaryKeyConstraint("eval_hash", name="pk_lease"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lease_execution", "lease", ["execution"])
    op.create_index(
        "ix_execution_status", "execution", ["status"], sqlite_where=_RUNNING, postgresql_where=_RUNNING
    )
    if op.get_bind().dialect.name != "sqlite":
        for name, (table, columns, more) in _INDEXES.items():
            _make_again(name, table, [*columns, *more])


def downgrade() -> None:
    """Forget signatures and leases."""
    if op.get_bind().dialect.name != "sqlite":
        for name, (table, columns, _) in _INDEXES.items():
            _make_again(name, table, columns)
    op.drop_index("ix_execution_status", "execution")
    op.drop_table("lease")
    for table in ("value", "foreign_value"):
        op.drop_column(table, "signature")


def _make_again(name: str, table: str, columns: list[str]) -> None:
    op.drop_index(name, table)
    where = _SOME.get(name)
    op.create_index(name, table, columns, postgresql_where=where)
