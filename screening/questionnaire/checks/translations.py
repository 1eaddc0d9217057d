"""A translation says all that the English says, nothing else, and what the English says now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import takewhile
from typing import TypeAlias

from screening.questionnaire.checks import FileName, Finding
from screening.questionnaire.document import Document, Fault, Where
from screening.questionnaire.translation import TRANSLATIONS, Misshapen, Pair, Text, pairs, plain, texts

# A title or label of so few words may be the same in both languages.
MOST_WORDS = 2

English: TypeAlias = tuple[FileName, Text]


def check(english: Mapping[FileName, Document], language: FileName, words: Document) -> Iterator[Finding]:
    """Yield each text without its translation, and each translation without its text, with the line of the other.

    `words` is the translation file of all these English files.
    """
    asked: dict[Where, list[English]] = {}
    said: dict[Where, list[Pair]] = defaultdict(list)
    for file, document in english.items():
        for text in texts(file, document.data):
            asked.setdefault(text.key, []).append((file, text))
    for pair in pairs(words.data, language):
        if isinstance(pair, Misshapen):
            wrong = f'A text here needs "en", the English it was made from, and "{language}".'
            yield Finding(
                language,
                Fault(pair.where, wrong, "Write both and nothing else, in quotes where they hold a comma or colon."),
            )
            # That these have no translation only follows.
            asked = {key: texts for key, texts in asked.items() if key[: len(pair.key)] != pair.key}
        else:
            said[pair.key].append(pair)
            yield from _untranslated(language, pair)
    for key in dict.fromkeys((*asked, *said)):
        missing, over = _without_partner(asked.get(key, []), said.get(key, []))
        for (file, text), pair in zip(missing, over, strict=False):
            wrong = f'The English of this has changed, in {english[file].line(text.where)}, to "{plain(text.say)}".'
            remedy = "Translate it anew, and put the new English above it."
            yield Finding(language, Fault(pair.where, wrong, remedy))
        for file, text in missing[len(over) :]:
            remedy = f'Add it in {words.line(key)}, as "{": ".join(map(str, key))}".'
            yield Finding(file, Fault(text.where, f"This has no {TRANSLATIONS[language]}.", remedy))
        for pair in over[len(missing) :]:
            file, text = asked[max(asked, key=partial(_shared, pair.key))][0]
            wrong = f"Nothing in English answers to this. The nearest is {english[file].line(text.where)}."
            yield Finding(language, Fault(pair.where, wrong, "Take it away, or mend the ids that lead to it."))


def _untranslated(language: FileName, pair: Pair) -> Iterator[Finding]:
    """A warning, since what has a name of its own may be called so in every language."""
    if plain(pair.say) == plain(pair.english) and len(pair.say.split()) > MOST_WORDS and pair.key[-1] != "name":
        wrong = f"The {TRANSLATIONS[language]} of this is its English, word for word."
        yield Finding(language, Fault((*pair.where, language), wrong, "Translate it, unless it is a name."), True)


def _without_partner(asked: list[English], said: list[Pair]) -> tuple[list[English], list[Pair]]:
    """The texts of one key that no pair was made from, and the pairs that were made from none of them."""
    wanted, has = [plain(text.say) for _, text in asked], [plain(pair.english) for pair in said]
    missing = [one for one, text in zip(asked, wanted, strict=True) if text not in has]
    over = [pair for number, pair in enumerate(said) if has[number] not in wanted or has[number] in has[:number]]
    return missing, over


def _shared(one: Where, other: Where) -> int:
    """How many steps from the top two places have in common."""
    return sum(1 for _ in takewhile(lambda steps: steps[0] == steps[1], zip(one, other, strict=False)))
