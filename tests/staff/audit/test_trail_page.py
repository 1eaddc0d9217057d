"""The audit page for managers: in words, with filters, paginated, verified, and with a head to keep."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from screening.authoring.loader import Collection
from screening.staff.audit import trail_page, trail_words
from screening.storage import audit
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from tests.commands.test_cli import run
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import Shelf, actions, path
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

KEY = TestConfig.audit_key
AUDIT = "/staff/audit"
FITS = "The audit trail is intact, and it continues from the audit head that you typed."


@pytest.fixture
def manager(clinic: Flask) -> Staff:
    staff = Staff(clinic)
    staff.sign_in(MANAGER)
    return staff


def written(app: Flask, action: Action, account: int = 77, day: date = date(2026, 11, 2), about: bytes = b"") -> None:
    with app.app_context():
        audit.append_entry(db.session, KEY, account, action, day, about)


def lines(page: Page) -> list[list[str]]:
    """Return the table, cell by cell."""
    return [[text_of(cell) for cell in row.xpath("./td")] for row in page.find("//table[@id='entries']/tbody/tr")]


def test_every_action_has_words() -> None:
    assert set(trail_words.ACTION_WORDS) == set(Action)
    assert len(set(trail_words.ACTION_WORDS.values())) == len(Action)


def test_entries_stand_newest_first_in_words_and_two_readings_of_one_record_show(
    manager: Staff, collection: Collection
) -> None:
    shelf = Shelf(manager.app, collection.questionnaires[0])
    reviewer = Staff(manager.app)
    reviewer.sign_in(REVIEWER)
    one, two = shelf.put(), shelf.put()
    for record in (one, two, one):
        reviewer.open(path(record))
    found = lines(manager.open(AUDIT))
    assert found[0][2:] == [manager.email, "read this audit trail", "\N{EN DASH}"]
    read = [line for line in found if line[3] == "read a submission"]
    assert {line[2] for line in read} == {reviewer.email}
    assert read[0][4] == read[2][4] != read[1][4]
    assert not any(record.ref.hex() in manager.page.tree.text_content() for record in (one, two))
    page = manager.open(manager.page.links[read[0][4]])
    assert [line[0] for line in lines(page)] == [read[0][0], read[2][0]]


def test_what_was_done_with_an_account_names_it(manager: Staff) -> None:
    run(manager.app, "staff", "add", typed="sam@clinic.example\n\n")
    wanted = ["the command line or the site itself", "created an account", "sam@clinic.example"]
    assert wanted in [line[2:] for line in lines(manager.open(AUDIT))]


def test_marks_of_records_are_not_shown_where_earlier_look_ups_have_them(manager: Staff) -> None:
    """Look-ups once recorded the mark of their record, and the reading right after them, up to twelve hours later."""
    with manager.app.app_context():
        record, of_account = b"m" * 16, audit.account_mac(KEY, manager.email)
    days = [date(2026, 11, 2) + timedelta(days=number) for number in range(4)]
    written(manager.app, Action.RECORD_READ, day=days[0], about=record)
    written(manager.app, Action.RECORD_LOOKED_UP, day=days[1], about=record)
    written(manager.app, Action.RECORD_READ, day=days[1], about=record)
    written(manager.app, Action.ACCOUNT_RENEWED, day=days[1], about=of_account)
    written(manager.app, Action.RECORD_MARKED, day=days[2], about=record)
    written(manager.app, Action.RECORD_READ, day=days[3], about=record)
    mark = f"submission {record.hex()[:8]}"
    shown = [line[3:] for line in lines(manager.open(AUDIT)) if line[2] == "account 77"]
    none = "\N{EN DASH}"
    assert shown == [
        ["read a submission", mark],
        ["marked a submission", none],
        ["issued a new link or password", manager.email],
        ["read a submission", none],
        ["looked up a patient’s code", none],
        ["read a submission", none],
    ]
    for query, found in ((f"about={record.hex()}", 1), (f"about={of_account.hex()}", 1), ("action=record read", 3)):
        page = manager.open(f"{AUDIT}?{query}")
        assert len(lines(page)) == found, query
    assert record.hex() not in str(manager.open(f"{AUDIT}?action=record looked up").links)
    # The chain is unchanged.
    assert run(manager.app, "audit", "verify")[0] == 0


@pytest.mark.parametrize("day", ["yesterday", "9999-12-31"])
def test_an_earlier_look_up_whose_day_is_damaged_hides_all(manager: Staff, day: str) -> None:
    written(manager.app, Action.RECORD_LOOKED_UP, about=b"m" * 16)
    written(manager.app, Action.RECORD_READ, day=date(2027, 11, 2), about=b"m" * 16)
    with manager.app.app_context():
        db.session.execute(text("UPDATE audit_entry SET day = :day WHERE about <> x''"), {"day": day})
        db.session.commit()
    assert not any("record" in line[4] for line in lines(manager.open(AUDIT)))


def test_filters_choose_and_stay_in_the_address(manager: Staff) -> None:
    written(manager.app, Action.LIST_READ)
    written(manager.app, Action.LIST_READ, day=date(2026, 11, 4))
    written(manager.app, Action.RECORD_READ, account=78, day=date(2026, 11, 5))
    for query, days in (
        ("account=77", ["4 Nov 2026", "2 Nov 2026"]),
        ("action=record read", ["5 Nov 2026"]),
        ("from=2026-11-03&to=2026-11-04", ["4 Nov 2026"]),
        ("account=77&from=2026-11-04&to=2026-11-05&action=list read", ["4 Nov 2026"]),
        ("account=5555", []),
    ):
        assert [line[1] for line in lines(manager.open(f"{AUDIT}?{query}"))] == days, query
    assert "No entries match." in manager.page.text
    page = manager.open(f"{AUDIT}?action=list read&from=2026-11-03")
    assert page.find("//option[@value='list read'][@selected]")
    assert page.find("//input[@name='from'][@value='2026-11-03']")


def test_entries_that_were_chosen_say_which_they_are_and_print(manager: Staff) -> None:
    written(manager.app, Action.RECORD_READ, account=manager.account().id, about=b"m" * 16)
    page = manager.open(f"{AUDIT}?account={manager.account().id}&action=record read&from=2026-11-01&to=2026-11-30")
    assert (
        f"shown: {manager.account().email}, read a submission, from 1 November 2026, to 30 November 2026." in page.text
    )
    assert page.find("//button[@id='print']")
    assert page.find("//table[@id='entries'][not(ancestor::*[contains(@class, 'on-screen')])]")
    (address,) = [link for link in page.links.values() if "about=" in link]
    assert f"shown: submission {(b'm' * 4).hex()}." in manager.open(address).text
    assert manager.open(AUDIT).find("//table[@id='entries'][ancestor::*[contains(@class, 'on-screen')]]")


@pytest.mark.parametrize("query", ["account=x", "action=x", "about=zz", "from=x", "to=2026-13-01", "before=-1", "x=1"])
def test_what_cannot_be_read_asks_for_everything(manager: Staff, query: str) -> None:
    written(manager.app, Action.LIST_READ)
    assert len(lines(manager.open(f"{AUDIT}?{query}"))) == 3


def test_paging_visits_each_once_though_others_read_meanwhile_and_keeps_the_filters(manager: Staff) -> None:
    for number in range(120):
        written(manager.app, Action.LIST_READ, day=date(2026, 1, 1) + timedelta(days=number % 3))
    page, seen = manager.open(f"{AUDIT}?account=77"), []
    while True:
        seen += [line[0] for line in lines(page)]
        if "Older" not in page.links:
            break
        written(manager.app, Action.LIST_READ)
        page = manager.open(page.links["Older"])
    assert len(seen) == len(set(seen)) == 120
    assert page.links["Back to the newest"] == f"{AUDIT}?account=77"


def test_the_plain_page_checks_the_whole_trail_and_prints_a_head_that_the_command_takes(manager: Staff) -> None:
    page = manager.open(AUDIT)
    head = text_of(page.find("//section//code")[0])
    assert "Yes, all 2 entries." in page.text
    assert page.find("//button[@id='print']")
    assert run(manager.app, "audit", "verify", "--head", head)[0] == 0
    page = manager.open(f"{AUDIT}?head={head}")
    assert "Yes, all 3 entries, and it continues from the audit head that you typed." in page.text
    # The answer comes first: a browser shows the top of the page.
    assert text_of(page.find("//main/*[2]")[0]) == FITS
    assert "intact" in manager.open(f"{AUDIT}?account=1").text
    assert not manager.page.find("//section//code")


def test_a_changed_entry_and_a_cut_tail_are_told(manager: Staff) -> None:
    for _ in range(5):
        written(manager.app, Action.LIST_READ)
    head = text_of(manager.open(AUDIT).find("//section//code")[0])
    with manager.app.app_context():
        db.session.execute(text("DELETE FROM audit_entry WHERE number > 4"))
        db.session.commit()
    assert "Yes, all 5 entries." in manager.open(AUDIT).text
    page = manager.open(f"{AUDIT}?head={head}")
    assert "No. Entry 7 was changed or removed from outside this site." in page.text
    assert "Or you mistyped the audit head" in page.text
    assert FITS not in page.text
    with manager.app.app_context():
        db.session.execute(text("UPDATE audit_entry SET account_id = 5 WHERE number = 3"))
        db.session.commit()
    assert "No. Entry 3 was changed or removed" in manager.open(AUDIT).text


def test_the_file_is_offered_before_the_entries(manager: Staff) -> None:
    for query in ("", "?account=1"):
        page = manager.open(AUDIT + query)
        assert page.find("//form[@method='post'][contains(., '(CSV)')]/following::table[@id='entries']")


def test_a_head_that_is_none_is_told_and_shown_again(manager: Staff) -> None:
    page = manager.open(f"{AUDIT}?head=12-zz")
    assert page.title == "Error: Audit"
    assert "This is not an audit head." in text_of(page.find("//*[@class='error-summary']")[0])
    assert page.find("//input[@id='head']")[0].get("value") == "12-zz"


def test_a_trail_too_long_to_check_while_somebody_waits_says_so(
    manager: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_page, "MAX_SECONDS", -1.0)
    assert "Yes, up to entry 1. Checking all of it takes too long for a page." in manager.open(AUDIT).text


@pytest.mark.parametrize("column", ["day", "about", "account_id", "action"])
@pytest.mark.parametrize("instead", ["yesterday", "", 9, b"\xff", "2026-02-30"])
def test_an_entry_that_holds_anything_at_all_is_shown_and_found(manager: Staff, column: str, instead: object) -> None:
    for _ in range(4):
        written(manager.app, Action.LIST_READ)
    with manager.app.app_context():
        db.session.execute(text(f"UPDATE audit_entry SET {column} = :instead WHERE number = 3"), {"instead": instead})
        db.session.commit()
    page = manager.open(AUDIT)
    assert page.status == 200
    assert "No. Entry 3 was changed or removed" in page.text
    assert [line[0] for line in lines(page)] == ["6", "5", "4", "3", "2", "1"]
    assert run(manager.app, "audit", "verify")[1].startswith("Error: Entry 3 of the audit trail was changed or deleted")


def test_a_day_that_is_none_is_said(manager: Staff) -> None:
    written(manager.app, Action.LIST_READ)
    with manager.app.app_context():
        db.session.execute(text("UPDATE audit_entry SET day = 'yesterday' WHERE number = 2"))
        db.session.commit()
    assert [line[1] for line in lines(manager.open(AUDIT))][1] == "unknown"


def test_reading_the_trail_is_written_before_anything_is_shown(manager: Staff, collection: Collection) -> None:
    shelf = Shelf(manager.app, collection.questionnaires[0])
    with shelf.new_entries() as entries:
        manager.open(AUDIT)
        manager.open(f"{AUDIT}?account=77")
    assert actions(entries) == [Action.TRAIL_READ, Action.TRAIL_READ]
