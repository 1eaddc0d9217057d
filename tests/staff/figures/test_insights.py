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
from tests.support.figure_samples import VERSIONS, Shared, bars, empty, fill, rows
from tests.support.page_checker import Page, text_of
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
    assert "3 of 6 answered." in page.text
    assert trend(page) == {week_words(WEEK_BEFORE): 2, week_words(CLOSED_WEEK): 4}
    assert rows(page, "weeks")[-1] == f"{week_words(CLOSED_WEEK)} 4"
    (last,) = page.find("//select[@name='to']/option[@selected]")
    assert text_of(last) == week_words(CLOSED_WEEK)


def test_a_chart_says_in_words_what_its_table_says(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(INSIGHTS)
    (chart,) = page.find("//section[@aria-labelledby='who']/ul")
    assert bars(page, "who") == ["Myself 3 (60%)", "Someone 2 (40%)", "Nobody 0 (0%)"]
    assert all(picture.get("aria-hidden") for picture in chart.xpath(".//*[name()='svg']"))
    assert [bar.get("width") for bar in chart.xpath(".//*[@class='bar']")] == ["60.0%", "40.0%", "0.0%"]
    (table,) = page.find("//section[@aria-labelledby='who']//details")
    assert table.get("open") is None
    assert text_of(table.xpath("./summary")[0]) == f"Table: {VERSIONS[1].by_id['who'].ask}"


def test_choices_are_in_the_order_of_the_questionnaire_or_by_size(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, [(CLOSED_WEEK, 1, {"who": ("someone",), "what": ("cheese",)}), *SHARED[3:6]])
    assert rows(reviewer.open(INSIGHTS), "what") == ["Bread 1 33%", "Cheese 1 33%", "None 1 33%"]
    page = reviewer.open(f"{INSIGHTS}?sort=size")
    assert rows(page, "who") == ["Someone 3 100%", "Myself 0 0%", "Nobody 0 0%"]
    assert bars(page, "who") == ["Someone 3 (100%)", "Myself 0 (0%)", "Nobody 0 (0%)"]
    assert rows(page, "what") == ["Bread 1 33%", "Cheese 1 33%", "None 1 33%"]


def test_two_groups_are_compared_bar_by_bar(shelf: Shelf, reviewer: Staff) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{INSIGHTS}?answer=who.myself&compare=what.bread")
    assert "A Counted: 3 of 6 submissions. They picked: “What of who? Myself”" in page.text
    assert "B Counted: 4 of 6 submissions. They picked: “What of what? Bread”" in page.text
    assert bars(page, "who") == [
        "Myself A 3 (100%) B 3 (75%)",
        "Someone A 0 (0%) B 1 (25%)",
        "Nobody A 0 (0%) B 0 (0%)",
    ]
    assert rows(page, "who") == ["Myself 3 (100%) 3 (75%)", "Someone 0 (0%) 1 (25%)", "Nobody 0 (0%) 0 (0%)"]
    assert "A 3 of 3 answered. B 4 of 4 answered." in page.text
    assert bars(page, "weeks")[-1].endswith("A 3 B 3")
    by_size = reviewer.open(f"{INSIGHTS}?answer=what.bread&compare=who.myself&sort=size")
    assert bars(by_size, "who")[0] == "Myself A 3 (75%) B 3 (100%)"


@pytest.mark.parametrize("asked", ["answer=who.myself&compare=who.myself", "compare=who.myself&answer=who.nothing"])
def test_one_group_is_not_compared_with_itself_or_with_what_there_is_not(
    shelf: Shelf, reviewer: Staff, asked: str
) -> None:
    fill(shelf.app, SHARED)
    page = reviewer.open(f"{INSIGHTS}?{asked}")
    assert "Counted: 3 of 6 submissions." in page.text
    assert rows(page, "who") == ["Myself 3 100%", "Someone 0 0%", "Nobody 0 0%"]


@pytest.mark.parametrize(
    ("query", "is_printed"),
    [
        ("", True),
        ("answer=who.myself", True),
        ("answer=who.someone", False),
        ("answer=who.myself&compare=who.someone", False),
        ("answer=who.someone&compare=who.myself", False),
        ("answer=who.myself&compare=what.bread", True),
    ],
)
def test_groups_of_fewer_than_11_are_not_printed(shelf: Shelf, reviewer: Staff, query: str, is_printed: bool) -> None:
    myself: Shared = (CLOSED_WEEK, 1, {"who": ("myself",), "what": ("bread",)})
    fill(shelf.app, [*[myself] * 11, *[(CLOSED_WEEK, 1, {"who": ("someone",), "what": ("none",)})] * 10])
    page = reviewer.open(f"{INSIGHTS}?{query}")
    # Screens show the exact counts in any case.
    assert rows(page, "who") != []
    hidden = " and not(ancestor-or-self::*[contains(concat(' ', @class, ' '), ' on-screen')])"
    on_paper = page.find(f"//main//*[(self::li or self::td or self::p){hidden}]")
    numbers = [text_of(one) for one in on_paper if "Fewer than 11" not in text_of(one)]
    assert any(one[-1:] in "0123456789)" for one in numbers if one) is is_printed
    told = "Fewer than 11 submissions are counted here. Their figures are not printed" in page.text
    assert told is not is_printed


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
        "compare": "",
        "sort": "",
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
    (damaged,) = page.find("//tr[contains(., 'This submission cannot be read')]//a")
    assert str(damaged.get("href")).partition("?")[0] == path(record)
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


def test_a_long_retention_draws_the_latest_weeks_and_lists_all(shelf: Shelf, reviewer: Staff) -> None:
    change_site(shelf.app, retention_days=730)
    fill(shelf.app, SHARED)
    page = reviewer.open(INSIGHTS)
    listed, drawn = rows(page, "weeks"), bars(page, "weeks")
    assert len(listed) == len([one for one in weeks.retained_weeks(NOW, 730) if weeks.is_closed(one, NOW)])
    assert drawn == listed[-26:]
    assert f"The latest 26 of {len(listed)} weeks. The table has all." in page.text
