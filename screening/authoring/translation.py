"""The same questions in another language: words by id, each beside the English that it was made from.

A translation file mirrors the English ones and holds words only. An id leads to what it names; a text is a pair of `en`
and the language; a list of texts is a list of such pairs. So a changed English sentence is seen, and nothing else can
be changed from there: no path, no topic, no source.
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
"""Every other language that questions can be in: its code, which is its file's name too -> its English name."""

TRANSLATION = "translation"
"""The part of a translation file that says who answers for it: no words by id. In the data of a translation it stands
beside its files."""


class Text(NamedTuple):
    """A text that a patient can see: where it stands in its English file, and where its translation belongs."""

    where: Where
    key: Where
    say: str


class TranslatedText(NamedTuple):
    """A text beside the English that it was made from. `where` is its place in the translation file."""

    where: Where
    key: Where
    english: str
    say: str


class Misshapen(NamedTuple):
    """A place of a translation file where a pair is expected."""

    where: Where
    key: Where


def texts(file: FileName, data: Data) -> Iterator[Text]:
    """Every text of an English file, in its order."""
    return (Text(where, key_of(data, where), text) for where, text in shown_words(file, data))


def key_of(data: Data, where: Where) -> Where:
    """The place in a translation file that answers to a place in an English one: ids instead of positions."""
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
            # Where a thing has a single text, its id leads straight to it; and what a pause is stands at its id.
            is_pause = step == "pause" and was_item
            if not is_pause and not (step == "say" and isinstance(data, str)):
                key.append(step)
    return tuple(key)


def translated_texts(words: Data, language: str, where: Where = ()) -> Iterator[TranslatedText | Misshapen]:
    """Everything that a translation file says, in its order."""
    if isinstance(words, list):
        for number, inner in enumerate(words):
            yield from translated_texts(inner, language, (*where, number))
        return
    two = [words.get(ENGLISH), words.get(language)] if isinstance(words, dict) else [""]
    if isinstance(words, dict) and not any(isinstance(text, str) for text in two):
        for name, inner in words.items():
            if (*where, name) != (TRANSLATION,):
                yield from translated_texts(inner, language, (*where, name))
        return
    # Each pair of a list belongs to the list.
    key = tuple(step for step in where if isinstance(step, str))
    match two:
        case [str(english), str(translated)] if has_words(english) and has_words(translated) and len(words) == len(two):
            yield TranslatedText(where, key, english, translated)
        case _:
            yield Misshapen(where, key)


def texts_in_language(words: Data, language: str) -> Iterator[tuple[Where, str]]:
    """Every text of a translation file in its language, with its place."""
    return (
        ((*pair.where, language), pair.say)
        for pair in translated_texts(words, language)
        if isinstance(pair, TranslatedText)
    )


def apply_translation(english: Mapping[FileName, Data], words: Data, language: str) -> dict[FileName, Data]:
    """The data of English files in a language, all else unchanged.

    Raises:
        KeyError: a text has no translation.
    """
    known = {
        (pair.key, without_english(pair.english)): pair.say
        for pair in translated_texts(words, language)
        if isinstance(pair, TranslatedText)
    }
    said = {
        file: _replaced(data, {text.where: known[text.key, without_english(text.say)] for text in texts(file, data)})
        for file, data in english.items()
    }
    answers_for = words.get(TRANSLATION) if isinstance(words, dict) else None
    # In whichever order its keys stand, it says the same.
    return said | ({TRANSLATION: dict(sorted(answers_for.items()))} if isinstance(answers_for, dict) else {})


def without_english(text: str) -> str:
    """A text without regard to where its lines are broken."""
    return " ".join(text.split())


def _id(item: Mapping[str, Data]) -> str:
    pause = item.get("pause")
    return str((pause if isinstance(pause, dict) else item).get("id", ""))


def _replaced(data: Data, instead: Mapping[Where, str], where: Where = ()) -> Data:
    if isinstance(data, str):
        return instead.get(where, data)
    if isinstance(data, list):
        return [_replaced(item, instead, (*where, number)) for number, item in enumerate(data)]
    return {key: _replaced(value, instead, (*where, key)) for key, value in data.items()}
