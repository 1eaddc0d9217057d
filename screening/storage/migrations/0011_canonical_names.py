"""Normalize sign-in names: NFKC and casefold. Names that would collide are reported and left unchanged."""

import unicodedata
from collections import defaultdict

import click
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# Characters that fit into the column.
LONGEST = 254


def upgrade() -> None:
    """Normalize each unique name, and report the names that need attention."""
    account = sa.table("account", sa.column("id", sa.Integer), sa.column("email", sa.String))
    connection = op.get_bind()
    by_canonical_name = defaultdict(list)
    for number, name in connection.execute(sa.select(account.c.id, account.c.email).order_by(account.c.id)):
        # A damaged name stays as it is, as evidence of the damage.
        if isinstance(name, str) and "\N{REPLACEMENT CHARACTER}" not in name:
            by_canonical_name[_canonical(name)].append((number, name))
    for canonical, accounts in by_canonical_name.items():
        if len(accounts) > 1:
            _report(
                accounts,
                f"are one sign-in name, {canonical}, in different spellings. Only that spelling can sign in.",
            )
        elif len(canonical) > LONGEST:
            _report(accounts, f"is too long: its normalized spelling has more than {LONGEST} characters.")
        elif accounts[0][1] != canonical:
            connection.execute(sa.update(account).where(account.c.id == accounts[0][0]).values(email=canonical))
        if ":" in canonical:
            _report(accounts, "contains a colon, which authenticator apps do not accept.")


def downgrade() -> None:
    """Keep the names: older code reads them too."""


def _canonical(name: str) -> str:
    # A copy, because a migration must not change when the code does.
    before = None
    while name != before:
        name, before = unicodedata.normalize("NFKC", name).casefold().strip(), name
    return name


def _report(accounts: list[tuple[int, str]], problem: str) -> None:
    names = " and ".join(f"{name} (/staff/accounts/{number})" for number, name in accounts)
    click.echo(f"{names} {problem} Disable such an account, and invite its owner with another name.", err=True)
