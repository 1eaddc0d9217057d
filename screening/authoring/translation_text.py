"""The text of a translation file, always in one form: the same words make the same file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple, TypeAlias

from screening.authoring.translation import ENGLISH, TRANSLATION
from screening.authoring.yaml_document import Data

YAML_WIDTH = 110

# What YAML reads as the text that it is, without quotes: in every version, and with every type that it knows.
_BARE = re.compile(r"(?:[^\W\d_]|[¿¡(]|\d+ [^\W\d_])(?:(?!: | #).)*(?<![: ])")
_TYPED = frozenset("null true false yes no on off y n".split())
# What folding would not keep.
_ODD_SPACE = re.compile(r"[\t\n\r]|  ")


class Said(NamedTuple):
    """A text with its translation, and the line that it comes from."""

    english: str
    say: str
    line: int


Tree: TypeAlias = "dict[str, Tree | list[Said] | Said]"
"""Words by id."""
NumberedLine: TypeAlias = tuple[str, int]

_NOWHERE = 0


def format_translation(head: Iterable[str], about: Data, tree: Tree, language: str) -> Sequence[NumberedLine]:
    """The lines of a translation file, each with the line that it, or the next text, comes from.

    `head` is the comment that it begins with; `about` says who answers for it, if it is there.
    """
    made: list[NumberedLine] = [(line, _NOWHERE) for line in head]
    if isinstance(about, dict) and about:
        made += _about(about)
    made += _tree(tree, language, "")
    owned: list[NumberedLine] = []
    owner = 1
    for text, line in reversed(made):
        owner = line or owner
        owned.append((text, owner))
    return owned[::-1]


def _about(about: Mapping[str, Data]) -> Iterator[NumberedLine]:
    yield f"{TRANSLATION}:", _NOWHERE
    yield from ((f"  {key}: {_scalar(value)}", _NOWHERE) for key, value in about.items() if isinstance(value, str))


def _tree(tree: Tree, language: str, indent: str) -> Iterator[NumberedLine]:
    for name, inner in tree.items():
        yield f"{indent}{_scalar(name)}:", _NOWHERE
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
    """A text beside its key, or below it where that is too wide."""
    one = f"{lead}{name}: {_scalar(text)}"
    if len(one) <= YAML_WIDTH or _ODD_SPACE.search(text):
        yield one, line
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
    """A text as it stands in YAML, with quotes where it needs them."""
    is_bare = _BARE.fullmatch(text) and not _ODD_SPACE.search(text) and text.casefold() not in _TYPED
    return text if is_bare else json.dumps(text, ensure_ascii=False)
