"""Translations of question files: texts by id, each next to the English that it was made from.

A translation file mirrors the English ones, and contains only texts. Ids are its keys. A text is a pair of `en` and the
language, and a list of texts is a list of such pairs. So a change of the English is detected, and a translation cannot
change anything else: no path, no topic, no source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from screening.authoring.schema import FileName
from screening.authoring.texts import shown_words
from screening.authoring.yaml_document import Data, Where
from screening.text.characters import has_words

ENGLISH = "en"
TRANSLATIONS: Mapping[FileName, str] = {"es": "Spanish"}
"""English names of the languages that questions can be translated into, by code. The code is the file's name too."""

TRANSLATION = "translation"
"""The key under which a translation file says who answers for it, instead of texts by id. In the data of a translation,
it is next to the names of the files."""


class Text(NamedTuple):
    """A text that patients can see: its position in the English file, and its key in a translation file."""

    where: Where
    key: Where
    say: str


class TranslatedText(NamedTuple):
    """A text next to the English that it was made from. `where` is its position in the translation file."""

    where: Where
    key: Where
    english: str
    say: str


class Misshapen(NamedTuple):
    """A place in a translation file that should be a pair of texts, and is not."""

    where: Where
    key: Where


def texts(file: FileName, data: Data) -> Iterator[Text]:
    """Yield every text of an English file, in order."""
    return (Text(where, key_of(data, where), text) for where, text in shown_words(file, data))


def key_of(data: Data, where: Where) -> Where:
    """Return the key in a translation file for a position in an English one: with ids instead of list positions."""
    key: list[str] = []
    is_item = False
    for step in where:
        was_item, is_item = is_item, isinstance(data, list)
        if isinstance(data, list):
            assert isinstance(step, int)
            data = data[step]
            if isinstance(data, dict) and (name := _id(data)):
                key.append(name)
        else:
            assert isinstance(data, dict)
            assert isinstance(step, str)
            data = data[step]
            # A part with a single text has it directly at its id. The texts of a pause are directly at its id too.
            is_pause = step == "pause" and was_item
            if not is_pause and not (step == "say" and isinstance(data, str)):
                key.append(step)
    return tuple(key)


def translated_texts(words: Data, language: str, where: Where = ()) -> Iterator[TranslatedText | Misshapen]:
    """Yield every text of a translation file, in order, and each place that is not a pair of texts."""
    if isinstance(words, list):
        for number, inner in enumerate(words):
            yield from translated_texts(inner, language, (*where, number))
        return
    pair = [words.get(ENGLISH), words.get(language)] if isinstance(words, dict) else [""]
    if isinstance(words, dict) and not any(isinstance(text, str) for text in pair):
        for name, inner in words.items():
            if (*where, name) != (TRANSLATION,):
                yield from translated_texts(inner, language, (*where, name))
        return
    # The pairs of a list share its key.
    key = tuple(step for step in where if isinstance(step, str))
    match pair:
        case [str(english), str(translated)] if has_words(english) and has_words(translated) and len(words) == 2:
            yield TranslatedText(where, key, english, translated)
        case _:
            yield Misshapen(where, key)


def texts_in_language(words: Data, language: str) -> Iterator[tuple[Where, str]]:
    """Yield every text of a translation file in its language, with its position."""
    return (
        ((*pair.where, language), pair.say)
        for pair in translated_texts(words, language)
        if isinstance(pair, TranslatedText)
    )


def apply_translation(english: Mapping[FileName, Data], words: Data, language: str) -> dict[FileName, Data]:
    """Return the data of English files with their texts in a language, and everything else unchanged.

    Raises:
        KeyError: a text has no translation.
    """
    translated = {
        (pair.key, collapse_spaces(pair.english)): pair.say
        for pair in translated_texts(words, language)
        if isinstance(pair, TranslatedText)
    }
    result = {
        file: _replace_texts(
            data, {text.where: translated[text.key, collapse_spaces(text.say)] for text in texts(file, data)}
        )
        for file, data in english.items()
    }
    authorship = words.get(TRANSLATION) if isinstance(words, dict) else None
    # Sorted, so that the order of its keys does not change the version.
    return result | ({TRANSLATION: dict(sorted(authorship.items()))} if isinstance(authorship, dict) else {})


def collapse_spaces(text: str) -> str:
    """Normalize white space, so that line breaks make no difference."""
    return " ".join(text.split())


def _id(item: Mapping[str, Data]) -> str:
    pause = item.get("pause")
    return str((pause if isinstance(pause, dict) else item).get("id", ""))


def _replace_texts(data: Data, translated: Mapping[Where, str], where: Where = ()) -> Data:
    if isinstance(data, str):
        return translated.get(where, data)
    if isinstance(data, list):
        return [_replace_texts(item, translated, (*where, number)) for number, item in enumerate(data)]
    return {key: _replace_texts(value, translated, (*where, key)) for key, value in data.items()}
