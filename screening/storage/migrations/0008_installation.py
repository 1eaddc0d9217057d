"""Create the installation's state: the day of the last purge, and which releases may use the database."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table and its only row."""
    installation = op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("purged_on", sa.Date(), nullable=False),
        sa.Column("held_hours", sa.Integer(), nullable=False),
        sa.Column("oldest_code", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    today = datetime.now(UTC).date()
    op.bulk_insert(installation, [{"id": 1, "purged_on": today, "held_hours": 0, "oldest_code": revision}])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("installation")
