"""The wording list: finds words that must never reach a patient in any text a patient can see.

It reads words, never meaning, and one sentence at a time: a verdict spread over two sentences, or said in words that
nobody has listed, passes. It refuses to know files, pages and markup. Whoever calls hands over one paragraph, title or
label at a time, as a reader would see it, so that one label does not run into the next. Every text is read in every
language, since an English verdict in a Spanish page is one too.
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

# What stands between the letters of a word may part them, or stand for one: "candi-date", "c*ndidate".
_PARTING = re.compile(rf"(?<=[^\W\d_])(?:[^\w\s{APOSTROPHES}']|_)+(?=[^\W\d_])")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")  # one whose words nobody asks for is read faster
# What a form is written with beside the signs of normalized text; a hyphen only from letter to letter, in brackets.
_SYNTAX = re.compile(r"\\[dDsSwWbB.!?]|\(\?(?:<?[=!]|:)|\{\d*,?\d*\}|(?<=\w)-(?=\w[^\[\]]*\])")
_NEVER = re.compile(r"[^a-z0-9 %'.!?@#|()\[\]*+^$]")
_MISPLACED_START = re.compile(r"(?<![\[\\])\^")
_BRACKET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|[()\[]")


@dataclass(frozen=True, slots=True)
class Hit:
    """Words found in a sentence (both normalized), and why they are listed."""

    id: str
    tier: Tier
    found: str
    sentence: str
    reason: str

    @property
    def is_refused(self) -> bool:
        """Whether the text may not be shown; otherwise somebody should look at it."""
        return self.tier != "warn"


class WordedSentence(NamedTuple):
    """A sentence as it is told and allowed, and the number of its text. It is read as it is, and with words joined."""

    text: int
    sentence: str


@dataclass(frozen=True)
class Pattern:
    """One entry of the list: by language, its forms put together; and the sentences that it lets pass, normalized."""

    id: str
    tier: Tier
    reason: str
    forms: Mapping[str, tuple[re.Pattern[str], ...]]
    allowed: frozenset[str]

    @classmethod
    def from_data(cls, tier: Tier, entry: Mapping[str, Any]) -> Pattern:
        """Build an entry: every key beside id, reason and allow is a language with its forms.

        Raises:
            ValueError: for a form that is no usable regular expression, or an allowed text that is not one sentence.
        """
        name = entry["id"]
        languages = (key for key in entry if key not in ("id", "reason", "allow"))
        forms = {language: tuple(_together(name, entry[language])) for language in languages}
        items = chain.from_iterable(entry.get("allow", {}).values())
        allowed = frozenset(_allowed(name, item["sentence"]) for item in items)
        return cls(name, tier, entry["reason"], forms, allowed)

    def hits(self, lines: Sequence[WordedSentence], read: str) -> Iterator[tuple[int, Hit]]:
        """The first words found in each sentence that is not allowed, with the number of its line in what is read."""
        met: set[WordedSentence] = set()
        for found in (found for forms in self.forms.values() for form in forms for found in form.finditer(read)):
            number = read.count("\n", 0, found.end()) - 1
            line = lines[number]
            if line not in met and _bare(line.sentence) not in self.allowed:
                met.add(line)
                yield number, Hit(self.id, self.tier, found[0].strip(), line.sentence, self.reason)


@dataclass(frozen=True)
class WordingList:
    """Every pattern. A list without patterns refuses nothing."""

    patterns: tuple[Pattern, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> WordingList:
        """Build the list from the parsed file: tier -> entries, all strings.

        Raises:
            ValueError: naming the entry that cannot be used.
        """
        tiers: tuple[Tier, ...] = get_args(Tier)
        return cls(tuple(Pattern.from_data(tier, entry) for tier in tiers for entry in data.get(tier, ())))

    def reads(self, language: str) -> bool:
        """Whether anything is listed in a language. If not, whatever is said in it would pass."""
        return not self.patterns or any(language in pattern.forms for pattern in self.patterns)

    def find(self, text: str, tiers: Sequence[Tier] = EVERYWHERE) -> list[Hit]:
        """Every pattern found in each sentence of one paragraph, title or label, in the order of the sentences."""
        return [hit for _, hit in self.find_in([text], tiers)]

    def find_in(self, texts: Sequence[str], tiers: Sequence[Tier] = EVERYWHERE) -> list[tuple[int, Hit]]:
        """What `find` finds in each of many texts, with the number of its text: quicker than one text after another."""
        lines: list[WordedSentence] = []
        read: list[str] = []
        for number, text in enumerate(texts):
            said = sentences(text)
            joined = sentences(_PARTING.sub("", text)) if _PARTING.search(text) else said
            for sentence, other in zip_longest(said, joined[: len(said)], fillvalue=""):
                readings = dict.fromkeys((sentence, other))
                lines += [WordedSentence(number, sentence)] * len(readings)
                read += readings
        # No form crosses lines.
        whole = _lines(read)
        hits = (hit for pattern in self.patterns if pattern.tier in tiers for hit in pattern.hits(lines, whole))
        return [(lines[number].text, hit) for number, hit in sorted(hits, key=itemgetter(0))]

    def missing(self, text: str, language: str) -> Iterator[Pattern]:
        """What is required, and not said in a language in any sentence of a text."""
        lines = _lines(sentences(text))
        for pattern in self.patterns:
            if pattern.tier == "require" and not any(form.search(lines) for form in pattern.forms.get(language, ())):
                yield pattern


def _lines(said: Sequence[str]) -> str:
    return "".join(f"\n {sentence}" for sentence in said)


def _together(name: str, forms: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """The forms of an entry, to be found as whole words in lines of sentences, each with the space before it.

    They are put together, since a search for all of them takes half the time of a search for each. A form that reads a
    sentence from its start is searched for behind the end of a line: far faster than behind ^.
    """
    written = [_checked(name, "".join(form.splitlines())) for form in forms]
    for before, words in (
        ("\n ", [form[1:] for form in written if form.startswith("^")]),
        (" ", [form for form in written if not form.startswith("^")]),
    ):
        if words:
            yield _expression(name, before, words)


def _checked(name: str, form: str) -> str:
    words = form.removeprefix("^")
    if _MISPLACED_START.search(words):
        raise ValueError(f'{name}: "{form}" has a ^ that does not stand first, which would never be found.')
    if never := _NEVER.search(_SYNTAX.sub("", words)):
        read = normalize(f"a{never[0]}a")[1:-1].strip()
        instead = f'"{read}"' if read else "a space"
        raise ValueError(f'{name}: "{form}" has "{never[0]}", which would never be found: write {instead} instead.')
    # Put together, two forms whose brackets do not pair could be one expression that nobody meant.
    if not _is_paired(words):
        _expression(name, " ", [words])
        raise ValueError(f'{name}: "{form}" is no regular expression: its brackets do not pair.')
    return form


def _is_paired(form: str) -> bool:
    """Whether each round bracket closes an earlier one, and none is left open; signs in square brackets are words."""
    open_ = 0
    for sign in _BRACKET.findall(form):
        open_ += {"(": 1, ")": -1}.get(sign, 0)
        if open_ < 0 or sign == "[":
            return False
    return open_ == 0


def _expression(name: str, before: str, forms: Sequence[str]) -> re.Pattern[str]:
    whole = "|".join(_GROUP.sub("(?:", form) for form in forms)
    try:
        return re.compile(rf"{before}(?:{whole})(?!\w)", re.MULTILINE)
    except re.error as error:
        if len(forms) > 1:
            for form in forms:
                _expression(name, before, [form])
        raise ValueError(f'{name}: "{forms[0]}" is no regular expression: {error}.') from error


def _allowed(name: str, sentence: str) -> str:
    found = sentences(sentence)
    if len(found) != 1:
        raise ValueError(f'{name}: "{sentence}" must be one sentence, since each is allowed by itself.')
    return _bare(found[0])


def _bare(sentence: str) -> str:
    """A label may lack the full stop that the same sentence has in a paragraph."""
    return sentence.removesuffix(".")
