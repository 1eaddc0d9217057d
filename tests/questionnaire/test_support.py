from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from screening.questionnaire.building import built_support
from screening.questionnaire.document import Data
from screening.questionnaire.loader import Collection
from screening.questionnaire.support import Line, Support, help_sentence
from screening.questionnaire.translation import ENGLISH, TRANSLATIONS


def line(name: str, *, verified: bool, checked: date = date(2026, 11, 21)) -> Line:
    return Line(name, name, ("English",), f"{name}.test", checked, verified, call="988")


KNOWN, DOUBTFUL = line("known", verified=True), line("doubtful", verified=False)
SUPPORT = Support("US", "United States", ("911", "112"), (DOUBTFUL, KNOWN), (DOUBTFUL,))


def test_until_the_clinic_confirms_only_verified_lines_are_shown() -> None:
    shown = SUPPORT.shown(confirmed=False)
    assert shown.talk == (KNOWN,)
    assert shown.treatment == ()


def test_once_the_clinic_has_confirmed_every_line_is_shown_in_its_order() -> None:
    shown = SUPPORT.shown(confirmed=True)
    assert shown.talk == (DOUBTFUL, KNOWN)
    assert shown.treatment == (DOUBTFUL,)


@pytest.mark.parametrize("confirmed", [True, False])
def test_the_emergency_number_is_always_shown(confirmed: bool) -> None:
    nothing_verified = Support("US", "United States", ("911", "112"), (DOUBTFUL,), ())
    for support in (SUPPORT, nothing_verified):
        shown = support.shown(confirmed)
        assert shown.emergency == ("911", "112")
        assert (shown.country, shown.name) == ("US", "United States")


def test_hiding_lines_takes_nothing_from_the_data() -> None:
    SUPPORT.shown(confirmed=False)
    assert SUPPORT.talk == (DOUBTFUL, KNOWN)


def test_a_line_is_stale_half_a_year_after_it_was_checked_or_confirmed() -> None:
    today = date(2027, 6, 1)
    old, fresh = line("old", verified=True), line("fresh", verified=True, checked=date(2027, 1, 1))
    support = Support("US", "United States", ("911",), (old, fresh), (old,))
    assert support.stale(today, None) == (old, old)
    assert support.stale(today, date(2027, 5, 1)) == ()
    assert support.stale(today, date(2026, 1, 1)) == (old, old)
    assert support.stale(date(2026, 12, 31), None) == ()
    assert support.stale(date(2026, 12, 30), None) == (fresh,)


def test_stale_lines_are_shown_all_the_same() -> None:
    assert (
        line("old", verified=True, checked=date(2001, 1, 1))
        in Support("US", "United States", ("911",), (line("old", verified=True, checked=date(2001, 1, 1)),), ())
        .shown(confirmed=False)
        .talk
    )


def test_the_real_lines_of_an_unconfirmed_clinic(collection: Collection) -> None:
    """content.md, "Support lines": 988 stands on an authoritative source, and 911 needs none."""
    shown = collection.support["US"].shown(confirmed=False)
    assert shown.emergency == ("911",)
    assert [(line.call, line.text, line.chat) for line in shown.talk] == [("988", "988", "https://988lifeline.org")]
    assert [(line.press, line.word) for line in shown.talk] == [("", "")]
    assert shown.ask_for == ""
    assert shown.treatment == ()
    for country in ("UK", "IE", "CA", "AU"):
        elsewhere = collection.support[country].shown(confirmed=False)
        assert elsewhere.emergency
        assert elsewhere.talk == ()
        assert elsewhere.treatment == ()


def test_the_real_lines_of_a_confirmed_clinic(collection: Collection) -> None:
    confirmed = {country: support.shown(confirmed=True) for country, support in collection.support.items()}
    assert {country: support.emergency for country, support in confirmed.items()} == {
        "US": ("911",),
        "UK": ("999",),
        "IE": ("112", "999"),
        "CA": ("911",),
        "AU": ("000",),
    }
    assert {
        country: [line.call or line.text for line in (*support.talk, *support.treatment)]
        for country, support in confirmed.items()
    } == {
        "US": ["988", "1-800-662-4357"],
        "UK": ["116 123", "111", "0808 808 8000"],
        "IE": ["116 123", "50808"],
        "CA": ["9-8-8"],
        "AU": ["13 11 14"],
    }


@pytest.mark.parametrize("confirmed", [True, False])
def test_988_is_one_line_with_its_way_in_for_spanish(collection: Collection, confirmed: bool) -> None:
    """content.md, "Spanish": a Spanish speaker in crisis is never told that the only line is in English."""
    spanish = collection.support["US"].shown(confirmed).in_language("es")
    (line,) = spanish.talk
    assert line.name == "Línea 988 de Prevención del Suicidio y Crisis"
    assert (line.call, line.press, line.text, line.word) == ("988", "2", "988", "AYUDA")
    assert line.chat == "https://988lifeline.org/es"
    assert "es" in line.languages
    assert (spanish.emergency, spanish.ask_for) == (("911",), "español")


def built(*lines: dict[str, Any], **country: Any) -> Support:
    """A country's lines as its file has them, in Spanish, with the same words."""
    given = {"source": "A test", "checked": "2026-11-21", "verified": "true"}
    data: Data = {
        "countries": {
            "US": {"name": "There", "emergency": ["911", "112"], "talk": [given | line for line in lines], **country}
        }
    }
    return built_support(data, {"es": {"support": data}})["US"]


def test_lines_where_the_reader_is_understood_come_first() -> None:
    support = built(
        {"id": "one", "name": "One", "call": "1", "languages": ["en"]},
        {"id": "two", "name": "Two", "call": "2", "languages": ["es"]},
    )
    assert [line.id for line in support.talk] == ["one", "two"]
    assert [line.id for line in support.in_language("es").talk] == ["two", "one"]


@pytest.mark.parametrize(
    ("line", "english", "spanish"),
    [
        ({"call": "9", "text": "9"}, "call or text 9", "llame o mande un mensaje de texto al 9"),
        ({"call": "9", "text": "8"}, "call 9 or text 8", "llame al 9 o mande un mensaje de texto al 8"),
        ({"call": "9"}, "call 9", "llame al 9"),
        ({"text": "8"}, "text 8", "mande un mensaje de texto al 8"),
        ({"chat": "https://a.test/b"}, "chat at a.test/b", "escriba por chat en a.test/b"),
        ({"text": "8", "word": "HOME"}, "text HOME to 8", "mande HOME al 8"),
        (
            {"call": "9", "text": "9", "ways": {"es": {"press": "2", "word": "AYUDA"}}},
            "call or text 9",
            "llame al 9 y oprima 2, o mande AYUDA al 9",
        ),
        (
            {"call": "9", "press": "1", "text": "9", "word": "HOME"},
            "call 9 and press 1, or text HOME to 9",
            "llame al 9 y oprima 1, o mande HOME al 9",
        ),
    ],
)
def test_a_help_sentence_names_the_first_line_that_is_shown(line: dict[str, Any], english: str, spanish: str) -> None:
    support = built({"id": "one", "name": "One", "languages": ["en", "es"], **line})
    assert help_sentence("If it gets worse, {talk} now.", support) == f"If it gets worse, {english} now."
    assert help_sentence("{talk}.", support.in_language("es")).lower() == f"{spanish}.".lower()


def test_a_help_sentence_names_the_emergency_number_where_no_line_is_shown() -> None:
    hidden = {"id": "one", "name": "One", "call": "1", "languages": ["en"], "verified": "false"}
    support = built(hidden, emergency_ways={"es": {"ask_for": "español"}}).shown(confirmed=False)
    assert help_sentence("Do not wait: {talk}.", support) == "Do not wait: call 911 or 112."
    assert help_sentence("No espere: {talk}.", support.in_language("es")) == (
        "No espere: llame al 911 o 112 y diga “español”."
    )


def test_a_help_sentence_has_the_emergency_number_and_begins_with_a_capital() -> None:
    support = built({"id": "one", "name": "One", "call": "1", "languages": ["en"]})
    assert help_sentence("{talk}, or {emergency}.", support) == "Call 1, or 911 or 112."
    assert help_sentence("No slot.", support) == "No slot."


def test_help_sentences_can_be_said_in_every_language(collection: Collection) -> None:
    for support in collection.support.values():
        for language in (ENGLISH, *TRANSLATIONS):
            assert support.in_language(language).language == language
            assert "{" not in help_sentence("{talk} {emergency}", support.in_language(language))
