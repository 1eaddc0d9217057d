"""The whole journey in a real browser, from the start page to the summary: phone and desk, with and without scripts."""

from __future__ import annotations

from screening.authoring.loader import Collection
from tests.browser.looking import open_all
from tests.browser.patient import Patient

CHECK = "/reflection/check"
TRIGGERS = "Which triggers would you like to talk over with someone?"
CRAVINGS = "Ganas de consumir y recuperación"
CONSTANT = ("No single answer for everyone", "A full evaluation first", "What is not known in the long run")


def test_someone_asking_for_themselves_walks_to_the_summary(anyone: Patient, collection: Collection) -> None:
    patient = anyone.start()
    assert patient.heading == "Who are you asking for?"
    patient.answer("Myself").answer("Cravings and recovery", "Low mood")
    assert patient.heading == TRIGGERS
    assert "Section 2 of 6 · What you notice" in patient.text
    patient.answer("Stress", "Boredom").answer("Talking therapy", "A support group")
    patient.answer("Opioids", "Low mood")

    assert patient.heading == "A moment to pause"
    patient.follow("Keep going").answer("People").answer("Fewer cravings").answer("That it wears off")
    patient.answer("Not being rushed").answer("How long it lasts")

    assert patient.heading == "Check your answers"
    assert {"Myself", "Stress", "Boredom", "Talking therapy", "A support group"} <= answers(patient)

    patient.follow("See your summary").press("Skip")
    referral = collection.questionnaires[0].referral
    assert patient.heading == "Your summary"
    assert patient.text.startswith(" ".join(["Back", "Your summary", *referral.opens]))
    assert patient.text.endswith(" ".join(referral.closes))
    assert patient.page.get_by_role("heading", name="Cravings and recovery", exact=True).is_visible()
    open_all(patient.page)
    for title in CONSTANT:
        assert patient.page.get_by_role("heading", name=title, exact=True).is_visible()


def test_the_same_way_in_spanish(patient: Patient, collection: Collection) -> None:
    patient.ask_for_spanish().start()
    assert (patient.language, patient.heading) == ("es", "¿Para quién busca información?")
    patient.answer("Myself").answer(CRAVINGS).follow("English")
    assert "Section 2 of 6 · What you notice" in patient.text
    patient.follow("Español")
    assert patient.answer("Stress").language == "es"
    patient.go_on_to(CHECK)
    assert {"Para mí", CRAVINGS, "Estrés"} <= answers(patient)
    patient.follow("See your summary").press("Skip")
    referral = collection.questionnaires[0].in_language("es").referral
    assert patient.heading == "Su resumen"
    # An English sheet follows, on paper only.
    seen = " ".join(patient.page.get_by_role("main").inner_text().split())
    assert " ".join(referral.opens) in seen
    assert seen.endswith(" ".join(referral.closes))


def test_a_change_that_closes_questions_drops_their_answers_and_says_so(
    with_or_without_scripts: Patient, finished: str
) -> None:
    patient = with_or_without_scripts.bring(finished).open(CHECK)
    patient.follow("Change this answer: Who are you asking for?")
    assert patient.chosen == ["Myself"]
    patient.answer("I'm just learning")

    assert patient.heading == "Check your answers"
    told = patient.page.get_by_role("status").inner_text()
    assert "earlier answers no longer apply. They were dropped." in told
    assert TRIGGERS in told
    assert {"I'm just learning", "Cravings and recovery"} <= answers(patient)
    assert not {"Myself", "Stress", "Talking therapy"} & answers(patient)
    assert not {"Myself", "Stress", "Talking therapy"} & answers(patient.follow("See your summary").press("Skip"))


def test_a_change_that_opens_a_question_asks_it_and_leads_back(patient: Patient, finished: str) -> None:
    patient.bring(finished).open(CHECK)
    change = "Change this answer: What would you like to read about?"
    patient.follow(change).choice("Cravings and recovery").uncheck()
    assert patient.answer("Low mood").heading == "Check your answers"
    assert patient.follow(change).answer("Cravings and recovery").heading == TRIGGERS
    assert patient.answer("Boredom").heading == "Check your answers"
    assert "Boredom" in answers(patient)


def test_skipping_everything_leads_to_the_summary(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts
    patient.start().go_on_to(CHECK).follow("See your summary").press("Skip")
    assert patient.heading == "Your summary"
    open_all(patient.page)
    for title in CONSTANT:
        assert patient.page.get_by_role("heading", name=title, exact=True).is_visible()


def test_the_draft_is_one_cookie_that_scripts_cannot_read_and_the_browsers_end_takes_away(patient: Patient) -> None:
    patient.start().answer("Myself")
    (cookie,) = patient.context.cookies()
    assert cookie["name"] == "draft"
    assert cookie["expires"] == -1
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert patient.page.evaluate("document.cookie") == ""


def answers(patient: Patient) -> set[str]:
    """Return the answers that the page lists."""
    said = patient.page.get_by_role("definition").all_inner_texts()
    return {line.strip() for several in said for line in several.replace(";", "\n").splitlines()}
