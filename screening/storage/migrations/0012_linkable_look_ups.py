"""Index the audit entries of look-ups that have a MAC, which only an older site wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index. `oldest_code` stays, since older code can still use the database."""
    linkable = sa.text("action = 'record looked up' AND length(about) > 0")
    op.create_index(
        "ix_audit_entry_linkable", "audit_entry", ["number"], sqlite_where=linkable, postgresql_where=linkable
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_audit_entry_linkable", "audit_entry")
