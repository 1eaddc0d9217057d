"""The preview and trial of answers: what a patient would get, word for word, and nothing of it stored."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from screening.authoring.loader import Collection, load_questionnaire
from screening.authoring.wording_list import WordingList
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.questionnaire.summary import summarize
from screening.web.questionnaire_limits import LIMITS
from tests.conftest import opened
from tests.support.page_checker import SPANISH, Page, Patient, forbidden, readable, text_of
from tests.support.preview_walk import Previewer, address, reader, summary_of
from tests.support.sample_submissions import Shelf
from tests.support.staff_client import Staff

TINY = Path(__file__).parents[2] / "questionnaires" / "tiny"
ANSWERS: Answers = {
    "asking-for": ("myself",),
    "interests": ("cravings", "mood"),
    "triggers": ("stress",),
    "tried": ("talking-therapy",),
    "hopes": ("cravings",),
    "take-along": ("experience",),
}


@pytest.fixture(scope="module")
def reviewer(tmp_path_factory: pytest.TempPathFactory, real: Questionnaire) -> Iterator[Staff]:
    """A reviewer at a clinic that all tests here share, since they only read."""
    for app in opened(f"sqlite:///{tmp_path_factory.mktemp('clinic') / 'screening.sqlite'}"):
        yield reader(app, real)


def some_answers(questionnaire: Questionnaire, dice: random.Random) -> dict[str, tuple[str, ...]]:
    """Generate answers that a patient could give, including skips."""
    answers: dict[str, tuple[str, ...]] = {}
    while asked := Journey(questionnaire, answers).first_open:
        together = [option.id for option in asked.options if not option.alone]
        chosen = set(dice.sample(together, dice.randint(0, len(together) if asked.many else 1)))
        answers[asked.id] = tuple(option.id for option in asked.options if option.id in chosen)
    return answers


def patients_summary(patient: Patient, answers: Answers) -> list[str]:
    """Return the summary of a patient with these answers."""
    page = patient.start()
    while not page.path.endswith("/check"):
        if page.path.endswith("/pause"):
            page = patient.follow("Keep going")
            continue
        patient.chosen = list(answers[page.question])
        page = patient.press("Continue") if patient.chosen else patient.skip()
    patient.follow("See your summary")
    return summary_of(patient.press("Skip"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_preview_and_trial_say_what_the_patients_summary_says(
    app: Flask, reviewer: Staff, real: Questionnaire, collection: Collection, language: str
) -> None:
    dice = random.Random(language)
    words = SPANISH if language == "es" else {}
    for _ in range(2):
        answers = some_answers(real, dice)
        patients = patients_summary(Patient(app, collection.wording, asks_for=language), answers)
        # The parts of every summary, and what these answers bring.
        assert len(patients) > 8
        previewer = Previewer(reviewer, real, language)
        previewer.press(words.get("Start", "Start"))
        previewer.answer(answers, words.get("Continue", "Continue"), words.get("Keep going", "Keep going"))
        page = previewer.press(words.get("See your summary", "See your summary"))
        assert page.find("//div[@class='as-patient']")[0].get("lang") == language
        assert summary_of(page) == patients
        assert summary_of(try_answers(reviewer, real, answers, language)) == patients


def try_answers(staff: Staff, questionnaire: Questionnaire, answers: Answers, language: str = "en") -> Page:
    """Choose these answers on the page for trying answers."""
    staff.open(address(questionnaire, "/try"))
    data = [*staff.hidden("Show the summary").items(), ("language", language)]
    data += [(f"q.{name}", option) for name, options in answers.items() for option in options]
    return staff._arrive(staff.client.post(address(questionnaire, "/try"), data=MultiDict(data)))


def test_a_version_that_is_not_served_is_previewed_too(clinic: Flask) -> None:
    tiny = load_questionnaire(TINY, WordingList(()), LIMITS)[0]
    reviewer = reader(clinic, tiny)
    dice = random.Random(3)
    for _ in range(4):
        answers = some_answers(tiny, dice)
        previewer = Previewer(reviewer, tiny)
        previewer.press("Start")
        page = previewer.answer(answers)
        assert page.heading == "Check your answers"
        summary = summarize(Journey(tiny, answers), "US")
        page = previewer.press("See your summary")
        assert [text_of(one) for one in page.find("//article/h3")] == [one.topic.title for one in summary.cards]
        questions = page.find("//section[@aria-labelledby='questions']//li")
        marked = {True: " You asked about this", False: ""}
        assert [text_of(one) for one in questions] == [f"{one.say}{marked[one.is_asked]}" for one in summary.questions]


def test_nothing_is_kept_of_a_preview_or_a_trial(reviewer: Staff, real: Questionnaire) -> None:
    shelf = Shelf(reviewer.app, real)
    before = shelf.everything_but("staff_session", "audit_entry")
    held = session_of(reviewer)
    with shelf.new_entries() as written:
        previewer = Previewer(reviewer, real)
        previewer.press("Start")
        previewer.answer(ANSWERS)
        page = previewer.press("See your summary")
        assert "Set-Cookie" not in page.headers
        trial = try_answers(reviewer, real, ANSWERS)
        assert "Set-Cookie" not in trial.headers
    assert shelf.everything_but("staff_session", "audit_entry") == before
    assert written == []
    assert reviewer.client.get_cookie("draft") is None
    assert session_of(reviewer) == held
    assert "?" not in reviewer.address


def session_of(staff: Staff) -> dict[str, object]:
    """Return the content of a staff session's row."""
    with staff.client.session_transaction("/staff/") as session:
        return dict(session)


def test_every_page_says_that_it_is_a_preview_and_leads_out_of_it(reviewer: Staff, real: Questionnaire) -> None:
    previewer = Previewer(reviewer, real)
    seen = {previewer.page.title}
    previewer.press("Start")
    while previewer.page.heading != "Check your answers":
        seen.add(previewer.page.title)
        is_preview(previewer.page, real)
        previewer.skip() if previewer.question else previewer.press("Keep going")
    is_preview(previewer.page, real)
    is_preview(previewer.press("See your summary"), real)
    assert all(title.startswith("Preview") for title in seen)
    assert len(seen) >= 4


def is_preview(page: Page, questionnaire: Questionnaire) -> None:
    assert page.text.startswith("Preview. Nothing is stored.")
    assert page.links["Stop the preview"] == address(questionnaire)
    assert page.path == address(questionnaire, "/preview")


def test_mistakes_back_change_and_dropped_answers_are_as_for_a_patient(reviewer: Staff, real: Questionnaire) -> None:
    previewer = Previewer(reviewer, real)
    previewer.press("Start")
    page = previewer.press("Continue")
    assert page.title == "Error: Preview: What brings you here"
    assert page.links["Choose an answer, or press Skip."] == "#c-1"
    previewer.press("Continue", ["myself"])
    previewer.press("Back")
    assert previewer.page.ticked == {"myself"}
    previewer.press("Continue", ["myself"])
    previewer.answer(ANSWERS)
    assert previewer.carried["tried"] == ("talking-therapy",)
    previewer.press("Change this answer: Who are you asking for?")
    assert previewer.question == "asking-for"
    page = previewer.press("Continue", ["learning"])
    assert "They were dropped." in page.text
    assert "tried" not in previewer.carried
    assert page.heading == "Check your answers"


def test_the_language_changes_where_one_stands(reviewer: Staff, real: Questionnaire) -> None:
    previewer = Previewer(reviewer, real)
    previewer.press("Start")
    previewer.press("Continue", ["myself"])
    page = previewer.press("Show", language="es")
    assert previewer.question == "interests"
    assert page.heading == real.translations["es"].by_id["interests"].ask
    assert SPANISH["Continue"] in page.text
    assert previewer.carried == {"asking-for": ("myself",)}


@pytest.mark.parametrize("to", ["step.interests", "step.hopes", "check", "summary", "nowhere"])
def test_no_button_leads_past_what_is_not_answered_yet(reviewer: Staff, real: Questionnaire, to: str) -> None:
    previewer = Previewer(reviewer, real)
    data = MultiDict({**reviewer.hidden("Start"), "to": to})
    previewer.send(address(real, "/preview"), data)
    assert previewer.question == "asking-for"


def test_no_junk_in_a_form_breaks_a_preview_or_gets_past_it(reviewer: Staff, real: Questionnaire) -> None:
    dice = random.Random(2026)
    previewer = Previewer(reviewer, real)
    token = reviewer.hidden("Start")["csrf_token"]
    names = [
        *(f"q.{name}" for name in real.by_id),
        "q.gone",
        "q.",
        "question",
        "to",
        "language",
        "choice",
        "skip",
        "change",
    ]
    options = [option.id for one in real.questions for option in one.options]
    values = [
        *options,
        *real.by_id,
        *(f"step.{name}" for name in real.by_id),
        "",
        "\0",
        "é" * 50,
        "check",
        "summary",
        "es",
    ]
    for page in ["/preview"] * 120 + ["/try"] * 60:
        data = [(dice.choice(names), dice.choice(values)) for _ in range(dice.randint(0, 25))]
        # A size just over the limit passes earlier checks than a huge one.
        asked = dice.choices(real.questions, k=12)
        data += [(f"q.{one.id}", dice.choice(one.options).id) for one in asked]
        answer = previewer.send(address(real, page), MultiDict([("csrf_token", token), *data]))
        assert answer.status in (200, 422)
        if page == "/preview":
            could_be_given(real, previewer.carried)


def could_be_given(questionnaire: Questionnaire, answers: Answers) -> None:
    """Fail unless a patient could have given these answers."""
    assert Journey(questionnaire, answers).answers == answers
    for name, chosen in answers.items():
        asked = questionnaire.by_id[name]
        assert [option.id for option in asked.chosen(chosen)] == list(chosen)
        assert asked.many or len(chosen) <= 1
        assert len(chosen) <= 1 or not any(option.alone for option in asked.chosen(chosen))


def test_beside_the_summary_stands_why_each_part_is_there(reviewer: Staff, real: Questionnaire) -> None:
    page = try_answers(reviewer, real, {"asking-for": ("learning",), "interests": ("mood",), "tried": ("medicine",)})
    why = text_of(page.find("//section[@class='why']")[0])
    assert "Mood Because of: What would you like to read about? “Low mood”." in why
    assert "A full evaluation first In every summary." in why
    asked = [text_of(one) for one in page.find("//section[@class='why']/ol/li")]
    assert asked == [real.by_id[name].ask for name in ("asking-for", "interests", "ask-about")]
    assert f"{real.by_id['tried'].ask} Medicine from a professional. Asked only of those who answer “Myself”" in why
    assert "Medicine from a professional" not in text_of(page.find("//section[@class='told']")[0])


def test_each_reason_leads_to_its_topic(reviewer: Staff, real: Questionnaire) -> None:
    page = try_answers(reviewer, real, {"asking-for": ("learning",), "interests": ("mood", "past")})
    links = {link.get("href"): text_of(link) for link in page.find("//section[@class='why']/dl[1]//a")}
    for topic in (real.topic_of["mood"], real.topic_of["past-trauma"]):
        (heading,) = page.find(f"//h3[@id='topic-{real.topics.index(topic) + 1}']")
        assert links.pop(f"#{heading.get('id')}") == text_of(heading) == topic.title
    # The topics of every summary are all in its box.
    assert [*links] == ["#worth-knowing"]
    assert page.find("//h2[@id='worth-knowing']")


def test_what_stands_alone_is_refused_where_it_stands(reviewer: Staff, real: Questionnaire) -> None:
    page = try_answers(reviewer, real, {"asking-for": ("myself",), "tried": ("medicine", "nothing-yet")})
    assert page.status == 422
    assert page.title == "Error: What would the summary say?"
    (place,) = (place for words, place in page.links.items() if "does not go together" in words)
    assert page.find(f"//input[@id='{place[1:]}'][@name='q.tried']")
    assert {str(one.get("value")) for one in page.find("//input[@checked]")} == {"myself", "medicine", "nothing-yet"}
    assert not page.find("//section[@class='why']")


def test_no_page_recommends_anything(reviewer: Staff, real: Questionnaire, collection: Collection) -> None:
    """Staff read the same words as patients, and the words around them give no verdict either."""
    everything = {
        one.id: tuple(o.id for o in one.options if not o.alone)[: None if one.many else 1] for one in real.questions
    }
    pages = [try_answers(reviewer, real, everything, language) for language in ("en", "es")]
    pages += [reviewer.open(address(real, page)) for page in ("", "/texts", "/preview", "/try")]
    for page in pages:
        for words in readable(page):
            assert not forbidden(collection.wording, words), words


def test_trials_say_what_they_are_for(reviewer: Staff, real: Questionnaire) -> None:
    text = reviewer.open(address(real, "/try")).text
    assert "This page is for checking texts. Please do not enter a real patient’s answers. Nothing is stored" in text
