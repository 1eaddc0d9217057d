"""Insights: exact counts of answers, for roles that may read each submission anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from flask import render_template, request

from screening.questionnaire.model import Question, Questionnaire
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.figures.charts import Bar, ChartRow, in_order
from screening.staff.figures.figure_choices import answer_key, versions_offered, wanted_version, wanted_week
from screening.storage import questionnaire_versions, tallies, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.tallies import WeekTally
from screening.web.week_words import week_label

# Staff print no figures of fewer submissions than this, because a printed page travels.
FEWEST_PRINTED = 11
# Bars of the trend. The table has all weeks, however long submissions are kept.
MAX_WEEKS_DRAWN = 26


class CountedGroup(NamedTuple):
    """Submissions that are counted: all, or those with one answer.

    `answer`: its key in the URL, and `words`: question and option; both empty for all. `included`: week -> a bit set.
    """

    answer: str
    words: str
    included: Mapping[int, int]

    @property
    def number(self) -> int:
        """The number of submissions."""
        return sum(map(int.bit_count, self.included.values()))


class CountedQuestion(NamedTuple):
    """A question with its counts; `notes`: for each group, how many answered."""

    question: Question
    rows: Sequence[ChartRow]
    notes: Sequence[str]


class Insights(NamedTuple):
    """Counts of one version, for one group or for two to compare."""

    questionnaire: Questionnaire
    groups: Sequence[CountedGroup]
    shared: int
    unreadable: int
    asked: Sequence[CountedQuestion]
    trend: Sequence[ChartRow]

    @property
    def is_printable(self) -> bool:
        """Whether every group is large enough for paper."""
        return all(group.number >= FEWEST_PRINTED for group in self.groups)


@staff.get("/insights")
@allowed(REVIEWER, MANAGER)
def insights() -> str:
    """Show counts of one version in closed weeks: of all submissions, of those with one answer, or of two groups."""
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
        order=request.args.get("sort", ""),
        most_weeks=MAX_WEEKS_DRAWN,
        closes=weeks.closes_on(weeks.week_of(now)),
    )


def _count(version: str, in_weeks: Sequence[int], now: datetime) -> Insights:
    questionnaire = questionnaire_versions.load_version(db.session, version)
    counted = tallies.read_tallies(db.session, version, in_weeks, now)
    groups = _groups(questionnaire, counted)
    return Insights(
        questionnaire,
        groups,
        sum(week.number for week in counted),
        sum(week.unreadable for week in counted),
        _asked(questionnaire, counted, groups),
        _trend(in_weeks, groups),
    )


def _groups(questionnaire: Questionnaire, counted: Sequence[WeekTally]) -> list[CountedGroup]:
    """Return the groups that the URL asks for: of one answer, of two different ones, or everyone."""
    options = [(question, option) for question in questionnaire.questions for option in question.options]
    keys = {answer_key(*pair): index for index, pair in enumerate(options)}
    picked = dict.fromkeys(key for name in ("answer", "compare") if (key := request.args.get(name, "")) in keys)
    everyone = CountedGroup("", "", {week.week: (1 << week.number) - 1 for week in counted})
    return [
        CountedGroup(
            key,
            f"{options[keys[key]][0].ask} {options[keys[key]][1].say}",
            {week.week: week.chosen[keys[key]] for week in counted},
        )
        for key in picked
    ] or [everyone]


def _asked(
    questionnaire: Questionnaire, counted: Sequence[WeekTally], groups: Sequence[CountedGroup]
) -> list[CountedQuestion]:
    asked, start = [], 0
    for question in questionnaire.questions:
        place = slice(start, start + len(question.options))
        bars, notes = [], []
        for group in groups:
            chosen, answered = _count_choices(counted, place, group)
            bars.append([_bar(count, answered) for count in chosen])
            notes.append(f"{answered} of {group.number} answered.")
        rows = [ChartRow(option.say, of) for option, *of in zip(question.options, *bars, strict=True)]
        asked.append(CountedQuestion(question, in_order(rows, request.args.get("sort", "")), notes))
        start = place.stop
    return asked


def _count_choices(counted: Sequence[WeekTally], place: slice, group: CountedGroup) -> tuple[list[int], int]:
    """Count how many of a group chose each option of a question, and how many chose any."""
    chosen, answered = [0] * (place.stop - place.start), 0
    for week in counted:
        any_option = 0
        for index, bits in enumerate(week.chosen[place]):
            both = bits & group.included[week.week]
            chosen[index] += both.bit_count()
            any_option |= both
        answered += any_option.bit_count()
    return chosen, answered


def _bar(count: int, answered: int) -> Bar:
    length = count / answered if answered else 0
    return Bar(length, f"{count}", f"{100 * length:.0f}%")


def _trend(in_weeks: Sequence[int], groups: Sequence[CountedGroup]) -> list[ChartRow]:
    counts = [[group.included.get(week, 0).bit_count() for group in groups] for week in in_weeks]
    most = max(map(max, counts), default=0) or 1
    return [
        ChartRow(week_label(week), [Bar(count / most, f"{count}") for count in of_week])
        for week, of_week in zip(in_weeks, counts, strict=True)
    ]
