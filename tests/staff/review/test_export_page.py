"""The export page: its words, its files, and that a truncated file is recognizable."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from config import Config, make_secrets
from screening.app import create_app
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.staff.downloads import BrokenExport
from screening.storage import accounts, weeks
from screening.storage.accounts import REVIEWER, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.tables import Submission
from tests.staff.audit.test_written_first import broken
from tests.support.export_reader import read, table
from tests.support.figure_samples import VERSIONS, Shared, fill
from tests.support.page_checker import text_of
from tests.support.sample_submissions import CLOSED_WEEK, OPEN_WEEK, WEEK_BEFORE, Shelf, actions
from tests.support.server import served, settings
from tests.support.staff_client import Staff

__all__ = ["broken"]

EXPORT = "/staff/export"
BUTTONS = {
    "wide": "For a spreadsheet",
    "long": "For statistics",
    "ndjson": "For programs",
    "fhir": "For FHIR programs",
    "kit": "For R, SPSS or Python",
}
SHARED: list[Shared] = [
    *[(CLOSED_WEEK, 1, {"who": ("myself",), "what": ("bread", "cheese"), "more": ("pears",)})] * 3,
    (WEEK_BEFORE, 1, {}),
    (WEEK_BEFORE, 0, {"who": ("other",)}),
    (OPEN_WEEK, 1, {"who": ("nobody",)}),
]


def take(staff: Staff, name: str, **more: str) -> TestResponse:
    """Press the button of a form on the current page."""
    sent = staff.hidden(BUTTONS[name]) | {"format": name} | more
    return staff.client.post(EXPORT, data=sent, headers={"Accept-Encoding": "br, gzip"})


def test_where_nothing_was_shared_it_says_so(shelf: Shelf, reviewer: Staff) -> None:
    page = reviewer.open(reviewer.page.links["Export"])
    assert "There is nothing to export yet." in page.text
    assert page.find("//main//form") == []
    shelf.put(OPEN_WEEK)
    assert "There is nothing to export yet." in reviewer.open(EXPORT).text


@pytest.mark.parametrize("name", FORMATS)
def test_the_year_alone_unless_more_is_asked_for(shelf: Shelf, reviewer: Staff, name: str) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(EXPORT)
    assert "Download 5 submissions" in page.text
    assert "Two files reveal more than one." in page.text
    with shelf.new_entries() as entries:
        answer = take(reviewer, name)
    assert actions(entries) == [Action.EXPORTED_YEARS]
    found = read(name, answer.data, VERSIONS[::-1], Level.YEAR_ONLY)
    assert sum(found.values()) == 5
    assert {told for told, _ in found} <= {(f"{week // 100}",) for week in (CLOSED_WEEK, WEEK_BEFORE)}
    assert answer.headers["Content-Disposition"] == (f"attachment; filename=made-year-only.{FORMATS[name].ending}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_length == len(answer.data)
    assert "Content-Encoding" not in answer.headers
    assert "Set-Cookie" not in answer.headers or "draft" not in answer.headers["Set-Cookie"]


def test_a_weekly_file_holds_what_the_page_says(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{EXPORT}?level=weekly")
    assert "This reveals more" in page.text
    week = weeks.format_week(CLOSED_WEEK)
    asked = f"{EXPORT}?level=weekly&from={week}&to={week}&state=unread&version={VERSIONS[1].version[:12]}"
    assert "Download 3 submissions" in reviewer.open(asked).text
    with shelf.new_entries() as entries:
        answer = take(reviewer, "wide")
    assert actions(entries) == [Action.EXPORTED_WEEKS]
    rows = table(answer.data)
    assert [(row["shared_week"], row["who"], row["what.bread"]) for row in rows] == [(week, "myself", "1")] * 3
    assert "No submissions match" in reviewer.open(f"{EXPORT}?level=weekly&state=set-aside").text


def test_a_damaged_review_state_is_counted_where_files_contain_it(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put()
    record = shelf.put()
    with shelf.app.app_context():
        db.session.execute(update(Submission).where(Submission.ref == record.ref).values(state=7))
        db.session.commit()
    assert "Download 2 submissions" in reviewer.open(EXPORT).text
    weekly = reviewer.open(f"{EXPORT}?level=weekly").text
    assert "1 submission of these weeks is damaged and cannot be exported." in weekly
    assert "Download 1 submission" in weekly


def test_the_first_and_the_last_week_may_be_chosen_the_other_way_round(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    asked = f"{EXPORT}?level=weekly&from={weeks.format_week(CLOSED_WEEK)}&to={weeks.format_week(WEEK_BEFORE)}"
    assert "Download 5 submissions" in reviewer.open(asked).text


def test_a_choice_of_weeks_changes_nothing_in_a_year_only_file(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    answer = take(reviewer, "wide", **{"from": weeks.format_week(CLOSED_WEEK)})
    assert len(table(answer.data)) == 5


@pytest.mark.parametrize(
    "more",
    [
        {"level": "all"},
        {"format": "xls"},
        {"level": "weekly", "state": "new"},
        {"level": "weekly", "from": "2026-W99"},
        {"level": "weekly", "version": "zz"},
        {"questionnaire": "another"},
    ],
)
def test_what_cannot_be_read_is_refused_and_not_left_out(
    shelf: Shelf, reviewer: Staff, more: Mapping[str, str]
) -> None:
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    with shelf.new_entries() as entries:
        assert take(reviewer, "wide", **more).status_code == 400
    assert entries == []


def test_codebook_and_schema_are_there_and_not_audited(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(EXPORT)
    with shelf.new_entries() as entries:
        book = reviewer.client.get(page.links["codebook"])
        schema = reviewer.client.get(page.links["JSON Schema"])
    assert entries == []
    assert book.headers["Content-Disposition"] == "attachment; filename=made-codebook.csv"
    assert schema.headers["Content-Disposition"] == "attachment; filename=made-year-only.schema.json"
    assert {row["question"] for row in table(book.data)} == {"", "who", "what", "more"}
    assert json.loads(schema.data)["properties"]["answers"]["properties"].keys() == {"who", "what", "more"}


def test_nothing_is_exported_that_is_not_written_first(shelf: Shelf, broken: Staff) -> None:
    fill(shelf.app, SHARED)
    sent = broken.hidden("Look up") | {"format": "wide"}
    answer = broken.client.post(EXPORT, data=sent)
    assert answer.status_code == 503
    assert b"shared_year" not in answer.data


def test_the_page_says_what_a_manager_reads_of_it(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    take(reviewer, "wide")
    reviewer.change(role="manager")
    page = reviewer.open("/staff/audit")
    assert any("exported submissions, year-only" in text_of(row) for row in page.find("//tr"))


@pytest.mark.parametrize(
    ("app", "is_whole"),
    [pytest.param("wsgi", True, marks=pytest.mark.long), ("tests.support.breaking_exports_app", False)],
)
def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one(tmp_path: Path, app: str, is_whole: bool) -> None:
    make_secrets(tmp_path)
    with served(tmp_path, True, app) as server:
        inside = create_app(Config.from_environment(settings(tmp_path, **server.environment)))
        fill(inside, SHARED)
        staff = Staff(inside)
        staff.sign_in(REVIEWER)
        staff.open(EXPORT)
        cookie = staff.client.get_cookie("staff")
        assert cookie
        body = "&".join(
            f"{name}={value}" for name, value in (staff.hidden(BUTTONS["wide"]) | {"format": "wide"}).items()
        )
        asking = http.client.HTTPConnection("127.0.0.1", int(server.port))
        headers = {"Cookie": f"staff={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
        asking.request("POST", EXPORT, body, headers)
        if is_whole:
            answer = asking.getresponse()
            assert answer.status == 200
            assert len(table(answer.read())) == 5
        else:  # A response that breaks off at once may end before its headers are sent.
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                asking.getresponse().read()
        asking.close()
    assert ("OperationalError while exporting" in server.output) is not is_whole
    assert "secret" not in server.output


def test_exports_do_not_take_the_threads_that_answer_patients(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    first = take(reviewer, "wide")
    with shelf.new_entries() as entries:
        refused = take(reviewer, "wide")
    assert refused.status_code == 503
    assert "Another export is running" in refused.text
    assert entries == []
    first.close()
    unread = take(reviewer, "wide")
    assert len(table(unread.data)) == 5
    assert take(reviewer, "long").status_code == 200


@pytest.mark.parametrize("taken", [{"role": VIEWER}, {"active": False}])
def test_who_may_not_export_any_more_does_not_get_the_rest(
    shelf: Shelf, reviewer: Staff, taken: Mapping[str, object]
) -> None:
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    answer = take(reviewer, "wide")
    reviewer.change(**taken)
    with pytest.raises(BrokenExport):
        answer.get_data()


def test_an_ended_session_ends_its_export(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    answer = take(reviewer, "wide")
    with shelf.app.app_context(), db.sessionmaker() as session:
        accounts.end_all_sessions(session)
    with pytest.raises(BrokenExport):
        answer.get_data()


def test_an_export_ends_some_time(shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.staff.downloads.LONGEST_DOWNLOAD", 0)
    fill(shelf.app, SHARED)
    reviewer.open(EXPORT)
    with pytest.raises(BrokenExport):
        take(reviewer, "wide").get_data()
    monkeypatch.undo()
    assert take(reviewer, "wide").get_data()
