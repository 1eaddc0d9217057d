"""A canonical YAML format for translation files: the same texts always give the same file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple, TypeAlias

from screening.authoring.translation import ENGLISH, TRANSLATION
from screening.authoring.yaml_document import Data

YAML_WIDTH = 110

# Plain scalars that need no quotes: every YAML version and schema reads them as strings.
_PLAIN = re.compile(r"(?:[^\W\d_]|[¿¡(]|\d+ [^\W\d_])(?:(?!: | #).)*(?<![: ])")
_TYPED = frozenset("null true false yes no on off y n".split())
# White space that a folded block scalar would change.
_ODD_SPACE = re.compile(r"[\t\n\r]|  ")


class Said(NamedTuple):
    """A text with its translation, and the number of its source line."""

    english: str
    say: str
    line: int


Tree: TypeAlias = "dict[str, Tree | list[Said] | Said]"
"""Texts by id."""
NumberedLine: TypeAlias = tuple[str, int]
"""A line, and the number of its source line."""

_NO_SOURCE = 0


def format_translation(head: Iterable[str], about: Data, tree: Tree, language: str) -> Sequence[NumberedLine]:
    """Return the lines of a translation file, each with the source line of its text, or of the next text.

    `head` is the comment at the top. `about` says who answers for the translation, if given.
    """
    lines: list[NumberedLine] = [(line, _NO_SOURCE) for line in head]
    if isinstance(about, dict) and about:
        lines += _about(about)
    lines += _tree(tree, language, "")
    numbered: list[NumberedLine] = []
    source = 1
    for text, line in reversed(lines):
        source = line or source
        numbered.append((text, source))
    return numbered[::-1]


def _about(about: Mapping[str, Data]) -> Iterator[NumberedLine]:
    yield f"{TRANSLATION}:", _NO_SOURCE
    yield from ((f"  {key}: {_scalar(value)}", _NO_SOURCE) for key, value in about.items() if isinstance(value, str))


def _tree(tree: Tree, language: str, indent: str) -> Iterator[NumberedLine]:
    for name, inner in tree.items():
        yield f"{indent}{_scalar(name)}:", _NO_SOURCE
        if isinstance(inner, dict):
            yield from _tree(inner, language, f"{indent}  ")
        elif isinstance(inner, Said):
            yield from _pair(inner, language, f"{indent}  ", f"{indent}  ")
        else:
            for said in inner:
                yield from _pair(said, language, f"{indent}  - ", f"{indent}    ")


def _pair(said: Said, language: str, first: str, second: str) -> Iterator[NumberedLine]:
    yield from _text(first, ENGLISH, said.english, said.line)
    yield from _text(second, language, said.say, said.line)


def _text(lead: str, name: str, text: str, line: int) -> Iterator[NumberedLine]:
    """Yield a text on the line of its key, or folded below it if that is too wide."""
    single = f"{lead}{name}: {_scalar(text)}"
    if len(single) <= YAML_WIDTH or _ODD_SPACE.search(text):
        yield single, line
        return
    yield f"{lead}{name}: >-", line
    indent = " " * (len(lead) + 2)
    folded = wrap(
        text,
        YAML_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from ((part, line) for part in folded)


def _scalar(text: str) -> str:
    """Write a text as a YAML scalar, with quotes if it needs them."""
    is_plain = _PLAIN.fullmatch(text) and not _ODD_SPACE.search(text) and text.casefold() not in _TYPED
    return text if is_plain else json.dumps(text, ensure_ascii=False)
