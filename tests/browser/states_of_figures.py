"""Insights, exports and published figures, in every reachable state."""

from __future__ import annotations

from datetime import UTC, datetime

from screening.statistics import publishing
from screening.storage import (
    published_figures,
    weeks,
)
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.database import db
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.browser.staff_ways import HOME, as_staff, of_most, stock
from tests.browser.ways import Go, State

FIGURES = "staff/figures/figures.html"
INSIGHTS = "staff/figures/insights.html"
EXPORT = "staff/review/export.html"
PUBLISH = "staff/figures/publish.html"
PREVIEW = "staff/figures/preview.html"


# As many as a block needs for its figures to be published.
ENOUGH_TO_TELL = 12


def count(clinic: Clinic) -> list[int]:
    """Store submissions in each publishable block and publish the oldest, once; return the others."""
    with clinic.app.app_context():
        now, days = datetime.now(UTC), clinic.config.retention_days
        if not published_figures.published_blocks(db.session):
            oldest, *_ = blocks = publishing.blocks_to_publish(db.session, now, days)
            for week in blocks:
                for _ in range(ENOUGH_TO_TELL):
                    clinic.put(week)
            published_figures.publish_block(db.session, oldest, publishing.block_figures(db.session, oldest, now))
        return publishing.blocks_to_publish(db.session, now, days)


def counted(template: str, path: str, says: str, role: str = MANAGER) -> State:
    """A page of figures that has some. {} is replaced by a block that waits to be published."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        as_staff(path.format(weeks.format_week(count(clinic)[-1])), says, role)(patient, clinic)

    return State(template, go, is_busy=True)


def insights_of(query: str, says: str) -> Go:
    """Open *Insights* of the version with most submissions."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        count(clinic)
        as_staff(f"/staff/insights?version={of_most(clinic)}&{query}", says, REVIEWER)(patient, clinic)

    return go


READ = {
    "staff, home, viewer, with figures": counted(HOME, "/staff/", "Shared, as published", VIEWER),
    "staff, home, manager, with figures": counted(HOME, "/staff/", "Review the next one"),
    "staff, figures, none": State(FIGURES, as_staff("/staff/figures", "Nothing is published yet.", VIEWER)),
    "staff, figures": counted(FIGURES, "/staff/figures", "How to read this", VIEWER),
    "staff, publish, none": State(PUBLISH, as_staff("/staff/publish", "Each set covers four weeks")),
    "staff, publish": counted(PUBLISH, "/staff/publish", "Ready to publish"),
    "staff, preview": counted(PREVIEW, "/staff/publish/{}", "Publish"),
    "staff, insights, none": State(INSIGHTS, as_staff("/staff/insights", "Insights")),
    "staff, export, none": State(EXPORT, as_staff("/staff/export", "Export")),
    "staff, export": counted(EXPORT, "/staff/export", "For a spreadsheet"),
    "staff, export, weekly": counted(EXPORT, "/staff/export?level=weekly", "This reveals more"),
    "staff, export, singled out": counted(
        EXPORT, "/staff/export?questionnaire=ketamine-therapy&count=singled-out", "the year and three things"
    ),
    "staff, export, weekly, singled out": counted(
        EXPORT,
        "/staff/export?level=weekly&questionnaire=ketamine-therapy&count=singled-out",
        "the week and four things",
    ),
    "staff, export, weekly, none": counted(
        EXPORT, "/staff/export?level=weekly&from=2020-W01&to=2020-W01", "No submission"
    ),
    "staff, insights": counted(INSIGHTS, "/staff/insights", "Insights", REVIEWER),
    "staff, insights, compared": State(
        INSIGHTS, insights_of("answer=asking-for.myself&compare=interests.cravings", "They picked"), is_busy=True
    ),
}
