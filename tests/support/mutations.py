"""A copy of the real question files, of which one is changed at a time, and the places in it that can be changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from screening.authoring import loader
from screening.authoring.schema import QUESTIONNAIRE_FILES
from screening.authoring.texts import shown_words
from screening.authoring.wording_list import EVERYWHERE, Hit, Tier, WordingList
from screening.authoring.yaml_document import Document, Where
from screening.authoring.yaml_messages import SourcePosition

QUESTIONS = Path(__file__).parents[2] / "questions"
QUESTIONNAIRE = "ketamine-therapy"
ENGLISH = (*QUESTIONNAIRE_FILES, "support")

Change: TypeAlias = "Callable[[Copy, Random], str]"
"""Changes one place of a copy, and says in which files (by name, with a space between) the first complaint may stand.

A function of this kind is the description of its change: its name and its lines are all there is to know.
"""


class Copy:
    """The question files, by short names: questionnaire, topics, sources, es; support, support-es; wording."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(QUESTIONS, folder / "questions"))
        own = self.folder / QUESTIONNAIRE
        self.paths = {name: own / f"{name}.yaml" for name in (*QUESTIONNAIRE_FILES, "es")}
        self.paths |= {name: self.folder / f"{name}.yaml" for name in ("support", "wording")}
        self.paths["support-es"] = self.folder / "es.yaml"
        self.right = {name: path.read_bytes() for name, path in self.paths.items()}
        self.documents = {name: Document.read(path) for name, path in self.paths.items()}

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Whatever is changed here is right again afterwards."""
        try:
            yield
        finally:
            for path in self.folder.glob("**/*.*"):
                path.unlink()
            for name, content in self.right.items():
                self.paths[name].write_bytes(content)

    def data(self, name: str) -> Any:
        """A right file's data, to be changed and put back."""
        return deepcopy(self.documents[name].data)

    def put(self, name: str, data: Any) -> str:
        """Write data: JSON is YAML too."""
        return self.write(name, json.dumps(data, ensure_ascii=False, indent=2))

    def text(self, name: str) -> str:
        return self.right[name].decode()

    def write(self, name: str, text: str) -> str:
        self.paths[name].write_bytes(text.encode())
        return name

    def named(self, file: str) -> str:
        """The short name of a file that a complaint names."""
        return next(name for name, path in self.paths.items() if path.resolve() == Path(file).resolve())

    def cited(self) -> set[str]:
        """Every source, and source/heading, on which something rests."""
        return {reference for name in ("questionnaire", "topics") for _, reference in citations(self.data(name))}

    def begins_lines(self, name: str) -> list[SourcePosition]:
        """Where a key stands first in its line, with its value or the beginning of it beside it."""
        document, lines = self.documents[name], self.text(name).split("\n")
        begun = (
            key
            for where, key in document.keys.items()
            if not lines[key.line - 1][: key.column - 1].strip() and document.values[where].line == key.line
        )
        return sorted(begun)


def inside(data: Any, where: Where) -> Any:
    for step in where:
        data = data[step]
    return data


def change(data: Any, where: Where, this: Any) -> None:
    inside(data, where[:-1])[where[-1]] = this


def places(data: Any, where: Where = ()) -> Iterator[Where]:
    """Every place of some data but the top."""
    for step, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*where, step)
        yield from places(value, (*where, step))


def found(data: Any, *kinds: type) -> list[Where]:
    """The places where there is a value of one of these kinds."""
    return [where for where in places(data) if isinstance(inside(data, where), kinds)]


def under(data: Any, *keys: str) -> list[Where]:
    """The places that one of these keys leads to."""
    return [where for where in places(data) if where[-1] in keys]


def shown(name: str, data: Any) -> list[Where]:
    """The places of the texts that readers of English see."""
    return [where for where, _ in shown_words(name, data)]


def pairs(data: Any) -> list[Where]:
    """The places of a translation file where English and its translation stand together."""
    return [where for where in found(data, dict) if inside(data, where).keys() == {"en", "es"}]


def citations(data: Any) -> list[tuple[Where, str]]:
    """Every reference to a source, with its place."""
    lists = (where for where in under(data, "sources") if len(where) > 1)
    return [((*where, number), one) for where in lists for number, one in enumerate(inside(data, where))]


def questions(data: Any) -> list[Where]:
    """The places of the questions of questionnaire.yaml, in their order."""
    return [where for where in found(data, dict) if "ask" in inside(data, where)]


def options(question: Any) -> Any:
    return question.get("choose_one") or question["choose_any"]


def shuffled(items: Iterable[Any], chance: Random) -> list[Any]:
    mixed = list(items)
    chance.shuffle(mixed)
    return mixed


@contextmanager
def remembering() -> Iterator[None]:
    """What was read once is not read again: a load spends most of its time on what no change has touched.

    A file is known by its bytes, a text by the wording list and the tiers that it is read with.
    """
    read, load, find = Document.read, loader.load_wording, WordingList.find_in
    document_of = lru_cache(maxsize=30)(lambda path, content: read(path))
    wording_of = lru_cache(maxsize=30)(lambda path, content: load(path))
    # A list stands beside what was found with it, so that no other can come to have its identity.
    hits: dict[int, tuple[WordingList, dict[tuple[str, tuple[Tier, ...]], list[Hit]]]] = {}

    def find_once(
        wording: WordingList, texts: Sequence[str], tiers: Sequence[Tier] = EVERYWHERE
    ) -> list[tuple[int, Hit]]:
        _, found = hits.setdefault(id(wording), (wording, {}))
        read_by = tuple(tiers)
        fresh = [text for text in dict.fromkeys(texts) if (text, read_by) not in found]
        found |= {(text, read_by): [] for text in fresh}
        for number, hit in find(wording, fresh, tiers):
            found[fresh[number], read_by].append(hit)
        return [(number, hit) for number, text in enumerate(texts) for hit in found[text, read_by]]

    def content(path: Path) -> bytes:
        return path.read_bytes() if path.is_file() else b""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Document, "read", lambda path: document_of(path, content(path)))
        patch.setattr(loader, "load_wording", lambda path: wording_of(path, content(path)))
        patch.setattr(WordingList, "find_in", find_once)
        yield
