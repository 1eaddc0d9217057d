"""A patient's way in a real browser, from the start page to the summary: phone and desk, with scripts and without."""

from __future__ import annotations

from screening.questionnaire.loader import Collection
from tests.browser.patient import Patient

CHECK = "/reflection/check"
CONSTANT = ("No single answer for everyone", "A full evaluation first", "What is not known in the long run")


def test_someone_asking_for_themselves_walks_to_the_summary(anyone: Patient, collection: Collection) -> None:
    patient = anyone.start()
    assert patient.heading == "Who are you asking for?"
    patient.answer("Myself").answer("Cravings and recovery", "Low mood")
    assert patient.heading == "Which triggers would you like to talk over with someone?"
    assert "Section 2 of 6 · What you notice" in patient.text
    patient.answer("Stress", "Boredom").answer("Talking therapy", "A support group").answer("What helped")
    patient.answer("My recovery").answer("Low mood", "Worry")

    assert patient.heading == "A moment to pause"
    patient.follow("Keep going").answer("People").answer("Fewer cravings").answer("How long it lasts")
    patient.answer("What is not known")

    assert patient.heading == "Check your answers"
    assert {"Myself", "Stress", "Boredom", "Talking therapy", "A support group"} <= answers(patient)

    patient.follow("See your summary")
    referral = collection.questionnaires[0].referral
    assert patient.heading == "Your summary"
    assert patient.text.startswith(" ".join(["Back to your answers", "Your summary", *referral.opens]))
    assert patient.text.endswith(" ".join(referral.closes))
    for title in ("Cravings and recovery", *CONSTANT):
        assert patient.page.get_by_role("heading", name=title, exact=True).is_visible()


def test_the_same_way_in_spanish(patient: Patient, collection: Collection) -> None:
    patient.ask_for_spanish().start()
    assert (patient.language, patient.heading) == ("es", "¿Para quién pregunta?")
    patient.answer("Myself").answer("Cravings and recovery").follow("English")
    assert "Section 2 of 6 · What you notice" in patient.text
    patient.follow("Español")
    assert patient.answer("Stress").language == "es"
    patient.go_on_to(CHECK)
    assert {"Para mí", "La recuperación y las ganas intensas de consumir", "Estrés"} <= answers(patient)
    patient.follow("See your summary")
    referral = collection.questionnaires[0].in_language("es").referral
    assert patient.heading == "Su resumen"
    assert " ".join(referral.opens) in patient.text
    assert patient.text.endswith(" ".join(referral.closes))


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
    assert "Which triggers would you like to talk over with someone?" in told
    assert {"I'm just learning", "Cravings and recovery"} <= answers(patient)
    assert not {"Myself", "Stress", "Talking therapy"} & answers(patient)
    assert not {"Myself", "Stress", "Talking therapy"} & answers(patient.follow("See your summary"))


def test_a_change_that_opens_a_question_asks_it_and_leads_back(patient: Patient, finished: str) -> None:
    patient.bring(finished).open(CHECK)
    patient.follow("Change this answer: What have you tried so far?").choice("Talking therapy").uncheck()
    assert patient.answer("Nothing yet").heading == "Check your answers"
    patient.follow("Change this answer: What have you tried so far?").choice("Nothing yet").uncheck()
    assert patient.answer("Talking therapy").heading == "What would you want a professional to know about that?"
    assert patient.answer("What helped").heading == "Check your answers"
    assert "What helped" in answers(patient)


def test_skipping_everything_leads_to_the_summary(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts
    patient.start().go_on_to(CHECK).follow("See your summary")
    assert patient.heading == "Your summary"
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
    """What the page says was chosen."""
    said = patient.page.get_by_role("definition").all_inner_texts()
    return {line.strip() for several in said for line in several.replace(";", "\n").splitlines()}
