"""Slots of components: each is filled exactly once, and with nothing that could be markup."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask, render_template_string
from jinja2 import ChoiceLoader, DictLoader
from lxml import html
from markupsafe import Markup

from config import ROOT
from screening.authoring.loader import Collection
from screening.web.slots import Component, SlotError, filled, flag, slot

PAGE = Markup('<form><input value="{}"><b{}></b><b{}></b></form>').format(
    slot("token"), flag("checked", "mood"), flag("checked", "mood-and-more")
)


def test_slots_take_a_text_and_set_flags() -> None:
    page = filled(PAGE, token="abc", checked=["mood-and-more"])
    assert page == '<form><input value="abc"><b></b><b checked></b></form>'


def test_nothing_of_one_filling_is_left_in_the_next() -> None:
    component = Component(PAGE)
    component.fill(token="abc", checked=["mood"])
    assert component.fill(token="", checked=()) == '<form><input value=""><b></b><b></b></form>'


def test_a_text_is_escaped() -> None:
    page = filled(PAGE, token='"><script>', checked=())
    assert '<input value="&#34;&gt;&lt;script&gt;">' in page


def test_a_text_that_looks_like_a_slot_is_none(app: Flask) -> None:
    with app.test_request_context("/"):
        page = render_template_string("{{ said }}{{ slot('token') }}", said="<slot:token>")
    assert unescape(filled(Markup(page), token="<slot:token>")) == "<slot:token><slot:token>"


def test_a_key_may_hold_any_sign() -> None:
    key = 'a "b" <c> & d'
    assert filled(flag("checked", key), checked=[key]) == " checked"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"token": "abc"}, "The slots are ['checked', 'token'], but values were given for ['token']."),
        ({"checked": ()}, "The slots are ['checked', 'token'], but values were given for ['checked']."),
        (
            {"token": "abc", "checked": (), "other": ""},
            "The slots are ['checked', 'token'], but values were given for ['checked', 'other', 'token'].",
        ),
        ({"token": "abc", "checked": ["sleep"]}, 'No slot "checked" is of "sleep".'),
        ({"token": "abc", "checked": "mood"}, 'The slot "checked" takes keys.'),
        ({"token": ["abc"], "checked": ()}, 'The slot "token" takes a text.'),
    ],
)
def test_an_unknown_or_missing_slot_is_an_error(values: dict[str, str | list[str]], wrong: str) -> None:
    with pytest.raises(SlotError) as error:
        filled(PAGE, **values)
    assert str(error.value) == wrong


@pytest.mark.parametrize(
    "again", [slot("token"), flag("checked", "mood"), flag("token", "mood"), slot("checked")], ids=str
)
def test_a_repeated_slot_is_an_error(again: Markup) -> None:
    with pytest.raises(SlotError, match="is declared twice"):
        Component(PAGE + again)


def test_ticks_survive_attributes_in_another_order(app: Flask, collection: Collection) -> None:
    (real,) = collection.questionnaires
    source = (ROOT / "templates/components/question.html").read_text()
    turned, changes = re.subn(
        r'name="choice" value="([^"]*)"({{.*}})>', r'value="\1" class="choice"\2 name="choice">', source
    )
    assert changes == 1
    question = real.questions[0]
    chosen = [question.options[number].id for number in (0, 2)]
    assert app.jinja_loader is not None
    loader = ChoiceLoader([DictLoader({"components/question.html": turned}), app.jinja_loader])
    with app.test_request_context("/"):
        template = app.jinja_env.overlay(loader=loader, cache_size=0).get_template("components/question.html")
        inside = template.module.inside(real, question)  # type: ignore[attr-defined]  # the macros of a template
    boxes = html.fromstring(filled(inside, checked=chosen)).xpath("//input[@name='choice'][@checked]")
    assert [box.get("value") for box in boxes] == chosen
