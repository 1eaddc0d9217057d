"""Questionnaire versions: each served one is stored whole and once, from start-up on."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.authoring.builder import rebuild_questionnaire
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import NotPacked
from screening.storage.column_types import NO_DAY
from screening.storage.tables import QuestionnaireVersion


class DamagedVersion(NotPacked):
    """A stored version is unreadable, and so are its answers: it was changed, or a newer release wrote it."""


def store_version(session: Session, questionnaire: Questionnaire, today: date) -> int:
    """Store a version if it is new, and return its row id. Commits."""
    version = bytes.fromhex(questionnaire.version)
    row = QuestionnaireVersion(
        questionnaire=questionnaire.id,
        hash=version,
        content=zlib.compress(questionnaire.content.encode(), 9),
        since=today,
    )
    session.add(row)
    try:
        session.commit()
    except IntegrityError:
        # It exists already, perhaps from another server that starts at the same time.
        session.rollback()
    return session.scalars(select(QuestionnaireVersion.id).where(QuestionnaireVersion.hash == version)).one()


def store_active_versions(engine: Engine, questionnaires: Iterable[Questionnaire]) -> None:
    """Store the versions that are served. Commits.

    Raises:
        SQLAlchemyError: some may not be stored.
    """
    with Session(engine) as session:
        for questionnaire in questionnaires:
            store_version(session, questionnaire, datetime.now(UTC).date())


def served_version(questionnaires: Iterable[Questionnaire]) -> str:
    """Return 12 hexadecimal digits that say what is served: of the version, or of all versions if there are several."""
    versions = [questionnaire.version for questionnaire in questionnaires]
    return (versions[0] if len(versions) == 1 else hashlib.sha256("".join(versions).encode()).hexdigest())[:12]


def load_version(session: Session, version: str) -> Questionnaire:
    """Return the questionnaire of a version (hash in hex), with its wording at that time.

    Raises:
        KeyError: it was never served.
        DamagedVersion: its row was changed, or a newer release wrote it.
    """
    questionnaire = _rebuilt.get(version)
    if questionnaire is None:
        query = select(QuestionnaireVersion.content).where(QuestionnaireVersion.hash == bytes.fromhex(version))
        compressed = session.scalar(query)
        if compressed is None:
            raise KeyError(version)
        content = _decompress(compressed, version)
        try:
            questionnaire = _rebuilt[version] = rebuild_questionnaire(content)
        except ValueError:
            # In a rolling upgrade, a newer release may store what this one does not know yet.
            raise DamagedVersion from None
    return questionnaire


def load_versions(session: Session, versions: Iterable[str]) -> list[Questionnaire]:
    """Return the questionnaires of these versions in the same order, without missing or damaged ones."""
    questionnaires = []
    for version in versions:
        with suppress(DamagedVersion, KeyError):
            questionnaires.append(load_version(session, version))
    return questionnaires


def _decompress(compressed: bytes, version: str) -> str:
    try:
        content = zlib.decompress(compressed)
    except zlib.error:
        raise DamagedVersion from None
    if hashlib.sha256(content).hexdigest() != version:
        raise DamagedVersion
    return content.decode()


class StoredVersion(NamedTuple):
    """A version that was served: its hash in hex, and the first day it was served; None if that is damaged."""

    version: str
    since: date | None


def all_versions(session: Session) -> list[StoredVersion]:
    """Return every readable version that was served, the newest first."""
    query = select(QuestionnaireVersion.hash, QuestionnaireVersion.since).order_by(QuestionnaireVersion.id.desc())
    days = {version.hex(): since if since != NO_DAY else None for version, since in session.execute(query)}
    return [StoredVersion(one.version, days[one.version]) for one in load_versions(session, days)]


def count_damaged(session: Session) -> int:
    """Count the versions that cannot be read."""
    hashes = session.scalars(select(QuestionnaireVersion.hash)).all()
    return len(hashes) - len(load_versions(session, {version.hex() for version in hashes}))


class VersionNotFound(Exception):
    """A hash prefix matches no readable version, or several; the message says what to do."""


def find_version(session: Session, prefix: str) -> Questionnaire:
    """Return the questionnaire of the version whose hash has this prefix, of at most 64 hex digits.

    Raises:
        VersionNotFound: no readable version has it, or several do.
    """
    first, last = (bytes.fromhex(prefix.ljust(64, digit)) for digit in "0f")
    query = select(QuestionnaireVersion.hash).where(QuestionnaireVersion.hash.between(first, last))
    matches = [row.hex() for row in session.scalars(query.order_by(QuestionnaireVersion.hash))]
    if not matches:
        raise VersionNotFound(f"No version that was served here begins with {prefix}.")
    if len(matches) > 1:
        raise VersionNotFound(f"{len(matches)} versions begin with {prefix}. Add more digits: {', '.join(matches)}.")
    try:
        return load_version(session, matches[0])
    except DamagedVersion:
        raise VersionNotFound(f"The stored version {matches[0]} is damaged. Look for it in a backup.") from None


# A version never changes, and a clinic has few of them.
_rebuilt: dict[str, Questionnaire] = {}
