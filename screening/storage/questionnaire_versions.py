"""Questionnaire versions: each one served is kept whole, once, from start-up on."""

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
    """What is stored of a version is not what was once served, so nothing that was answered to it can be read."""


def store_version(session: Session, questionnaire: Questionnaire, today: date) -> int:
    """Keep a version if it is new, and return its row's id. Commits."""
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
        # It was kept before, perhaps a moment ago by another server that starts now.
        session.rollback()
    return session.scalars(select(QuestionnaireVersion.id).where(QuestionnaireVersion.hash == version)).one()


def store_active_versions(engine: Engine, questionnaires: Iterable[Questionnaire]) -> None:
    """Keep the versions of the questionnaires that are served. Commits.

    Raises:
        SQLAlchemyError: not all of them are known to be kept.
    """
    with Session(engine) as session:
        for questionnaire in questionnaires:
            store_version(session, questionnaire, datetime.now(UTC).date())


def load_version(session: Session, version: str) -> Questionnaire:
    """The questionnaire of a version that was once served, by its hash in hex, in the words of that time.

    Raises:
        KeyError: it was never served.
        Damaged: its row was changed.
    """
    known = _rebuilt.get(version)
    if known is None:
        wanted = select(QuestionnaireVersion.content).where(QuestionnaireVersion.hash == bytes.fromhex(version))
        packed = session.scalar(wanted)
        if packed is None:
            raise KeyError(version)
        known = _rebuilt[version] = rebuild_questionnaire(_unpacked(packed, version))
    return known


def load_versions(session: Session, several: Iterable[str]) -> list[Questionnaire]:
    """The questionnaires of these versions, in the same order, without those whose rows are damaged."""
    found = []
    for version in several:
        with suppress(DamagedVersion, KeyError):
            found.append(load_version(session, version))
    return found


def _unpacked(packed: bytes, version: str) -> str:
    try:
        content = zlib.decompress(packed)
    except zlib.error:
        raise DamagedVersion from None
    if hashlib.sha256(content).hexdigest() != version:
        raise DamagedVersion
    return content.decode()


class StoredVersion(NamedTuple):
    """A version that was once served: its hash in hex, and the day on which it first was, None if that is damaged."""

    version: str
    since: date | None


def all_versions(session: Session) -> list[StoredVersion]:
    """Every version that was once served and can still be read, the newest first."""
    rows = select(QuestionnaireVersion.hash, QuestionnaireVersion.since).order_by(QuestionnaireVersion.id.desc())
    known = {version.hex(): since if since != NO_DAY else None for version, since in session.execute(rows)}
    return [StoredVersion(one.version, known[one.version]) for one in load_versions(session, known)]


def count_damaged(session: Session) -> int:
    """How many rows of versions cannot be read."""
    hashes = session.scalars(select(QuestionnaireVersion.hash)).all()
    return len(hashes) - len(load_versions(session, {version.hex() for version in hashes}))


class VersionNotFound(Exception):
    """A version's beginning names none that can be read, or several; the message says what to do."""


def find_version(session: Session, beginning: str) -> Questionnaire:
    """The questionnaire of the version whose hash begins so, in at most 64 hex digits.

    Raises:
        NotFound: none that was served does, or several do.
    """
    first, last = (bytes.fromhex(beginning.ljust(64, digit)) for digit in "0f")
    wanted = select(QuestionnaireVersion.hash).where(QuestionnaireVersion.hash.between(first, last))
    found = [row.hex() for row in session.scalars(wanted.order_by(QuestionnaireVersion.hash))]
    if not found:
        raise VersionNotFound(f"No version that was served here begins with {beginning}.")
    if len(found) > 1:
        raise VersionNotFound(f"{len(found)} versions begin with {beginning}. Write more of it: {', '.join(found)}.")
    try:
        return load_version(session, found[0])
    except DamagedVersion:
        raise VersionNotFound(
            f"What is stored of version {found[0]} is damaged. A backup may still have it whole."
        ) from None


# A version never changes, and a clinic has few of them.
_rebuilt: dict[str, Questionnaire] = {}
