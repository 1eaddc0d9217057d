"""Create staff accounts and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create `account` and `staff_session`."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password", sa.String(255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("tf_primary_method", sa.String(16), nullable=True),
        sa.Column("tf_totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_counter", sa.Integer(), nullable=False),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_account_fs_uniquifier"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_staff_session_account_id_account", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_staff_session_account_id", "staff_session", ["account_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("staff_session")
    op.drop_table("account")
