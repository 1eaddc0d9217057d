"""The wording list: finds words that must never reach a patient, in any text that patients can see.

It matches words, never meaning, one sentence at a time. A verdict that spans two sentences, or uses words that are not
listed, passes. It is independent of files, pages and markup. Callers pass one paragraph, title or label at a time, as a
reader sees it, so that one label does not run into the next. Every text is searched for the forms of every language,
since an English verdict on a Spanish page is one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args

from screening.text.normalization import APOSTROPHES, normalize, sentences

Tier = Literal["refuse", "refuse-unless-allowed", "warn", "refuse-in-titles", "require"]
EVERYWHERE: tuple[Tier, ...] = ("refuse", "refuse-unless-allowed", "warn")

# Characters between letters may split a word or replace one of its letters: "candi-date", "c*ndidate".
_INSIDE_WORDS = re.compile(rf"(?<=[^\W\d_])(?:[^\w\s{APOSTROPHES}']|_)+(?=[^\W\d_])")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")  # to make groups non-capturing, which is faster
# The syntax of forms beyond the characters of normalized text. A hyphen is only for a range of letters, in brackets.
_SYNTAX = re.compile(r"\\[dDsSwWbB.!?]|\(\?(?:<?[=!]|:)|\{\d*,?\d*\}|(?<=\w)-(?=\w[^\[\]]*\])")
_NEVER = re.compile(r"[^a-z0-9 %'.!?@#|()\[\]*+^$]")
_MISPLACED_START = re.compile(r"(?<![\[\\])\^")
_BRACKET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|[()\[]")


@dataclass(frozen=True, slots=True)
class Hit:
    """Words found in a sentence (both normalized), and the reason why they are listed."""

    id: str
    tier: Tier
    found: str
    sentence: str
    reason: str

    @property
    def is_refused(self) -> bool:
        """Whether the text must not be shown. Otherwise the hit is a warning, for a person to look at."""
        return self.tier != "warn"


class WordedSentence(NamedTuple):
    """A sentence as it is reported and allowed, and the number of its text.

    It is searched twice: as it is, and with split words joined.
    """

    text: int
    sentence: str


@dataclass(frozen=True)
class Pattern:
    """An entry of the list: its forms combined by language, and the sentences that it allows, normalized."""

    id: str
    tier: Tier
    reason: str
    forms: Mapping[str, tuple[re.Pattern[str], ...]]
    allowed: frozenset[str]

    @classmethod
    def from_data(cls, tier: Tier, entry: Mapping[str, Any]) -> Pattern:
        """Build an entry. Every key other than id, reason and allow is a language with its forms.

        Raises:
            ValueError: a form is not a usable regular expression, or an allowed text is not one sentence.
        """
        name = entry["id"]
        languages = (key for key in entry if key not in ("id", "reason", "allow"))
        forms = {language: tuple(_combine(name, entry[language])) for language in languages}
        items = chain.from_iterable(entry.get("allow", {}).values())
        allowed = frozenset(_allowed(name, item["sentence"]) for item in items)
        return cls(name, tier, entry["reason"], forms, allowed)

    def hits(self, lines: Sequence[WordedSentence], text: str) -> Iterator[tuple[int, Hit]]:
        """Yield the first hit in each sentence that is not allowed, with the number of its line in `text`."""
        reported: set[WordedSentence] = set()
        for match in (match for forms in self.forms.values() for form in forms for match in form.finditer(text)):
            number = text.count("\n", 0, match.end()) - 1
            line = lines[number]
            if line not in reported and _without_stop(line.sentence) not in self.allowed:
                reported.add(line)
                yield number, Hit(self.id, self.tier, match[0].strip(), line.sentence, self.reason)


@dataclass(frozen=True)
class WordingList:
    """All patterns. A list without patterns refuses nothing."""

    patterns: tuple[Pattern, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> WordingList:
        """Build the list from the parsed file, which maps tiers to entries. All scalars are strings.

        Raises:
            ValueError: an entry cannot be used. The message names it.
        """
        tiers: tuple[Tier, ...] = get_args(Tier)
        return cls(tuple(Pattern.from_data(tier, entry) for tier in tiers for entry in data.get(tier, ())))

    def reads(self, language: str) -> bool:
        """Return whether the list has forms in a language. Without them, any text in it would pass."""
        return not self.patterns or any(language in pattern.forms for pattern in self.patterns)

    def find(self, text: str, tiers: Sequence[Tier] = EVERYWHERE) -> list[Hit]:
        """Return every pattern found in each sentence of one paragraph, title or label, in the order of sentences."""
        return [hit for _, hit in self.find_in([text], tiers)]

    def find_in(self, texts: Sequence[str], tiers: Sequence[Tier] = EVERYWHERE) -> list[tuple[int, Hit]]:
        """Return the hits of `find` in many texts, each with the number of its text. Faster than one by one."""
        lines: list[WordedSentence] = []
        searched: list[str] = []
        for number, text in enumerate(texts):
            original = sentences(text)
            joined = sentences(_INSIDE_WORDS.sub("", text)) if _INSIDE_WORDS.search(text) else original
            for sentence, variant in zip_longest(original, joined[: len(original)], fillvalue=""):
                variants = dict.fromkeys((sentence, variant))
                lines += [WordedSentence(number, sentence)] * len(variants)
                searched += variants
        # No form matches across lines, so one search covers all texts.
        whole = _lines(searched)
        hits = (hit for pattern in self.patterns if pattern.tier in tiers for hit in pattern.hits(lines, whole))
        return [(lines[number].text, hit) for number, hit in sorted(hits, key=itemgetter(0))]

    def missing(self, text: str, language: str) -> Iterator[Pattern]:
        """Yield the required patterns that no sentence of a text matches in a language."""
        lines = _lines(sentences(text))
        for pattern in self.patterns:
            if pattern.tier == "require" and not any(form.search(lines) for form in pattern.forms.get(language, ())):
                yield pattern


def _lines(searched: Sequence[str]) -> str:
    return "".join(f"\n {sentence}" for sentence in searched)


def _combine(name: str, forms: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """Combine the forms of an entry into expressions that match whole words in lines of sentences.

    One search for all forms takes half the time of a search for each. A form that begins with ^ matches from the start
    of a sentence: searching for a line break and a space is far faster than ^.
    """
    checked = [_validate_form(name, "".join(form.splitlines())) for form in forms]
    for before, words in (
        ("\n ", [form[1:] for form in checked if form.startswith("^")]),
        (" ", [form for form in checked if not form.startswith("^")]),
    ):
        if words:
            yield _expression(name, before, words)


def _validate_form(name: str, form: str) -> str:
    words = form.removeprefix("^")
    if _MISPLACED_START.search(words):
        raise ValueError(f'{name}: "{form}" has a ^ that is not its first character, so it would never match.')
    if never := _NEVER.search(_SYNTAX.sub("", words)):
        read = normalize(f"a{never[0]}a")[1:-1].strip()
        instead = f'"{read}"' if read else "a space"
        raise ValueError(f'{name}: "{form}" has "{never[0]}", which would never match: write {instead} instead.')
    # Combined, two forms with unbalanced brackets could make one valid expression that nobody meant.
    if not _is_paired(words):
        _expression(name, " ", [words])
        raise ValueError(f'{name}: "{form}" is not a regular expression: its brackets do not match.')
    return form


def _is_paired(form: str) -> bool:
    """Return whether the brackets of a form are balanced. Inside square brackets, round ones are literals."""
    depth = 0
    for bracket in _BRACKET.findall(form):
        depth += {"(": 1, ")": -1}.get(bracket, 0)
        if depth < 0 or bracket == "[":
            return False
    return depth == 0


def _expression(name: str, before: str, forms: Sequence[str]) -> re.Pattern[str]:
    whole = "|".join(_GROUP.sub("(?:", form) for form in forms)
    try:
        return re.compile(rf"{before}(?:{whole})(?!\w)", re.MULTILINE)
    except re.error as error:
        if len(forms) > 1:
            for form in forms:
                _expression(name, before, [form])
        raise ValueError(f'{name}: "{forms[0]}" is not a regular expression: {error}.') from error


def _allowed(name: str, sentence: str) -> str:
    parts = sentences(sentence)
    if len(parts) != 1:
        raise ValueError(f'{name}: "{sentence}" must be a single sentence, since each is allowed separately.')
    return _without_stop(parts[0])


def _without_stop(sentence: str) -> str:
    """Remove the full stop, which a label may lack though the same sentence has it in a paragraph."""
    return sentence.removesuffix(".")
