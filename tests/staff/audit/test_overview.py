"""The overview of the audit page: who read how much in four weeks, and what was exported."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, text

from screening.staff.audit.overview import MAX_EXPORTS, read_overview
from screening.staff.audit.trail_words import TrailNames
from screening.storage import accounts, audit, weeks
from screening.storage.audit import Action
from screening.storage.database import db
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import NOW
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

pytestmark = pytest.mark.usefixtures("stopped_clock")

KEY = TestConfig.audit_key
AUDIT = "/staff/audit"
TODAY = NOW.date()
MONDAY = TODAY - timedelta(days=TODAY.weekday())
FIRST = MONDAY - timedelta(weeks=3)
READ = (Action.RECORD_READ, Action.RECORD_LOOKED_UP)
EXPORTED = (Action.EXPORTED_YEARS, Action.EXPORTED_WEEKS, Action.TRAIL_DOWNLOADED)


def written(app: Flask, action: Action, account: int, day: date, times: int = 1) -> None:
    with app.app_context():
        for _ in range(times):
            audit.append_entry(db.session, KEY, account, action, day)


def change(app: Flask, statement: str) -> None:
    with app.app_context():
        db.session.execute(text(statement))
        db.session.commit()


def readings(page: Page) -> dict[str, list[int]]:
    """Map accounts to their numbers: in four weeks, in each week, and codes looked up."""
    rows = page.find("//div[@aria-label='Submissions read']//tbody/tr")
    return {text_of(row.xpath("./th")[0]): [int(text_of(cell)) for cell in row.xpath("./td")] for row in rows}


def exports(page: Page) -> list[list[str]]:
    return [
        [text_of(cell) for cell in row.xpath("./td")]
        for row in page.find("//div[@aria-labelledby='exported']//tbody/tr")
    ]


def test_it_counts_what_a_recount_of_the_entries_counts(manager: Staff) -> None:
    chance = random.Random(1)
    entries = [
        (chance.randrange(70, 74), chance.choice([*READ, *EXPORTED, Action.LIST_READ]), TODAY - timedelta(days=back))
        for back in [chance.randrange(45) for _ in range(400)]
    ]
    for account, action, day in entries:
        written(manager.app, action, account, day)
    inside = [one for one in entries if one[2] >= FIRST]
    assert 100 < len(inside) < 400
    expected = {}
    for account in range(70, 74):
        by_week = [
            sum((who, did) == (account, Action.RECORD_READ) and weeks.week_of(day) == week for who, did, day in inside)
            for week in (weeks.week_of(FIRST + timedelta(weeks=number)) for number in range(4))
        ]
        looked_up = sum((who, did) == (account, Action.RECORD_LOOKED_UP) for who, did, _ in inside)
        expected[f"account {account}"] = [sum(by_week), *by_week, looked_up]
    expected["Everyone"] = [sum(column) for column in zip(*expected.values(), strict=True)]
    page = manager.open(AUDIT)
    assert readings(page) == expected
    *ranked, last = readings(page)
    assert ranked == sorted(ranked, key=lambda who: -expected[who][0])
    assert last == "Everyone"
    with manager.app.test_request_context():
        overview = read_overview(TODAY, TrailNames(accounts.all_accounts(db.session)))
    assert sum(one.number for one in overview.exports) + overview.more_exports == sum(
        did in EXPORTED for _, did, _ in inside
    )


def test_the_four_weeks_end_with_the_current_one(manager: Staff) -> None:
    for day in (FIRST - timedelta(days=1), FIRST, MONDAY - timedelta(days=1), TODAY):
        written(manager.app, Action.RECORD_READ, 77, day)
    assert readings(manager.open(AUDIT)) == {"account 77": [3, 1, 0, 1, 1, 0]}


def test_a_name_leads_to_the_readings_that_were_counted(manager: Staff) -> None:
    written(manager.app, Action.RECORD_READ, 77, FIRST - timedelta(days=1), times=3)
    written(manager.app, Action.RECORD_READ, 77, TODAY, times=2)
    written(manager.app, Action.RECORD_READ, 78, TODAY)
    page = manager.open(AUDIT)
    for who, number in (("account 77", 2), ("Everyone", 3)):
        found = manager.open(page.links[who])
        assert len(found.find("//table[@id='entries']/tbody/tr")) == number
        assert found.find("//div[@aria-label='Submissions read']") == [], "what was chosen comes alone"


def test_exports_are_listed_by_day_the_newest_first(manager: Staff) -> None:
    written(manager.app, Action.EXPORTED_WEEKS, audit.COMMAND_LINE, FIRST)
    written(manager.app, Action.EXPORTED_YEARS, 77, TODAY, times=2)
    written(manager.app, Action.EXPORTED_YEARS, 77, FIRST - timedelta(days=1))
    days = [f"{day:%-d %b %Y}" for day in (TODAY, FIRST)]
    assert exports(manager.open(AUDIT)) == [
        [days[0], "account 77", "exported submissions, year-only", "2"],
        [days[1], "the command line or the site itself", "exported submissions, weekly", "1"],
    ]


def test_a_long_list_of_exports_says_how_many_it_leaves_out(manager: Staff) -> None:
    for account in range(MAX_EXPORTS + 2):
        written(manager.app, Action.EXPORTED_WEEKS, 70 + account, TODAY - timedelta(days=account % 3), times=2)
    page = manager.open(AUDIT)
    assert len(exports(page)) == MAX_EXPORTS
    assert "And 4 earlier in these weeks." in page.text


def test_where_nobody_read_anything_it_says_so(manager: Staff) -> None:
    page = manager.open(AUDIT)
    assert "Nobody read a submission or looked up a code in these weeks." in page.text
    assert "Nobody exported anything." in page.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["account_id", "action", "day"])
@pytest.mark.parametrize("value", ["CAST(x'61ff62' AS TEXT)", "x'00ff'", "''"])
def test_a_damaged_entry_is_said_and_the_others_are_counted(manager: Staff, column: str, value: str) -> None:
    written(manager.app, Action.RECORD_READ, 77, TODAY, times=3)
    number = manager.app.test_cli_runner().invoke(args=["audit", "head"]).output.partition("-")[0]
    change(manager.app, f"UPDATE audit_entry SET {column} = {value} WHERE number = {number}")
    page = manager.open(AUDIT)
    assert readings(page)["account 77"][0] == 2
    assert f"Entry {number} was changed or removed from outside this site. What follows may be wrong." in page.text
    # What is not even near a day is not among these weeks.
    assert ("1 entry of these weeks is damaged and not counted." in page.text) is (column != "day")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_day_that_does_not_exist_is_damaged(manager: Staff) -> None:
    written(manager.app, Action.RECORD_READ, 77, TODAY)
    change(manager.app, f"UPDATE audit_entry SET day = '{MONDAY}x' WHERE account_id = 77")
    assert "1 entry of these weeks is damaged and not counted." in manager.open(AUDIT).text


def test_its_work_grows_with_the_four_weeks_and_not_with_the_trail(manager: Staff) -> None:
    statements: list[str] = []
    with manager.app.test_request_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
        read_overview(TODAY, TrailNames([]))
        (counted,) = statements
        if db.engine.dialect.name == "sqlite":
            dates = (str(FIRST), str(TODAY))
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {counted}", dates).all()
            assert [step[-1] for step in plan] == [
                "SEARCH audit_entry USING COVERING INDEX ix_audit_entry_day (day>? AND day<?)"
            ]
