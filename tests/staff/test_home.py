"""The first page after sign-in, navigation, and errors at fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from unittest import mock

import pytest
from sqlalchemy import delete, insert, select, update

from screening.app import create_app
from screening.questionnaire.journey import Journey
from screening.questionnaire.packing import pack
from screening.staff import home
from screening.storage import audit, patient_codes, published_figures, submission_search, weeks
from screening.storage.accounts import DESK, MANAGER, REVIEWER, VIEWER
from screening.storage.alembic_setup import migrations
from screening.storage.backups import Backups
from screening.storage.database import db
from screening.storage.published_figures import Figures
from screening.storage.submission_search import SubmissionQuery
from screening.storage.submissions import ReviewState, Submitted
from screening.storage.tables import AuditEntry, QuestionnaireVersion, Submission, Tally
from screening.web.week_words import week_words
from tests.support.figure_samples import bars
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import CLOSED_WEEK, NOW, OPEN_WEEK, WEEK_BEFORE, Shelf, path
from tests.support.settings import TestConfig
from tests.support.site_changes import change_site
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

pytestmark = pytest.mark.usefixtures("stopped_clock")

NEW = ("new_password", "new_password_confirm")


def test_what_waits_is_counted_in_closed_weeks_and_only_what_nobody_marked(shelf: Shelf, reviewer: Staff) -> None:
    assert "No submissions to review" in reviewer.open("/staff/").text
    shelf.put(OPEN_WEEK)
    shelf.mark(shelf.put(), ReviewState.REVIEWED)
    record = shelf.put(WEEK_BEFORE)
    assert "1 submission to review." in reviewer.open("/staff/").text
    shelf.put()
    assert "2 submissions to review." in reviewer.open("/staff/").text
    with mock.patch.object(submission_search, "MAX_COUNTED", 1):
        assert "More than 1 submission" in reviewer.open("/staff/").text
    shelf.mark(record, ReviewState.SET_ASIDE)
    assert "1 submission to review." in reviewer.open("/staff/").text


def test_the_next_one_opens_and_the_days_until_the_oldest_goes_are_said(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(WEEK_BEFORE)
    newer = shelf.put()
    page = reviewer.open("/staff/")
    goes_on = weeks.last_day_kept(WEEK_BEFORE, TestConfig.retention_days) + timedelta(days=1)
    assert f"The oldest is deleted in {(goes_on - NOW.date()).days} days, on {goes_on:%-d %B %Y}." in page.text
    assert page.links["Review the next one"] == path(newer)
    assert reviewer.open(path(newer)).heading == "One submission"


def test_the_trend_names_days_and_the_newest_week_is_a_table_that_leads_to_the_list(
    shelf: Shelf, reviewer: Staff
) -> None:
    shelf.put(WEEK_BEFORE)
    shelf.put()
    shelf.mark(shelf.put(), ReviewState.REVIEWED)
    page = reviewer.open("/staff/")
    assert bars(page, "weeks")[-2:] == [f"{week_words(WEEK_BEFORE)} 1", f"{week_words(CLOSED_WEEK)} 2"]
    assert week_words(CLOSED_WEEK) in [text_of(one) for one in page.find("//table/caption")]
    assert table(page) == ["Not reviewed 1", "Reviewed 1", "Set aside 0", "In all 2"]
    reviewed = reviewer.open(page.links["Reviewed"])
    assert f"{week_words(CLOSED_WEEK)}: 1 reviewed" in reviewed.text
    with mock.patch.object(submission_search, "MAX_COUNTED", 0):
        assert table(reviewer.open("/staff/")) == ["In all 2"]


def table(page: Page) -> list[str]:
    return [text_of(row) for row in page.find("//table[@class='counts newest']/tbody/tr")]


CLOSED = weeks.readable_weeks(NOW, TestConfig.retention_days)
EXPIRED = weeks.week_of(weeks.monday(CLOSED[0]) - timedelta(weeks=1))


def put_at_random(shelf: Shelf, chance: Random, in_weeks: Sequence[int], number: int) -> None:
    """Store this number of submissions, each in one of these weeks and in any state."""
    version = db.session.scalars(select(QuestionnaireVersion.id)).first()
    answers = pack(Journey(shelf.questionnaire, {question.id: () for question in shelf.questionnaire.questions}))
    rows = [
        {"week": chance.choice(in_weeks), "ref": chance.randbytes(16), "version": version, "answers": answers}
        for _ in range(number)
    ]
    if rows:
        db.session.execute(insert(Submission), [row | {"state": chance.choice(list(ReviewState))} for row in rows])
        db.session.commit()


def listed(state: ReviewState) -> list[Submitted]:
    """Return everything in the list of this state, page by page."""
    query, after, found = SubmissionQuery(state, CLOSED[-1], CLOSED[0]), None, list[Submitted]()
    while True:
        page = submission_search.search_page(db.session, query, after)
        found += page.records
        if (after := page.goes_on) is None:
            return found


def figures() -> tuple[home.ToReview, dict[int, int], home.NewestWeek]:
    counts = home.weekly_counts(NOW)
    return home.submissions_to_review(NOW), counts, home.newest_week(counts)


@pytest.mark.parametrize("seeds", [range(40), pytest.param(range(40, 200), marks=pytest.mark.long)], ids=str)
def test_figures_agree_with_the_list_in_200_random_states_and_the_open_week_changes_none(
    shelf: Shelf, seeds: range
) -> None:
    shelf.put()
    with shelf.app.test_request_context("/staff/"):
        for seed in seeds:
            chance = Random(seed)
            for rows in (Submission, Tally):
                db.session.execute(delete(rows))
            put_at_random(shelf, chance, (*chance.choices(CLOSED, k=4), CLOSED[-1], EXPIRED), chance.randrange(120))
            to_review, counts, newest = before = figures()
            by_state = {state: listed(state) for state in ReviewState}
            unread = by_state[ReviewState.UNREAD]
            by_week = Counter(one.week for several in by_state.values() for one in several)
            assert to_review.number == len(unread)
            assert to_review.next_url == (path(unread[0]) if unread else "")
            assert to_review.goes_on == (
                weeks.last_day_kept(unread[-1].week, TestConfig.retention_days) + timedelta(days=1) if unread else None
            )
            assert counts == {week: by_week[week] for week in CLOSED[-home.SHOWN_IN_TREND :]}
            of_newest = [sum(one.week == CLOSED[-1] for one in several) for several in by_state.values()]
            assert [number for _, number in newest.by_state] == of_newest
            assert newest.number == sum(of_newest)
            put_at_random(shelf, chance, [OPEN_WEEK], 5)
            assert figures() == before


def test_a_manager_reads_about_blocks_the_last_backup_and_the_audit_trail(shelf: Shelf, tmp_path: Path) -> None:
    manager = Staff(shelf.app)
    page = manager.sign_in(MANAGER)
    assert "Last backup None on this server" in page.text
    assert "Intact. Checked here: all entries (" in page.text
    change_site(shelf.app, backups=Backups(tmp_path, 30))
    for name in ("2026-11-20-backup", "2026-11-22-upgrade", "2026-11-24-replaced"):
        (tmp_path / f"{name}.sqlite").touch()
    (tmp_path / "2026-11-25-backup.sqlite.part").touch()
    assert "Last backup 22 November 2026" in manager.open("/staff/").text
    manager.open("/staff/submissions")
    manager.open("/staff/submissions")
    with mock.patch.object(home, "CHECKED_ENTRIES", 1):
        assert "Intact as far as checked here: the newest 1 of" in manager.open("/staff/").text
    with shelf.app.app_context():
        last = audit.chain_head(db.session).number
        db.session.execute(update(AuditEntry).where(AuditEntry.number == last).values(account_id=0))
        db.session.commit()
    assert f"Entry {last} was changed or removed" in manager.open("/staff/").text


def test_a_viewer_sees_the_published_chart(shelf: Shelf) -> None:
    shelf.put()
    staff = Staff(shelf.app)
    assert "Nothing is published yet." in staff.sign_in(VIEWER).text
    blocks = sorted({weeks.block_of(week) for week in CLOSED})[1:3]
    with shelf.app.app_context():
        version, cells = shelf.questionnaire.version, [one.id for one in shelf.questionnaire.questions]
        published_figures.publish_block(db.session, blocks[0][0], {version: Figures(30, dict.fromkeys(cells))})
        published_figures.publish_block(db.session, blocks[1][0], {})
    first, second = (week_words(block[0], block[-1]) for block in blocks)
    assert bars(staff.open("/staff/"), "blocks") == [f"{first} about 30", f"{second} fewer than 11"]


def test_a_code_can_be_looked_up_at_once(shelf: Shelf, reviewer: Staff) -> None:
    code = patient_codes.make_code()
    shelf.put(OPEN_WEEK, code)
    reviewer.open("/staff/")
    assert "You opened it with the patient’s code" in reviewer.press("Look up", code=code).text


def test_a_viewer_is_told_of_figures_alone(shelf: Shelf) -> None:
    shelf.put()
    staff = Staff(shelf.app)
    page = staff.sign_in(VIEWER)
    assert "to review" not in page.text
    assert not page.find("//input[@name='code']")
    assert set(page.links) == {
        "Go to the content", "Screening", "Published figures", "Your password", "Recovery codes",
        "Your sessions",
    }  # fmt: skip


def test_desk_staff_are_given_the_code_field_and_no_counts(shelf: Shelf) -> None:
    code = patient_codes.make_code()
    shelf.put()
    shelf.put(OPEN_WEEK, code)
    staff = Staff(shelf.app)
    page = staff.sign_in(DESK)
    assert "to review" not in page.text
    assert set(page.links) == {
        "Go to the content", "Screening", "Look up a code", "Waiting room", "Print a poster for the waiting room",
        "Your password", "Recovery codes", "Your sessions",
    }  # fmt: skip
    page = staff.press("Look up", code=code)
    assert "You opened it with the patient’s code" in page.text
    assert all(staff.open(place).status == 200 for place in page.links.values() if place.startswith("/"))


def test_a_manager_is_told_who_has_not_set_up_an_account(shelf: Shelf) -> None:
    manager, invited, gone = Staff(shelf.app), Staff(shelf.app), Staff(shelf.app)
    invited.begin()
    gone.begin()
    gone.change(active=False)
    page = manager.sign_in(MANAGER)
    assert f"{invited.email} has not set up their account yet" in page.links
    assert gone.email not in page.text


def test_before_an_account_is_set_up_no_page_is_offered_that_would_not_open(shelf: Shelf) -> None:
    staff = Staff(shelf.app)
    staff.begin()
    staff.enter(ONE_TIME)
    page = staff.set_up()
    assert page.heading == "Choose your own password"
    assert not page.find("//nav")
    assert page.find("//button[.='Sign out']")


@pytest.mark.parametrize(
    ("address", "words", "current"),
    [
        ("/staff/", "Screening", "page"),
        ("/staff/submissions", "Submissions", "page"),
        ("{record}", "Submissions", "true"),
        ("/staff/look-up", "Look up a code", "page"),
    ],
)
def test_the_way_says_where_one_is(shelf: Shelf, reviewer: Staff, address: str, words: str, current: str) -> None:
    page = reviewer.open(address.format(record=path(shelf.put())))
    marked = {str(link.text): link.get("aria-current") for link in page.find("//header//a[@aria-current]")}
    assert marked == {words: current}


@pytest.mark.parametrize(
    ("address", "button", "name", "typed"),
    [
        ("/staff/look-up", "Look up", "code", {"code": "abc"}),
        ("/staff/password", "Change password", "new_password", {"password": PASSWORD} | dict.fromkeys(NEW, "short")),
        ("/staff/recovery-codes", "Create new recovery codes", "password", {"password": "wrong"}),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_field_too(
    shelf: Shelf, reviewer: Staff, address: str, button: str, name: str, typed: dict[str, str]
) -> None:
    reviewer.open(address)
    page = reviewer.press(button, **typed)
    field = page.find(f"//input[@name='{name}']")[0]
    told = page.find(f"//*[@id='{name}-error']")
    assert field.get("aria-invalid") == "true"
    assert field.get("aria-describedby", "").split()[-1] == f"{name}-error"
    assert [str(one.text) for one in told] == [str(one.text) for one in page.find(f"//a[@href='#{name}']")]


def test_a_wrong_sign_in_is_told_at_a_field_too(shelf: Shelf) -> None:
    staff = Staff(shelf.app)
    staff.join()
    page = staff.enter("another password")
    assert page.find("//input[@aria-invalid='true']")
    assert page.find("//p[@class='error']")


def test_hours_are_those_of_the_clinic(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'screening.sqlite'}"
    app = create_app(replace(TestConfig(), database_url=database, time_zone="America/Chicago"))
    with app.app_context():
        migrations().upgrade()
        db.session.close()
    staff = Staff(app)
    staff.sign_in(REVIEWER)
    page = staff.open("/staff/")
    assert "The current week is added on Sunday" in page.text
    assert "at 9:00 PM CST." in page.text or "at 10:00 PM CDT." in page.text
