"""Every topic, every section and each shared part is easy to read, by the readability formula of its language.

- English: the Flesch-Kincaid grade, 0.39 words/sentences + 11.8 syllables/words - 15.59, at most 8 (Kincaid, Fishburne,
  Rogers and Chissom, "Derivation of new readability formulas for Navy enlisted personnel", 1975). Words and syllables
  are counted as in Flesch, "How to Write Plain English", 1979: a hyphenated compound is one word; a figure or
  abbreviation is one word of one syllable.
- Spanish: the perspicuity of Szigriszt-Pazos, 206.835 - 62.3 syllables/words - words/sentences, at least 60 ("Sistemas
  predictivos de legibilidad del mensaje escrito", 1993). INFLESZ, the scale for texts to patients, calls 55 to 65
  normal (Barrio-Cantalejo and others, An Sist Sanit Navar 31(2), 2008).

Only whole sentences count, and texts without a stop that are as long as one. Short titles and list items would make the
text next to them look easy. Many short sentences would hide a long one, so each sentence and each option has a maximum
length too. The formulas measure length, never meaning: a text can pass and still be hard to understand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from screening.authoring.schema import FileName, Finding
from screening.authoring.texts import shown_words
from screening.authoring.yaml_document import Data, Fault, Where
from screening.text import syllables

# Syllables to count for words that readers know, as nearly every paragraph has one of them. With all their syllables,
# they would hide how hard the words around them are.
KNOWN = {"ketamine": 2, "professional": 2}

# A title may have up to 8 words without a stop. A longer text counts as a sentence.
MAX_WITHOUT_A_STOP = 8
MAX_IN_AN_OPTION = 14

_LABELS = frozenset({"choose_one", "choose_any"})
# A line of names and dates, with the clinic's interest in fixed words: it is not prose.
_NOT_GRADED = "governance"
_QUOTES = "\"'“”‘’«»()[]¿¡"  # noqa: RUF001
_END = re.compile(rf"[.!?…]+[{re.escape(_QUOTES)}]*(?=\s|$)")
# Their full stop does not end a sentence. Any single letter except I is one too, as in U.S., e.g. or p. ej.
_ABBREVIATION = re.compile(r"\b(?:dra?|mrs?|ms|st|prof|sra?|uds?|vs|tel|núm|ej|ee|uu|[a-hj-z])\.$", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s/—–…]+")
_ONE_SYLLABLE = re.compile(r".*\d.*|[A-Z]{2,5}s?|.+\..+")


class Sentence(NamedTuple):
    """A sentence as written, and the numbers of its words and syllables."""

    text: str
    words: int
    syllables: int


class MeasuredPart(NamedTuple):
    """A unit of measurement: a topic, a section, or a part that every summary shares. It has at least one sentence."""

    name: str
    where: Where
    sentences: Sequence[Sentence]


class Scale(NamedTuple):
    """The readability scale of a language: `score` maps words per sentence and syllables per word to a number."""

    score: Callable[[float, float], float]
    limit: int
    longest: int
    is_hard_above: bool
    exceeded: str
    summary_line: str
    syllables: Callable[[str], int]
    known: Mapping[str, int]

    def of(self, sentences: Sequence[Sentence]) -> float:
        """Return the score of these sentences together, rounded to one decimal as it is reported."""
        return round(self._exact(sentences), 1)

    def hardness(self, score: float) -> float:
        """Return how far a score is beyond the limit. More than 0 is too hard."""
        return score - self.limit if self.is_hard_above else self.limit - score

    def hardest(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """Return up to three sentences, in the order of how much their removal would ease the rest.

        Their own scores would mislead: a short sentence with one long word has a high grade, yet hardly affects a text.
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
        exceeded='"{}" is at reading grade {}; the limit is {}.',
        summary_line="Reading grade {} to {} (Flesch-Kincaid; hardest: {})",
        syllables=syllables.english_syllables,
        known=KNOWN,
    ),
    "es": Scale(
        score=lambda words, syllables: 206.835 - 62.3 * syllables - words,
        limit=60,
        longest=45,
        is_hard_above=False,
        exceeded='"{}" scores {} on the INFLESZ scale; the minimum is {}.',
        summary_line="Reading {} to {} (INFLESZ; hardest: {})",
        syllables=syllables.spanish_syllables,
        known={},
    ),
}


def check(file: FileName, data: Data, language: str = "en") -> Iterator[Finding]:
    """Yield each sentence and option of one file that is too long, and each part that is too hard to read.

    Raises:
        KeyError: the language has no scale.
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
    """Return the score of each part of one file by name, in the file's order: English grades, Spanish INFLESZ points.

    Raises:
        KeyError: the language has no scale.
    """
    scale = SCALES[language]
    return {part.name: scale.of(part.sentences) for part in _parts(file, data, scale)}


def grades_in_short(files: Mapping[FileName, Mapping[str, float]], language: str = "en") -> str:
    """Summarize the grades of all files in one line: the lowest, the highest, and the hardest part.

    Raises:
        KeyError: the language has no scale.
    """
    scale = SCALES[language]
    scores = [(score, name) for graded in files.values() for name, score in graded.items()]
    if not scores:
        return "Reading not graded, since no text is a whole sentence"
    _, hardest = max(scores, key=lambda item: scale.hardness(item[0]))
    return scale.summary_line.format(min(scores)[0], max(scores)[0], hardest)


def sentences_as_written(text: str) -> list[str]:
    """Return the sentences of a text as written. An end without a stop is one if it is long enough."""
    text = " ".join(text.split())
    complete: list[str] = []
    start = 0
    for end in _END.finditer(text):
        sentence, rest = text[start : end.end()], text[end.end() :].lstrip(f" {_QUOTES}")
        if not rest or not (rest[0].islower() or _ABBREVIATION.search(sentence)):
            complete.append(sentence.strip())
            start = end.end()
    end_of_text = text[start:].strip()
    return [*complete, end_of_text] if len(end_of_text.split()) > MAX_WITHOUT_A_STOP else complete


def _too_long(file: FileName, data: Data, scale: Scale) -> Iterator[Finding]:
    for where, text in shown_words(file, data):
        is_option = not _LABELS.isdisjoint(where)
        most = MAX_IN_AN_OPTION if is_option else scale.longest
        for sentence in [" ".join(text.split())] if is_option else sentences_as_written(text):
            words = len(_words(sentence))
            if words > most:
                wrong = f'"{" ".join(sentence.split()[:6])} …" has {words} words; the limit is {most}.'
                yield Finding(file, Fault(where, wrong, "Shorten it." if is_option else "Split it into two sentences."))


def _parts(file: FileName, data: Data, scale: Scale) -> Iterator[MeasuredPart]:
    by_part: dict[Where, list[Sentence]] = {}
    for where, text in shown_words(file, data):
        if _LABELS.isdisjoint(where) and where[0] != _NOT_GRADED:
            part = where[:2] if where[0] in ("sections", "topics", "sources") else where[:1]
            counted = (_counted(sentence, scale) for sentence in sentences_as_written(text))
            by_part.setdefault(part, []).extend(sentence for sentence in counted if sentence.words)
    yield from (MeasuredPart(_name(data, where), where, counted) for where, counted in by_part.items() if counted)


def _name(data: Data, where: Where) -> str:
    """Return the id of the part at a position, or its key."""
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
    return sum(_part_syllables(part, scale) for part in word.split("-") if part)


def _part_syllables(word: str, scale: Scale) -> int:
    known = re.sub(r"(['’]s|s)$", "", word.lower())
    return scale.known.get(known) or scale.syllables(word)
