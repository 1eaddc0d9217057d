"""Marks one after the other: what is left, going on without one, and undoing one without touching a colleague's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from screening.storage import audit, weeks
from screening.storage.accounts import REVIEWER
from screening.storage.audit import Action
from screening.storage.submissions import ReviewState, Submitted
from tests.staff.review.test_submissions import LIST, press, records
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE, Shelf, actions, path
from tests.support.staff_client import Staff

CLOSED = weeks.format_week(CLOSED_WEEK)
GO_ON = "Next without marking"


@pytest.fixture
def colleague(shelf: Shelf) -> Staff:
    staff = Staff(shelf.app)
    staff.sign_in(REVIEWER)
    return staff


def in_order(several: list[Submitted]) -> list[Submitted]:
    """Return the records of a week as the list shows them."""
    return sorted(several, key=lambda one: one.ref, reverse=True)


def undo(staff: Staff) -> str:
    """Press Undo, and return what the page then says."""
    return press(staff, "Undo").text


def test_a_mark_says_how_many_are_left_in_the_week_that_is_shown_and_in_all(shelf: Shelf, reviewer: Staff) -> None:
    several = in_order([shelf.put() for _ in range(3)])
    for _ in range(2):
        shelf.put(WEEK_BEFORE)
    reviewer.open(path(several[0]))
    for left in ("2 left in this week, 4 in all.", "1 left in this week, 3 in all.", "2 left in this week, 2 in all."):
        assert f"Marked as reviewed. {left}" in press(reviewer, "Mark as reviewed").text
    reviewer.open(f"{path(in_order([shelf.put(), shelf.put()])[0])}?from={CLOSED}")
    assert "1 left in this week, 1 in all." in press(reviewer, "Set aside").text
    reviewer.open(path(several[1]) + "?state=reviewed")
    assert "Marked as not reviewed. 2 left in this week, 2 in all." in press(reviewer, "Mark as not reviewed").text


def test_among_some_answers_nothing_is_counted(shelf: Shelf, reviewer: Staff) -> None:
    several = [shelf.put(interests="cravings") for _ in range(2)]
    reviewer.open(f"{path(several[0])}?answer=interests.cravings")
    page = press(reviewer, "Mark as reviewed")
    assert page.path == path(several[1])
    assert "Marked as reviewed." in page.text
    assert "left" not in page.text


def test_one_goes_on_without_marking_to_the_end_of_the_list(shelf: Shelf, reviewer: Staff) -> None:
    several = in_order([shelf.put(interests="cravings") for _ in range(3)])
    shelf.put(interests="mood")
    with shelf.new_entries() as written:
        page = reviewer.open(f"{path(several[0])}?answer=interests.cravings")
        for record in several[1:]:
            page = reviewer.open(page.links[GO_ON])
            assert page.path == path(record)
        page = reviewer.open(page.links[GO_ON])
    assert page.path == LIST
    assert "That was the last one in this list." in page.text
    assert {*records(page)} == {*map(path, several)}
    assert actions(written) == [Action.RECORD_READ] * 3 + [Action.LIST_READ]


def test_undo_leads_back_to_the_record_as_it_was(shelf: Shelf, reviewer: Staff) -> None:
    first, second = in_order([shelf.put() for _ in range(2)])
    with shelf.new_entries() as written:
        reviewer.open(path(first))
        press(reviewer, "Set aside")
        assert "Undone. This submission is now: not reviewed." in undo(reviewer)
    assert reviewer.page.path == path(first)
    assert shelf.state(first) is ReviewState.UNREAD
    assert actions(written) == [
        Action.RECORD_READ,
        Action.RECORD_MARKED,
        Action.RECORD_READ,
        Action.MARK_UNDONE,
        Action.RECORD_READ,
    ]
    assert written[0].about == written[1].about == written[3].about != written[2].about
    assert reviewer.open(reviewer.page.links[GO_ON]).path == path(second)


def test_the_last_mark_of_a_list_is_undone_from_the_list(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    assert press(reviewer, "Mark as reviewed").path == LIST
    assert "Undone." in undo(reviewer)
    assert shelf.state(record) is ReviewState.UNREAD


def other_mark(colleague: Staff) -> None:
    press(colleague, "Set aside")


def same_mark(colleague: Staff) -> None:
    """Press, on a page opened before, what the reviewer has pressed meanwhile."""
    press(colleague, "Mark as reviewed")


def there_and_back(colleague: Staff) -> None:
    address = colleague.address
    for words in ("Set aside", "Mark as reviewed"):
        colleague.open(address)
        press(colleague, words)


LATER: dict[str, tuple[Callable[[Staff], None], bool]] = {
    "another": (other_mark, True),
    "the same": (same_mark, False),
    "another and then the same": (there_and_back, True),
}


@pytest.mark.parametrize("name", LATER)
def test_undo_never_overwrites_a_later_mark_of_a_colleague(
    shelf: Shelf, reviewer: Staff, colleague: Staff, name: str
) -> None:
    later, sees_mine = LATER[name]
    record = shelf.put()
    if not sees_mine:
        colleague.open(path(record))
    reviewer.open(path(record))
    press(reviewer, "Mark as reviewed")
    if sees_mine:
        colleague.open(path(record))
    later(colleague)
    theirs = shelf.state(record)
    with shelf.new_entries() as written:
        text = undo(reviewer)
    assert "Your mark was not undone. Someone marked this submission after you" in text
    assert shelf.state(record) is theirs
    assert actions(written) == [Action.RECORD_READ]


def test_undo_is_overtaken_by_a_mark_in_the_same_instant(
    shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    press(reviewer, "Mark as reviewed")
    really = audit.append_entry

    def be_overtaken(*arguments: object) -> None:
        really(*arguments)  # type: ignore[arg-type]
        if Action.MARK_UNDONE in arguments:
            shelf.mark(shelf.found(record), ReviewState.SET_ASIDE)

    monkeypatch.setattr(audit, "append_entry", be_overtaken)
    assert "Your mark was not undone." in undo(reviewer)
    assert shelf.state(record) is ReviewState.SET_ASIDE


def test_nobody_undoes_a_mark_that_somebody_else_made(shelf: Shelf, reviewer: Staff, colleague: Staff) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    press(reviewer, "Mark as reviewed")
    sent = reviewer.hidden("Undo") | {"state": "unread"}
    token = {"csrf_token": colleague.hidden("Sign out")["csrf_token"]}
    answer = colleague.client.post(f"{path(record)}/undo", data=sent | token, follow_redirects=True)
    assert "Your mark was not undone." in answer.text
    assert shelf.state(record) is ReviewState.REVIEWED


def test_pressing_undo_twice_undoes_once(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    press(reviewer, "Mark as reviewed")
    sent = reviewer.hidden("Undo") | {"state": "unread"}
    with shelf.new_entries() as written:
        for _ in range(2):
            answer = reviewer.client.post(f"{path(record)}/undo", data=sent, follow_redirects=True)
            assert "Undone." in answer.text
    assert actions(written).count(Action.MARK_UNDONE) == 1


def test_an_undo_without_the_token_of_its_page_changes_nothing(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    press(reviewer, "Mark as reviewed")
    sent = {"seen": "reviewed", "state": "unread"}
    assert reviewer.client.post(f"{path(record)}/undo", data=sent).status_code == 400
    assert shelf.state(record) is ReviewState.REVIEWED
