"""Insights: exact counts of closed weeks, by week and by one answer, for reviewers and managers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from screening.storage import weeks
from screening.storage.accounts import VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.web.week_words import week_words
from tests.support.figure_samples import VERSIONS, Shared, empty, fill, rows
from tests.support.page_checker import Page, said
from tests.support.sample_submissions import CLOSED_WEEK, NOW, OPEN_WEEK, WEEK_BEFORE, Shelf, actions, path
from tests.support.site_changes import change_site
from tests.support.staff_client import Staff

INSIGHTS = "/staff/insights"
SHARED: list[Shared] = [
    *[(CLOSED_WEEK, 1, {"who": ("myself",), "what": ("bread", "cheese"), "more": ("pears",)})] * 3,
    (CLOSED_WEEK, 1, {"who": ("someone",), "what": ("none",)}),
    (WEEK_BEFORE, 1, {"who": ("someone",), "what": ("bread",)}),
    (WEEK_BEFORE, 1, {}),
    (WEEK_BEFORE, 0, {"who": ("other",)}),
    (OPEN_WEEK, 1, {"who": ("nobody",)}),
]


def trend(page: Page) -> dict[str, int]:
    """Return the shares week by week, for weeks that have any."""
    told = (row.rpartition(" ")[::2] for row in rows(page, "weeks"))
    return {week: int(number) for week, number in told if int(number)}


def test_they_are_exact_for_the_newest_version_and_the_open_week_is_left_out(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(reviewer.page.links["Insights"])
    assert "Counted: 6 submissions." in page.text
    assert rows(page, "who") == ["Myself 3 60%", "Someone 2 40%", "Nobody 0 0%"]
    assert rows(page, "what") == ["Bread 4 80%", "Cheese 3 60%", "None 1 20%"]
    assert rows(page, "more") == ["Apples 0 0%", "Pears 3 100%"]
    assert "3 answered, 3 skipped it or were not asked." in page.text
    assert trend(page) == {week_words(WEEK_BEFORE): 2, week_words(CLOSED_WEEK): 4}
    (last,) = page.find("//select[@name='to']/option[@selected]")
    assert said(last) == week_words(CLOSED_WEEK)


def test_a_chart_says_in_words_what_its_table_says(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(INSIGHTS)
    (chart,) = page.find("//section[@aria-labelledby='who']//*[name()='svg']")
    assert chart.get("role") == "img"
    assert said(chart.xpath("./*[name()='title']")[0]) == VERSIONS[1].by_id["who"].ask
    assert said(chart.xpath("./*[name()='desc']")[0]) == "Myself: 3, 60%. Someone: 2, 40%. Nobody: 0, 0%."
    drawn = [int(bar.get("width")) for bar in chart.xpath(".//*[@class='bar']")]
    whole = int(chart.xpath(".//*[@class='track']")[0].get("width"))
    assert [round(one / whole, 2) for one in drawn] == [0.6, 0.4, 0]


def test_one_answer_and_weeks_stay_in_the_address(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{INSIGHTS}?answer=what.bread&from={weeks.format_week(CLOSED_WEEK)}")
    assert "Counted: 3 of 4 submissions. They picked: “What of what? Bread”" in page.text
    assert rows(page, "who") == ["Myself 3 100%", "Someone 0 0%", "Nobody 0 0%"]
    assert trend(page) == {week_words(CLOSED_WEEK): 3}
    selects = page.find("//select")
    chosen = {one.get("name"): one.xpath(".//option[@selected]")[0].get("value") for one in selects}
    assert chosen == {
        "from": weeks.format_week(CLOSED_WEEK),
        "to": weeks.format_week(CLOSED_WEEK),
        "answer": "what.bread",
        "version": VERSIONS[1].version[:12],
    }
    assert "Counted: 4 submissions." in reviewer.open(page.links["Show all answers"]).text


def test_an_older_version_is_counted_apart_in_its_words(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{INSIGHTS}?version={VERSIONS[0].version[:12]}")
    assert rows(page, "who") == ["Myself 0 0%", "Someone 0 0%", "Other 1 100%"]
    assert "counted separately" in page.text


@pytest.mark.parametrize("asked", ["answer=who", "answer=who.maybe", "from=2026-W99", "version=zz", "version="])
def test_what_there_is_not_is_passed_over(shelf: Shelf, reviewer: Staff, asked: str) -> None:
    fill(shelf.app, SHARED)
    assert "Counted: 6 submissions." in reviewer.open(f"{INSIGHTS}?{asked}").text


def test_weeks_the_wrong_way_round_are_turned(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{INSIGHTS}?from={weeks.format_week(CLOSED_WEEK)}&to={weeks.format_week(WEEK_BEFORE)}")
    assert "Counted: 6 submissions." in page.text


def test_where_there_is_nothing_it_is_said_why(shelf: Shelf, reviewer: Staff) -> None:
    assert "Nothing has been shared yet." in reviewer.open(INSIGHTS).text
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{INSIGHTS}?answer=who.nobody")
    assert "Nobody picked this in these weeks." in page.text
    quiet = weeks.format_week(weeks.week_of(weeks.monday(WEEK_BEFORE) - timedelta(weeks=1)))
    page = reviewer.open(f"{INSIGHTS}?from={quiet}&to={quiet}")
    assert "choose an earlier one" in page.text


def spoil(shelf: Shelf, ref: bytes) -> None:
    """Damage a row, as no page does."""
    with shelf.app.app_context():
        db.session.execute(text("UPDATE submission SET answers = '???' WHERE ref = :ref"), {"ref": ref})
        db.session.commit()


def test_what_cannot_be_read_is_left_out_and_said_without_naming_it(shelf: Shelf, reviewer: Staff) -> None:
    refs = fill(shelf.app, SHARED)
    assert "cannot be read" not in reviewer.open(INSIGHTS).text
    empty(shelf.app)
    refs = fill(shelf.app, SHARED)
    spoil(shelf, refs[3])
    page = reviewer.open(INSIGHTS)
    assert "Counted: 5 submissions. 1 more submission of these weeks cannot be read, and is not counted." in page.text
    assert rows(page, "who") == ["Myself 3 75%", "Someone 1 25%", "Nobody 0 0%"]
    assert refs[3].hex() not in page.tree.text_content()
    quiet = weeks.format_week(WEEK_BEFORE)
    assert "cannot be read" not in reviewer.open(f"{INSIGHTS}?from={quiet}&to={quiet}").text


def test_one_submission_that_cannot_be_read_says_what_to_do_and_keeps_no_other_from_the_list(
    shelf: Shelf, reviewer: Staff
) -> None:
    record, other = shelf.put(interests="mood"), shelf.put()
    spoil(shelf, record.ref)
    shelf.app.testing = False
    page = reviewer.open("/staff/submissions")
    assert page.links["This submission cannot be read"] == path(record)
    assert path(other) in page.links.values()
    page = reviewer.open(path(record))
    assert (page.status, page.heading) == (500, "A submission cannot be read")
    assert "Tell your server administrator: a backup may have an intact copy." in page.text
    assert record.ref.hex() not in page.text
    assert reviewer.open(path(other)).status == 200


def test_reading_them_is_written_before_they_are_shown(shelf: Shelf, reviewer: Staff) -> None:
    with shelf.new_entries() as written:
        reviewer.open(INSIGHTS)
    assert actions(written) == [Action.INSIGHTS_READ]


def test_viewers_have_none(shelf: Shelf) -> None:
    viewer = Staff(shelf.app)
    assert "Insights" not in viewer.sign_in(VIEWER).links
    assert viewer.open(INSIGHTS).status == 403


def test_a_long_retention_is_a_chart_that_still_fits(shelf: Shelf, reviewer: Staff) -> None:
    change_site(shelf.app, retention_days=730)
    fill(shelf.app, SHARED)
    page = reviewer.open(INSIGHTS)
    (chart,) = page.find("//section[@aria-labelledby='weeks']//*[name()='svg']")
    width = int(str(chart.get("width")))
    assert max(int(bar.get("x")) + int(bar.get("width")) for bar in chart.xpath(".//*[@class='bar']")) <= width
    assert 2 < len(chart.xpath(".//*[name()='text']")) < 12
    assert len(rows(page, "weeks")) == len([one for one in weeks.retained_weeks(NOW, 730) if weeks.is_closed(one, NOW)])
