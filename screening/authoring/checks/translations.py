"""A translation is complete, up to date and without additions, and distinguishes the same questions as the English."""

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
    collapse_spaces,
    texts,
    translated_texts,
)
from screening.authoring.yaml_document import Document, Fault, Where
from screening.text.characters import find_markup

# A title or label of at most two words may be the same in both languages.
MAX_CHANGED_WORDS = 2

EnglishTexts: TypeAlias = tuple[FileName, Text]

# Findings about missing translations per file: more would hide other findings.
MAX_LISTED_CHANGES = 10
_END = re.compile(r"[.!?…][\"'”’»)\]]*$")


def check(english: Mapping[FileName, Document], language: FileName, words: Document) -> Iterator[Finding]:
    """Yield each English text without a translation, and each translation without an English text.

    Each finding names the line in the other file. `words` is the translation file of all these English files.
    """
    sources: dict[Where, list[EnglishTexts]] = {}
    translated: dict[Where, list[TranslatedText]] = defaultdict(list)
    for file, document in english.items():
        for text in texts(file, document.data):
            sources.setdefault(text.key, []).append((file, text))
    misshapen: list[Misshapen] = []
    for pair in translated_texts(words.data, language):
        if isinstance(pair, Misshapen):
            misshapen.append(pair)
        else:
            translated[pair.key].append(pair)
            yield from _unlike(pair, language)
            yield from _untranslated(pair, language)
    yield from (_misshapen(pair, language) for pair in misshapen)
    if any(not pair.key for pair in misshapen):
        return  # The file is not a translation at all.
    findings = list(_compare(english, language, words, sources, translated))
    yield from (finding for finding in findings if finding.file == language)
    for file in english:
        # A malformed pair may be the only reason why a translation is missing.
        if not misshapen:
            yield from _shorten([finding for finding in findings if finding.file == file], language)
    taken_along = [pair for pairs in translated.values() for pair in pairs if _is_taken_along(pair)]
    yield from _merged_or_split(language, words, taken_along)


def _compare(
    english: Mapping[FileName, Document],
    language: FileName,
    words: Document,
    sources: Mapping[Where, list[EnglishTexts]],
    translated: Mapping[Where, list[TranslatedText]],
) -> Iterator[Finding]:
    """Yield differences at their place in the translation, and missing translations at their place in English."""
    for key in dict.fromkeys((*sources, *translated)):
        missing, surplus = _unmatched(sources.get(key, []), translated.get(key, []))
        for (file, text), pair in zip(missing, surplus, strict=False):
            where = english[file].line(text.where)
            wrong = f'The English in {where} has changed to "{collapse_spaces(text.say)}".'
            remedy = "Translate it again, and put the new English above it."
            yield Finding(language, Fault(pair.where, wrong, remedy))
        for file, text in missing[len(surplus) :]:
            remedy = f'Add it at {words.line(key)}, as "{": ".join(map(str, key))}".'
            yield Finding(file, Fault(text.where, f"This has no {TRANSLATIONS[language]} translation.", remedy))
        for pair in surplus[len(missing) :]:
            file, text = sources[max(sources, key=partial(_common_steps, pair.key))][0]
            wrong = f"No English text matches this. The closest is {english[file].line(text.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Delete it, or correct the ids above it."))


def _is_taken_along(pair: TranslatedText) -> bool:
    return pair.key == ("ask_always",) or (pair.key[:1], pair.key[-1:]) == (("topics",), ("ask",))


def _merged_or_split(language: FileName, words: Document, asked: Iterable[TranslatedText]) -> Iterator[Finding]:
    """Yield questions that are the same in one language and differ in the other.

    A summary removes duplicate questions by their words, so both languages must have the same duplicates.
    """
    by_english: dict[str, TranslatedText] = {}
    by_words: dict[str, TranslatedText] = {}
    for pair in asked:
        same = by_english.setdefault(collapse_spaces(pair.english), pair)
        alike = by_words.setdefault(collapse_spaces(pair.say), pair)
        if collapse_spaces(same.say) != collapse_spaces(pair.say):
            wrong = f"This question is worded differently in {words.line(same.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Use the same words in both places."))
        elif collapse_spaces(alike.english) != collapse_spaces(pair.english):
            wrong = f"Another question has the same words, in {words.line(alike.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Word them differently, as in English."))


def _misshapen(pair: Misshapen, language: FileName) -> Finding:
    wrong = f'A text here needs "en", the English it was translated from, and "{language}".'
    remedy = "Write only these two. Put quotes around text that contains a comma or colon."
    return Finding(language, Fault(pair.where, wrong, remedy))


def _unlike(pair: TranslatedText, language: FileName) -> Iterator[Finding]:
    """Yield what a translation has and its English does not: other numbers, markup, or an end in mid-sentence."""
    where = (*pair.where, language)
    english, own = (re.findall(r"\d+", text) for text in (pair.english, pair.say))
    if sorted(english) != sorted(own):
        wrong = f"The numbers differ: {', '.join(english) or 'none'} in English, {', '.join(own) or 'none'} here."
        yield Finding(language, Fault(where, wrong, "Write the same numbers, in digits."))
    if _END.search(pair.english) and not _END.search(pair.say):
        wrong = "The English ends like a sentence, but this does not."
        yield Finding(language, Fault(pair.where, wrong, "Add any missing words, and end the sentence."))
    if fault := find_markup(pair.say):
        yield Finding(language, Fault(where, fault.wrong, fault.remedy))


def _shorten(missing: list[Finding], language: FileName) -> Iterator[Finding]:
    """Yield the first `MAX_LISTED_CHANGES` findings, and one that counts the rest."""
    yield from missing[:MAX_LISTED_CHANGES]
    for following in missing[MAX_LISTED_CHANGES : MAX_LISTED_CHANGES + 1]:
        wrong = (
            f"More texts without a {TRANSLATIONS[language]} translation, starting here: "
            f"{len(missing) - MAX_LISTED_CHANGES}."
        )
        yield following._replace(fault=following.fault._replace(wrong=wrong, remedy="Add them in the same way."))


def _untranslated(pair: TranslatedText, language: FileName) -> Iterator[Finding]:
    """Yield a warning if a translation equals its English. It is not an error, since it may be a proper name."""
    if (
        collapse_spaces(pair.say) == collapse_spaces(pair.english)
        and len(pair.say.split()) > MAX_CHANGED_WORDS
        and pair.key[-1:] != ("name",)
    ):
        wrong = f"The {TRANSLATIONS[language]} is identical to the English."
        yield Finding(language, Fault((*pair.where, language), wrong, "Translate it, unless it is a name."), True)


def _unmatched(
    sources: list[EnglishTexts], pairs: list[TranslatedText]
) -> tuple[list[EnglishTexts], list[TranslatedText]]:
    """Return the English texts of a key without a pair, and the pairs whose English is not there or is repeated."""
    expected = [collapse_spaces(text.say) for _, text in sources]
    actual = [collapse_spaces(pair.english) for pair in pairs]
    missing = [source for source, text in zip(sources, expected, strict=True) if text not in actual]
    surplus = [
        pair for number, pair in enumerate(pairs) if actual[number] not in expected or actual[number] in actual[:number]
    ]
    return missing, surplus


def _common_steps(one: Where, other: Where) -> int:
    """Count the steps from the top that two positions have in common."""
    return sum(1 for _ in takewhile(lambda steps: steps[0] == steps[1], zip(one, other, strict=False)))
