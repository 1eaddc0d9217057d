"""The interface's Spanish is complete and up to date, reads easily, and contains no forbidden words."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from screening.authoring.checks import readability
from screening.authoring.loader import Collection
from screening.authoring.yaml_document import Data
from screening.web.languages import CATALOGS
from tests.support.page_checker import CATALOG

ROOT = Path(__file__).parents[2]
FILE = CATALOGS / "es.po"
PLACE = re.compile(r"%\(\w+\)[sd]")
# With fewer words the scale is meaningless, since one long word decides.
ENOUGH_TO_MEASURE = 25


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Extract every message from the code and templates of patients' pages, with its places."""
    file = tmp_path_factory.mktemp("words") / "words.pot"
    pybabel = Path(sys.executable).parent / "pybabel"
    subprocess.run(
        [pybabel, "-q", "extract", "--mapping", "pyproject.toml", "--output", file, "."], cwd=ROOT, check=True
    )
    with file.open("rb") as written:
        return read_po(written)


def messages(catalog: Catalog) -> dict[str, Message]:
    return {str(message.id): message for message in catalog if message.id}


def strings(message: Message) -> Iterator[tuple[str, str]]:
    """Yield English and Spanish, in each plural form."""
    assert message.id
    assert message.string
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from zip(message.id, message.string, strict=True)


def test_every_message_stands_in_the_catalog_and_no_other(english: Catalog) -> None:
    now, there = messages(english), messages(CATALOG)
    missing = [
        f"{message.locations}: {words} (run make words, then translate it)"
        for words, message in now.items()
        if words not in there
    ]
    assert missing == []
    left = [f"es.po:{there[words].lineno}: {words} (run make words)" for words in there if words not in now]
    assert left == []


@pytest.mark.parametrize("words", messages(CATALOG))
def test_a_message_is_translated_whole(words: str, collection: Collection) -> None:
    message = messages(CATALOG)[words]
    assert not message.fuzzy
    for said, spoken in strings(message):
        assert spoken.strip(), f"es.po:{message.lineno}"
        assert sorted(PLACE.findall(said)) == sorted(PLACE.findall(spoken))
        assert [said[:1] == " ", said[-1:] == " "] == [spoken[:1] == " ", spoken[-1:] == " "], (
            "it stands inside a sentence"
        )
        for text in (said, spoken):
            refused = [hit.found for hit in collection.wording.find(PLACE.sub("7", text)) if hit.is_refused]
            assert refused == []


def test_the_catalog_can_be_read_by_any_tool() -> None:
    with FILE.open("rb") as written:
        catalog = read_po(written, abort_invalid=True)
    assert (str(catalog.locale), catalog.charset) == ("es", "utf-8")
    assert [(message.id, errors) for message, errors in catalog.check()] == []
    msgfmt = shutil.which("msgfmt")
    assert msgfmt, "make test installs it"
    output = subprocess.run([msgfmt, "--check", "--output-file", "-", FILE], capture_output=True, check=False)
    assert (output.returncode, output.stderr) == (0, b"")


LONG = [
    text
    for message in messages(CATALOG).values()
    for text in (PLACE.sub("7", spoken) for _, spoken in strings(message))
    if len(text.split()) >= ENOUGH_TO_MEASURE
]


@pytest.mark.parametrize("text", LONG)
def test_a_long_message_reads_easily(text: str) -> None:
    assert [fault.wrong for _, fault, _ in readability.check("questionnaire", {"about": [text]}, "es")] == []


def test_all_messages_together_read_easily() -> None:
    texts: list[Data] = [str(spoken) for message in messages(CATALOG).values() for _, spoken in strings(message)]
    assert list(readability.check("questionnaire", {"about": texts}, "es")) == []
