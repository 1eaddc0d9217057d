"""A clock that changes during a journey: what patients were told stays true, and what they shared stays theirs.

A restart changes nothing here: drafts are in the browser, everything else is in the database.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from screening import purger
from screening.authoring.loader import Collection
from screening.storage import saved_drafts, weeks
from screening.storage.database import db
from screening.storage.tables import Installation
from tests.support.clock import Clock, clock
from tests.support.saving_patient import AGAIN, LATER, SAVE, Saver, quick
from tests.support.sharing_patient import SHARE, WRITTEN

__all__ = ["clock", "quick"]

TWO_HOURS = "About two hours went by without a new page"
CHANGED = "when this site’s clock is changed"


@pytest.fixture
def patient(either_clinic: Flask, collection: Collection, clock: Clock) -> Saver:
    return Saver(either_clinic, collection)


def purge(patient: Saver, counts_hour: bool = True) -> bool:
    """Run the hourly purge; return whether it was done."""
    return purger.purge_automatically(patient.app, counts_hour) is not None


@pytest.mark.parametrize("hours", [1, -1, -2])
def test_a_clock_that_moves_by_an_hour_keeps_the_draft(patient: Saver, clock: Clock, hours: int) -> None:
    patient.start()
    patient.answer("Myself")
    clock.set(hours=hours)
    assert patient.open("/reflection/1").ticked == {"myself"}
    # From here on, the usual two hours apply: a draft from the future is not kept for longer.
    clock.set(hours=hours + 1.9)
    assert patient.open("/reflection/1").ticked == {"myself"}
    clock.set(hours=hours + 4)
    assert TWO_HOURS in patient.open("/reflection/1").text


def test_a_draft_from_ahead_is_kept_for_two_hours_and_no_longer(patient: Saver, clock: Clock) -> None:
    patient.start()
    patient.answer("Myself")
    clock.set(hours=-2)
    assert patient.open("/reflection/1").ticked == {"myself"}
    clock.set(hours=0.1)
    assert TWO_HOURS in patient.open("/reflection/1").text


@pytest.mark.parametrize("days", [1, -1, 120, -120])
def test_a_clock_that_moves_by_days_clears_the_draft_without_saying_that_time_went_by(
    patient: Saver, clock: Clock, days: int
) -> None:
    patient.start()
    form = patient.answer("Myself")
    clock.set(days)
    page = patient.open("/reflection/1")
    assert page.path == "/reflection/"
    assert CHANGED in page.text
    assert TWO_HOURS not in page.text
    assert "draft" not in patient.held
    patient.start()
    clock.set(2 * days)
    patient.page, patient._address = form, form.path
    page = patient.answer("Low mood")
    assert (page.status, page.heading) == (400, "Your answers were cleared")
    assert CHANGED in page.text


@pytest.mark.parametrize("days", [7, 120])
def test_nothing_is_shared_in_a_week_to_come(patient: Saver, clock: Clock, days: int) -> None:
    clock.set(days)
    shown = patient.finish()
    ahead = patient.held
    clock.set()
    patient.finish()
    # Only the week is from the future, since the cookie was re-encrypted.
    with patient.client.session_transaction() as session:
        session["draft"], session["csrf_token"] = ahead["draft"], ahead["csrf_token"]
    patient.page, patient._address = shown, "/reflection/share"
    patient.press(SHARE)
    assert patient.rows() == []
    assert "This site’s clock was changed, and the box now shows another week." in patient.notice
    assert patient.share()
    (row,) = patient.rows()
    assert row["week"] == weeks.week_of(clock.today)


@pytest.mark.parametrize("days", [7, 120])
def test_what_arrived_while_the_clock_was_ahead_is_found_once_it_is_right(
    patient: Saver, clock: Clock, days: int
) -> None:
    clock.set(days)
    patient.finish()
    patient.killed_before_its_answer()
    held = patient.held["draft"]
    clock.set()
    patient.start()
    with patient.client.session_transaction() as session:
        session["draft"] = held
    assert patient.open("/reflection/share").heading == "Your answers were shared"
    code = patient.code
    patient.press(WRITTEN)
    assert purge(patient)
    assert patient.look_up(code).heading == "What you shared"
    patient.follow("Delete what I shared")
    assert "Deleted." in patient.press("Yes, delete it").text
    assert patient.rows() == []


def test_what_is_shared_under_a_clock_that_is_behind_is_refused_and_not_deleted_too_soon(
    patient: Saver, clock: Clock
) -> None:
    clock.set(days=-120)
    patient.finish()
    patient.press(SHARE)
    assert "This site’s clock seems to be wrong" in patient.notice
    assert "still in this browser" in patient.notice
    assert patient.rows() == []


@pytest.mark.parametrize(("days", "hours"), [(1, 0), (0, 1), (0, -1), (-1, 0)])
def test_what_is_shared_under_a_clock_that_is_a_little_off_is_kept(
    patient: Saver, clock: Clock, days: int, hours: int
) -> None:
    clock.set(days, hours)
    patient.finish()
    code = patient.share()
    patient.press(WRITTEN)
    clock.set()
    purge(patient)
    assert patient.look_up(code).heading == "What you shared"


def test_a_share_that_arrived_is_told_so_though_the_clock_is_behind_now(patient: Saver, clock: Clock) -> None:
    patient.finish()
    patient.killed_before_its_answer()
    with patient.app.app_context():
        db.session.execute(update(Installation).values(purged_on=clock.today + timedelta(days=100)))
        db.session.commit()
    patient.press(SHARE)
    assert patient.page.heading == "Your answers were shared"


def test_while_the_clock_is_ahead_a_hidden_record_is_not_said_to_be_gone(patient: Saver, clock: Clock) -> None:
    patient.finish()
    code = patient.share()
    patient.press(WRITTEN)
    clock.set(days=120)
    assert not purge(patient)
    page = patient.look_up(code)
    assert "That may be because this site’s clock is wrong." in page.text
    assert "days are over" not in page.text
    clock.set()
    assert purge(patient)
    assert patient.look_up(code).heading == "What you shared"


def test_while_the_clock_is_ahead_a_hidden_draft_is_not_said_to_be_gone(patient: Saver, clock: Clock) -> None:
    code = patient.save_and_go()
    clock.set(days=120)
    assert not purge(patient)
    page = patient.come_back(code)
    assert "That may be because this site’s clock is wrong." in page.text
    assert "days are over" not in page.text
    clock.set()
    assert purge(patient)
    assert patient.come_back(code).heading == AGAIN


def test_what_is_saved_under_a_clock_that_is_behind_is_refused(patient: Saver, clock: Clock) -> None:
    clock.set(days=-120)
    patient.begin()
    patient.press(SAVE)
    assert "This site’s clock seems to be wrong" in patient.notice
    assert patient.saved() == []


@pytest.mark.parametrize(("days", "hours"), [(1, 0), (0, 1), (0, -1), (-1, 0)])
def test_what_is_saved_under_a_clock_that_is_a_little_off_is_kept(
    patient: Saver, clock: Clock, days: int, hours: int
) -> None:
    clock.set(days, hours)
    code = patient.save_and_go()
    clock.set()
    purge(patient)
    assert patient.come_back(code).heading == AGAIN


@pytest.mark.parametrize("days", [1, 120])
def test_a_last_day_that_the_clock_made_untrue_is_shown_anew_before_anything_is_saved(
    patient: Saver, clock: Clock, days: int
) -> None:
    patient.begin()
    with patient.client.session_transaction() as session:
        session["draft"] = session["draft"] | {
            "until": (clock.today + saved_drafts.SAVED_FOR + timedelta(days=days)).isoformat()
        }
    patient.press(SAVE)
    assert "the page now shows another last day" in patient.notice
    assert patient.saved() == []
    patient.save()
    assert [row["last_day"] for row in patient.saved()] == [clock.today + saved_drafts.SAVED_FOR]
    assert patient.open(LATER).heading == "Your answers are saved"
