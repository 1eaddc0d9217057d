"""Sharing on both databases: the exact record first, stored once in any case, then the code until noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage import notices, patient_codes, weeks
from screening.storage.database import db
from tests.support.endless_windows import at_most
from tests.support.forked_processes import in_processes
from tests.support.page_checker import Page, text_of
from tests.support.settings import TestConfig
from tests.support.sharing_patient import SHARE, WRITTEN, Clock, Sharer, clock
from tests.support.site_changes import change_limits, change_site

__all__ = ["clock"]

SUNDAY = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLOSED = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def patient(either_clinic: Flask, collection: Collection) -> Sharer:
    return Sharer(either_clinic, collection)


@contextmanager
def away(app: Flask) -> Iterator[None]:
    """Make the database unreachable."""

    def refuse(*_: object) -> None:
        raise OperationalError("connect", None, Exception("away"))

    with app.app_context():
        engine = db.engine
    engine.dispose()
    event.listen(engine, "do_connect", refuse)
    yield
    event.remove(engine, "do_connect", refuse)


def notice(patient: Sharer) -> str:
    """Return the notice on this page."""
    return text_of(patient.page.find("//*[@role='status']")[0])


def test_the_shown_record_is_the_stored_row_field_by_field(patient: Sharer) -> None:
    patient.finish("Cravings and recovery", "Low mood")
    shown = {text_of(row[0]): text_of(row[1]) for row in patient.page.find("//dl[@class='exact']/div")}
    words = [text_of(row) for row in patient.page.find("//div[@class='record']/dl//li")]
    patient.share()
    (row,) = patient.rows()
    version = site_of(patient.app).questionnaires[0].version
    with patient.app.app_context():
        assert version == db.session.scalar(text("SELECT hash FROM questionnaire_version")).hex()
    assert isinstance(row["ref"], bytes)
    assert shown == {
        "week": str(row["week"]),
        "ref": row["ref"].hex(),
        "version": version,
        "state": str(row["state"]),
        "answers": row["answers"],
    }
    assert list(row) == ["week", "ref", "version", "state", "answers"]
    assert words == ["Myself", "Cravings and recovery", "Low mood"]


def test_nothing_is_stored_by_looking_at_the_record(patient: Sharer) -> None:
    patient.finish()
    patient.follow("Don’t share")
    assert patient.page.heading == "Your summary"
    patient.follow("See what would be shared")
    assert patient.rows() == []


def test_the_code_is_repeated_until_it_is_written_down_and_then_nothing_is_left(patient: Sharer) -> None:
    patient.finish()
    code = patient.share()
    for path in ("/reflection/share", "/reflection/summary", "/reflection/check", "/reflection/1", "/reflection/pause"):
        patient.open(path)
        assert patient.code == code
    assert patient.open("/").links["See your code"] == "/reflection/share"
    assert patient.open("/help").links["See your code"] == "/reflection/share"
    patient.open("/reflection/share")
    assert patient.press(WRITTEN).heading == "Cleared from this browser"
    assert patient.cookie == ""
    assert patient.open("/reflection/share").path == "/reflection/"
    assert patient.look_up(code).heading == "What you shared"


def test_what_was_shared_is_no_longer_in_the_cookie(patient: Sharer) -> None:
    patient.finish()
    patient.share()
    draft = patient.held["draft"]
    assert (draft["answers"], draft["dropped"], draft["mistake"]) == ({}, "", "")


def test_pressed_twice_it_is_stored_once_with_one_code(patient: Sharer) -> None:
    patient.finish()
    patient.killed_before_its_answer()
    first = patient.share()
    assert len(patient.rows()) == 1
    assert patient.look_up(first).heading == "What you shared"


def test_a_second_window_meets_the_same_record(patient: Sharer) -> None:
    in_one = patient.finish()
    in_other = patient.open("/reflection/share")
    shown = [page.find("//input[@name='shown']")[0].get("value") for page in (in_one, in_other)]
    assert shown[0] == shown[1]
    code = patient.share()
    patient.page = in_other
    assert patient.share() == code
    assert len(patient.rows()) == 1


def test_killed_between_commit_and_page_and_tried_again_it_is_one_row_that_its_code_deletes(patient: Sharer) -> None:
    patient.finish()
    patient.killed_before_its_answer()
    assert len(patient.rows()) == 1
    patient.open("/reflection/share")
    code = patient.share()
    assert len(patient.rows()) == 1
    patient.look_up(code)
    patient.follow("Delete what I shared")
    patient.press("Yes, delete it")
    assert patient.rows() == []


def test_what_was_shown_before_the_weeks_end_is_stored_in_that_week(patient: Sharer, clock: Clock) -> None:
    clock(SUNDAY)
    patient.finish()
    clock(MONDAY)
    patient.share()
    (row,) = patient.rows()
    assert row["week"] == 202647


@pytest.mark.parametrize("way", ["reloads", "presses"])
def test_what_arrived_before_its_week_closed_is_found_and_not_stored_again(
    patient: Sharer, clock: Clock, way: str
) -> None:
    clock(SUNDAY)
    patient.finish()
    clock(MONDAY)
    patient.killed_before_its_answer()
    clock(CLOSED)
    if way == "reloads":
        patient.open("/reflection/share")
    else:
        patient.press(SHARE)
    assert patient.page.heading == "Your answers were shared"
    code = patient.code
    assert len(patient.rows()) == 1
    assert patient.look_up(code).heading == "What you shared"


def test_answers_changed_since_one_arrived_are_told_after_its_week_closed_too(patient: Sharer, clock: Clock) -> None:
    clock(SUNDAY)
    patient.finish()
    patient.killed_before_its_answer()
    patient.open("/reflection/1?change=1")
    patient.answer("I'm just learning")
    clock(CLOSED)
    assert patient.open("/reflection/share").heading == "Other answers were shared before"
    assert len(patient.rows()) == 1


def test_a_fixed_week_that_closed_unused_is_fixed_anew_and_shown_before_anything_is_stored(
    patient: Sharer, clock: Clock
) -> None:
    clock(SUNDAY)
    patient.finish()
    clock(CLOSED)
    patient.press(SHARE)
    assert "A new week has begun" in notice(patient)
    assert "2026-W48" in patient.page.text
    assert patient.rows() == []
    patient.share()
    (row,) = patient.rows()
    assert row["week"] == 202648


def test_nothing_is_fixed_anew_while_it_is_not_known_what_arrived(patient: Sharer, clock: Clock) -> None:
    clock(SUNDAY)
    patient.finish()
    patient.killed_before_its_answer()
    clock(CLOSED)
    with away(patient.app):
        patient.open("/reflection/share")
        assert "We cannot reach the place" in notice(patient)
        assert "2026-W47" in patient.page.text
    patient.open("/reflection/share")
    assert patient.code
    assert len(patient.rows()) == 1


def test_changed_answers_under_a_used_code_are_refused_and_told(patient: Sharer) -> None:
    patient.finish()
    patient.killed_before_its_answer()
    before = patient.rows()
    patient.open("/reflection/1?change=1")
    patient.answer("I'm just learning")
    assert patient.open("/reflection/share").heading == "Other answers were shared before"
    assert patient.rows() == before
    assert "Myself" in patient.look_up(patient.code).text


def test_answers_changed_since_they_were_shown_are_shown_again_first(patient: Sharer) -> None:
    shown = patient.finish()
    patient.open("/reflection/1?change=1")
    patient.answer("I'm just learning")
    patient.page, patient._address = shown, "/reflection/share"
    patient.press(SHARE)
    assert "was changed in another window" in notice(patient)
    assert "I'm just learning" in patient.page.text
    assert patient.rows() == []
    patient.share()
    assert len(patient.rows()) == 1


@pytest.mark.parametrize("walk", [Sharer.finish, Sharer.skip_everything])
def test_what_was_deleted_cannot_be_shared_again_and_that_is_told(
    patient: Sharer, walk: Callable[[Sharer], Page]
) -> None:
    shown = walk(patient)
    code = patient.share()
    patient.look_up(code)
    patient.follow("Delete what I shared")
    patient.press("Yes, delete it")
    patient.page, patient._address = shown, "/reflection/share"
    patient.press(SHARE)
    assert patient.page.heading == "You deleted what you shared"
    assert "is not stored a second time" in patient.page.text
    assert patient.rows() == []
    assert patient.open("/").find("//button[.='Start']")
    patient.open("/reflection/share")
    patient.press("Clear what is left here")
    patient.finish()
    assert patient.share() != code
    assert len(patient.rows()) == 1


def test_with_the_database_away_the_draft_is_kept_and_it_is_told(
    patient: Sharer, caplog: pytest.LogCaptureFixture
) -> None:
    patient.finish()
    with away(patient.app):
        patient.press(SHARE)
        assert "we do not know if yours arrived" in notice(patient)
        assert "still in this browser" in notice(patient)
        assert patient.open("/reflection/summary").heading == "Your summary"
    (record,) = caplog.records
    assert record.getMessage().startswith("OperationalError in sharing.store at ")
    caplog.clear()
    patient.open("/reflection/share")
    assert patient.share()
    assert len(patient.rows()) == 1


def test_an_unfinished_journey_cannot_be_shared(patient: Sharer) -> None:
    patient.start()
    assert patient.open("/reflection/share").path == "/reflection/1"
    data = {"csrf_token": str(patient.page.find("//input[@name='csrf_token']")[0].get("value"))}
    assert patient.client.post("/reflection/share", data=data, follow_redirects=True).request.path == "/reflection/1"
    assert patient.rows() == []


def test_without_a_draft_sharing_leads_to_the_start_page(patient: Sharer) -> None:
    assert patient.open("/reflection/share").path == "/reflection/"


def test_a_retry_under_a_new_key_is_the_same_record(patient: Sharer) -> None:
    patient.finish()
    patient.killed_before_its_answer()
    change_site(patient.app, code_keys=("a newer key", *site_of(patient.app).code_keys))
    patient.open("/reflection/share")
    code = patient.share()
    assert len(patient.rows()) == 1
    assert patient.look_up(code).heading == "What you shared"


def test_questions_that_changed_since_the_record_was_shown_are_shown_again(
    patient: Sharer, collection: Collection, database_url: str, tmp_path: Path
) -> None:
    patient.finish()
    folder = copytree(TestConfig.questions, tmp_path / "questions")
    (folder / "ketamine-therapy" / "es.yaml").unlink()
    file = folder / "ketamine-therapy" / "questionnaire.yaml"
    file.write_text(file.read_text().replace("Low mood", "Feeling low"))
    other = Sharer(create_app(TestConfig(database_url=database_url, questions=folder)), collection)
    other.cookie = patient.cookie
    other.page, other._address = patient.page, "/reflection/share"
    other.press(SHARE)
    assert "This site’s questions have changed" in notice(other)
    assert other.rows() == []
    code = other.share()
    # An instance that still runs the older version reads it in the newer one's words.
    assert patient.look_up(code).heading == "What you shared"
    with other.app.app_context():
        db.engine.dispose()


@pytest.fixture
def within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the limit's hour from ending during a test."""
    monkeypatch.setattr("screening.web.limits.monotonic", lambda: 0.0)


@pytest.mark.usefixtures("within_the_hour")
def test_over_the_hourly_cap_sharing_pauses_staff_are_told_and_a_retry_still_finds_its_record(
    database_url: str, either_clinic: Flask, collection: Collection
) -> None:
    app = create_app(TestConfig(database_url=database_url, shares_per_hour=1))
    first, second = Sharer(app, collection), Sharer(app, collection)
    first.finish()
    first.killed_before_its_answer()
    second.finish()
    for _ in range(2):
        second.press(SHARE)
        assert "Sharing is paused" in notice(second)
    assert len(second.rows()) == 1
    with app.app_context():
        assert notices.notices_since(db.session, 0) == [(weeks.week_of(datetime.now(UTC)), "sharing-paused")]
    first.open("/reflection/share")
    assert first.share()
    assert len(first.rows()) == 1
    with app.app_context():
        db.session.close()
        db.engine.dispose()


@pytest.mark.usefixtures("within_the_hour")
@pytest.mark.parametrize("what", ["shares", "saves"])
def test_the_cap_is_that_of_all_workers(what: str) -> None:
    app = create_app(TestConfig(shares_per_hour=3, workers=2))
    limit = getattr(site_of(app).limits, what)

    def work(slot: int) -> None:
        site_of(app).memory.use_slot(slot)
        assert limit.take()

    in_processes(lambda: work(1), lambda: work(2))
    assert [limit.take(), limit.take()] == [True, False]


def test_what_was_not_stored_is_given_back_to_the_cap_and_a_retry_counts_once(
    patient: Sharer, collection: Collection
) -> None:
    limit = at_most(2)
    change_limits(patient.app, shares=limit)
    patient.finish()
    with away(patient.app):
        patient.press(SHARE)
        assert "We cannot reach the place" in notice(patient)
    assert sum(limit.cell.numbers()) == 0
    patient.killed_before_its_answer()
    assert sum(limit.cell.numbers()) == 1
    patient.share()
    assert sum(limit.cell.numbers()) == 1
    other = Sharer(patient.app, collection)
    other.finish()
    assert other.share()
    assert len(patient.rows()) == sum(limit.cell.numbers()) == 2


def test_a_record_is_deletable_for_as_long_as_it_is_kept(patient: Sharer, clock: Clock) -> None:
    clock(SUNDAY)
    patient.finish()
    code = patient.share()
    clock(SUNDAY + timedelta(days=83))
    assert patient.look_up(code).heading == "What you shared"
    clock(SUNDAY + timedelta(days=84))
    assert "Nothing is stored under this code" in patient.look_up(code).text


def test_every_code_has_a_ref_of_its_own(patient: Sharer) -> None:
    for _ in range(3):
        patient.finish()
        patient.share()
        last = patient.code
        patient.press(WRITTEN)
    assert len({row["ref"] for row in patient.rows()}) == 3
    assert patient_codes.parse_code(last) not in str(patient.rows())
