"""What the URL of a page with figures chooses: version, week and answer. The list filters by the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from flask import request

from screening.questionnaire.model import Option, Question
from screening.storage import questionnaire_versions, weeks
from screening.storage.database import db


class OfferedVersion(NamedTuple):
    """A version to choose, with its label."""

    version: str
    words: str


def versions_offered() -> list[OfferedVersion]:
    """Return every version that was ever served, newest first."""
    return [
        OfferedVersion(version, f"{_title(version)}, first shown {day_in_words(since)} ({version[:6]})")
        for version, since in questionnaire_versions.all_versions(db.session)
    ]


def day_in_words(day: date | None) -> str:
    """Format a day read from the database; None means damaged."""
    return f"{day:%-d %B %Y}" if day else "on an unknown day"


def wanted_version(offered: Sequence[OfferedVersion]) -> str:
    """Return the version whose hash starts as the URL says, otherwise the newest, or "" if there is none."""
    wanted = request.args.get("version", "")
    return next(
        (choice.version for choice in offered if wanted and choice.version.startswith(wanted)),
        offered[0].version if offered else "",
    )


def wanted_week(name: str, known: Collection[int], default: int) -> int:
    """Return the week that the URL names if it is known, otherwise `default`."""
    week = weeks.parse_week(request.args.get(name, ""))
    return week if week is not None and week in known else default


def answer_key(question: Question, option: Option) -> str:
    """Return the key of an answer, as URLs use it."""
    return f"{question.id}.{option.id}"


def _title(version: str) -> str:
    return questionnaire_versions.load_version(db.session, version).title
