"""Filters of the list: they are in the address, shown, exact, and kept during review."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from screening.authoring.builder import rebuild_questionnaire
from screening.storage import submission_search, weeks
from screening.storage.accounts import REVIEWER
from screening.storage.audit import Action
from screening.storage.submissions import ReviewState, Submitted
from screening.web.week_words import week_words
from tests.staff.review.test_submissions import LIST, press, records
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE, Shelf, actions, path
from tests.support.staff_client import Staff

CLOSED, BEFORE = weeks.format_week(CLOSED_WEEK), weeks.format_week(WEEK_BEFORE)


def found(page: Page) -> set[str]:
    """Return the addresses of a list's records, without filters."""
    return set(records(page))


def chips(page: Page) -> dict[str, str]:
    """Map each filter, in words, to the address that removes it."""
    return {
        text_of(link).removesuffix(" \u00d7"): str(link.get("href")) for link in page.find("//ul[@class='chips']//a")
    }


def asked(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def paths(*records: Submitted) -> set[str]:
    return {path(record) for record in records}


def show(staff: Staff, **chosen: str | list[str]) -> Page:
    """Send the form as a browser does: every field, including empty ones."""
    fields = [(field, "") for field in staff.page.find("//form[@id='filters']//select")]
    sent = [
        (str(field.get("name")), str(one.get("value")))
        for field, _ in fields
        for one in field.xpath("./option[@selected]")
    ]
    sent += [
        (str(hidden.get("name")), str(hidden.get("value"))) for hidden in staff.page.find("//form[@id='filters']/input")
    ]
    sent = [(name, value) for name, value in sent if name not in chosen or name == "answer"]
    sent += [(name, one) for name, value in chosen.items() for one in ([value] if isinstance(value, str) else value)]
    return staff.open(f"{LIST}?{urlencode(sent)}")


def test_answers_are_joined_by_and_weeks_by_from_and_to(shelf: Shelf, reviewer: Staff) -> None:
    both = shelf.put(asking_for="myself", interests="cravings mood", tried="medicine")
    other = shelf.put(asking_for="myself", interests="cravings", tried="group")
    older = shelf.put(WEEK_BEFORE, asking_for="myself", interests="mood", tried="medicine")
    reviewer.open(LIST)
    page = show(reviewer, answer="tried.medicine")
    assert found(page) == paths(both, older)
    assert "2 found." in page.text
    assert "2 not reviewed" not in page.text
    page = show(reviewer, answer="interests.mood")
    assert found(page) == paths(both, older)
    page = show(reviewer, answer="interests.cravings")
    assert found(page) == paths(both)
    assert found(reviewer.open(f"{LIST}?from={BEFORE}&to={BEFORE}")) == paths(older)
    assert found(reviewer.open(f"{LIST}?from={CLOSED}")) == paths(both, other)
    assert found(reviewer.open(f"{LIST}?from={CLOSED}&to={BEFORE}")) == paths(both, other, older)


def test_the_address_says_what_is_chosen_and_nothing_else(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put()
    reviewer.open(f"{LIST}?state=reviewed")
    show(reviewer, answer="hopes.mood", **{"from": BEFORE})
    assert asked(reviewer.address) == {"state": ["reviewed"], "answer": ["hopes.mood"], "from": [BEFORE]}
    assert reviewer.page.find("//form[@id='filters']/details[@open]")
    assert not reviewer.open(LIST).find("//form[@id='filters']/details[@open]")


def test_tabs_pages_and_records_keep_filters(shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        shelf.put(asking_for="myself", interests="cravings", tried="medicine")
    monkeypatch.setattr(submission_search.search_page, "__defaults__", (None, 2, None))
    wanted = {"answer": ["interests.cravings", "tried.medicine"], "to": [CLOSED]}
    page = reviewer.open(f"{LIST}?{urlencode(wanted, doseq=True)}")
    assert asked(page.links["Set aside"]) == wanted | {"state": ["set-aside"]}
    assert all(asked(str(link.get("href"))) == wanted for link in page.find("//table[@class='records']//a"))
    page = reviewer.open(page.links["Older"])
    assert len(found(page)) == 1
    assert asked(page.links["Back to the first"]) == wanted
    assert asked(reviewer.open(page.links["Set aside"]).links["Not reviewed"]) == wanted


def test_each_filter_is_told_and_removed_by_itself_or_with_all(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(asking_for="myself", interests="cravings", tried="medicine")
    page = reviewer.open(f"{LIST}?state=reviewed&from={BEFORE}&answer=interests.cravings&answer=tried.medicine")
    told = chips(page)
    assert list(told) == [
        f"Remove: From {week_words(WEEK_BEFORE)} on",
        "Remove: What would you like to read about? Cravings and recovery",
        "Remove: What help have you tried, and what would you say about it? Medicine from a professional",
        "Clear all",
    ]
    everything = {"state": ["reviewed"], "from": [BEFORE], "answer": ["interests.cravings", "tried.medicine"]}
    weeks_, cravings, medicine, all_of_it = map(asked, told.values())
    assert weeks_ == {name: everything[name] for name in ("state", "answer")}
    assert cravings == everything | {"answer": ["tried.medicine"]}
    assert medicine == everything | {"answer": ["interests.cravings"]}
    assert all_of_it == {"state": ["reviewed"]}
    assert chips(reviewer.open(f"{LIST}?state=reviewed")) == {}


def test_where_several_go_together_there_is_room_for_one_more(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put()
    page = reviewer.open(f"{LIST}?answer=interests.cravings&answer=asking-for.myself")
    labels = [text_of(label) for label in page.find("//form[@id='filters']/details//label")]
    asks = [question.ask for question in shelf.questionnaire.questions]
    assert labels == [*asks[:2], f"and also: {asks[1]}", *asks[2:]]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("state=all", "list all"),
        ("from=2020-W01", "week 30 December 2019 – 5 January 2020 (2020-W01)"),
        ("to=soon", "week soon"),
        ("version=abcdef", "version abcdef"),
        ("answer=interests.nothing", "answer interests.nothing"),
        ("answer=<b>", "answer <b>"),
        ("answer=&state=all", "list all"),
    ],
)
def test_what_names_nothing_known_is_told_and_left_out(shelf: Shelf, reviewer: Staff, query: str, message: str) -> None:
    record = shelf.put(asking_for="myself", interests="cravings", hopes="mood")
    shelf.put(asking_for="myself", hopes="sleep")
    page = reviewer.open(f"{LIST}?{query}&answer=hopes.mood")
    assert [text_of(one) for one in page.find("//div[@class='notice']//li")] == [message]
    assert found(page) == paths(record)
    assert "filters that do not exist" not in reviewer.open(f"{LIST}?answer=hopes.mood").text


def test_a_version_is_read_in_its_words_and_answers_are_found_in_all(shelf: Shelf, reviewer: Staff) -> None:
    now = shelf.questionnaire
    older = shelf.questionnaire = rebuild_questionnaire(
        now.content.replace("Cravings and recovery", "What it was called then")
    )
    then_ = shelf.put(interests="cravings")
    shelf.questionnaire = now
    today = shelf.put(interests="cravings")
    page = reviewer.open(f"{LIST}?answer=interests.cravings")
    assert found(page) == paths(then_, today)
    assert "Remove: What would you like to read about? Cravings and recovery" in chips(page)
    page = reviewer.open(f"{LIST}?answer=interests.cravings&version={older.version[:12]}")
    assert found(page) == paths(then_)
    assert "Remove: What would you like to read about? What it was called then" in chips(page)
    (version,) = [words for words in chips(page) if older.version[:6] in words]
    assert found(reviewer.open(chips(page)[version])) == paths(then_, today)
    assert found(reviewer.open(f"{LIST}?version={now.version[:12]}")) == paths(today)


def test_after_a_mark_the_next_one_is_of_the_same_list(shelf: Shelf, reviewer: Staff) -> None:
    cravings = {path(one): one for one in (shelf.put(interests="cravings") for _ in range(3))}
    others = [shelf.put(interests="mood") for _ in range(6)]
    page = reviewer.open(f"{LIST}?answer=interests.cravings")
    reviewer.open(str(page.find("//table[@class='records']//a")[0].get("href")))
    visited = []
    for _ in cravings:
        visited.append(reviewer.page.path)
        assert asked(reviewer.page.links["Back to the list"]) == {"answer": ["interests.cravings"]}
        press(reviewer, "Mark as reviewed")
    assert sorted(visited) == sorted(cravings)
    assert reviewer.page.path == LIST
    assert "No submissions match" in reviewer.page.text
    (undo,) = reviewer.page.find("//*[@role='status']/form/@action")
    assert asked(str(undo)) == {"answer": ["interests.cravings"]}
    assert {shelf.state(one) for one in others} == {ReviewState.UNREAD}


def test_from_another_list_the_next_one_is_of_that_list(shelf: Shelf, reviewer: Staff) -> None:
    one, other, unread = (shelf.put() for _ in range(3))
    for record in (one, other):
        shelf.mark(record, ReviewState.SET_ASIDE)
    reviewer.open(f"{path(one)}?state=set-aside")
    assert press(reviewer, "Mark as reviewed").path == path(other)
    assert shelf.state(unread) is ReviewState.UNREAD


def test_two_reviewers_in_different_weeks_never_meet_and_a_conflict_keeps_the_filters(
    shelf: Shelf, reviewer: Staff
) -> None:
    colleague = Staff(shelf.app)
    colleague.sign_in(REVIEWER)
    theirs: dict[str, list[str]] = {}
    for week, staff in ((CLOSED_WEEK, reviewer), (WEEK_BEFORE, colleague)):
        several = [shelf.put(week) for _ in range(4)]
        query = f"from={weeks.format_week(week)}&to={weeks.format_week(week)}"
        staff.open(f"{path(several[0])}?{query}")
        theirs[query] = []
    for _ in range(4):
        for query, staff in zip(theirs, (reviewer, colleague), strict=True):
            theirs[query].append(staff.page.path)
            press(staff, "Mark as reviewed")
    assert all(len(set(visited)) == 4 for visited in theirs.values())
    assert not set.intersection(*map(set, theirs.values()))
    record = shelf.put()
    for staff in (reviewer, colleague):
        staff.open(f"{path(record)}?from={CLOSED}")
    press(reviewer, "Set aside")
    page = press(colleague, "Mark as reviewed")
    assert "Someone marked this submission after you opened it." in page.text
    assert shelf.state(record) is ReviewState.SET_ASIDE
    assert asked(page.links["Back to the list"]) == {"from": [CLOSED]}
    # After opening it, they continue in their list.
    assert asked(press(colleague, "Mark as reviewed").links["Clear all"]) == {}


def test_a_page_that_may_read_no_more_rows_offers_older_weeks(
    shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        shelf.put(interests="mood")
    old = shelf.put(WEEK_BEFORE, interests="cravings")
    monkeypatch.setattr(submission_search.search_page, "__defaults__", (None, 50, 3))
    page = reviewer.open(f"{LIST}?answer=interests.cravings")
    assert found(page) == set()
    assert f"Nothing was found back to the week {week_words(CLOSED_WEEK)}." in page.text
    assert "No submissions match" not in page.text
    page = reviewer.open(page.links["Search older weeks"])
    assert found(page) == paths(old)
    assert "Search older weeks" not in page.links
    assert (
        f"Nothing else was found back to the week {week_words(CLOSED_WEEK)}."
        in reviewer.open(f"{LIST}?answer=interests.mood").text
    )


def test_a_filtered_list_is_a_reading_of_the_list_and_the_trail_says_no_more(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(interests="cravings")
    reviewer.open(LIST)
    with shelf.new_entries() as written:
        show(reviewer, answer="interests.cravings")
    assert actions(written) == [Action.LIST_READ]
    assert written[0].about == b""


def test_who_follows_a_filtered_address_signed_out_gets_there_after_signing_in(shelf: Shelf) -> None:
    record = shelf.put(interests="cravings")
    staff = Staff(shelf.app)
    staff.open(f"{LIST}?answer=interests.cravings&from={CLOSED}")
    staff.join(REVIEWER)
    page = staff.pass_sign_in_pages()
    assert found(page) == paths(record)
    assert len(chips(page)) == 3
