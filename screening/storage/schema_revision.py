"""Schema compatibility and readiness: whether this code may use the database and can store shares in it."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from screening.storage.disk_space import has_room
from screening.storage.failures import NEWER, OLDER
from screening.storage.tables import QuestionnaireVersion


class SchemaFit(Enum):
    """How a database's schema relates to this code."""

    USABLE = "usable"
    OLD = "old"
    NEWER = "newer"


@cache
def revisions() -> frozenset[str]:
    """Return the schema revisions that this code knows. They sort as text: "0001", "0002", …"""
    return frozenset(path.name[:4] for path in (Path(__file__).parent / "migrations").glob("[0-9]*.py"))


def newest() -> str:
    """Return the newest revision that this code knows."""
    return max(revisions())


def stored_revision(connection: Connection) -> str:
    """Return the revision of a database's schema; "" if it has none.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def compare_schema(connection: Connection) -> SchemaFit:
    """Compare a database's schema with this code.

    A newer schema is usable if its `oldest_code` admits this release, for rolling upgrades of several hosts.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    revision = stored_revision(connection)
    if revision == newest():
        return SchemaFit.USABLE
    if revision < newest():
        return SchemaFit.OLD
    if not inspect(connection).has_table("installation"):
        return SchemaFit.NEWER
    oldest_code = connection.scalar(text("SELECT oldest_code FROM installation"))
    return SchemaFit.USABLE if oldest_code and oldest_code <= newest() else SchemaFit.NEWER


def why_unusable(engine: Engine) -> str:
    """Explain why this code may not use a database and what to do, or return "" if it may.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    with engine.connect() as connection:
        fit = compare_schema(connection)
    return {SchemaFit.OLD: OLDER, SchemaFit.NEWER: NEWER, SchemaFit.USABLE: ""}[fit]


def is_ready(connection: Connection, versions: Collection[str]) -> bool:
    """Whether the schema fits, each served version (hash in hex) is stored, and the disk has room for shares.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    if compare_schema(connection) is not SchemaFit.USABLE or not has_room(connection.engine.url):
        return False
    hashes = {bytes.fromhex(version) for version in versions}
    known = select(func.count()).where(QuestionnaireVersion.hash.in_(hashes))
    return connection.scalar(known) == len(hashes)
