"""Who can be singled out in a file, as the export page says it: in figures, on request, and to those who may export."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import text

from screening.staff.downloads import reserved_download
from screening.storage import weeks
from screening.storage.accounts import DESK, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from tests.staff.audit.test_written_first import broken
from tests.support.figure_samples import Shared, fill
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE, Shelf, actions
from tests.support.staff_client import Staff

__all__ = ["broken"]

EXPORT = "/staff/export"
COUNT = "Count in this file"
MANY = {"who": ("myself",), "what": ("bread", "cheese"), "more": ("pears",)}
# The same picks twice in a week and in two versions, once more a week before, and some that only one person has.
SHARED: list[Shared] = [
    (CLOSED_WEEK, 0, MANY),
    (CLOSED_WEEK, 1, MANY),
    (WEEK_BEFORE, 1, MANY),
    (CLOSED_WEEK, 0, {"who": ("other",), "what": ("bread", "cheese")}),
    (CLOSED_WEEK, 1, {"who": ("nobody",)}),
    (WEEK_BEFORE, 1, {}),
]


def figures(page: Page) -> list[str]:
    """Return what the page says of singling out, paragraph by paragraph."""
    section = page.find("//h2[@id='singled-out']/following-sibling::p")
    until = page.find("//h2[@id='singled-out']/following-sibling::h2[1]/preceding-sibling::p")
    return [text_of(one) for one in section if one in until]


def counted(staff: Staff, **choice: str) -> Page:
    """Open the page with these choices, and press the button that counts."""
    staff.open(f"{EXPORT}?{urlencode(choice)}")
    form = staff.form(COUNT)
    assert form.get("method") == "get"
    asked = staff.hidden(COUNT) | {"count": "singled-out"}
    address = urlsplit(form.get("action"))
    assert address.fragment == "singled-out", "the page does not open at its figures"
    return staff.open(f"{address.path}?{urlencode(asked)}")


def test_a_year_only_file_compares_submissions_of_a_year(shelf: Shelf, reviewer: Staff) -> None:
    earlier = weeks.week_of(weeks.monday(WEEK_BEFORE) - weeks.ONE_WEEK)
    # Two weeks of one year, also in January.
    later, before = (CLOSED_WEEK, WEEK_BEFORE) if CLOSED_WEEK // 100 == WEEK_BEFORE // 100 else (WEEK_BEFORE, earlier)
    fill(shelf.app, [(later if week == CLOSED_WEEK else before, version, given) for week, version, given in SHARED])
    page = counted(reviewer)
    sets, three, four, case = figures(page)
    # The three with the same picks have company; the others have none.
    assert sets.startswith("3 of 6 answer sets (50%) occur once in their year.")
    # Of thirteen sets of three picks (four for each of the three, and one), only that one is of one person.
    assert "the year and three things" in three
    assert "in 8 of 100 cases." in three
    assert three.endswith("Left out: 2 people who picked fewer.")
    assert "in 0 of 100 cases." in four
    assert four.endswith("Left out: 3 people who picked fewer.")
    assert case == "A case is one person and one set of things that they picked."
    assert page.find("//h2[@id='singled-out']/following::button[@value='wide']"), "the figures are below the download"


def test_a_weekly_file_compares_submissions_of_a_week(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    sets, three, four, _, others = figures(counted(reviewer, level="weekly"))
    assert sets.startswith("4 of 6 answer sets (67%) occur once in their week.")
    # Five of thirteen: those of the person in the week before, too.
    assert "in 38 of 100 cases." in three
    assert "in 33 of 100 cases." in four
    assert "Versions of the questions and review states are not compared" in others


def test_the_figures_are_of_the_chosen_weeks_and_version(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    week = weeks.format_week(WEEK_BEFORE)
    page = counted(reviewer, level="weekly", to=week)
    assert figures(page)[0].startswith("2 of 2 answer sets (100%) occur once in their week.")
    # The choice is kept, and the count is not repeated with the next choice or download.
    (chosen,) = page.find("//select[@name='to']/option[@selected]")
    assert chosen.get("value") == week
    assert reviewer.hidden("For a spreadsheet").keys() == {"csrf_token", "level", "to"}
    assert not page.find("//*[@name='count']")
    versions = [f"{option.get('value')}" for option in page.find("//select[@name='version']/option")]
    assert len(versions) == 3
    of_versions = [
        figures(counted(reviewer, level="weekly", version=version))[0].split(" answer")[0] for version in versions[1:]
    ]
    assert of_versions == ["4 of 4", "2 of 2"]


def test_the_figures_are_of_the_chosen_state(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    with shelf.app.app_context():
        db.session.execute(text(f"UPDATE submission SET state = 1 WHERE week = {CLOSED_WEEK} AND version = 1"))
        db.session.commit()
    assert figures(counted(reviewer, level="weekly", state="reviewed"))[0].startswith("2 of 2 answer sets (100%)")
    assert figures(counted(reviewer, level="weekly", state="unread"))[0].startswith("4 of 4 answer sets (100%)")


def test_a_sample_is_named_as_one(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED * 400)
    sets, three, four, case = figures(counted(reviewer))
    assert sets.startswith("0 of 2,400 answer sets (0%) occur once in their year.")
    for words in (three, four):
        assert "in under 1 of 100 cases, estimated from a random sample of 10,000." in words
    assert "Samples are compared with all submissions of the file" in case


def test_where_nobody_picked_so_many_it_says_so(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, [(CLOSED_WEEK, 0, {"who": ("other",), "what": ("bread", "cheese")})])
    sets, three, four, _ = figures(counted(reviewer))
    assert sets.startswith("1 of 1 answer sets (100%) occurs once")
    assert "in 100 of 100 cases." in three
    assert four == "Nobody picked four things or more."


def test_a_year_only_file_is_called_what_it_is(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(EXPORT)
    assert "It has none of the 18 identifiers" in page.text
    assert "It is not anonymous." in page.text


def test_nothing_is_counted_or_audited_until_someone_asks(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    with shelf.new_entries() as entries:
        page = reviewer.open(EXPORT)
        assert figures(page) == [
            "Answers can lead to one person, even without a name. "
            "See how often they do in this file before you download it. The audit trail records that you did."
        ]
    assert entries == []
    with shelf.new_entries() as entries:
        counted(reviewer)
    assert actions(entries) == [Action.DISCLOSURE_MEASURED]
    reviewer.change(role="manager")
    page = reviewer.open("/staff/audit")
    assert any("counted whom an export singles out" in text_of(row) for row in page.find("//tr"))


def test_an_empty_file_is_neither_counted_nor_audited(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    with shelf.new_entries() as entries:
        page = reviewer.open(f"{EXPORT}?level=weekly&state=set-aside&count=singled-out")
    assert "No submissions match" in page.text
    assert entries == []


def test_nothing_is_shown_that_is_not_written_first(shelf: Shelf, broken: Staff) -> None:
    fill(shelf.app, SHARED)
    page = broken.open(f"{EXPORT}?count=singled-out")
    assert page.status == 503
    assert "answer sets" not in page.text


@pytest.mark.parametrize("role", [VIEWER, DESK])
def test_who_may_not_export_gets_no_figures(shelf: Shelf, reviewer: Staff, role: str) -> None:
    fill(shelf.app, SHARED)
    reviewer.change(role=role)
    page = reviewer.open(f"{EXPORT}?count=singled-out")
    assert page.status == 403
    assert "answer sets" not in page.text


def test_it_waits_for_a_download_and_takes_its_turn(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    with reserved_download(), shelf.new_entries() as entries:
        assert reviewer.open(EXPORT).status == 200
        page = reviewer.open(f"{EXPORT}?count=singled-out")
    assert (page.status, page.heading) == (503, "Another export is running")
    assert entries == []
    for _ in range(2):
        assert len(figures(counted(reviewer))) == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "damage",
    [
        {"answers": "'???'"},
        {"answers": "x'00ff'"},
        {"answers": "CAST(x'61ff62' AS TEXT)"},
        {"state": "'new'"},
        {"week": "202600"},
    ],
)
def test_damaged_submissions_are_left_out(shelf: Shelf, reviewer: Staff, damage: Mapping[str, str]) -> None:
    refs = fill(shelf.app, SHARED)
    with shelf.app.app_context():
        for column, value in damage.items():
            db.session.execute(text(f"UPDATE submission SET {column} = {value} WHERE ref = :ref"), {"ref": refs[1]})
        db.session.commit()
    page = counted(reviewer, level="weekly")
    assert "Download 5 submissions" in page.text
    assert figures(page)[0].startswith("5 of 5 answer sets (100%)")
