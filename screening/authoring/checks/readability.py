"""Every topic, every section and each shared part reads easily, by the measure that its language has for it.

- English: the Flesch-Kincaid grade, 0.39 words/sentences + 11.8 syllables/words - 15.59, at most 8 (Kincaid, Fishburne,
  Rogers and Chissom, "Derivation of new readability formulas for Navy enlisted personnel", 1975). Words and syllables
  are counted as in Flesch, "How to Write Plain English", 1979: what hyphens join is one word; a figure or abbreviation
  is one word of one syllable.
- Spanish: the perspicuity of Szigriszt-Pazos, 206.835 - 62.3 syllables/words - words/sentences, at least 60 ("Sistemas
  predictivos de legibilidad del mensaje escrito", 1993). INFLESZ, the scale for texts to patients, calls 55 to 65
  normal (Barrio-Cantalejo and others, An Sist Sanit Navar 31(2), 2008).

Only whole sentences count, and what is as long as one though no stop ends it: a title or an item of a list is as short
as it is, and would make what stands beside it look easy. Many short sentences would hide a long one, so none may be
longer than people can follow, nor any option. It measures length, never meaning: a text can pass and still not be
understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from screening.authoring.schema import FileName, Finding
from screening.authoring.texts import shown_words
from screening.authoring.yaml_document import Data, Fault, Where
from screening.text import syllables

# Nobody stumbles over these here: the page is about the one and sends to the other, in nearly every paragraph. In full
# they would hide how hard the words around them are.
KNOWN = {"ketamine": 2, "professional": 2}

# A title may have as many words and no stop; more are a sentence.
MOST_WITHOUT_A_STOP = 8
MOST_IN_AN_OPTION = 14

_LABELS = frozenset({"choose_one", "choose_any"})
# A line of names and days, with the clinic's interest in words that say no more than that: nothing to read through.
_NOT_GRADED = "governance"
_QUOTES = "\"'“”‘’«»()[]¿¡"  # noqa: RUF001
_END = re.compile(rf"[.!?…]+[{re.escape(_QUOTES)}]*(?=\s|$)")
# Their full stop ends nothing. A single letter is one too, as in U.S., e.g. or p. ej., but for the word I.
_ABBREVIATION = re.compile(r"\b(?:dra?|mrs?|ms|st|prof|sra?|uds?|vs|tel|núm|ej|ee|uu|[a-hj-z])\.$", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s/—–…]+")  # noqa: RUF001
_ONE_SYLLABLE = re.compile(r".*\d.*|[A-Z]{2,5}s?|.+\..+")


class Sentence(NamedTuple):
    """A sentence as it is written, and how many words and syllables it has."""

    text: str
    words: int
    syllables: int


class MeasuredPart(NamedTuple):
    """What is measured as one: a topic, a section, or a part that every summary shares. It has sentences."""

    name: str
    where: Where
    sentences: Sequence[Sentence]


class Scale(NamedTuple):
    """How hard a language is to read: from words in a sentence and syllables in a word to a score."""

    score: Callable[[float, float], float]
    limit: int
    longest: int
    is_hard_above: bool
    exceeded: str
    in_short: str
    syllables: Callable[[str], int]
    known: Mapping[str, int]

    def of(self, sentences: Sequence[Sentence]) -> float:
        """The score of these sentences together, to one decimal, as it is told."""
        return round(self._exact(sentences), 1)

    def hardness(self, score: float) -> float:
        """More than 0 is too hard."""
        return score - self.limit if self.is_hard_above else self.limit - score

    def hardest(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """Up to three sentences, first the one without which the rest would read most easily.

        A short sentence with one long word has a high grade by itself, and yet is not what makes a text hard.
        """
        rest = {number: [*sentences[:number], *sentences[number + 1 :]] for number in range(len(sentences))}
        order = sorted(rest, key=lambda number: self.hardness(self._exact(rest[number] or sentences)))
        return [sentences[number] for number in order[:3]]

    def _exact(self, sentences: Sequence[Sentence]) -> float:
        words = sum(sentence.words for sentence in sentences)
        return self.score(words / len(sentences), sum(sentence.syllables for sentence in sentences) / words)


SCALES = {
    "en": Scale(
        score=lambda words, syllables: 0.39 * words + 11.8 * syllables - 15.59,
        limit=8,
        longest=40,
        is_hard_above=True,
        exceeded='"{}" reads at grade {}; {} is the most.',
        in_short="Reading grade {} to {} (Flesch-Kincaid; hardest: {})",
        syllables=syllables.english_syllables,
        known=KNOWN,
    ),
    "es": Scale(
        score=lambda words, syllables: 206.835 - 62.3 * syllables - words,
        limit=60,
        longest=45,
        is_hard_above=False,
        exceeded='"{}" reads at {} on the INFLESZ scale; {} is the least.',
        in_short="Reading {} to {} (INFLESZ; hardest: {})",
        syllables=syllables.spanish_syllables,
        known={},
    ),
}


def check(file: FileName, data: Data, language: str = "en") -> Iterator[Finding]:
    """Yield each sentence and option of one file that is too long, and each part that is too hard to read.

    Raises:
        KeyError: for a language without a scale.
    """
    scale = SCALES[language]
    yield from _too_long(file, data, scale)
    for part in _parts(file, data, scale):
        score = scale.of(part.sentences)
        if scale.hardness(score) > 0:
            quoted = " ".join(f'"{sentence.text}"' for sentence in scale.hardest(part.sentences))
            wrong = scale.exceeded.format(part.name, score, scale.limit)
            yield Finding(file, Fault(part.where, wrong, f"Shorten these first: {quoted}", at_key=True))


def grades(file: FileName, data: Data, language: str = "en") -> dict[str, float]:
    """The score of each part of one file by its name, in the file's order: English grades, Spanish INFLESZ points.

    Raises:
        KeyError: for a language without a scale.
    """
    scale = SCALES[language]
    return {part.name: scale.of(part.sentences) for part in _parts(file, data, scale)}


def grades_in_short(files: Mapping[FileName, Mapping[str, float]], language: str = "en") -> str:
    """One line about the grades of all files: from the lowest to the highest, and which part is the hardest.

    Raises:
        KeyError: for a language without a scale.
    """
    scale = SCALES[language]
    scores = [(score, name) for graded in files.values() for name, score in graded.items()]
    if not scores:
        return "Reading not graded, since no text is a whole sentence"
    _, hardest = max(scores, key=lambda one: scale.hardness(one[0]))
    return scale.in_short.format(min(scores)[0], max(scores)[0], hardest)


def sentences_as_written(text: str) -> list[str]:
    """The sentences of a text as they are written, and its end without a stop, if that is long enough for one."""
    text = " ".join(text.split())
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        sentence, rest = text[start : end.end()], text[end.end() :].lstrip(f" {_QUOTES}")
        if not rest or not (rest[0].islower() or _ABBREVIATION.search(sentence)):
            found.append(sentence.strip())
            start = end.end()
    end_of_text = text[start:].strip()
    return [*found, end_of_text] if len(end_of_text.split()) > MOST_WITHOUT_A_STOP else found


def _too_long(file: FileName, data: Data, scale: Scale) -> Iterator[Finding]:
    for where, text in shown_words(file, data):
        is_option = not _LABELS.isdisjoint(where)
        most = MOST_IN_AN_OPTION if is_option else scale.longest
        for sentence in [" ".join(text.split())] if is_option else sentences_as_written(text):
            words = len(_words(sentence))
            if words > most:
                wrong = f'"{" ".join(sentence.split()[:6])} …" has {words} words; {most} are the most.'
                yield Finding(
                    file, Fault(where, wrong, "Say it in fewer." if is_option else "Make two sentences of it.")
                )


def _parts(file: FileName, data: Data, scale: Scale) -> Iterator[MeasuredPart]:
    whole: dict[Where, list[Sentence]] = {}
    for where, text in shown_words(file, data):
        if _LABELS.isdisjoint(where) and where[0] != _NOT_GRADED:
            part = where[:2] if where[0] in ("sections", "topics", "sources") else where[:1]
            counted = (_counted(sentence, scale) for sentence in sentences_as_written(text))
            whole.setdefault(part, []).extend(sentence for sentence in counted if sentence.words)
    yield from (MeasuredPart(_name(data, where), where, counted) for where, counted in whole.items() if counted)


def _name(data: Data, where: Where) -> str:
    """The id of what stands there, or its key."""
    for step in where:
        data = data[step]  # type: ignore[index]  # the place was found in this data
    name = data.get("id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else " ".join(map(str, where))


def _counted(sentence: str, scale: Scale) -> Sentence:
    words = _words(sentence)
    return Sentence(sentence, len(words), sum(_syllables(word, scale) for word in words))


def _words(sentence: str) -> list[str]:
    return [word for word in (re.sub(r"^\W+|\W+$", "", part) for part in _BETWEEN_WORDS.split(sentence)) if word]


def _syllables(word: str, scale: Scale) -> int:
    if _ONE_SYLLABLE.fullmatch(word):
        return 1
    return sum(_spoken(part, scale) for part in word.split("-") if part)


def _spoken(word: str, scale: Scale) -> int:
    known = re.sub(r"(['’]s|s)$", "", word.lower())
    return scale.known.get(known) or scale.syllables(word)
