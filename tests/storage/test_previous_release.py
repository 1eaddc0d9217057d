"""A migration that the previous release cannot run on says so: it raises `oldest_code`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine, inspect, text

from screening.app import create_app
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.storage.schema_revision import revisions
from screening.storage.tables import Base
from tests.support.settings import TestConfig

# The revision that made the table in which `oldest_code` is.
FIRST = "0008"


class Column(NamedTuple):
    """What an INSERT of a release that does not know a column depends on."""

    is_nullable: bool
    has_default: bool


Schema = dict[str, dict[str, Column]]


def schema_of(engine: Engine) -> Schema:
    inspector = inspect(engine)
    return {
        table: {
            column["name"]: Column(column["nullable"], column["default"] is not None)
            for column in inspector.get_columns(table)
        }
        for table in inspector.get_table_names()
    }


def obstacles(before: Schema, after: Schema) -> Iterator[str]:
    """Yield what keeps code that knows the schema before from using the one after."""
    for table, columns in before.items():
        if table not in after:
            yield f"{table} is gone"
            continue
        yield from (f"{table}.{name} is gone" for name in columns.keys() - after[table].keys())
        for name, column in after[table].items():
            is_as_before = name in columns and not columns[name].is_nullable
            if not (column.is_nullable or column.has_default or is_as_before):
                yield f"{table}.{name} must be given"


def undeclared(revision: str, before: Schema, after: Schema, oldest_code: str) -> list[str]:
    """The obstacles of a migration that leaves `oldest_code` as it was."""
    return [] if oldest_code >= revision else sorted(obstacles(before, after))


def oldest_code() -> str:
    with db.engine.connect() as connection:
        return str(connection.scalar(text("SELECT oldest_code FROM installation")))


def test_each_migration_lets_the_previous_release_run_or_raises_the_oldest_code() -> None:
    app = create_app(TestConfig(database_url="sqlite:///:memory:"))
    with app.app_context():
        migrations().upgrade(FIRST)
        for revision in sorted(name for name in revisions() if name > FIRST):
            before = schema_of(db.engine)
            migrations().upgrade(revision)
            assert undeclared(revision, before, schema_of(db.engine), oldest_code()) == []
        db.engine.dispose()


def add_required(op: Operations) -> None:
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("by", sa.Integer(), nullable=False))


def add_with_default(op: Operations) -> None:
    op.add_column("notice", sa.Column("by", sa.Integer(), nullable=False, server_default="0"))


def add_optional(op: Operations) -> None:
    op.add_column("notice", sa.Column("by", sa.Integer(), nullable=True))


def rename_column(op: Operations) -> None:
    op.execute("ALTER TABLE account RENAME COLUMN purpose TO reason")


def drop_column(op: Operations) -> None:
    op.drop_column("account", "purpose")


def rename_table(op: Operations) -> None:
    op.rename_table("notice", "message")


def drop_table(op: Operations) -> None:
    op.drop_table("notice")


def require(op: Operations) -> None:
    with op.batch_alter_table("account") as batch:
        batch.alter_column("link", existing_type=sa.LargeBinary(32), nullable=False)


MADE_UP: dict[Callable[[Operations], None], list[str]] = {
    add_required: ["notice.by must be given"],
    add_with_default: [],
    add_optional: [],
    rename_column: ["account.purpose is gone", "account.reason must be given"],
    drop_column: ["account.purpose is gone"],
    rename_table: ["notice is gone"],
    drop_table: ["notice is gone"],
    require: ["account.link must be given"],
}


@pytest.mark.parametrize("change", MADE_UP)
def test_a_made_up_migration_is_found_unless_it_raises_the_oldest_code(change: Callable[[Operations], None]) -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    before = schema_of(engine)
    with engine.begin() as connection:
        change(Operations(MigrationContext.configure(connection)))
    after = schema_of(engine)
    engine.dispose()
    assert undeclared("9999", before, after, oldest_code=FIRST) == MADE_UP[change]
    assert undeclared("9999", before, after, oldest_code="9999") == []
