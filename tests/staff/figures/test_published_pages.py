"""Published figures: a manager sees them first and publishes them once, and all staff read the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete, update

from screening.statistics import publishing
from screening.storage import notices, published_figures, submissions, weeks
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.published_figures import Figures
from screening.storage.tables import Drawn, Submission, Tally
from screening.web.week_words import week_words
from tests.commands.test_cli import run
from tests.support.figure_samples import NOW, RETENTION_DAYS, VERSIONS, Answers, Shared, blocks, fill, publish, rows
from tests.support.page_checker import text_of
from tests.support.sample_submissions import Shelf, actions
from tests.support.site_changes import change_site
from tests.support.staff_client import Staff

pytestmark = pytest.mark.usefixtures("unmoved")

BLOCKS = blocks()[-2:]
SAME_TWICE = "These are the same four weeks twice."
FIRST, SECOND = (block[0] for block in BLOCKS)
MYSELF: Answers = {"who": ("myself",), "what": ("bread",)}
SOMEONE: Answers = {"who": ("someone",), "what": ("none",)}
NOTHING: Answers = {}


def shared(week: int = FIRST, myself: int = 36, someone: int = 17, nothing: int = 10, version: int = 0) -> list[Shared]:
    """Make this many who asked for themselves, for someone else, and who skipped everything."""
    groups = ((myself, MYSELF), (someone, SOMEONE), (nothing, NOTHING))
    return [(week, version, answers) for number, answers in groups for _ in range(number)]


@pytest.fixture
def manager(shelf: Shelf) -> Staff:
    change_site(shelf.app, retention_days=RETENTION_DAYS)
    return signed_in(shelf, MANAGER)


def signed_in(shelf: Shelf, role: str) -> Staff:
    staff = Staff(shelf.app)
    staff.sign_in(role)
    return staff


def address(week: int) -> str:
    return f"/staff/publish/{weeks.format_week(week)}"


def test_a_manager_sees_what_would_be_published_and_publishes_it_once(shelf: Shelf, manager: Staff) -> None:
    fill(shelf.app, shared())
    page = manager.open(manager.open("/staff/figures").links["Publish figures"])
    assert address(FIRST) in page.links.values()
    assert f"Can be published until {weeks.last_day_kept(FIRST, RETENTION_DAYS):%-d %B %Y}" in page.text
    with shelf.new_entries() as written:
        preview = manager.open(address(FIRST))
        assert preview.heading == "Publish these figures?"
        page = manager.press("Publish these figures")
    assert actions(written) == [Action.FIGURES_PREVIEWED, Action.FIGURES_PUBLISHED]
    assert "The figures are published." in page.text
    assert address(FIRST) not in page.links.values()
    page = manager.open(page.links["Read them as everyone here does"])
    for question in ("who", "what", "more"):
        assert rows(page, question) == rows(preview, question)
    assert rows(page, "who") == ["Myself about 40", "Someone about 20", "Other fewer than 11"]
    assert (
        "Submissions: about 60. Each number is changed a little at random and rounded, so they do not add up."
        in page.text
    )
    for one in (page, preview):
        assert one.find("//*[@id='reading']")
    assert manager.open(address(FIRST)).status == 404


@pytest.mark.parametrize("role", [VIEWER, REVIEWER, MANAGER])
def test_everyone_reads_them_and_reading_them_is_not_written(shelf: Shelf, role: str) -> None:
    fill(shelf.app, shared())
    publish(shelf.app, FIRST)
    staff = signed_in(shelf, role)
    with shelf.new_entries() as written:
        page = staff.open(staff.page.links["Published figures"])
    assert rows(page, "what") == ["Bread about 40", "Cheese fewer than 11", "None about 20"]
    assert written == []


def test_before_anything_is_published_it_is_said_how_it_will_be(shelf: Shelf) -> None:
    page = signed_in(shelf, VIEWER).open("/staff/figures")
    assert "Nothing is published yet." in page.text
    assert "Publish figures" not in page.links


def test_four_weeks_with_hardly_anybody_show_nothing_but_that(shelf: Shelf, manager: Staff) -> None:
    fill(shelf.app, [*shared(FIRST, 6, 4, 0), *shared(FIRST, 5, 5, 0, version=1)])
    assert manager.open(address(FIRST)).find("//table") == []
    page = manager.press("Publish these figures")
    page = manager.open(page.links["Read them as everyone here does"])
    assert "Submissions: fewer than 11." in page.text
    assert page.find("//table | //svg") == []


def test_four_weeks_with_nobody_read_the_same(shelf: Shelf, manager: Staff) -> None:
    fill(shelf.app, shared(SECOND, 10, 0, 0))
    pages = []
    for week in (FIRST, SECOND):
        publish(shelf.app, week)
        day = weeks.format_week(week)
        pages.append(manager.open(f"/staff/figures?from={day}&to={day}").find("//main/p"))
    assert [text_of(one) for one in pages[0]] == [text_of(one) for one in pages[1]]


def test_figures_that_were_looked_at_stay_whatever_is_deleted(shelf: Shelf, manager: Staff) -> None:
    refs = fill(shelf.app, shared(FIRST, 35, 17))
    seen = rows(manager.open(address(FIRST)), "who")
    with shelf.app.app_context():
        assert submissions.remove_submission(db.session, BLOCKS[0], refs)
    assert rows(manager.open(address(FIRST)), "who") == seen
    assert "The figures are published." in manager.press("Publish these figures").text
    assert rows(manager.open("/staff/figures"), "who") == seen != []


def test_what_nobody_looked_at_is_not_published(shelf: Shelf, manager: Staff) -> None:
    fill(shelf.app, shared())
    manager.open(address(FIRST))
    with shelf.app.app_context():
        db.session.execute(update(Drawn).values(figures=published_figures.format_block({})))
        db.session.commit()
    page = manager.press("Publish these figures")
    assert (page.path, page.heading) == (address(FIRST), "Publish these figures?")
    assert "The figures are not the ones you looked at. Nothing was published. Look again." in page.text
    assert "The figures are published." in manager.press("Publish these figures").text


def test_the_preview_names_weeks_in_which_sharing_was_paused_or_unusually_many_shared(
    shelf: Shelf, manager: Staff
) -> None:
    quiet = [answers for week in weeks.retained_weeks(NOW, RETENTION_DAYS)[:-6] for answers in shared(week, 8, 0, 0)]
    fill(shelf.app, quiet + shared(BLOCKS[0][2], 16, 0, 0))
    week = weeks.format_week(FIRST)
    assert "made-up answers" not in manager.open(address(FIRST)).text
    assert "usual number" not in run(shelf.app, "figures", "publish", week, typed="n\n")[1]
    fill(shelf.app, shared(BLOCKS[0][2], 1, 0, 0))
    with shelf.app.app_context():
        for given in (BLOCKS[0][1], BLOCKS[1][0]):
            notices.add_notice(db.session, given, notices.SHARING_PAUSED)
        notices.add_notice(db.session, BLOCKS[0][3], "saving-paused")
        db.session.execute(delete(Tally))
        db.session.commit()
    page = manager.open(address(FIRST))
    assert [text_of(one) for one in page.find("//main//p[@class='notice']")] == [
        f"Sharing was paused for part of the week {week_words(BLOCKS[0][1])}, because too many submissions came in "
        "within an hour.",
        f"In the week {week_words(BLOCKS[0][2])}, 25 people shared. The usual number is 8.",
    ]
    assert "Someone may have shared made-up answers." in page.text
    output = run(shelf.app, "figures", "publish", week, typed="n\n")[1]
    assert f"Sharing was paused for part of {weeks.format_week(BLOCKS[0][1])}" in output
    assert f"In {weeks.format_week(BLOCKS[0][2])}, 25 people shared. The usual number is 8." in output


def test_what_is_published_is_never_made_anew(shelf: Shelf) -> None:
    fill(shelf.app, shared())
    publish(shelf.app, FIRST)
    with shelf.app.app_context():
        before = published_figures.published_blocks(db.session)
        db.session.execute(update(Submission).values(answers="000"))
        db.session.commit()
        assert not published_figures.publish_block(db.session, FIRST, {})
        assert published_figures.published_blocks(db.session) == before


def test_a_block_is_published_when_it_is_over_and_while_all_of_it_is_stored(shelf: Shelf) -> None:
    with shelf.app.app_context():
        for now in (NOW, NOW + timedelta(weeks=1), NOW + timedelta(weeks=3)):
            ready = publishing.blocks_to_publish(db.session, now, RETENTION_DAYS)
            kept = weeks.retained_weeks(now, RETENTION_DAYS)
            assert len(ready) >= 7
            for first in ready:
                block = weeks.block_of(first)
                assert block[0] == first
                assert set(block) <= set(kept)
                assert weeks.is_closed(block[-1], now)
        assert publishing.blocks_to_publish(db.session, NOW, 27) == []


def test_the_day_that_is_told_is_the_last_on_which_a_block_can_be_published(shelf: Shelf) -> None:
    day = datetime.combine(weeks.last_day_kept(FIRST, RETENTION_DAYS), time(23), UTC)
    with shelf.app.app_context():
        assert FIRST in publishing.blocks_to_publish(db.session, day, RETENTION_DAYS)
        assert FIRST not in publishing.blocks_to_publish(db.session, day + timedelta(hours=1), RETENTION_DAYS)


def test_the_calendar_says_which_weeks_belong_together() -> None:
    # 2020 and 2026 have 53 weeks.
    days = [date(2019, 12, 2) + timedelta(weeks=number) for number in range(400)]
    found = [weeks.block_of(weeks.week_of(day)) for day in days]
    for day, block in zip(days, found, strict=True):
        assert weeks.week_of(day) in block
        assert [weeks.monday(week) for week in block] == [
            weeks.monday(block[0]) + number * weeks.ONE_WEEK for number in range(4)
        ]
    assert {found.count(block) for block in found[4:-4]} == {4}


@pytest.mark.parametrize(
    "week", ["2026-W99", "nonsense", weeks.format_week(BLOCKS[0][1]), weeks.format_week(weeks.week_of(NOW))]
)
def test_no_other_weeks_can_be_published(shelf: Shelf, manager: Staff, week: str) -> None:
    assert manager.open(f"/staff/publish/{week}").status == 404


def test_a_clinic_that_deletes_sooner_reads_that_nothing_can_be_published(shelf: Shelf, manager: Staff) -> None:
    change_site(shelf.app, retention_days=20)
    page = manager.open("/staff/publish")
    assert "nothing can be published." in page.text


def test_sums_over_several_blocks_are_sums_of_what_is_published(shelf: Shelf) -> None:
    fill(shelf.app, [*shared(FIRST, 61, 12), *shared(SECOND, 64, 9)])
    publish(shelf.app, FIRST, SECOND)
    viewer = signed_in(shelf, VIEWER)
    both = f"from={weeks.format_week(FIRST)}&to={weeks.format_week(SECOND)}"
    page = viewer.open(f"/staff/figures?{both}")
    # 61 and 64 are published as 60 each, 12 as 10; 9 is suppressed.
    assert rows(page, "who") == [
        "Myself about 120 about 80%",
        "Someone about 10 or more",
        "Other fewer than 11 each time",
    ]
    assert "Submissions: about 160." in page.text
    backwards = f"from={weeks.format_week(SECOND)}&to={weeks.format_week(FIRST)}"
    assert viewer.open(f"/staff/figures?{backwards}").text == page.text


def test_two_blocks_are_compared_by_their_published_cells(shelf: Shelf) -> None:
    fill(shelf.app, [*shared(FIRST, 61, 12), *shared(SECOND, 124, 9)])
    publish(shelf.app, FIRST, SECOND)
    viewer = signed_in(shelf, VIEWER)
    first, second = map(weeks.format_week, (FIRST, SECOND))
    page = viewer.open(f"/staff/figures?from={second}&to={second}&compare={first}")
    assert [text_of(one).rpartition(". ")[2] for one in page.find("//p[@class='lead']")] == [
        "Submissions: about 140.",
        "Submissions: about 80.",
    ]
    assert rows(page, "who") == [
        "Myself about 120 (about 90%) about 60",
        "Someone fewer than 11 about 10",
        "Other fewer than 11 fewer than 11",
    ]
    assert SAME_TWICE not in page.text
    assert SAME_TWICE in viewer.open(f"/staff/figures?from={first}&to={first}&compare={first}").text
    assert SAME_TWICE not in viewer.open(f"/staff/figures?from={first}&to={second}&compare={first}").text
    (row, *_) = page.find("//section[substring-after(@aria-labelledby, '-')='who']/ul/li")
    assert text_of(row) == "Myself A about 120 (about 90%) B about 60"
    assert [bar.get("width") for bar in row.xpath(".//*[@class='bar']")] == ["85.7%", "75.0%"]


def test_a_block_with_hardly_anybody_is_compared_with_nothing(shelf: Shelf) -> None:
    fill(shelf.app, [*shared(FIRST, 3, 0, 0), *shared(SECOND, 40, 0)])
    publish(shelf.app, FIRST, SECOND)
    first, second = map(weeks.format_week, (FIRST, SECOND))
    page = signed_in(shelf, VIEWER).open(f"/staff/figures?from={second}&to={second}&compare={first}")
    assert "Submissions: fewer than 11." in page.text
    assert page.find("//table | //*[@class='figures wide']") == []


def test_choices_are_sorted_by_what_is_published(shelf: Shelf) -> None:
    fill(shelf.app, shared(FIRST, 14, 26, 0))
    publish(shelf.app, FIRST)
    viewer = signed_in(shelf, VIEWER)
    in_file_order = ["Myself about 10", "Someone about 30", "Other fewer than 11"]
    assert rows(viewer.open("/staff/figures"), "who") == in_file_order
    page = viewer.open("/staff/figures?sort=size")
    assert rows(page, "who") == ["Someone about 30", "Myself about 10", "Other fewer than 11"]


def test_a_question_with_only_fewer_than_11_is_one_sentence(shelf: Shelf) -> None:
    fill(shelf.app, shared())
    publish(shelf.app, FIRST)
    page = signed_in(shelf, VIEWER).open("/staff/figures")
    (sentence,) = page.find("//p[@class='figure']")
    assert text_of(sentence) == "What of more? Each choice: fewer than 11."
    assert sentence.get("id") in {str(one.get("href"))[1:] for one in page.find("//ul[@class='jumps']//a")}
    assert page.find("//section[substring-after(@aria-labelledby, '-')='more']") == []


def test_versions_are_told_apart_and_never_added_up(shelf: Shelf) -> None:
    fill(shelf.app, [*shared(FIRST, 40, 0, 0), *shared(FIRST, 20, 20, 0, version=1)])
    publish(shelf.app, FIRST)
    viewer = signed_in(shelf, VIEWER)
    page = viewer.open("/staff/figures")
    assert "first shown" in page.text
    assert rows(page, "who") == ["Myself about 20", "Someone about 20", "Nobody fewer than 11"]
    page = viewer.open(f"/staff/figures?version={VERSIONS[0].version[:12]}")
    assert "Submissions: about 40." in page.text
    assert rows(page, "who") == ["Myself about 40", "Someone fewer than 11", "Other fewer than 11"]


def test_questions_that_were_left_out_are_named(shelf: Shelf) -> None:
    fill(shelf.app, [])
    with shelf.app.app_context():
        left_out = Figures(40, dict.fromkeys(question.id for question in VERSIONS[0].questions))
        assert published_figures.publish_block(db.session, FIRST, {VERSIONS[0].version: left_out})
    page = signed_in(shelf, VIEWER).open("/staff/figures")
    assert [text_of(one) for one in page.find("//h2[.='Not shown']/following-sibling::ul[1]/li")] == [
        question.ask for question in VERSIONS[0].questions
    ]
    assert rows(page, "who") == []


def test_the_command_shows_asks_and_publishes(shelf: Shelf, manager: Staff) -> None:
    fill(shelf.app, shared())
    code, output = run(shelf.app, "figures", "publish")
    assert code == 2
    assert weeks.format_week(FIRST) in output
    week = weeks.format_week(FIRST)
    code, output = run(shelf.app, "figures", "publish", week, typed="n\n")
    assert code == 1
    assert "Myself: about 40" in output
    assert "Other: fewer than 11" in output
    with shelf.app.app_context():
        assert published_figures.published_blocks(db.session) == {}
    with shelf.new_entries() as written:
        code, output = run(shelf.app, "figures", "publish", week, typed="y\n")
    assert (code, output.splitlines()[-1]) == (0, "Published.")
    assert actions(written) == [Action.FIGURES_PUBLISHED]
    assert run(shelf.app, "figures", "publish", week, typed="y\n")[0] == 2


def test_the_command_says_that_hardly_anybody_shared(shelf: Shelf, manager: Staff) -> None:
    output = run(shelf.app, "figures", "publish", weeks.format_week(FIRST), typed="y\n")[1]
    assert "Submissions: fewer than 11. Nothing more is shown." in output


def test_figures_of_which_something_cannot_be_read_are_not_published(shelf: Shelf, manager: Staff) -> None:
    refs = fill(shelf.app, shared())
    with shelf.app.app_context():
        db.session.execute(update(Submission).where(Submission.ref == refs[0]).values(answers="???"))
        db.session.commit()
    page = manager.open(address(FIRST))
    assert (page.status, page.heading) == (500, "A submission cannot be read")
    code, output = run(shelf.app, "figures", "publish", weeks.format_week(FIRST), typed="y\n")
    assert (code, output.startswith("Error: A submission of these weeks cannot be read.")) == (1, True)
    with shelf.app.app_context():
        assert published_figures.published_blocks(db.session) == {}
