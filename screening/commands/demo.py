"""Made-up submissions, so that staff's pages can be tried before anyone has shared, with as many as years would bring.

Each one is a walk through the real questionnaire, under a mark that no code leads to.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from random import Random

import click
from flask.cli import with_appcontext

from config import Config
from screening.authoring.loader import Collection
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option, Question, Questionnaire
from screening.questionnaire.packing import pack
from screening.storage import patient_codes, questionnaire_versions, submissions, weeks
from screening.storage.database import db, unpooled_engine
from screening.storage.schema_revision import why_unusable
from screening.storage.submissions import ReviewState, Submitted

DEMO_NUMBER = 200
DEMO_WEEKS = 12
# Weeks that staff have just been given, and not opened yet.
FRESH_WEEKS = 2
# So many are walked, and what comes after them is drawn from their answers: a million walks would take minutes.
WALKED = 20_000
# Stored together, and then told.
DEMO_BATCH = 10_000


class Declined(Exception):
    """Nothing was made; the message says what to do."""


@dataclass(frozen=True)
class Person:
    """Somebody made up: the topics they lean to, and how often they skip (0 to 1)."""

    leanings: frozenset[str]
    skips: float


def fill_with_demo(
    config: Config, questionnaire: Questionnaire, now: datetime, seed: int, number: int, tell: Callable[[int], object]
) -> str:
    """Store made-up submissions of the last weeks in an empty database; say what was made. Commits.

    The same seed and number make the same answers in the same weeks, always under other marks. `tell` is given how many
    there are so far, after each batch.

    Raises:
        Declined: patients share here, the database is not up to date, or it holds submissions.
    """
    _decline(config, now)
    questionnaire_versions.store_version(db.session, questionnaire, now.date())
    kept = weeks.retained_weeks(now, config.retention_days)[-DEMO_WEEKS:]
    made: Counter[ReviewState] = Counter()
    records = _records(questionnaire, now, kept, number, Random(seed))
    for batch in _batches(records):
        submissions.add_submissions(db.session, batch)
        made.update(record.state for record in batch)
        tell(made.total())
    return (
        f"{number} made-up submissions, {weeks.format_week(kept[0])} to {weeks.format_week(kept[-1])}: "
        f"{made[ReviewState.REVIEWED]} reviewed, {made[ReviewState.SET_ASIDE]} set aside, "
        f"{made[ReviewState.UNREAD]} not reviewed yet."
    )


def _records(
    questionnaire: Questionnaire, now: datetime, kept: Sequence[int], number: int, chance: Random
) -> Iterator[Submitted]:
    # Some weeks are busier than others, and the one that has begun is not over.
    busy = [chance.uniform(0.3, 1.7) for _ in kept[:-1]] + [0.5]
    spread = Counter(chance.choices(kept, busy)[0] for _ in range(number))
    walked: list[str] = []
    for week in kept:
        for _ in range(spread[week]):
            if len(walked) < WALKED:
                walked.append(pack(simulate_journey(questionnaire, chance)))
                answers = walked[-1]
            else:
                answers = chance.choice(walked)
            ref = secrets.token_bytes(patient_codes.REF_BYTES)
            yield Submitted(week, ref, questionnaire.version, answers, _state(week, now, chance))


def _batches(records: Iterator[Submitted]) -> Iterator[list[Submitted]]:
    while batch := list(islice(records, DEMO_BATCH)):
        yield batch


def simulate_journey(questionnaire: Questionnaire, chance: Random) -> Journey:
    """Answer question by question as somebody might, to the end."""
    person = _person(questionnaire, chance)
    answers: dict[str, tuple[str, ...]] = {}
    while asked := Journey(questionnaire, answers).first_open:
        # What the first question asks, hardly anyone skips.
        is_skipped = chance.random() < person.skips * (0.2 if not answers else 1)
        answers[asked.id] = () if is_skipped else _answer(asked, person, chance)
    return Journey(questionnaire, answers)


def _decline(config: Config, now: datetime) -> None:
    if config.is_production:
        raise Declined("PRODUCTION is 1: made-up submissions must never stand where patients share.")
    if reason := why_unusable(unpooled_engine()):
        raise Declined(reason)
    number = submissions.count_older(db.session, weeks.week_of(now) + 1)
    if number:
        raise Declined(
            f"The database holds submissions already ({number}), and made-up ones must not stand among them. "
            "Set INSTANCE to a new folder or DATABASE_URL to an empty database."
        )


def _person(questionnaire: Questionnaire, chance: Random) -> Person:
    named = dict.fromkeys(topic for question in questionnaire.questions for o in question.options for topic in o.topics)
    topics = tuple(named)
    # What the file names first is what brings most people.
    pull = [1 / (place + 2) for place in range(len(topics))]
    return Person(frozenset(chance.choices(topics, pull, k=chance.randint(1, 4))), chance.choice((0.02, 0.1, 0.3)))


def _answer(asked: Question, person: Person, chance: Random) -> tuple[str, ...]:
    if not asked.many:
        pull = [1 / (place + 1) for place in range(len(asked.options))]
        return (chance.choices(asked.options, pull)[0].id,)
    chosen = tuple(o.id for o in asked.options if not o.alone and chance.random() < _likely(o, asked, person))
    alone = tuple(o.id for o in asked.options if o.alone)
    return chosen or alone[:1]


def _likely(option: Option, asked: Question, person: Person) -> float:
    """How likely somebody picks an option: likelier if they lean to its topics, and the nearer the top it stands."""
    asked_of = (reference.partition("/")[0] for reference in option.questions)
    leans = not person.leanings.isdisjoint((*option.topics, *asked_of))
    return (0.55 if leans else 0.2) * (1 - 0.5 * asked.options.index(option) / len(asked.options))


def _state(week: int, now: datetime, chance: Random) -> ReviewState:
    day = weeks.monday(weeks.newest_closed(now)) - (FRESH_WEEKS - 1) * weeks.ONE_WEEK
    if week >= weeks.week_of(day):
        return ReviewState.UNREAD
    return chance.choices((ReviewState.REVIEWED, ReviewState.SET_ASIDE, ReviewState.UNREAD), (85, 5, 10))[0]


def demo_command(config: Config, collection: Collection) -> click.Command:
    """Make the command."""

    @click.command("demo")
    @click.option("--seed", default=1, show_default=True, help="Another number makes other answers.")
    @click.option("--number", default=DEMO_NUMBER, show_default=True, type=click.IntRange(min=1), help="How many.")
    @with_appcontext
    def command(seed: int, number: int) -> None:
        """Fill an empty database with made-up submissions."""
        try:
            made = fill_with_demo(config, collection.questionnaires[0], datetime.now(UTC), seed, number, _of(number))
        except Declined as reason:
            raise click.ClickException(str(reason)) from None
        click.echo(made)

    return command


def _of(number: int) -> Callable[[int], None]:
    """What tells how far a long work is, at each tenth."""
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done < number and 10 * done // number > told:
            told = 10 * done // number
            click.echo(f"{done} of {number} …")

    return tell
