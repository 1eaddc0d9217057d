"""Insights: what was picked how often, exactly, for those who may read each submission anyway."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from flask import render_template, request
from markupsafe import Markup

from screening.questionnaire.model import Option, Question, Questionnaire
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.figures.charts import ChartRow, bar_chart, column_chart
from screening.staff.figures.published_pages import versions_offered, wanted_version, wanted_week
from screening.storage import questionnaire_versions, tallies, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.tallies import WeekTally


class CountedQuestion(NamedTuple):
    """A question with its counts, and how many gave no answer to it."""

    question: Question
    rows: Sequence[ChartRow]
    chart: Markup
    note: str


@staff.get("/insights")
@allowed(REVIEWER, MANAGER)
def insights() -> str:
    """Count one version in closed weeks, all of it or where one answer was given."""
    now = datetime.now(UTC)
    log_page_access(Action.INSIGHTS_READ)
    kept = weeks.readable_weeks(now, site().retention_days)
    first, last = sorted((wanted_week("from", kept, kept[0]), wanted_week("to", kept, kept[-1]))) if kept else (0, 0)
    offered = versions_offered()
    version = wanted_version(offered)
    shown = [week for week in kept if first <= week <= last]
    found = _found(version, shown, now) if version else None
    return render_template(
        "staff/figures/insights.html",
        kept=kept,
        first=first,
        last=last,
        offered=offered,
        version=version,
        found=found,
        closes=weeks.closes_on(weeks.week_of(now)),
    )


class Insights(NamedTuple):
    """What was counted. `answer`: the one that was asked for, as the address names it, or empty."""

    questionnaire: Questionnaire
    answer: str
    answer_words: str
    shared: int
    number: int
    unreadable: int
    asked: Sequence[CountedQuestion]
    trend: Sequence[ChartRow]
    trend_chart: Markup


def _found(version: str, in_weeks: Sequence[int], now: datetime) -> Insights:
    questionnaire = questionnaire_versions.load_version(db.session, version)
    options = [(question, option) for question in questionnaire.questions for option in question.options]
    place = next((place for place, one in enumerate(options) if answer_key(*one) == request.args.get("answer")), None)
    counted = tallies.read_tallies(db.session, version, in_weeks, now)
    # Everyone who is counted: all, or those who gave the answer.
    those = {week.week: (1 << week.number) - 1 if place is None else week.chosen[place] for week in counted}
    number = sum(map(int.bit_count, those.values()))
    trend = _trend(in_weeks, {week: bits.bit_count() for week, bits in those.items()})
    return Insights(
        questionnaire,
        "" if place is None else answer_key(*options[place]),
        "" if place is None else f"{options[place][0].ask} {options[place][1].say}",
        sum(week.number for week in counted),
        number,
        sum(week.unreadable for week in counted),
        _asked(questionnaire, counted, those, number),
        _with_days(trend, in_weeks),
        column_chart("trend", "Shared week by week", trend),
    )


def answer_key(question: Question, option: Option) -> str:
    """An answer as addresses name it."""
    return f"{question.id}.{option.id}"


def _asked(
    questionnaire: Questionnaire, counted: Sequence[WeekTally], those: dict[int, int], number: int
) -> list[CountedQuestion]:
    asked, start = [], 0
    for question in questionnaire.questions:
        end = start + len(question.options)
        chosen = [0] * len(question.options)
        answered = 0
        for week in counted:
            anything = 0
            for place, bits in enumerate(week.chosen[start:end]):
                both = bits & those[week.week]
                chosen[place] += both.bit_count()
                anything |= both
            answered += anything.bit_count()
        rows = [_row(option, count, answered) for option, count in zip(question.options, chosen, strict=True)]
        note = (
            f"{answered} answered, {number - answered} skipped it or were not asked. Shares are of those who answered."
        )
        asked.append(CountedQuestion(question, rows, bar_chart(question.id + "-chart", question.ask, rows), note))
        start = end
    return asked


def _row(option: Option, count: int, answered: int) -> ChartRow:
    length = count / answered if answered else 0
    return ChartRow(option.say, length, f"{count}", f"{100 * length:.0f}%")


def _trend(in_weeks: Sequence[int], counts: dict[int, int]) -> list[ChartRow]:
    most = max(counts.values(), default=0) or 1
    return [
        ChartRow(weeks.format_week(week), counts.get(week, 0) / most, f"{counts.get(week, 0)}") for week in in_weeks
    ]


def _with_days(trend: Sequence[ChartRow], in_weeks: Sequence[int]) -> list[ChartRow]:
    """The same for a table, which has the room to say which days a week is."""
    return [
        row._replace(say=f"{row.say}, from {weeks.monday(week):%-d %B}")
        for row, week in zip(trend, in_weeks, strict=True)
    ]
