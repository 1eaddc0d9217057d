"""Questionnaire versions: each one served is kept whole, once, from start-up on."""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.questionnaire.model import Questionnaire
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


def content(session: Session, version: str) -> dict[str, Any] | None:
    """The data of a version's files, by its hash in hex; None if it was never served."""
    wanted = select(QuestionnaireVersion.content).where(QuestionnaireVersion.hash == bytes.fromhex(version))
    packed = session.scalar(wanted)
    if packed is None:
        return None
    data: dict[str, Any] = json.loads(zlib.decompress(packed))
    return data
