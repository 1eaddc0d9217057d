"""Pages reveal little by their lengths to an observer of encrypted traffic."""

from __future__ import annotations

import random

import pytest
from flask import Flask

from config import ROOT
from screening.authoring.loader import Collection
from tests.support.length_observer import ENCODINGS, draw, in_forms, in_forms_if_asked_most, observe, watch

JOURNEYS = 20
MAX_BITS = 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_cookie_and_pages_tell_fewer_than_two_bits_of_the_answers(clinic: Flask, language: str) -> None:
    learned = observe(clinic, language, JOURNEYS, random.Random(14))
    for encoding in ENCODINGS:
        assert learned.bits(encoding) < MAX_BITS
        assert len({length for one in learned.seen for length in one.cookies if length}) == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_whoever_is_asked_the_same_shows_the_same_lengths_however_much_they_pick(
    clinic: Flask, collection: Collection, language: str
) -> None:
    questionnaire, dice = collection.questionnaires[0], random.Random(15)
    everything = {
        question.id: tuple(option.id for option in question.options if not option.alone)[: None if question.many else 1]
        for question in questionnaire.questions
    }
    most, *others = (
        watch(clinic, language, answers)
        for answers in (everything, *(draw(questionnaire, dice, True) for _ in range(3)))
    )
    assert all(other == most for other in others)


def test_what_the_bodies_of_forms_tell_is_what_the_decisions_say(collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    bits = in_forms(questionnaire, random.Random(16))
    most = in_forms_if_asked_most(questionnaire)
    said = " ".join((ROOT / "docs/decisions/pages.md").read_text("utf-8").split())
    assert f"{bits.forms:.0f} of {bits.answers:.0f} bits" in said
    assert f"{most.forms:.0f} of {most.answers:.1f} bits" in said
