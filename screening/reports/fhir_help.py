"""Support lines as FHIR R4 items. Their words come from the site's message catalog, as on patients' pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.pofile import read_po

from screening.questionnaire.support import Support, SupportLine
from screening.reports.fhir_elements import Element, display_item

CATALOG_FOLDER = Path(__file__).parent.parent / "translations"


def catalog_words(english: str, language: str, **values: object) -> str:
    """Return a message of the site in a language, with its values filled in.

    Raises:
        KeyError: the catalog of that language does not have the message.
    """
    return (english if language == "en" else _catalog(language)[english]) % values


def day_in_language(day: date, language: str) -> str:
    """Return a day in words, as patients' pages show it."""
    return format_date(day, "long", language)


def help_items(support: Support, place: str) -> Iterator[Element]:
    """Yield whom to call, one item for each line, in the lines' language. `place`: how their linkIds begin."""
    language = support.language
    danger = catalog_words("If someone is in danger or may have taken too much of something:", language)
    yield display_item(f"{place}.danger", f"{danger} {_emergency(support)}.")
    if support.talk:
        yield display_item(f"{place}.talk", catalog_words("To talk with a person at any hour:", language))
    for line in support.talk:
        yield display_item(f"{place}.talk.{line.id}", _line_in_words(line, language))
    traces = catalog_words("Calls and texts may show on your phone or bill.", language)
    yield display_item(f"{place}.traces", traces)


def _line_in_words(line: SupportLine, language: str) -> str:
    # Files are kept longer than numbers stay valid, so each line has the date of its last check.
    checked = catalog_words("Checked %(day)s.", language, day=day_in_language(line.checked, language))
    return " ".join(filter(None, (f"{line.name}: {_ways(line, language)}.", line.note, checked)))


def _ways(line: SupportLine, language: str) -> str:
    ways = []
    if line.call and line.press:
        ways.append(catalog_words("call %(number)s and press %(key)s", language, number=line.call, key=line.press))
    elif line.call:
        ways.append(catalog_words("call %(number)s", language, number=line.call))
    if line.text and line.word:
        ways.append(catalog_words("text the word %(word)s to %(number)s", language, word=line.word, number=line.text))
    elif line.text:
        ways.append(catalog_words("text %(number)s", language, number=line.text))
    if line.chat:
        ways.append(catalog_words("chat at %(place)s", language, place=line.chat.replace("https://", "")))
    # With a key to press there are two steps already, so a comma separates the next way.
    return catalog_words(", or " if line.press else " or ", language).join(ways)


def _emergency(support: Support) -> str:
    numbers = (catalog_words("call %(number)s", support.language, number=number) for number in support.emergency)
    emergency = catalog_words(" or ", support.language).join(numbers)
    if support.ask_for:
        emergency += catalog_words(" and say “%(word)s”", support.language, word=support.ask_for)
    return emergency


@cache
def _catalog(language: str) -> dict[str, str]:
    with (CATALOG_FOLDER / f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, language) if message.string}
