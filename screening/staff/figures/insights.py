"""Insights: exact counts of answers, for roles that may read each submission anyway."""

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
from screening.web.week_words import days_of, week_label


class CountedQuestion(NamedTuple):
    """A question with its counts; `note` says how many gave no answer."""

    question: Question
    rows: Sequence[ChartRow]
    chart: Markup
    note: str


@staff.get("/insights")
@allowed(REVIEWER, MANAGER)
def insights() -> str:
    """Show counts of one version in closed weeks: all submissions, or those with one answer."""
    now = datetime.now(UTC)
    log_page_access(Action.INSIGHTS_READ)
    readable = weeks.readable_weeks(now, site().retention_days)
    first, last = (
        sorted((wanted_week("from", readable, readable[0]), wanted_week("to", readable, readable[-1])))
        if readable
        else (0, 0)
    )
    offered = versions_offered()
    version = wanted_version(offered)
    shown = [week for week in readable if first <= week <= last]
    counted = _count(version, shown, now) if version else None
    return render_template(
        "staff/figures/insights.html",
        readable=readable,
        first=first,
        last=last,
        offered=offered,
        version=version,
        insights=counted,
        closes=weeks.closes_on(weeks.week_of(now)),
    )


class Insights(NamedTuple):
    """Counts of one version. `answer`: the key of the answer in the URL, or ""."""

    questionnaire: Questionnaire
    answer: str
    answer_words: str
    shared: int
    number: int
    unreadable: int
    asked: Sequence[CountedQuestion]
    trend: Sequence[ChartRow]
    trend_chart: Markup


def _count(version: str, in_weeks: Sequence[int], now: datetime) -> Insights:
    questionnaire = questionnaire_versions.load_version(db.session, version)
    options = [(question, option) for question in questionnaire.questions for option in question.options]
    index = next((i for i, pair in enumerate(options) if answer_key(*pair) == request.args.get("answer")), None)
    counted = tallies.read_tallies(db.session, version, in_weeks, now)
    # A bitmap per week of the submissions that count: all, or those with the answer.
    included = {week.week: (1 << week.number) - 1 if index is None else week.chosen[index] for week in counted}
    number = sum(map(int.bit_count, included.values()))
    trend = _trend(in_weeks, {week: bits.bit_count() for week, bits in included.items()})
    return Insights(
        questionnaire,
        "" if index is None else answer_key(*options[index]),
        "" if index is None else f"{options[index][0].ask} {options[index][1].say}",
        sum(week.number for week in counted),
        number,
        sum(week.unreadable for week in counted),
        _asked(questionnaire, counted, included, number),
        _with_iso_weeks(trend, in_weeks),
        column_chart("trend", "Shared week by week", trend),
    )


def answer_key(question: Question, option: Option) -> str:
    """Return the key of an answer, as URLs use it."""
    return f"{question.id}.{option.id}"


def _asked(
    questionnaire: Questionnaire, counted: Sequence[WeekTally], included: dict[int, int], number: int
) -> list[CountedQuestion]:
    asked, start = [], 0
    for question in questionnaire.questions:
        end = start + len(question.options)
        chosen = [0] * len(question.options)
        answered = 0
        for week in counted:
            any_option = 0
            for index, bits in enumerate(week.chosen[start:end]):
                both = bits & included[week.week]
                chosen[index] += both.bit_count()
                any_option |= both
            answered += any_option.bit_count()
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
    return [ChartRow(days_of(week), counts.get(week, 0) / most, f"{counts.get(week, 0)}") for week in in_weeks]


def _with_iso_weeks(trend: Sequence[ChartRow], in_weeks: Sequence[int]) -> list[ChartRow]:
    """Add each ISO week to its label: the table has room for it."""
    return [row._replace(say=week_label(week)) for row, week in zip(trend, in_weeks, strict=True)]
