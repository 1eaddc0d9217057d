"""What an account did on a day is counted before more is written of it."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the index. Whichever code could use the database still can: `oldest_code` stays."""
    op.create_index("ix_audit_entry_day", "audit_entry", ["day", "action", "account_id"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_audit_entry_day", "audit_entry")
