"""Index audit entries by day, action and account, for the daily limit on entries."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the index. `oldest_code` stays, since older code can still use the database."""
    op.create_index("ix_audit_entry_day", "audit_entry", ["day", "action", "account_id"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_audit_entry_day", "audit_entry")
