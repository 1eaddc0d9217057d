"""The visible words on a summary's page, counted there, against the proved limits."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.authoring import proofs
from screening.authoring.loader import Collection
from tests.support.page_checker import Page, Patient

# Not counted: headings, labels and marks; folded text; text only for paper; links and buttons.
NOT_PROSE = """
    .//h1 | .//h2 | .//h3 | .//dt | .//*[contains(@class, 'mark')] | .//details | .//nav | .//a[@class='back']
    | .//*[contains(@class, 'on-paper') or contains(@class, 'in-english') or contains(@class, 'unseen')]
    | .//*[@class='told' or contains(@class, 'print-choice') or @class='buttons']
    | .//p[a and normalize-space(.) = normalize-space(a)]
"""


LABEL = {"en": len("You could ask:".split()), "es": len("Podría preguntar:".split())}


def open_words(page: Page) -> int:
    (main,) = page.find("//main")
    for aside in main.xpath(NOT_PROSE):
        aside.drop_tree()
    return len(main.text_content().split())


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_summary_s_page_is_as_long_as_is_proved(app: Flask, collection: Collection, language: str) -> None:
    (questionnaire,) = collection.questionnaires
    least = proofs.proof_of(questionnaire).extents[language].least
    patient = Patient(app, collection.wording, is_strict=False, asks_for=language)
    patient.start()
    while not patient.page.path.endswith("/check"):
        patient.step()
    patient.follow("See your summary")
    # In the box, a question's label is in the question's line.
    assert abs(open_words(patient.press("Skip")) - LABEL[language] - least) <= 2
