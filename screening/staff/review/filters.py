"""Filters of the submission list. They are all in the URL, and the page shows them in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar

from werkzeug.datastructures import MultiDict

from screening.questionnaire.model import Question
from screening.site import site
from screening.staff.figures.figure_choices import answer_key, versions_offered
from screening.storage import questionnaire_versions, weeks
from screening.storage.database import db
from screening.storage.submission_search import SubmissionQuery
from screening.storage.submissions import ReviewState
from screening.web.week_words import week_words

STATES = {state.word: state for state in ReviewState}
FILTER_WORDS = {"state": "list", "from": "week", "to": "week", "version": "version", "answer": "answer"}
# Length of a version's hash in URLs.
SHORT_VERSION = 12
# Longer than any value in our URLs. Longer unknown values are cut, so that they do not fill the page.
LONGEST_FILTER = 60

_T = TypeVar("_T")
Query: TypeAlias = Mapping[str, Any]
"""Query parameters, as `url_for` takes them."""


class Chip(NamedTuple):
    """An active filter: its words, its question if it is an answer, and the query without it."""

    question: str
    words: str
    without: Query


class Field(NamedTuple):
    """A select for an answer. `number`: its index among the question's fields."""

    question: Question
    chosen: str
    number: int


class Filters:
    """The filters in a URL. Unknown values are listed in `not_understood`.

    `first`, `last`: weeks, or 0. `version`: a hash in hex, or "". `questionnaire`: the one that the answers belong to.
    """

    def __init__(self, asked: MultiDict[str, str]) -> None:
        now = datetime.now(UTC)
        self._asked = asked
        self.not_understood: list[str] = []
        days = site().retention_days
        readable = weeks.readable_weeks(now, days)
        self.weeks = {weeks.format_week(week): week for week in readable}
        self.offered = versions_offered()
        self.state = self._named("state", STATES, ReviewState.UNREAD)
        self.first, self.last = (self._named(name, self.weeks, 0) for name in ("from", "to"))
        if self.first and self.last:
            self.first, self.last = sorted((self.first, self.last))
        self.version = self._named("version", {one.version[:SHORT_VERSION]: one.version for one in self.offered}, "")
        self.served = [questionnaire_versions.load_version(db.session, one.version) for one in self.offered]
        matches = (served for served in self.served if self.version in ("", served.version))
        self.questionnaire = next(matches, None)
        questions = self.questionnaire.questions if self.questionnaire else ()
        self.picked = self._all(
            "answer", {answer_key(one, option): (one, option) for one in questions for option in one.options}
        )
        self.wanted = SubmissionQuery(
            self.state,
            self.last or weeks.newest_closed(now),
            self.first or weeks.oldest_retained(now.date(), days),
            self._versions(),
            tuple((question.id, option.id) for question, option in self.picked),
        )

    @property
    def has_several(self) -> bool:
        """Whether more than one questionnaire was ever served, regardless of versions."""
        return len({one.id for one in self.served}) > 1

    @property
    def query(self) -> Query:
        """The query parameters for these filters."""
        asked = {
            "state": self.state.word if self.state else "",
            "from": weeks.format_week(self.first) if self.first else "",
            "to": weeks.format_week(self.last) if self.last else "",
            "version": self.version[:SHORT_VERSION],
            "answer": [answer_key(*one) for one in self.picked],
        }
        return {name: value for name, value in asked.items() if value}

    def without(self, *names: str) -> Query:
        """Return the query without some parameters."""
        return {name: value for name, value in self.query.items() if name not in names}

    @property
    def only_state(self) -> Query:
        """The query without any filter but the state, for "Clear all"."""
        return {name: value for name, value in self.query.items() if name == "state"}

    def in_state(self, name: str) -> Query:
        """Return the query for another state."""
        return {**self.without("state"), **({"state": name} if STATES[name] else {})}

    def chips(self) -> Iterator[Chip]:
        """Yield each filter except the state."""
        if self.first or self.last:
            yield Chip("", self._weeks_in_words(), self.without("from", "to"))
        if self.version:
            words = next(one.words for one in self.offered if one.version == self.version)
            yield Chip("", words, self.without("version"))
        for question, option in self.picked:
            remaining = [answer_key(*pair) for pair in self.picked if pair != (question, option)]
            yield Chip(question.ask, option.say, {**self.without("answer"), "answer": remaining})

    def fields(self) -> Iterator[Field]:
        """Yield a field for each chosen answer, plus an empty one if another can be chosen."""
        for question in self.questionnaire.questions if self.questionnaire else ():
            chosen = [answer_key(*one) for one in self.picked if one[0] is question]
            empty = [""] if question.many or not chosen else []
            yield from (Field(question, one, number) for number, one in enumerate(chosen + empty))

    def _versions(self) -> tuple[str, ...] | None:
        """Return the versions to search. With answers but no version, search all of their questionnaire."""
        if self.version or not (self.picked and self.questionnaire):
            return (self.version,) if self.version else None
        return tuple(one.version for one in self.served if one.id == self.questionnaire.id)

    def _weeks_in_words(self) -> str:
        if self.first and self.last:
            return week_words(self.first, self.last if self.last != self.first else 0)
        return f"From {week_words(self.first)} on" if self.first else f"Up to {week_words(self.last)}"

    def _named(self, name: str, known: Mapping[str, _T], default: _T) -> _T:
        return next(iter(self._all(name, known)), default)

    def _all(self, name: str, known: Mapping[str, _T]) -> list[_T]:
        given = [one for one in dict.fromkeys(self._asked.getlist(name)) if one]
        self.not_understood += [f"{FILTER_WORDS[name]} {_in_words(one)}" for one in given if one not in known]
        return [known[one] for one in given if one in known]


def _in_words(value: str) -> str:
    """Return a value that is not understood: a week with its days, anything else as it is, cut."""
    week = weeks.parse_week(value)
    return week_words(week) if week else value[:LONGEST_FILTER]
