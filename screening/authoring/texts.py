"""The texts that a question file shows, each with its position. Citations are left out, since they quote others."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.field_types import NONE
from screening.authoring.schema import FileName
from screening.authoring.yaml_document import Data, Where

# Citations: an article's own title is shown as it is, in every language.
CITED: dict[FileName, frozenset[str]] = {"sources": frozenset({"title"})}

SHOWN = frozenset(
    "about ask_always ask bring closes fine gone help hint interest lead limits name note opens paid_by protects "
    "reviewed_by say says title unknown warns why written_by".split()
)
# Keys that may say "none", which is not a text.
_NONE_ALLOWED = frozenset({"paid_by", "reviewed_by"})
# The keys below these are the author's own ids.
BY_ID = frozenset("ask_if choose_any choose_one countries emergency_ways gone headings ways".split())
# Shown unchanged in every language.
UNTRANSLATED: dict[FileName, frozenset[str]] = {
    "questionnaire": frozenset({"slug"}),
    "sources": frozenset({"by", "url"}),
    "support": frozenset({"ask_for", "call", "chat", "emergency", "press", "source", "text", "word"}),
}


def shown_words(file: FileName, data: Data) -> Iterator[tuple[Where, str]]:
    """Yield every text of a file that is shown in its language, with its position. Citations are left out."""
    return _shown(data, SHOWN - CITED.get(file, frozenset()), (), "")


def read_words(file: FileName, data: Data) -> Iterator[tuple[Where, str]]:
    """Yield every text of a file that the wording list reads: those of its language, and those shown in all."""
    keys = SHOWN - CITED.get(file, frozenset()) | UNTRANSLATED.get(file, frozenset())
    return _shown(data, keys, (), "")


def _shown(data: Data, keys: frozenset[str], where: Where, key: str) -> Iterator[tuple[Where, str]]:
    """Yield texts below `key`, which is a key of the grammar, or empty for an author's own id."""
    if isinstance(data, str):
        if key in keys and not (key in _NONE_ALLOWED and data == NONE):
            yield where, data
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _shown(item, keys, (*where, number), key)
    else:
        for name, value in data.items():
            # In `gone`, ids have texts as values. In the other mappings by id, they have parts.
            inner = "gone" if key == "gone" else "" if key in BY_ID else name
            yield from _shown(value, keys, (*where, name), inner)
