"""The records of an export as bit sets, for each week and version: what `tallies` are of all records."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select

from screening.questionnaire.model import Questionnaire
from screening.storage import questionnaire_versions, tallies
from screening.storage.export_rows import Export
from screening.storage.submissions import ReviewState
from screening.storage.tables import Submission
from screening.storage.tallies import WeekTally


def export_tallies(
    export: Export, in_weeks: Collection[int], now: datetime
) -> Iterator[tuple[Questionnaire, WeekTally]]:
    """Yield each week's records of each version that the file has, without damaged ones.

    `in_weeks`: the closed weeks that the file can have. If a tally must be built first, the export's snapshot ends.

    Raises:
        ValueError: a week is not closed.
    """
    # Tallies know no states.
    if export.query.state is not None or export.count_stateless():
        yield from _from_rows(export, in_weeks)
        return
    for questionnaire in export.versions:
        if export.query.version in (None, questionnaire.version):
            for tally in tallies.read_tallies(export.session, questionnaire.version, in_weeks, now):
                yield questionnaire, tally


def _from_rows(export: Export, in_weeks: Collection[int]) -> Iterator[tuple[Questionnaire, WeekTally]]:
    conditions = (*export.conditions, Submission.state.in_(map(int, ReviewState)))
    keys = select(Submission.week, Submission.version).where(*conditions).distinct()
    for week, version in export.session.execute(keys).all():
        # A damaged week can be any number.
        if week in in_weeks:
            questionnaire = questionnaire_versions.load_version(export.session, export.hashes[version])
            yield questionnaire, tallies.tally_rows(export.session, week, version, questionnaire, *conditions)
