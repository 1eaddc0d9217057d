"""Made-up submissions for trying the staff pages before anyone has shared, up to as many as years would bring.

Each one is a simulated journey through the real questionnaire, under a random ref that no code leads to.
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
# The newest closed weeks, which staff have not opened yet.
FRESH_WEEKS = 2
# Journeys that are simulated. Later submissions repeat their answers: a million simulations would take minutes.
MAX_SIMULATED = 20_000
# Submissions that are stored together, before progress is reported.
DEMO_BATCH = 10_000


class DemoRefused(Exception):
    """Nothing was stored; the message says what to do."""


@dataclass(frozen=True)
class Person:
    """A made-up person: the topics that interest them, and the share of questions that they skip (0 to 1)."""

    interests: frozenset[str]
    skips: float


def fill_with_demo(
    config: Config,
    questionnaire: Questionnaire,
    now: datetime,
    seed: int,
    number: int,
    report_progress: Callable[[int], object],
) -> str:
    """Store made-up submissions of the last weeks in an empty database, and return a one-line summary. Commits.

    The same seed and number give the same answers in the same weeks, under new refs. `report_progress` is called after
    each batch with the number stored so far.

    Raises:
        DemoRefused: the site is in production, the database is not up to date, or it already holds submissions.
    """
    _refuse_real_site(config, now)
    questionnaire_versions.store_version(db.session, questionnaire, now.date())
    retained = weeks.retained_weeks(now, config.retention_days)[-DEMO_WEEKS:]
    by_state: Counter[ReviewState] = Counter()
    made_up = _make_up(questionnaire, now, retained, number, Random(seed))
    for batch in _batches(made_up):
        submissions.add_submissions(db.session, batch)
        by_state.update(submission.state for submission in batch)
        report_progress(by_state.total())
    return (
        f"{number} made-up submissions, {weeks.format_week(retained[0])} to {weeks.format_week(retained[-1])}: "
        f"{by_state[ReviewState.REVIEWED]} reviewed, {by_state[ReviewState.SET_ASIDE]} set aside, "
        f"{by_state[ReviewState.UNREAD]} not reviewed yet."
    )


def _make_up(
    questionnaire: Questionnaire, now: datetime, retained: Sequence[int], number: int, chance: Random
) -> Iterator[Submitted]:
    # Some weeks are busier than others, and the current one is not over yet.
    busy = [chance.uniform(0.3, 1.7) for _ in retained[:-1]] + [0.5]
    spread = Counter(chance.choices(retained, busy)[0] for _ in range(number))
    simulated: list[str] = []
    for week in retained:
        for _ in range(spread[week]):
            if len(simulated) < MAX_SIMULATED:
                simulated.append(pack(simulate_journey(questionnaire, chance)))
                answers = simulated[-1]
            else:
                answers = chance.choice(simulated)
            ref = secrets.token_bytes(patient_codes.REF_BYTES)
            yield Submitted(week, ref, questionnaire.version, answers, _state(week, now, chance))


def _batches(made_up: Iterator[Submitted]) -> Iterator[list[Submitted]]:
    while batch := list(islice(made_up, DEMO_BATCH)):
        yield batch


def simulate_journey(questionnaire: Questionnaire, chance: Random) -> Journey:
    """Answer a questionnaire to its end as a random person might."""
    person = _person(questionnaire, chance)
    answers: dict[str, tuple[str, ...]] = {}
    while question := Journey(questionnaire, answers).first_open:
        # Hardly anyone skips the first question.
        is_skipped = chance.random() < person.skips * (0.2 if not answers else 1)
        answers[question.id] = () if is_skipped else _answer(question, person, chance)
    return Journey(questionnaire, answers)


def _refuse_real_site(config: Config, now: datetime) -> None:
    if config.is_production:
        raise DemoRefused(
            "PRODUCTION is 1, and made-up submissions must never mix with those of patients. "
            "Run demo on a test site, without PRODUCTION."
        )
    if reason := why_unusable(unpooled_engine()):
        raise DemoRefused(reason)
    number = submissions.count_older(db.session, weeks.week_of(now) + 1)
    if number:
        raise DemoRefused(
            f"The database already holds submissions ({number}), and made-up ones must not mix with them. "
            "Set INSTANCE to a new folder or DATABASE_URL to an empty database."
        )


def _person(questionnaire: Questionnaire, chance: Random) -> Person:
    named = dict.fromkeys(topic for question in questionnaire.questions for o in question.options for topic in o.topics)
    topics = tuple(named)
    # The topics that the file names first interest most people.
    weights = [1 / (rank + 2) for rank in range(len(topics))]
    return Person(frozenset(chance.choices(topics, weights, k=chance.randint(1, 4))), chance.choice((0.02, 0.1, 0.3)))


def _answer(question: Question, person: Person, chance: Random) -> tuple[str, ...]:
    if not question.many:
        weights = [1 / (rank + 1) for rank in range(len(question.options))]
        return (chance.choices(question.options, weights)[0].id,)
    chosen = tuple(
        o.id for o in question.options if not o.alone and chance.random() < _probability(o, question, person)
    )
    alone = tuple(o.id for o in question.options if o.alone)
    return chosen or alone[:1]


def _probability(option: Option, question: Question, person: Person) -> float:
    """Return how likely a person picks an option: higher for their topics, and higher near the top of the list."""
    question_topics = (reference.partition("/")[0] for reference in option.questions)
    is_of_interest = not person.interests.isdisjoint((*option.topics, *question_topics))
    return (0.55 if is_of_interest else 0.2) * (1 - 0.5 * question.options.index(option) / len(question.options))


def _state(week: int, now: datetime, chance: Random) -> ReviewState:
    day = weeks.monday(weeks.newest_closed(now)) - (FRESH_WEEKS - 1) * weeks.ONE_WEEK
    if week >= weeks.week_of(day):
        return ReviewState.UNREAD
    return chance.choices((ReviewState.REVIEWED, ReviewState.SET_ASIDE, ReviewState.UNREAD), (85, 5, 10))[0]


def demo_command(config: Config, collection: Collection) -> click.Command:
    """Make the command `demo`."""

    @click.command("demo")
    @click.option("--seed", default=1, show_default=True, help="Seed of the random answers.")
    @click.option("--number", default=DEMO_NUMBER, show_default=True, type=click.IntRange(min=1), help="How many.")
    @with_appcontext
    def command(seed: int, number: int) -> None:
        """Fill an empty database with made-up submissions."""
        questionnaire, now = collection.questionnaires[0], datetime.now(UTC)
        try:
            summary = fill_with_demo(config, questionnaire, now, seed, number, _progress_reporter(number))
        except DemoRefused as reason:
            raise click.ClickException(str(reason)) from None
        click.echo(summary)

    return command


def _progress_reporter(number: int) -> Callable[[int], None]:
    """Return a function that prints progress once for each tenth that is done."""
    reported = 0

    def report(done: int) -> None:
        nonlocal reported
        if done < number and 10 * done // number > reported:
            reported = 10 * done // number
            click.echo(f"{done} of {number} …")

    return report
