"""Add one-time links, with which invited staff set up their accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add `link` and `link_until` to `account`."""
    op.add_column("account", sa.Column("link", sa.LargeBinary(32), nullable=True))
    op.add_column("account", sa.Column("link_until", sa.Date(), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("account", "link_until")
    op.drop_column("account", "link")
