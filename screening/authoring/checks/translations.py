"""A translation says all that the English says, nothing else, and what the English says now; and as many questions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import takewhile
from typing import TypeAlias

from screening.authoring.schema import FileName, Finding
from screening.authoring.translation import (
    TRANSLATIONS,
    Misshapen,
    Text,
    TranslatedText,
    texts,
    translated_texts,
    without_english,
)
from screening.authoring.yaml_document import Document, Fault, Where
from screening.text.characters import find_markup

# A title or label of so few words may be the same in both languages.
MOST_CHANGED_WORDS = 2

EnglishTexts: TypeAlias = tuple[FileName, Text]

# Of one file's texts without a translation: more would hide what else is wrong.
MOST_LISTED_CHANGES = 10
_END = re.compile(r"[.!?…][\"'”’»)\]]*$")


def check(english: Mapping[FileName, Document], language: FileName, words: Document) -> Iterator[Finding]:
    """Yield each text without its translation, and each translation without its text, with the line of the other.

    `words` is the translation file of all these English files.
    """
    asked: dict[Where, list[EnglishTexts]] = {}
    said: dict[Where, list[TranslatedText]] = defaultdict(list)
    for file, document in english.items():
        for text in texts(file, document.data):
            asked.setdefault(text.key, []).append((file, text))
    misshapen: list[Misshapen] = []
    for pair in translated_texts(words.data, language):
        if isinstance(pair, Misshapen):
            misshapen.append(pair)
        else:
            said[pair.key].append(pair)
            yield from _unlike(pair, language)
            yield from _untranslated(pair, language)
    yield from (_misshapen(pair, language) for pair in misshapen)
    if any(not pair.key for pair in misshapen):
        return  # The file is no translation at all.
    found = list(_compared(english, language, words, asked, said))
    yield from (finding for finding in found if finding.file == language)
    for file in english:
        # That something is missing may only follow from a pair that cannot be read.
        if not misshapen:
            yield from _in_short([finding for finding in found if finding.file == file], language)
    taken_along = [pair for several in said.values() for pair in several if _is_taken_along(pair)]
    yield from _counted_otherwise(language, words, taken_along)


def _compared(
    english: Mapping[FileName, Document],
    language: FileName,
    words: Document,
    asked: Mapping[Where, list[EnglishTexts]],
    said: Mapping[Where, list[TranslatedText]],
) -> Iterator[Finding]:
    """What differs, in the translation; and in English what is missing there."""
    for key in dict.fromkeys((*asked, *said)):
        missing, over = _without_partner(asked.get(key, []), said.get(key, []))
        for (file, text), pair in zip(missing, over, strict=False):
            where = english[file].line(text.where)
            wrong = f'The English of this has changed, in {where}, to "{without_english(text.say)}".'
            remedy = "Translate it anew, and put the new English above it."
            yield Finding(language, Fault(pair.where, wrong, remedy))
        for file, text in missing[len(over) :]:
            remedy = f'Add it in {words.line(key)}, as "{": ".join(map(str, key))}".'
            yield Finding(file, Fault(text.where, f"This has no {TRANSLATIONS[language]}.", remedy))
        for pair in over[len(missing) :]:
            file, text = asked[max(asked, key=partial(_shared, pair.key))][0]
            wrong = f"Nothing in English answers to this. The nearest is {english[file].line(text.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Take it away, or mend the ids that lead to it."))


def _is_taken_along(pair: TranslatedText) -> bool:
    return pair.key == ("ask_always",) or (pair.key[:1], pair.key[-1:]) == (("topics",), ("ask",))


def _counted_otherwise(language: FileName, words: Document, asked: Iterable[TranslatedText]) -> Iterator[Finding]:
    """A summary gives each question once, by its words: so what is one question in English must be one in all."""
    by_english: dict[str, TranslatedText] = {}
    by_words: dict[str, TranslatedText] = {}
    for pair in asked:
        same = by_english.setdefault(without_english(pair.english), pair)
        alike = by_words.setdefault(without_english(pair.say), pair)
        if without_english(same.say) != without_english(pair.say):
            wrong = f"This question is said in other words in {words.line(same.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Say it in the same words in both places."))
        elif without_english(alike.english) != without_english(pair.english):
            wrong = f"Another question has the same words, in {words.line(alike.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Give each its own words, as in English."))


def _misshapen(pair: Misshapen, language: FileName) -> Finding:
    wrong = f'A text here needs "en", the English it was made from, and "{language}".'
    remedy = "Write both and nothing else, in quotes where they hold a comma or colon."
    return Finding(language, Fault(pair.where, wrong, remedy))


def _unlike(pair: TranslatedText, language: FileName) -> Iterator[Finding]:
    """What a translation holds that its English does not: another number, markup, or an end in mid-sentence."""
    where = (*pair.where, language)
    english, said = (re.findall(r"\d+", text) for text in (pair.english, pair.say))
    if sorted(english) != sorted(said):
        wrong = f"The numbers differ: {', '.join(english) or 'none'} in English, {', '.join(said) or 'none'} here."
        yield Finding(language, Fault(where, wrong, "Write the same ones, in digits."))
    if _END.search(pair.english) and not _END.search(pair.say):
        wrong = "The English of this ends as a sentence does, and this does not."
        yield Finding(language, Fault(pair.where, wrong, "See if words were cut off, and end it."))
    if slip := find_markup(pair.say):
        yield Finding(language, Fault(where, slip.wrong, slip.remedy))


def _in_short(missed: list[Finding], language: FileName) -> Iterator[Finding]:
    """Those that are told one by one, and how many there are beside them."""
    yield from missed[:MOST_LISTED_CHANGES]
    for next_one in missed[MOST_LISTED_CHANGES : MOST_LISTED_CHANGES + 1]:
        wrong = f"More have no {TRANSLATIONS[language]}, from here on: {len(missed) - MOST_LISTED_CHANGES}."
        yield next_one._replace(fault=next_one.fault._replace(wrong=wrong, remedy="Add them in the same way."))


def _untranslated(pair: TranslatedText, language: FileName) -> Iterator[Finding]:
    """A warning, since what has a name of its own may be called so in every language."""
    if (
        without_english(pair.say) == without_english(pair.english)
        and len(pair.say.split()) > MOST_CHANGED_WORDS
        and pair.key[-1:] != ("name",)
    ):
        wrong = f"The {TRANSLATIONS[language]} of this is its English, word for word."
        yield Finding(language, Fault((*pair.where, language), wrong, "Translate it, unless it is a name."), True)


def _without_partner(
    asked: list[EnglishTexts], said: list[TranslatedText]
) -> tuple[list[EnglishTexts], list[TranslatedText]]:
    """The texts of one key that no pair was made from, and the pairs that were made from none of them."""
    wanted, has = [without_english(text.say) for _, text in asked], [without_english(pair.english) for pair in said]
    missing = [one for one, text in zip(asked, wanted, strict=True) if text not in has]
    over = [pair for number, pair in enumerate(said) if has[number] not in wanted or has[number] in has[:number]]
    return missing, over


def _shared(one: Where, other: Where) -> int:
    """How many steps from the top two places have in common."""
    return sum(1 for _ in takewhile(lambda steps: steps[0] == steps[1], zip(one, other, strict=False)))
