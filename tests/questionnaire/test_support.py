from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from screening.authoring.builder import build_support
from screening.authoring.loader import Collection
from screening.authoring.yaml_document import Data
from screening.questionnaire.support import Support, SupportLine


def line(name: str, *, verified: bool, checked: date = date(2026, 11, 21)) -> SupportLine:
    return SupportLine(name, name, ("English",), f"{name}.test", checked, verified, call="988")


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
    """content.md, "Support lines": 988 has an authoritative source, and 911 needs none."""
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
    """Build a country's lines from file data, with the same words in Spanish."""
    given = {"source": "A test", "checked": "2026-11-21", "verified": "true"}
    data: Data = {
        "countries": {
            "US": {"name": "There", "emergency": ["911", "112"], "talk": [given | line for line in lines], **country}
        }
    }
    return build_support(data, {"es": {"support": data}})["US"]


def test_lines_where_the_reader_is_understood_come_first() -> None:
    support = built(
        {"id": "one", "name": "One", "call": "1", "languages": ["en"]},
        {"id": "two", "name": "Two", "call": "2", "languages": ["es"]},
    )
    assert [line.id for line in support.talk] == ["one", "two"]
    assert [line.id for line in support.in_language("es").talk] == ["two", "one"]
