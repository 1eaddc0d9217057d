"""Cells of the analysis kit: 1 for picked, 0 for not picked, or a code that says why there is neither.

A weekly file has each record's version, so the code is exact. A year-only file must not reveal the version: there a
cell has a code only if every version that allows the row's answers agrees on it (D-EXPORT-32). So all codes can be
worked out from the picks in the row, and add nothing to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache, partial

from screening.exports.formats import DECODED_ANSWERS, Level, MergedQuestion
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire

PICKED, NOT_PICKED = "1", "0"


class MissingCode(IntEnum):
    """Why a cell has neither 1 nor 0. `NOT_ASKED`: the question was not asked, or this option not offered in it."""

    NO_ANSWER = -9
    NOT_ASKED = -8
    UNDETERMINED = -7

    @classmethod
    def at_level(cls, level: Level) -> tuple[MissingCode, ...]:
        """Return those that a file of this level can have."""
        return tuple(code for code in cls if level is Level.YEAR_ONLY or code is not cls.UNDETERMINED)


class CellCoder:
    """Codes the cells of records. A part is one question's picks: a 1 or a 0 for each option of the merged question.

    Versions that differ in their words alone count as one *variant*. Sets of variants are bit sets.
    """

    def __init__(self, versions: Sequence[Questionnaire], asked: Sequence[MergedQuestion], level: Level) -> None:
        self._asked = asked
        alike: dict[object, list[Questionnaire]] = {}
        for version in versions:
            alike.setdefault(_structure(version), []).append(version)
        self._variants = [same[0] for same in alike.values()]
        self._every = (1 << len(self._variants)) - 1
        own = {one.version: 1 << place for place, same in enumerate(alike.values()) for one in same}
        self._own = own if level is Level.WEEKLY else {}
        conditions = _condition_options(self._variants)
        self._gates = [
            (place, lru_cache(DECODED_ANSWERS)(partial(_relevant_picks, one, conditions[one.id])))
            for place, one in enumerate(asked)
            if one.id in conditions
        ]
        self._asking = lru_cache(DECODED_ANSWERS)(self._variants_asking)
        self._allowing = [lru_cache(DECODED_ANSWERS)(partial(self._variants_allowing, one)) for one in asked]
        self._cells = [lru_cache(DECODED_ANSWERS)(partial(self._code, self._offering(one))) for one in asked]

    def cells(self, version: str, parts: Sequence[str]) -> list[str]:
        """Return for each merged question its cells, joined by commas. `version`: the record's, a hash in hex."""
        asking = self._asking(tuple([relevant(parts[place]) for place, relevant in self._gates]))
        possible = self._own.get(version) or self._possible(parts, asking)
        return [
            cells(part, asks & possible, possible) for cells, part, asks in zip(self._cells, parts, asking, strict=True)
        ]

    def _possible(self, parts: Sequence[str], asking: Sequence[int]) -> int:
        """Return the variants whose journey can end with these picks."""
        possible = self._every
        for allowing, part, asks in zip(self._allowing, parts, asking, strict=True):
            if PICKED in part:
                possible &= allowing(part) & asks
        return possible

    def _variants_asking(self, gates: tuple[tuple[str, ...], ...]) -> list[int]:
        """Return for each merged question the variants that ask it, given the picks that conditions read."""
        answers = {self._asked[place].id: picks for (place, _), picks in zip(self._gates, gates, strict=True)}
        paths = [{one.id for one in Journey(variant, answers).questions} for variant in self._variants]
        return [_bit_set(one.id in path for path in paths) for one in self._asked]

    def _variants_allowing(self, asked: MergedQuestion, part: str) -> int:
        """Return the variants in which a form accepts these picks."""
        picks = _picks(asked, part)
        return _bit_set(_accepts(variant.by_id.get(asked.id), picks) for variant in self._variants)

    def _offering(self, asked: MergedQuestion) -> list[int]:
        """Return for each option the variants that offer it."""
        offers = [
            {one.id for one in variant.by_id[asked.id].options} if asked.id in variant.by_id else set()
            for variant in self._variants
        ]
        return [_bit_set(option in of_variant for of_variant in offers) for option in asked.options]

    def _code(self, offering: Sequence[int], part: str, asking: int, possible: int) -> str:
        otherwise = NOT_PICKED if PICKED in part else f"{MissingCode.NO_ANSWER}"
        cells = []
        for pick, offers in zip(part, offering, strict=True):
            put = offers & asking
            if pick == PICKED:
                cells.append(PICKED)
            elif put == possible and possible:
                cells.append(otherwise)
            else:
                agreed = MissingCode.UNDETERMINED if put or not possible else MissingCode.NOT_ASKED
                cells.append(f"{agreed}")
        return ",".join(cells)


def _structure(version: Questionnaire) -> object:
    """Return what decides which answers are possible: all but the words."""
    return tuple(
        (one.id, one.many, tuple((option.id, option.alone) for option in one.options), frozenset(one.ask_if.needs))
        for one in version.questions
    )


def _condition_options(versions: Iterable[Questionnaire]) -> Mapping[str, set[str]]:
    """Return the questions that any condition reads, each with the options that satisfy one."""
    read: dict[str, set[str]] = {}
    for version in versions:
        for question in version.questions:
            for earlier, options in version.reads(question):
                read.setdefault(earlier.id, set()).update(option.id for option in options)
    return read


def _relevant_picks(asked: MergedQuestion, relevant: set[str], part: str) -> tuple[str, ...]:
    return tuple(option for option in _picks(asked, part) if option in relevant)


def _picks(asked: MergedQuestion, part: str) -> tuple[str, ...]:
    return tuple(option for option, pick in zip(asked.options, part, strict=True) if pick == PICKED)


def _accepts(question: Question | None, picks: tuple[str, ...]) -> bool:
    """Whether a form with this question accepts these picks together."""
    if question is None:
        return False
    chosen = question.chosen(picks)
    is_single = not question.many or any(option.alone for option in chosen)
    return len(chosen) == len(picks) and (len(picks) == 1 or not is_single)


def _bit_set(members: Iterable[bool]) -> int:
    return sum(1 << place for place, is_member in enumerate(members) if is_member)
