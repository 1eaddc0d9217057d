"""Create drawn figures that are not published yet.

Older code may still use this database. It does not know the table, and publishes counts that are only rounded.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create `drawn`."""
    op.create_table(
        "drawn",
        sa.Column("week", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_drawn"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("drawn")
