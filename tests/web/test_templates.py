"""`once`: a cached fragment cannot contain anything about a visitor."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.web.slots import SlotError, filled
from screening.web.templates import ComponentCache


@pytest.fixture
def once(app: Flask) -> ComponentCache:
    return ComponentCache(app.jinja_env)


def test_it_refuses_what_it_was_not_told_of_at_start(app: Flask, once: ComponentCache) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="may depend on a visitor"):
        once.call("en", "question.inside", "low mood")


def test_it_says_the_same_again_and_each_language_its_own(app: Flask, once: ComponentCache) -> None:
    with app.test_request_context("/"):
        first = once.call("en", "page.back")
        assert once.call("en", "page.back") is first
        assert once.call("es", "page.back") is not first


def test_one_patient_s_ticks_and_token_are_not_shown_to_the_next(
    app: Flask, once: ComponentCache, collection: Collection
) -> None:
    (real,) = collection.questionnaires
    question = real.questions[0]
    once.allow(real, question, True, False)
    arguments = ("en", "question.form", real, question, True, False)
    with app.test_request_context("/"):
        of_one = filled(once.slotted(*arguments), csrf_token="a token", checked=[question.options[0].id])
        of_another = filled(once.slotted(*arguments), csrf_token="another", checked=())
    assert str(of_one) == str(of_another).replace("another", "a token").replace(
        f'value="{question.options[0].id}"', f'value="{question.options[0].id}" checked'
    )
    assert "checked" in of_one
    assert "a token" not in of_another


def test_what_has_slots_is_not_shown_without_filling_them(
    app: Flask, once: ComponentCache, collection: Collection
) -> None:
    (real,) = collection.questionnaires
    once.allow(real, real.questions[0], True, False)
    with app.test_request_context("/"), pytest.raises(SlotError, match="csrf_token"):
        once.call("en", "question.form", real, real.questions[0], True, False)
