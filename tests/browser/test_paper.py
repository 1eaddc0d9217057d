"""The summary on paper: what is printed, what only by choice, and the button that opens the print window."""

from __future__ import annotations

from io import BytesIO
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from screening.questionnaire.loader import Collection
from tests.browser.patient import Patient

ANSWER = "Discouraging thoughts that come back"
CONSTANT = ("No single answer for everyone", "A full evaluation first", "What is not known in the long run")
WITH_ANSWERS = "Print my answers too"


@pytest.fixture
def reader(with_or_without_scripts: Patient, finished: str) -> Patient:
    """A patient at their summary, who has told which triggers they would like to talk over."""
    return with_or_without_scripts.bring(finished).open("/reflection/summary")


def printed(patient: Patient) -> str:
    """The words on paper, with single spaces."""
    pages = PdfReader(BytesIO(patient.page.pdf())).pages
    words = " ".join(page.extract_text() for page in pages)
    # Letters that touch are set as one sign.
    return " ".join(normalize("NFKC", words).split())


def test_paper_has_the_referral_help_questions_and_topics_and_no_answers(
    reader: Patient, collection: Collection
) -> None:
    referral = collection.questionnaires[0].referral
    paper = printed(reader)
    assert " ".join(["Your summary", *referral.opens]) in paper
    assert paper.endswith(" ".join(referral.closes))
    parts = ("Your summary", "Nobody is watching this form", "Questions to take with you", *CONSTANT)
    places = [paper.index(part) for part in parts]
    assert places == sorted(places)
    for words in ("call 911", "call 988", "What other choices do I have?"):
        assert words in paper
    for words in ("Leave this page", "Print my answers", "Privacy", "Back to your answers", "Go to the content"):
        assert words not in paper
    assert ANSWER in reader.text
    assert ANSWER not in paper


def test_answers_are_printed_where_that_was_chosen(reader: Patient, collection: Collection) -> None:
    paper = printed(reader.choose(WITH_ANSWERS))
    assert ANSWER in paper
    assert paper.endswith(" ".join(collection.questionnaires[0].referral.closes))


def test_the_print_button_opens_the_browsers_print_window(patient: Patient, finished: str) -> None:
    patient.bring(finished).open("/reflection/summary")
    patient.page.evaluate("() => { window.timesPrinted = 0; window.print = () => { window.timesPrinted += 1 } }")
    patient.button("Print or save as PDF").click()
    assert patient.page.evaluate("window.timesPrinted") == 1


def test_where_no_script_runs_the_page_says_how_to_print(reader: Patient) -> None:
    has_button = reader.button("Print or save as PDF").is_visible()
    says_how = reader.page.get_by_text("To print or save this page, use your browser’s menu.").is_visible()
    assert has_button is not says_how
