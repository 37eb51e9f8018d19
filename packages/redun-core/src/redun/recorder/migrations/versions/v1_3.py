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


def upgrade() -> None:
    """Make room for signatures and leases."""
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


def downgrade() -> None:
    """Forget signatures and leases."""
    op.drop_table("lease")
    for table in ("value", "foreign_value"):
        op.drop_column(table, "signature")
