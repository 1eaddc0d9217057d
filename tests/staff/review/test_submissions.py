"""How staff read submissions: which weeks, which roles, in which version's words, and with whose marks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from screening.authoring.builder import rebuild_questionnaire
from screening.storage import audit, notices, submission_search, weeks
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import ReviewState
from screening.web.week_words import week_words
from tests.support.figure_samples import VERSIONS
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import CLOSED_WEEK, NOW, OPEN_WEEK, WEEK_BEFORE, Shelf, actions, path
from tests.support.staff_client import Staff

LIST = "/staff/submissions"


def press(staff: Staff, words: str) -> Page:
    """Press a button identified by its value."""
    button = next(one for one in staff.page.find("//button[@name]") if text_of(one) == words)
    return staff.press(words, **{str(button.get("name")): str(button.get("value"))})


def records(page: Page) -> list[str]:
    """Return the addresses of a list's records, without its filters."""
    return [str(link.get("href")).partition("?")[0] for link in page.find("//table[starts-with(@class, 'records')]//a")]


@pytest.mark.parametrize("role", [REVIEWER, MANAGER])
def test_reviewers_and_managers_read_submissions(shelf: Shelf, role: str) -> None:
    record = shelf.put(asking_for="myself", interests="cravings mood")
    staff = Staff(shelf.app)
    staff.sign_in(role)
    page = staff.open(staff.page.links["Read submissions"])
    assert (page.path, page.heading, records(page)) == (LIST, "Submissions", [path(record)])
    assert staff.open(path(record)).heading == "One submission"
    assert staff.open(staff.page.links["Look up a code"]).heading == "Look up a code"


def test_a_viewer_reads_none_and_only_that_they_were_refused_is_written(shelf: Shelf) -> None:
    record = shelf.put(interests="cravings")
    staff = Staff(shelf.app)
    page = staff.sign_in(VIEWER)
    assert not {"Submissions", "Read submissions", "Look up a code"} & set(page.links)
    token = {"csrf_token": staff.hidden("Sign out")["csrf_token"]}
    with shelf.new_entries() as written:
        for address in (LIST, path(record), "/staff/look-up"):
            page = staff.open(address)
            assert (page.status, page.heading) == (403, "Your role cannot open this page")
        for address in (path(record), "/staff/look-up"):
            assert staff.client.post(address, data=token | {"state": "reviewed", "seen": "unread"}).status_code == 403
    assert actions(written) == [Action.PAGE_REFUSED] * 5
    assert shelf.state(record) is ReviewState.UNREAD


def test_nobody_reads_them_without_signing_in(shelf: Shelf) -> None:
    record = shelf.put()
    for address in (LIST, path(record), "/staff/look-up"):
        assert Staff(shelf.app).open(address).path == "/staff/sign-in"


def rows(page: Page) -> list[str]:
    """Return the words of a list's rows."""
    return [text_of(row) for row in page.find("//tr[th[@scope='row']]")]


def tabs(page: Page) -> list[str]:
    return [text_of(tab) for tab in page.find("//ul[@class='tabs']//a")]


def test_the_list_is_a_numbered_table_by_weeks(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(asking_for="myself", interests="cravings mood", hopes="mood", bring_up="opioids")
    shelf.put(WEEK_BEFORE, asking_for="myself", tried="nothing-yet")
    page = reviewer.open(LIST)
    assert [text_of(heading) for heading in page.find("//thead//th")] == [
        "Number",
        "Who are you asking for?",
        "What would you like to read about?",
        "Answered",
    ]
    assert [text_of(heading) for heading in page.find("//th[@scope='rowgroup']")] == [
        f"{week_words(week)}: 1 not reviewed" for week in (CLOSED_WEEK, WEEK_BEFORE)
    ]
    assert rows(page) == ["1 Myself Cravings and recovery, Low mood 4 of 10", "2 Myself No answer 2 of 9"]
    assert "random on purpose" in page.text


def test_what_somebody_wants_to_bring_up_is_only_on_the_page_of_the_record(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put(asking_for="myself", bring_up="opioids")
    (option,) = (one for one in shelf.questionnaire.by_id["bring-up"].options if one.id == "opioids")
    (row,) = rows(reviewer.open(f"{LIST}?answer=bring-up.opioids"))
    assert option.say not in row
    assert option.say in reviewer.open(path(record)).text


def test_a_table_of_two_questionnaires_asks_what_both_ask(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(asking_for="myself", interests="cravings")
    shelf.questionnaire = VERSIONS[0]
    shelf.put(WEEK_BEFORE, who="myself")
    page = reviewer.open(LIST)
    one, several = (next(ask for ask in VERSIONS[0].questions if ask.many is many) for many in (False, True))
    assert [text_of(heading) for heading in page.find("//thead//th")] == [
        "Number",
        f"Who are you asking for? / {one.ask}",
        f"What would you like to read about? / {several.ask}",
        "Answered",
        "Questionnaire",
    ]
    titles = [row.partition(" of ")[2] for row in rows(page)]
    assert VERSIONS[0].title in titles[1]


def test_tabs_count_up_to_a_bound(shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    several = [shelf.put() for _ in range(5)]
    for record in several[:3]:
        shelf.mark(record, ReviewState.REVIEWED)
    assert tabs(reviewer.open(LIST)) == ["Not reviewed 2", "Reviewed 3", "Set aside 0"]
    assert tabs(reviewer.open(f"{LIST}?to={weeks.format_week(WEEK_BEFORE)}"))[0] == "Not reviewed 0"
    assert tabs(reviewer.open(f"{LIST}?answer=asking-for.myself"))[0] == "Not reviewed"
    monkeypatch.setattr(submission_search, "MAX_COUNTED", 1)
    page = reviewer.open(f"{LIST}?state=reviewed")
    assert tabs(page) == ["Not reviewed 1+", "Reviewed 1+", "Set aside 0"]
    assert text_of(page.find("//th[@scope='rowgroup']")[0]).endswith("): 1+ reviewed")


def test_a_later_page_goes_on_counting_and_a_record_leads_back_to_its_row(
    shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        shelf.put()
    monkeypatch.setattr(submission_search.search_page, "__defaults__", (None, 2, None))
    page = reviewer.open(reviewer.open(LIST).links["Older"])
    page = reviewer.open(page.links["Older"])
    assert [row.split()[0] for row in rows(page)] == ["5"]
    (link,) = page.find("//table//a")
    there = reviewer.address
    back, _, ref = reviewer.open(str(link.get("href"))).links["Back to the list"].partition("#")
    assert back == there
    assert reviewer.open(back).find(f"//tr[@id='{ref}']//a")[0].get("href") == link.get("href")


def test_the_open_week_is_invisible_in_the_list_and_by_address(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put(OPEN_WEEK, interests="cravings")
    for state in ("unread", "reviewed", "set-aside"):
        assert records(reviewer.open(f"{LIST}?state={state}")) == []
    with shelf.new_entries() as written:
        hidden = reviewer.open(path(record))
        missing = reviewer.open(path(record)[:-6] + "abcdef")
    assert (hidden.status, hidden.title, hidden.text) == (404, missing.title, missing.text)
    assert written == []
    token = {"csrf_token": reviewer.hidden("Sign out")["csrf_token"]}
    answer = reviewer.client.post(path(record), data=token | {"state": "reviewed", "seen": "unread"})
    assert answer.status_code == 404
    assert shelf.state(record) is ReviewState.UNREAD


def test_an_old_submission_is_read_in_the_words_of_its_version(shelf: Shelf, reviewer: Staff) -> None:
    now = shelf.questionnaire
    topic = next(topic for topic in now.topics if topic.id == "cravings")
    older = now.content
    for new, old in (
        ("Cravings and recovery", "What it was called then"),
        (now.questions[0].ask, "Who was asked for in those days?"),
        (topic.says[0].say, "What was explained in those days."),
        (topic.ask[0], "What was to be asked in those days?"),
    ):
        assert new in older
        older = older.replace(new, old)
    shelf.questionnaire = rebuild_questionnaire(older)
    record = shelf.put(asking_for="myself", interests="cravings")
    shelf.questionnaire = now
    assert rows(reviewer.open(LIST)) == ["1 Myself What it was called then 2 of 10"]
    page = reviewer.open(path(record))
    for words in (
        "Who was asked for in those days?",
        "What it was called then",
        "What was explained in those days.",
        "What was to be asked in those days?",
    ):
        assert words in page.text
    assert topic.ask[0] not in page.text
    assert now.questions[0].ask not in page.text
    shown_now = reviewer.open(path(shelf.put(asking_for="myself", interests="cravings")))
    assert "Cravings and recovery" in shown_now.text
    assert "in those days" not in shown_now.text


def test_one_submission_tells_what_it_is_and_what_its_summary_said(shelf: Shelf, reviewer: Staff) -> None:
    page = reviewer.open(path(shelf.put(asking_for="myself", interests="cravings")))
    assert "Picking something does not mean that it applies to them. It does not show whose it is." in page.text
    topics = [text_of(topic) for topic in page.find("//main//details/summary[not(ancestor::details[2])]")]
    titles = {topic.id: topic.title for topic in shelf.questionnaire.topics}
    constant = [topic.title for topic in shelf.questionnaire.topics if topic.always]
    assert topics == ["The box in every summary", titles["cravings"], *constant]
    assert page.find("//button[@id='print']")


def test_a_mark_leads_to_the_next_one_and_at_last_to_the_list(shelf: Shelf, reviewer: Staff) -> None:
    first, second, third = sorted((shelf.put() for _ in range(3)), key=lambda one: one.ref, reverse=True)
    reviewer.open(path(second))
    assert press(reviewer, "Mark as reviewed").path == path(third)
    assert press(reviewer, "Set aside").path == path(first)
    assert "Marked as set aside. 1 left in this week, 1 in all." in reviewer.page.text
    page = press(reviewer, "Mark as reviewed")
    assert "Marked as reviewed. 0 left." in page.text
    assert (page.path, records(page)) == (LIST, [])
    assert "No submissions to review" in page.text
    assert [shelf.state(one) for one in (first, second, third)] == [
        ReviewState.REVIEWED,
        ReviewState.REVIEWED,
        ReviewState.SET_ASIDE,
    ]
    assert records(reviewer.open(f"{LIST}?state=set-aside")) == [path(third)]
    reviewer.open(path(third))
    assert press(reviewer, "Mark as not reviewed").path == LIST
    assert records(reviewer.page) == [path(third)]


def test_two_reviewers_of_one_record_do_not_overwrite_each_other_unseen(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    colleague = Staff(shelf.app)
    colleague.sign_in(REVIEWER)
    for one in (reviewer, colleague):
        one.open(path(record))
    press(reviewer, "Set aside")
    page = press(colleague, "Mark as reviewed")
    assert page.path == path(record)
    assert "Someone marked this submission after you opened it. It is now: set aside." in page.text
    assert reviewer.email not in page.text
    assert shelf.state(record) is ReviewState.SET_ASIDE
    # After opening it, they may change it.
    press(colleague, "Mark as reviewed")
    assert shelf.state(record) is ReviewState.REVIEWED


def test_of_two_marks_in_the_same_instant_one_is_told(
    shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    really = audit.append_entry

    def be_overtaken(*arguments: object) -> None:
        really(*arguments)  # type: ignore[arg-type]
        if Action.RECORD_MARKED in arguments:
            shelf.mark(record, ReviewState.SET_ASIDE)

    monkeypatch.setattr(audit, "append_entry", be_overtaken)
    assert "Someone marked this submission after" in press(reviewer, "Mark as reviewed").text
    assert shelf.state(record) is ReviewState.SET_ASIDE


def test_pressing_twice_is_no_conflict(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    reviewer.open(path(record))
    sent = reviewer.hidden("Mark as reviewed") | {"state": "reviewed"}
    for _ in range(2):
        answer = reviewer.client.post(path(record), data=sent, follow_redirects=True)
        assert answer.request.path == LIST
    assert shelf.state(record) is ReviewState.REVIEWED


def test_paging_visits_each_of_120_once_though_others_mark_meanwhile(shelf: Shelf, reviewer: Staff) -> None:
    several = {path(record): record for week in (CLOSED_WEEK, WEEK_BEFORE) for record in map(shelf.put, [week] * 60)}
    page, seen = reviewer.open(LIST), []
    while True:
        seen += records(page)
        for address in records(page)[::7]:
            shelf.mark(several[address], ReviewState.REVIEWED)
        if "Older" not in page.links:
            break
        page = reviewer.open(page.links["Older"])
    assert len(seen) == 120
    assert set(seen) == set(several)
    assert page.links["Back to the first"].startswith(LIST)
    assert "Older" not in page.links
    assert "Back to the first" not in reviewer.open(LIST).links


@pytest.mark.parametrize(
    "query",
    [
        "state=all",
        "state=",
        "after=x",
        "after=2026-W40.xyz",
        "after=2026-W99." + "a" * 32,
        "after=.",
        "last=x",
        f"last=2026-W40.{'a' * 32}.x.unread",
        f"last=2026-W40.{'a' * 32}.reviewed",
        f"after=2026-W40.{'a' * 31}.2",
    ],
)
def test_an_address_that_nobody_gave_leads_to_the_plain_list(shelf: Shelf, reviewer: Staff, query: str) -> None:
    record = shelf.put()
    page = reviewer.open(f"{LIST}?{query}")
    assert (page.status, page.heading, records(page)) == (200, "Submissions", [path(record)])
    assert "Marked as" not in page.text


def test_a_record_that_cannot_be_is_not_here(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    week, ref = path(record).split("/")[-2:]
    for wrong in ("2026-W99", "9999-W52", "0001-W01", "2026", "2026-W1", "x", str(CLOSED_WEEK), week + "%0A"):
        assert reviewer.open(f"{LIST}/{wrong}/{ref}").status == 404
    for wrong in ("00" * 16, ref[:-2], ref + "00", ref.upper().replace("0", "A"), "zz" * 16, "0", ref + "%0A"):
        assert reviewer.open(f"{LIST}/{week}/{wrong}").status == 404
    assert reviewer.open(path(record)).status == 200


@pytest.mark.parametrize("sent", [{}, {"state": "reviewed"}, {"seen": "unread"}, {"state": "x", "seen": "unread"}])
def test_a_mark_that_says_too_little_changes_nothing(shelf: Shelf, reviewer: Staff, sent: dict[str, str]) -> None:
    record = shelf.put()
    token = {"csrf_token": reviewer.hidden("Sign out")["csrf_token"]}
    assert reviewer.client.post(path(record), data=token | sent).status_code == 400
    assert shelf.state(record) is ReviewState.UNREAD


def test_a_mark_without_the_token_of_its_page_changes_nothing(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    sent = {"state": "reviewed", "seen": "unread"}
    assert reviewer.client.post(path(record), data=sent).status_code == 400
    assert shelf.state(record) is ReviewState.UNREAD


@pytest.mark.parametrize("state", ["unread", "reviewed", "set-aside"])
def test_an_empty_list_teaches(shelf: Shelf, reviewer: Staff, state: str) -> None:
    page = reviewer.open(f"{LIST}?state={state}")
    assert text_of(page.find("//p[@class='lead']")[0]).startswith("No submissions")
    closes = weeks.closes_on(OPEN_WEEK)
    assert f"The current week is added on Monday {closes.day}" in page.text
    assert "at 3:00 AM UTC" in page.text


def test_a_pause_of_sharing_or_saving_is_told_for_some_weeks(shelf: Shelf, reviewer: Staff) -> None:
    with shelf.app.app_context():
        notices.add_notice(db.session, CLOSED_WEEK, "sharing-paused")
        notices.add_notice(db.session, CLOSED_WEEK, "saving-paused")
        notices.add_notice(db.session, CLOSED_WEEK, "sharing-crowded")
        notices.add_notice(db.session, 202501, "sharing-paused")
        notices.add_notice(db.session, OPEN_WEEK, "a kind of later days")
    page = reviewer.open(LIST)
    assert [text_of(notice) for notice in page.find("//*[@class='notice']")] == [
        f"Saving for later was paused for part of the week {week_words(CLOSED_WEEK)}, because too many people "
        "saved within an hour.",
        f"In the week {week_words(CLOSED_WEEK)} one network reached its hourly limit for sharing. "
        "Others could continue. If it was your own waiting room, ask your server administrator to raise "
        "SHARES_PER_HOUR and restart the site.",
        f"Sharing was paused for part of the week {week_words(CLOSED_WEEK)}, because too many submissions came in "
        "within an hour.",
    ]


def test_each_reading_and_mark_is_written_with_account_day_and_a_mark_of_the_record(
    shelf: Shelf, reviewer: Staff
) -> None:
    one, other = shelf.put(), shelf.put(WEEK_BEFORE)
    with shelf.new_entries() as written:
        reviewer.open(LIST)
        reviewer.open(path(other))
        reviewer.open(path(one))
        press(reviewer, "Mark as reviewed")
    wanted = [Action.LIST_READ, Action.RECORD_READ, Action.RECORD_READ, Action.RECORD_MARKED, Action.RECORD_READ]
    assert actions(written) == wanted
    assert {entry.account_id for entry in written} == {reviewer.account().id}
    assert {entry.day for entry in written} <= {NOW.date(), NOW.date() + timedelta(days=1)}
    abouts = [entry.about for entry in written]
    assert abouts[0] == b""
    assert abouts[1] == abouts[4] != abouts[2] == abouts[3]
    everywhere_else = shelf.everything_but("submission")
    assert abouts[1] in everywhere_else
    for record in (one, other):
        assert record.ref not in everywhere_else
        assert record.ref.hex().encode() not in everywhere_else
