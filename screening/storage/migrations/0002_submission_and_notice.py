"""Create submissions, and notices to staff."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create `submission` and `notice`."""
    op.create_table(
        "submission",
        sa.Column("week", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("ref", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("answers", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("week", "ref", name="pk_submission"),
        sa.ForeignKeyConstraint(
            ["version"], ["questionnaire_version.id"], name="fk_submission_version_questionnaire_version"
        ),
        sqlite_with_rowid=False,
    )
    unread = sa.text("state = 0")
    op.create_index("ix_submission_unread", "submission", ["week", "ref"], sqlite_where=unread, postgresql_where=unread)
    op.create_table(
        "notice",
        sa.Column("week", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("week", "kind", name="pk_notice"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("notice")
    op.drop_table("submission")
