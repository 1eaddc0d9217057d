"""Create tallies of closed weeks, and published figures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create `tally` and `published`."""
    op.create_table(
        "tally",
        sa.Column("week", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("week", "version", name="pk_tally"),
        sa.ForeignKeyConstraint(
            ["version"], ["questionnaire_version.id"], name="fk_tally_version_questionnaire_version"
        ),
    )
    op.create_table(
        "published",
        sa.Column("week", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_published"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("published")
    op.drop_table("tally")
