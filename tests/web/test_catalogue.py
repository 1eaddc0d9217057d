"""The interface's Spanish says all that its English says now, and nothing that must not reach a patient."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from screening.questionnaire.loader import Collection
from tests.pages import CATALOGUE

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every message that the code and the templates of patients' pages have now, with its places."""
    file = tmp_path_factory.mktemp("words") / "words.pot"
    pybabel = Path(sys.executable).parent / "pybabel"
    subprocess.run(
        [pybabel, "-q", "extract", "--mapping", "pyproject.toml", "--output", file, "."], cwd=ROOT, check=True
    )
    with file.open("rb") as written:
        return read_po(written)


def messages(catalogue: Catalog) -> dict[str, Message]:
    return {str(message.id): message for message in catalogue if message.id}


def strings(message: Message) -> Iterator[tuple[str, str]]:
    """English and Spanish, of each number."""
    assert message.id
    assert message.string
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from zip(message.id, message.string, strict=True)


def test_every_message_stands_in_the_catalogue_and_no_other(english: Catalog) -> None:
    now, there = messages(english), messages(CATALOGUE)
    missing = [
        f"{message.locations}: {words} (run make words, then translate it)"
        for words, message in now.items()
        if words not in there
    ]
    assert missing == []
    left = [f"es.po:{there[words].lineno}: {words} (run make words)" for words in there if words not in now]
    assert left == []


@pytest.mark.parametrize("words", messages(CATALOGUE))
def test_a_message_is_translated_whole(words: str, collection: Collection) -> None:
    message = messages(CATALOGUE)[words]
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
