"""Create questionnaire versions, the first table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create `questionnaire_version`."""
    op.create_table(
        "questionnaire_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire", sa.String(80), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_questionnaire_version"),
        sa.UniqueConstraint("hash", name="uq_questionnaire_version_hash"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("questionnaire_version")
