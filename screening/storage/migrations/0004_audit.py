"""Create the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create `audit_entry`."""
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("about", sa.LargeBinary(16), nullable=False),
        sa.Column("mac", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_entry"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("audit_entry")
