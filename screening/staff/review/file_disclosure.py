"""Re-identification risk of the file that an export page offers, measured on request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from random import SystemRandom

from sqlalchemy.orm import Session

from screening.exports.formats import Level
from screening.questionnaire.model import Questionnaire
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.downloads import reserved_download
from screening.statistics.singling_out import PickBits, PickedOption, SinglingOut, measure_singling_out
from screening.storage import weeks
from screening.storage.audit import Action
from screening.storage.database import release_connection, unpooled_engine
from screening.storage.export_rows import AnsweredVersion, Export, ExportQuery
from screening.storage.export_tallies import export_tallies


def measure_file(query: ExportQuery, level: Level, now: datetime, answered: Sequence[AnsweredVersion]) -> SinglingOut:
    """Measure how far an export singles people out, after an entry in the audit trail.

    The attacker knows the year, or in a weekly file the week. A record's version and review state are hardly ever known
    outside the clinic, so they are not compared (D-EXPORT-38).

    Raises:
        ExportBusy: a file is being downloaded or measured.
    """
    days = site().retention_days
    readable = weeks.readable_weeks(now, days)
    chosen = [week for week in readable if (query.first or 0) <= week <= (query.last or week)]
    # It takes a moment: only one at a time, and with a connection that no page waits for (D-EXPORT-40).
    with reserved_download() as held:
        log_page_access(Action.DISCLOSURE_MEASURED)
        release_connection()
        session = held.enter_context(Session(unpooled_engine()))
        export = Export(session, query, level, now, weeks.oldest_retained(now.date(), days), answered)
        periods: dict[int, list[PickBits]] = defaultdict(list)
        for questionnaire, tally in export_tallies(export, chosen, now):
            bits = dict(zip(_picks(questionnaire), tally.chosen, strict=True))
            periods[tally.week if level is Level.WEEKLY else tally.week // 100].append(PickBits(tally.number, bits))
        return measure_singling_out([*periods.values()], SystemRandom())


def _picks(questionnaire: Questionnaire) -> list[PickedOption]:
    return [(question.id, option.id) for question in questionnaire.questions for option in question.options]
