"""Overview of four weeks: how much each account read, and what was exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from screening.staff.audit.trail_filters import trail_url
from screening.staff.audit.trail_words import ACTION_WORDS, TrailNames
from screening.storage import audit_counts, weeks
from screening.storage.audit import Action
from screening.storage.audit_counts import EntryCount
from screening.storage.database import db
from screening.web.week_words import days_of

WEEKS_SHOWN = 4
MAX_EXPORTS = 20
EXPORTS = {
    action.value: ACTION_WORDS[action]
    for action in (Action.EXPORTED_YEARS, Action.EXPORTED_WEEKS, Action.TRAIL_DOWNLOADED)
}


class ReaderRow(NamedTuple):
    """How often an account read a submission from the list: in all, and by week; and how often it looked up a code.

    `entries`: URL of its readings.
    """

    who: str
    read: int
    by_week: Sequence[int]
    looked_up: int
    entries: str


class ExportsOfDay(NamedTuple):
    """How many files of one kind an account took on one day."""

    day: date
    who: str
    did: str
    number: int


class Overview(NamedTuple):
    """The four weeks up to the current one.

    `days`: from the first day to the last. `readers`: those who read most come first. `more_exports`: the number of
    files that the list leaves out. `damaged`: the number of damaged entries, which no other number counts.
    """

    days: str
    weeks: Sequence[int]
    readers: Sequence[ReaderRow]
    everyone: ReaderRow
    exports: Sequence[ExportsOfDay]
    more_exports: int
    damaged: int


def read_overview(today: date, names: TrailNames) -> Overview:
    """Count the entries of the four weeks up to the current one."""
    shown = [weeks.week_of(today - back * weeks.ONE_WEEK) for back in reversed(range(WEEKS_SHOWN))]
    first, last = weeks.monday(shown[0]), weeks.sunday(shown[-1])
    counts = audit_counts.count_entries(db.session, first, last)
    sound = [one for one in counts if not one.is_damaged]
    exports = _exports(sound, names)
    return Overview(
        days_of(shown[0], shown[-1]),
        shown,
        _readers(sound, shown, names),
        _reader("Everyone", sound, shown, {}),
        exports[:MAX_EXPORTS],
        sum(one.number for one in exports[MAX_EXPORTS:]),
        sum(one.number for one in counts if one.is_damaged),
    )


def _readers(counts: Iterable[EntryCount], shown: Sequence[int], names: TrailNames) -> list[ReaderRow]:
    by_account: dict[int, list[EntryCount]] = {}
    for one in counts:
        if one.action in (Action.RECORD_READ.value, Action.RECORD_LOOKED_UP.value):
            by_account.setdefault(one.account_id, []).append(one)
    readers = [
        _reader(names.account(account), of_account, shown, {"account": str(account)})
        for account, of_account in by_account.items()
    ]
    return sorted(readers, key=lambda row: (-row.read, -row.looked_up, row.who))


def _reader(who: str, counts: Iterable[EntryCount], shown: Sequence[int], chosen: dict[str, str]) -> ReaderRow:
    by_week: Counter[int] = Counter()
    looked_up = 0
    for one in counts:
        if one.action == Action.RECORD_READ.value:
            by_week[weeks.week_of(one.day)] += one.number
        elif one.action == Action.RECORD_LOOKED_UP.value:
            looked_up += one.number
    chosen = chosen | {"action": Action.RECORD_READ.value, "from": str(weeks.monday(shown[0]))}
    return ReaderRow(who, by_week.total(), [by_week[week] for week in shown], looked_up, trail_url(chosen))


def _exports(counts: Iterable[EntryCount], names: TrailNames) -> list[ExportsOfDay]:
    """Return the exports, the newest first."""
    exports = [
        ExportsOfDay(one.day, names.account(one.account_id), EXPORTS[one.action], one.number)
        for one in counts
        if one.action in EXPORTS
    ]
    return sorted(exports, key=lambda one: (-one.day.toordinal(), one.who, one.did))
