"""A patient's journey from the start page to the summary, without scripts."""

from __future__ import annotations

from urllib.parse import urljoin

from screening.authoring.loader import Collection
from tests.support.page_checker import Patient

FIXED = ("What other choices are there?", "What would it mean to wait, or to say no?")
TRIGGERS = "Which triggers would you like to talk over with someone?"
CONSTANT = ("No single answer for everyone", "A full evaluation first", "What is not known in the long run")


def test_someone_asking_for_themselves_is_led_to_a_summary(patient: Patient) -> None:
    start = patient.start()
    assert start.path == "/reflection/1"
    patient.answer("Myself")
    patient.answer("Cravings and recovery", "Low mood")
    assert patient.page.question == "triggers"
    patient.skip()
    patient.answer("Talking therapy")
    assert patient.page.question == "bring-up"
    patient.skip()
    assert patient.page.path == "/reflection/pause"
    assert "no one will write back" in patient.page.text
    patient.follow("Keep going")
    for _ in range(5):
        patient.skip()
    assert patient.page.path == "/reflection/check"
    assert patient.follow("See your summary").path == "/reflection/first"
    summary = patient.press("Skip")
    assert summary.path == "/reflection/summary"
    text = summary.text
    assert text.index("This page cannot tell you if ketamine therapy is right for you.") < 80
    assert text.endswith("You can take these questions to any qualified professional.")
    for words in (*FIXED, *CONSTANT, "Recovery is possible", "What you picked", "Talking therapy", "Skipped"):
        assert words in text


def test_someone_just_learning_answers_three_questions(patient: Patient) -> None:
    patient.start()
    patient.answer("I'm just learning")
    patient.skip()
    patient.follow("Keep going")
    assert patient.page.path == "/reflection/3"
    patient.skip()
    assert patient.page.path == "/reflection/check"


def test_everything_can_be_skipped(patient: Patient) -> None:
    patient.start()
    while not patient.page.path.endswith("/check"):
        patient.step()
    assert "See your summary" in patient.page.links
    patient.follow("See your summary")
    assert CONSTANT[0] in patient.press("Skip").text


def test_going_on_with_nothing_chosen_is_a_gentle_error(patient: Patient) -> None:
    patient.start()
    page = patient.press("Continue")
    assert page.title == "Error: What brings you here"
    assert page.links["Choose an answer, or press Skip."] == "#c-1"
    assert page.question == "asking-for"


def test_an_answer_that_stands_alone_keeps_what_was_chosen_beside_it(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.answer("Low mood")
    page = patient.answer("Talking therapy", "Nothing yet")
    assert page.title.startswith("Error: ")
    assert page.ticked == {"talking-therapy", "nothing-yet"}
    assert "“Nothing yet” does not go together with other answers." in page.text


def test_a_choice_that_is_not_offered_is_refused_kindly(patient: Patient) -> None:
    patient.start()
    patient.chosen = ["gone-since"]
    page = patient.press("Continue")
    assert page.title.startswith("Error: ")
    assert "The choices here have changed." in page.text


def test_only_one_answer_fits_where_one_is_asked_for(patient: Patient) -> None:
    patient.start()
    assert "Choose one answer." in patient.answer("Myself", "Someone I care about").text


def test_a_mistake_is_shown_again_on_reload_and_gone_once_mended(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.answer("Low mood")
    patient.answer("Talking therapy", "Nothing yet")
    page = patient.open("/reflection/3")
    assert (page.title, page.ticked) == ("Error: What you have tried", {"talking-therapy", "nothing-yet"})
    assert not patient.open("/reflection/2").title.startswith("Error")
    patient.open("/reflection/3")
    patient.answer("Nothing yet")
    assert patient.open("/reflection/3").ticked == {"nothing-yet"}
    assert patient.page.title == "What you have tried"


def test_an_answer_is_there_again_when_one_goes_back(patient: Patient) -> None:
    patient.start()
    patient.answer("Someone I care about")
    assert patient.follow("Back").ticked == {"someone"}
    assert patient.follow("Back").path == "/reflection/"
    assert patient.follow("Go on where you were").question == "interests"


def test_the_first_section_tells_no_total_and_later_ones_do(patient: Patient) -> None:
    patient.start()
    assert "Section 1 · What brings you here" in patient.page.text
    patient.answer("Myself")
    patient.answer("Low mood")
    assert "Section 2 of 5 · What you have tried" in patient.page.text


def test_a_changed_answer_drops_what_no_longer_applies_and_says_so(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.answer("Cravings and recovery")
    patient.answer("Stress")
    patient.open("/reflection/2")
    page = patient.answer("Low mood")
    assert "1 earlier answer no longer applies. It was dropped." in page.text
    assert TRIGGERS in page.text
    assert "no longer applies" not in patient.skip().text
    while not patient.page.path.endswith("/check"):
        patient.step()
    assert "1 earlier answer no longer applies." in patient.page.text


def test_changing_an_answer_leads_back_to_the_check_page(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    while not patient.page.path.endswith("/check"):
        patient.step()
    change = _change_link(patient, "Who are you asking for?")
    patient.open(change)
    assert patient.follow("Back").path == "/reflection/check"
    patient.open(change)
    page = patient.answer("I'm just learning")
    assert page.path == "/reflection/check"
    assert "They were dropped." in page.text


def test_a_change_that_opens_a_question_asks_it_and_then_leads_back(patient: Patient) -> None:
    patient.start()
    while not patient.page.path.endswith("/check"):
        patient.step()
    patient.open(_change_link(patient, "Who are you asking for?"))
    patient.answer("Myself")
    asked = []
    while not patient.page.path.endswith("/check"):
        asked.append(patient.page.question)
        patient.skip()
    assert asked == ["tried", "bring-up", "around-you", "hopes", "worries", "matters-most"]


def test_pressing_twice_is_pressing_once(patient: Patient) -> None:
    first = patient.start()
    patient.answer("Myself")
    patient.page = first
    patient._address = first.path
    assert patient.answer("Myself").question == "interests"


def test_an_answer_from_another_window_is_taken_for_the_question_that_was_read(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.answer("Cravings and recovery")
    patient.skip()
    old_window = patient.page
    assert (old_window.question, old_window.path) == ("tried", "/reflection/4")
    patient.open("/reflection/2")
    assert patient.answer("Low mood").path == "/reflection/3"
    patient.page, patient._address = old_window, old_window.path
    assert patient.answer("A support group").question == "bring-up"
    assert patient.open("/reflection/3").ticked == {"group"}


def test_an_answer_to_a_question_that_is_no_longer_asked_leads_on(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.answer("Low mood")
    old_window = patient.page
    patient.open("/reflection/1")
    patient.answer("I'm just learning")
    patient.page, patient._address = old_window, old_window.path
    assert patient.answer("A support group").question == "ask-about"


def test_a_page_that_cannot_be_visited_yet_leads_to_the_first_that_can(patient: Patient) -> None:
    patient.start()
    for path in ("/reflection/9", "/reflection/0", "/reflection/999", "/reflection/pause", "/reflection/check"):
        assert patient.open(path).path == "/reflection/1"
    assert patient.open("/reflection/summary").path == "/reflection/1"


def test_without_a_draft_every_page_leads_to_the_start(patient: Patient) -> None:
    for page in ("1", "7", "pause", "check", "summary"):
        assert patient.open(f"/reflection/{page}").path == "/reflection/"


def test_starting_again_clears_the_answers(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.open("/")
    page = patient.press("Start again and clear the answers on this device")
    assert (page.path, page.ticked) == ("/reflection/1", set())


def test_help_offers_to_stop_and_to_keep_going(patient: Patient) -> None:
    patient.start()
    patient.answer("I'm just learning")
    patient.skip()
    page = patient.follow("Stop here")
    assert page.path == "/help"
    assert "You can stop here. You do not have to finish." in page.text
    assert page.links["Leave this page"] == "/leave"
    assert patient.follow("Keep going").question == "ask-about"


def test_the_topics_can_be_read_without_answering(patient: Patient, collection: Collection) -> None:
    page = patient.open("/reflection/topics")
    assert page.title == "Topics"
    for number, topic in enumerate(collection.questionnaires[0].topics, 1):
        page = patient.open(f"/reflection/topics/{number}")
        assert (page.title, page.heading) == ("Topics", topic.title)
        for part in ("What the articles say", "What they warn of", "What is not known"):
            assert part in page.text


def test_a_topic_that_is_not_there_is_a_kind_page(patient: Patient) -> None:
    for number in ("0", "99"):
        page = patient.open(f"/reflection/topics/{number}")
        assert (page.status, page.heading) == (404, "This page is not here")
        assert page.links["Read the topics"] == "/reflection/topics"


def _change_link(patient: Patient, question: str) -> str:
    address = next(address for words, address in patient.page.links.items() if words.endswith(question))
    return urljoin(patient.page.path, address)
