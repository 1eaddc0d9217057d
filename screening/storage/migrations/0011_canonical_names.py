"""Sign-in names in one form: NFKC with case folded. Names that would become one are reported and stay as they are."""

import unicodedata
from collections import defaultdict

import click
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# Characters that the column holds.
LONGEST = 254


def upgrade() -> None:
    """Bring each name that no other account has into that form, and say what somebody must look after."""
    account = sa.table("account", sa.column("id", sa.Integer), sa.column("email", sa.String))
    connection = op.get_bind()
    having = defaultdict(list)
    for number, name in connection.execute(sa.select(account.c.id, account.c.email).order_by(account.c.id)):
        # A damaged one is no name, and is left as the evidence that it is.
        if isinstance(name, str) and "\N{REPLACEMENT CHARACTER}" not in name:
            having[_canonical(name)].append((number, name))
    for form, those in having.items():
        if len(those) > 1:
            _tell(
                those, f"are one sign-in name, {form}, in different spellings. Only who has exactly that can sign in."
            )
        elif len(form) > LONGEST:
            _tell(those, "is too long when it is spelled in the one way in which names are compared.")
        elif those[0][1] != form:
            connection.execute(sa.update(account).where(account.c.id == those[0][0]).values(email=form))
        if ":" in form:
            _tell(those, "cannot be shown to an authenticator, because of the colon.")


def downgrade() -> None:
    """Leave the names: the code before reads them too."""


def _canonical(name: str) -> str:
    # As it was on the day of this migration: the code may change its mind.
    before = None
    while name != before:
        name, before = unicodedata.normalize("NFKC", name).casefold().strip(), name
    return name


def _tell(those: list[tuple[int, str]], what: str) -> None:
    named = " and ".join(f"{name} (/staff/accounts/{number})" for number, name in those)
    click.echo(f"{named} {what} Disable such an account, and invite its owner by another name.", err=True)
