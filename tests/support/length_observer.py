"""What an observer of encrypted traffic learns from the lengths of cookies, pages and forms.

`python -m tests.support.length_observer` prints it, in bits, for the served questionnaire. Each simulated patient picks
every choice, every pair of choices and a skip of a question with equal chance. Answers hold the most information for
patients who are asked the most questions.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations, product
from math import log, log2
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from screening.app import create_app
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.site import site_of
from screening.storage import questionnaire_versions
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from tests.support.endless_windows import at_most
from tests.support.settings import TestConfig
from tests.support.site_changes import change_limits

ENCODINGS = ("br", "gzip", "identity")
# Enough to estimate the entropy of form bodies to within 0.01 bit.
DRAWN = 20_000
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FIRST = re.compile(r'name="choice" value="([^"]+)"')
PUT_FIRST = 3
SHOWN = re.compile(r'name="shown" value="([^"]+)"')
CODE = re.compile(r'<p class="code"[^>]*><strong>([0-9A-Z-]+)</strong>')

Chosen = tuple[str, ...]


def alternatives(question: Question) -> list[Chosen]:
    """Return a skip, each single choice and, for a multiple choice, each pair."""
    single: list[Chosen] = [(), *((option.id,) for option in question.options)]
    together = [option.id for option in question.options if question.many and not option.alone]
    return single + list(combinations(together, 2))


def draw(questionnaire: Questionnaire, dice: random.Random, is_asked_most: bool = False) -> dict[str, Chosen]:
    """Draw the answers of one patient. `is_asked_most`: redraw until they are asked the most questions."""
    while True:
        answers: dict[str, Chosen] = {}
        for question in questionnaire.questions:
            if question.ask_if.holds(answers):
                answers[question.id] = dice.choice(_alternatives(question))
        if not is_asked_most or list(answers) == [one.id for one in asked_most(questionnaire)]:
            return answers


def asked_most(questionnaire: Questionnaire) -> tuple[Question, ...]:
    """Return the longest list of questions that one patient can be asked, picking all that multiple choices allow."""
    several = {
        question.id: tuple(option.id for option in question.options if not option.alone)
        for question in questionnaire.questions
        if question.many
    }
    single = [question for question in questionnaire.questions if not question.many]
    paths = (
        Journey(questionnaire, several | {one.id: (option.id,) for one, option in zip(single, chosen, strict=True)})
        for chosen in product(*(one.options for one in single))
    )
    return max((journey.questions for journey in paths), key=len)


_ALTERNATIVES: dict[Question, list[Chosen]] = {}


def _alternatives(question: Question) -> list[Chosen]:
    if question not in _ALTERNATIVES:
        _ALTERNATIVES[question] = alternatives(question)
    return _ALTERNATIVES[question]


def entropy(seen: Iterable[Hashable]) -> float:
    """Estimate the entropy, in bits, of the source of these draws, with the Miller-Madow correction for sample size."""
    counts = Counter(seen)
    return plain_entropy(counts) + (len(counts) - 1) / (2 * counts.total() * log(2))


def plain_entropy(counts: Counter[Hashable]) -> float:
    """Compute the entropy, in bits, of one of these drawn at random."""
    everything = counts.total()
    return -sum(count / everything * log2(count / everything) for count in counts.values())


@dataclass
class Bits:
    """Bits in the answers, and bits that the form bodies and the list of asked questions reveal about them."""

    answers: float
    forms: float


def in_forms(questionnaire: Questionnaire, dice: random.Random) -> Bits:
    """Estimate both for random patients.

    Given the questions asked, answers are independent, so their entropies add up.
    """
    asked: Counter[Chosen] = Counter()
    answers: dict[tuple[Chosen, str], Counter[Chosen]] = defaultdict(Counter)
    for _ in range(DRAWN):
        drawn = draw(questionnaire, dice)
        path = tuple(drawn)
        asked[path] += 1
        for question, chosen in drawn.items():
            answers[path, question][chosen] += 1
    bits = Bits(*[entropy(asked.elements())] * 2)
    for (path, question), counts in answers.items():
        share = asked[path] / DRAWN
        bits.answers += share * entropy(counts.elements())
        bits.forms += share * entropy(len(body(question, chosen)) for chosen in counts.elements())
    return bits


def in_forms_if_asked_most(questionnaire: Questionnaire) -> Bits:
    """Compute both exactly for patients who are asked the most questions, which is the maximum."""
    bits = Bits(0, 0)
    for question in asked_most(questionnaire):
        bits.answers += log2(len(_alternatives(question)))
        bits.forms += plain_entropy(Counter(len(body(question.id, chosen)) for chosen in _alternatives(question)))
    return bits


def body(question: str, chosen: Chosen) -> str:
    """Return the body of a question's form, without its CSRF token."""
    return urlencode({"question": question, "choice": chosen} if chosen else {"question": question, "skip": 1}, True)


@dataclass
class Seen:
    """The lengths in one journey, in order: of cookies and, for each encoding, of pages and redirects."""

    cookies: list[int] = field(default_factory=list)
    pages: Mapping[str, list[int]] = field(default_factory=lambda: {encoding: [] for encoding in ENCODINGS})


class Observed:
    """A patient's browser, observed by someone who sees only lengths."""

    def __init__(self, app: Flask, language: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        self.seen = Seen()
        self.page = self.token = ""

    def walk(self, questionnaire: Questionnaire, answers: Mapping[str, Chosen]) -> Seen:
        """Give these answers, open all pages that depend on them, share, and open the record and its deletion."""
        slug = questionnaire.slug
        self.open("/")
        self.send(f"/{slug}/")
        journey = Journey(questionnaire, {})
        while not journey.is_complete:
            asked = journey.first_open
            assert asked
            number = journey.number(asked)
            self.open(f"/{slug}/{number}")
            self.send(f"/{slug}/{number}", body(asked.id, answers[asked.id]))
            journey = Journey(questionnaire, {**journey.answers, asked.id: answers[asked.id]})
        numbers = range(1, len(journey.questions) + 1)
        again = [f"/{slug}/{number}?change=1" for number in numbers]
        looked_at = ["pause"] if journey.pause else []
        looked_at += ["check", "first"]
        for path in ("/", "/help", "/return", "/code", *again, *(f"/{slug}/{page}" for page in looked_at)):
            self.open(path)
        first = FIRST.findall(self.page)[:PUT_FIRST]
        self.send(f"/{slug}/first", urlencode({"choice": first}, True))
        for page in ("first", "summary", "later", "share"):
            self.open(f"/{slug}/{page}")
        self.send(f"/{slug}/share", urlencode({"shown": SHOWN.findall(self.page)[0]}))
        self.open(f"/{slug}/share")
        code = CODE.findall(self.page)[0]
        self.open("/code")
        self.send("/code", urlencode({"code": code}))
        self.open("/code")
        self.open("/code/delete")
        return self.seen

    def open(self, path: str) -> None:
        plain = self._note(self.client.get(path))
        self.page = plain.text
        self.token = next(iter(TOKEN.findall(self.page)), self.token)
        for encoding in ENCODINGS[:2]:
            # Other pages are never compressed.
            is_packed = "Accept-Encoding" in plain.headers.get("Vary", "")
            answer = self.client.get(path, headers={"Accept-Encoding": encoding}) if is_packed else plain
            self.seen.pages[encoding].append(_length(answer))

    def send(self, path: str, form: str = "") -> None:
        kind = "application/x-www-form-urlencoded"
        answer = self.client.post(path, data=f"{form}&{urlencode({'csrf_token': self.token})}", content_type=kind)
        assert answer.status_code == 303
        self._note(answer)
        for encoding in ENCODINGS[:2]:
            self.seen.pages[encoding].append(_length(answer))

    def _note(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code in (200, 303)
        cookie = self.client.get_cookie("draft")
        self.seen.cookies.append(len(cookie.value) if cookie else 0)
        self.seen.pages["identity"].append(_length(answer))
        return answer


def _length(answer: TestResponse) -> int:
    return len(answer.data) + len(answer.headers.get("Location", ""))


@dataclass
class Learned:
    """What was seen in several journeys in one language."""

    seen: list[Seen]

    def bits(self, encoding: str, cookies: bool = True, pages: bool = True) -> float:
        """Estimate the bits that cookies and pages reveal, at most log2 of the number of journeys."""
        return entropy(
            (tuple(one.cookies) if cookies else (), tuple(one.pages[encoding]) if pages else ()) for one in self.seen
        )

    def path(self, encoding: str) -> float:
        """Estimate the bits that the number of requests reveals, which padding cannot hide."""
        return entropy(len(one.pages[encoding]) for one in self.seen)


def observe(app: Flask, language: str, journeys: int, dice: random.Random, is_asked_most: bool = False) -> Learned:
    """Observe random journeys through the site's first questionnaire."""
    questionnaire: Questionnaire = site_of(app).questionnaires[0]
    drawn = [draw(questionnaire, dice, is_asked_most) for _ in range(journeys)]
    return Learned([watch(app, language, answers) for answers in drawn])


def watch(app: Flask, language: str, answers: Mapping[str, Chosen]) -> Seen:
    """Observe one journey on a site without limits on shares and look-ups."""
    change_limits(app, shares=at_most(1), look_ups=at_most(1))
    return Observed(app, language).walk(site_of(app).questionnaires[0], answers)


def main(journeys: int, questions: Path) -> None:
    """Print what the first questionnaire reveals in each of its languages."""
    with TemporaryDirectory() as folder:
        app = create_app(TestConfig(database_url=f"sqlite:///{folder}/screening.sqlite", questions=questions))
        questionnaire: Questionnaire = site_of(app).questionnaires[0]
        with app.app_context():
            migrations().upgrade()
            questionnaire_versions.store_version(db.session, questionnaire, datetime.now(UTC).date())
            db.session.close()
        for who, bits in (
            ("all", in_forms(questionnaire, random.Random(1))),
            ("those asked the most", in_forms_if_asked_most(questionnaire)),
        ):
            print(f"{who}: answers {bits.answers:.1f} bits, bodies of forms {bits.forms:.1f}")
        for language in (questionnaire.language, *questionnaire.translations):
            for who in ("all", "those asked the most"):
                learned = observe(app, language, journeys, random.Random(2), who != "all")
                for encoding in ENCODINGS:
                    bits_shown = (
                        f"cookies {learned.bits(encoding, pages=False):.2f}, with pages {learned.bits(encoding):.2f}"
                    )
                    print(
                        f"{language}, {who}, {encoding}: {bits_shown}, of them the number {learned.path(encoding):.2f}"
                    )
        print(f"At most {log2(journeys):.1f} bits of cookies and pages show in {journeys} journeys.")
        with app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--journeys", type=int, default=100)
    parser.add_argument("--questions", type=Path, default=TestConfig.questions)
    given = parser.parse_args()
    main(given.journeys, given.questions)
