"""`once`: what is remembered can hold nothing of a visitor."""

from __future__ import annotations

import pytest
from flask import Flask
from markupsafe import Markup

from screening.web.templates import Once, filled


@pytest.fixture
def once(app: Flask) -> Once:
    return Once(app.jinja_env)


def test_it_refuses_what_it_was_not_told_of_at_start(app: Flask, once: Once) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="may hold something of a visitor"):
        once.call("en", "question.inside", "low mood")


def test_it_says_the_same_again_and_each_language_its_own(app: Flask, once: Once) -> None:
    with app.test_request_context("/"):
        first = once.call("en", "page.back")
        assert once.call("en", "page.back") is first
        assert once.call("es", "page.back") is not first


def test_one_patient_s_ticks_and_token_are_not_shown_to_the_next() -> None:
    choices = '<input name="choice" value="mood"> <input name="choice" value="mood-and-more">'
    blank = Markup('<input name="csrf_token" value="">' + choices)
    of_one = filled(blank, "a token", ["mood"])
    assert of_one == '<input name="csrf_token" value="a token">' + choices.replace('"mood"', '"mood" checked')
    assert "checked" not in blank
    assert "a token" not in blank
