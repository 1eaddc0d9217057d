"""Questionnaire versions: each one served is kept whole, once, from start-up on."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime
from typing import NamedTuple

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.questionnaire.building import rebuild
from screening.questionnaire.model import Questionnaire
from screening.storage.database import unpooled_engine
from screening.storage.tables import QuestionnaireVersion


def keep(session: Session, questionnaire: Questionnaire, today: date) -> int:
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


def keep_served(app: Flask) -> None:
    """Keep the versions of the questionnaires that an application serves. Commits.

    Raises:
        SQLAlchemyError: not all of them are known to be kept.
    """
    with app.app_context(), Session(unpooled_engine()) as session:
        for questionnaire in app.extensions["questionnaires"]:
            keep(session, questionnaire, datetime.now(UTC).date())


def questionnaire(session: Session, version: str) -> Questionnaire:
    """The questionnaire of a version that was once served, by its hash in hex, in the words of that time.

    Raises:
        KeyError: it was never served.
    """
    known = _rebuilt.get(version)
    if known is None:
        wanted = select(QuestionnaireVersion.content).where(QuestionnaireVersion.hash == bytes.fromhex(version))
        packed = session.scalar(wanted)
        if packed is None:
            raise KeyError(version)
        known = _rebuilt[version] = rebuild(zlib.decompress(packed).decode())
    return known


class Served(NamedTuple):
    """A version that was once served: its hash in hex, and the day on which it first was."""

    version: str
    since: date


def served(session: Session) -> list[Served]:
    """Every version that was once served, the newest first."""
    rows = select(QuestionnaireVersion.hash, QuestionnaireVersion.since).order_by(QuestionnaireVersion.id.desc())
    return [Served(version.hex(), since) for version, since in session.execute(rows)]


class NotFound(Exception):
    """A version's beginning names none, or several; the message says what to do."""


def find(session: Session, beginning: str) -> Questionnaire:
    """The questionnaire of the version whose hash begins so, in at most 64 hex digits.

    Raises:
        NotFound: none that was served does, or several do.
    """
    first, last = (bytes.fromhex(beginning.ljust(64, digit)) for digit in "0f")
    wanted = select(QuestionnaireVersion.hash).where(QuestionnaireVersion.hash.between(first, last))
    found = [row.hex() for row in session.scalars(wanted.order_by(QuestionnaireVersion.hash))]
    if not found:
        raise NotFound(f"No version that was served here begins with {beginning}.")
    if len(found) > 1:
        raise NotFound(f"{len(found)} versions begin with {beginning}. Write more of it: {', '.join(found)}.")
    return questionnaire(session, found[0])


# A version never changes, and a clinic has few of them.
_rebuilt: dict[str, Questionnaire] = {}
