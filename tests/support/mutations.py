"""A copy of the real question files to change one place at a time, and the places that can be changed."""

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
    """The question files by short name: questionnaire, topics, sources, es; support, support-es; wording."""

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
        """Restore all files at the end of the block."""
        try:
            yield
        finally:
            for path in self.folder.glob("**/*.*"):
                path.unlink()
            for name, content in self.right.items():
                self.paths[name].write_bytes(content)

    def data(self, name: str) -> Any:
        """Return a copy of an unchanged file's data."""
        return deepcopy(self.documents[name].data)

    def put(self, name: str, data: Any) -> str:
        """Write data as JSON, which is valid YAML."""
        return self.write(name, json.dumps(data, ensure_ascii=False, indent=2))

    def text(self, name: str) -> str:
        return self.right[name].decode()

    def write(self, name: str, text: str) -> str:
        self.paths[name].write_bytes(text.encode())
        return name

    def named(self, file: str) -> str:
        """Return the short name of the file that a complaint names."""
        return next(name for name, path in self.paths.items() if path.resolve() == Path(file).resolve())

    def cited(self) -> set[str]:
        """Return every cited source and source/heading."""
        return {reference for name in ("questionnaire", "topics") for _, reference in citations(self.data(name))}

    def begins_lines(self, name: str) -> list[SourcePosition]:
        """Return where a key begins its line and its value begins on the same line."""
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
    """Yield every place in the data, except the root."""
    for step, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*where, step)
        yield from places(value, (*where, step))


def found(data: Any, *kinds: type) -> list[Where]:
    """Return the places of values of these types."""
    return [where for where in places(data) if isinstance(inside(data, where), kinds)]


def under(data: Any, *keys: str) -> list[Where]:
    """Return the places under these keys."""
    return [where for where in places(data) if where[-1] in keys]


def shown(name: str, data: Any) -> list[Where]:
    """Return the places of the texts that readers of English see."""
    return [where for where, _ in shown_words(name, data)]


def pairs(data: Any) -> list[Where]:
    """Return the places of a translation file that pair English with its translation."""
    return [where for where in found(data, dict) if inside(data, where).keys() == {"en", "es"}]


def citations(data: Any) -> list[tuple[Where, str]]:
    """Return every reference to a source, with its place."""
    lists = (where for where in under(data, "sources") if len(where) > 1)
    return [((*where, number), one) for where in lists for number, one in enumerate(inside(data, where))]


def questions(data: Any) -> list[Where]:
    """Return the places of the questions of questionnaire.yaml, in order."""
    return [where for where in found(data, dict) if "ask" in inside(data, where)]


def options(question: Any) -> Any:
    return question.get("choose_one") or question["choose_any"]


def shuffled(items: Iterable[Any], chance: Random) -> list[Any]:
    mixed = list(items)
    chance.shuffle(mixed)
    return mixed


@contextmanager
def remembering() -> Iterator[None]:
    """Memoize reading, since most of a load covers files and texts that no change touched.

    Files are keyed by their bytes, texts by the wording list and its tiers.
    """
    read, load, find = Document.read, loader.load_wording, WordingList.find_in
    document_of = lru_cache(maxsize=30)(lambda path, content: read(path))
    wording_of = lru_cache(maxsize=30)(lambda path, content: load(path))
    # Keep the list next to its hits, so that no other object can reuse its id().
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
