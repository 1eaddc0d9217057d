"""Re-identification risk (singling out) of a file: unique answer sets, and people whom a few known picks identify.

The attacker knows the period of a person (a year, or a week) and some of their picks, exactly. Picks are the
same in all versions: a question's id and an option's. Rare answers make it worse, and so do few submissions.

Source: Article 29 Working Party, Opinion 05/2014 on anonymisation techniques, section 2.2 (singling out).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from math import comb
from random import Random
from typing import NamedTuple, TypeAlias

# How many picks of a person someone may know.
KNOWN_PICKS = (3, 4)
# Submissions from which a sample is used, and how many submissions and cases it has. Each is compared with all.
SAMPLED_FROM = 2_000
SAMPLE = 10_000
# Sets of picks that can be tried in about a second.
MAX_TRIED = 3_000_000
# Bits of a set. Longer ones do not fit into a processor's cache.
LONGEST_SET = 64 * 1024
PickedOption: TypeAlias = tuple[str, str]
"""Question id and option id."""


class PickBits(NamedTuple):
    """Submissions of one version in a period: their number, and who chose an option, as one bit for each submission."""

    number: int
    chosen: Mapping[PickedOption, int]


class KnownPicks(NamedTuple):
    """Of `cases` in which someone knows `known` picks of a person, how many match one submission only.

    `too_few`: the number of all submissions with fewer picks. They are in no case.
    """

    known: int
    singled_out: int
    cases: int
    too_few: int
    is_sampled: bool

    @property
    def per_hundred(self) -> str:
        """The share that is singled out."""
        return per_hundred(self.singled_out, self.cases, self.is_sampled)


class SinglingOut(NamedTuple):
    """Of `compared` submissions, how many have answers that no other has; and what known picks reveal.

    `number`: all submissions. If fewer are compared, these are a random sample.
    """

    number: int
    compared: int
    alone: int
    by_known: tuple[KnownPicks, ...]

    @property
    def per_hundred(self) -> str:
        """The share of answers that no other submission has."""
        return per_hundred(self.alone, self.compared, self.compared < self.number)


def per_hundred(part: int, whole: int, is_sampled: bool) -> str:
    """Return a share in words, such as "14". Only a count of everything is "0" or "100"."""
    rounded = round(100 * part / whole) if whole else 0
    if rounded == 0 and (part or is_sampled):
        return "under 1"
    if rounded == 100 and (part < whole or is_sampled):
        return "over 99"
    return f"{rounded}"


def measure_singling_out(periods: Sequence[Sequence[PickBits]], chance: Random) -> SinglingOut:
    """Measure how often known answers identify one submission of a period.

    Exact for fewer than `SAMPLED_FROM` submissions, unless they have too many picks to try all cases.
    """
    every = _blocks(periods)
    number = sum(block.number for block in chain.from_iterable(every))
    people = list(_people(every, chance.sample(range(number), min(number, SAMPLE))))
    alone = sum(_is_single(one.blocks, one.picks, len(one.picks)) for one in people)
    by_known = [
        _sample_known(every, known, people, chance)
        if number >= SAMPLED_FROM or _work(every, known) > MAX_TRIED
        else _count_known(every, known)
        for known in KNOWN_PICKS
    ]
    return SinglingOut(number, len(people), alone, tuple(by_known))


@dataclass(frozen=True)
class _Block:
    """Some submissions of a period: a bit set for each option of all periods, the rarest option first."""

    number: int
    chosen: tuple[int, ...]

    @cached_property
    def by_number(self) -> tuple[int, ...]:
        """Who has exactly 0, 1, 2 ... picks, as bit sets."""
        digits: list[int] = []
        for carry in self.chosen:
            for place, digit in enumerate(digits):
                digits[place], carry = digit ^ carry, digit & carry
            if carry:
                digits.append(carry)
        exactly = [(1 << self.number) - 1]
        for digit in reversed(digits):
            exactly = [part for bits in exactly for part in (bits & ~digit, bits & digit)]
        return tuple(exactly)

    def with_number(self, number: int) -> int:
        """Return who has exactly this many picks, as a bit set."""
        return self.by_number[number] if number < len(self.by_number) else 0

    def picks(self, submissions: Sequence[int]) -> Iterator[list[int]]:
        """Yield the options that each of these submissions (places of their bits) chose, the rarest first."""
        # Bytes, because testing a bit of a long integer reads all of it.
        size = -(-self.number // 8)
        columns = [bits.to_bytes(size, "little") for bits in self.chosen]
        for place in submissions:
            byte, bit = divmod(place, 8)
            yield [option for option, column in enumerate(columns) if column[byte] >> bit & 1]


class _Person(NamedTuple):
    """A submission: the blocks of its period, and its picks, the rarest first."""

    blocks: Sequence[_Block]
    picks: Sequence[int]


def _blocks(periods: Sequence[Sequence[PickBits]]) -> list[list[_Block]]:
    """Return the blocks of each period: short ones if there are many submissions, otherwise one."""
    totals = Counter[PickedOption]()
    for one in chain.from_iterable(periods):
        totals.update({pick: bits.bit_count() for pick, bits in one.chosen.items()})
    order = sorted(totals, key=lambda pick: (totals[pick], pick))
    every = [[block for one in period for block in _split(one, order)] for period in periods]
    return every if sum(one.number for one in chain.from_iterable(periods)) >= SAMPLED_FROM else [*map(_joined, every)]


def _split(one: PickBits, order: Sequence[PickedOption]) -> Iterator[_Block]:
    ordered, ones = [one.chosen.get(pick, 0) for pick in order], (1 << LONGEST_SET) - 1
    for start in range(0, one.number, LONGEST_SET):
        yield _Block(min(LONGEST_SET, one.number - start), tuple(bits >> start & ones for bits in ordered))


def _joined(blocks: Sequence[_Block]) -> list[_Block]:
    """Join the blocks of a period to one."""
    ends = list(accumulate(block.number for block in blocks))
    starts = [end - block.number for end, block in zip(ends, blocks, strict=True)]
    chosen = zip(*(block.chosen for block in blocks), strict=True)
    joined = (sum(bits << start for bits, start in zip(one, starts, strict=True)) for one in chosen)
    return [_Block(sum(block.number for block in blocks), tuple(joined))]


def _people(every: Sequence[Sequence[_Block]], numbers: Sequence[int]) -> Iterator[_Person]:
    """Yield the submissions with these numbers, counted through all blocks from 0."""
    ordered, start = sorted(numbers), 0
    for blocks in every:
        for block in blocks:
            end = start + block.number
            places = [number - start for number in ordered if start <= number < end]
            yield from (_Person(blocks, picks) for picks in block.picks(places))
            start = end


def _is_single(blocks: Sequence[_Block], picks: Sequence[int], number: int | None = None) -> bool:
    """Return whether only one submission has these picks, and this many in all if a number is given."""
    is_found = False
    for block in blocks:
        both = -1 if number is None else block.with_number(number)
        for option in picks:
            both &= block.chosen[option]
            if not both:
                break
        if both:
            # Most people share their picks with someone in the first block.
            if is_found or both & (both - 1):
                return False
            is_found = True
    return True


def _too_few(every: Sequence[Sequence[_Block]], known: int) -> int:
    return sum(bits.bit_count() for block in chain.from_iterable(every) for bits in block.by_number[:known])


def _cases(every: Sequence[Sequence[_Block]], known: int) -> int:
    return sum(
        bits.bit_count() * comb(number, known)
        for block in chain.from_iterable(every)
        for number, bits in enumerate(block.by_number)
    )


def _work(every: Sequence[Sequence[_Block]], known: int) -> int:
    """Return the most sets of picks that `_single_sets` can meet: each case, or each set of options in each period."""
    sets = sum(comb(sum(map(bool, block.chosen)), known) for block in chain.from_iterable(every))
    return min(sets, _cases(every, known))


def _count_known(every: Sequence[Sequence[_Block]], known: int) -> KnownPicks:
    """Count all cases. Blocks must be joined."""
    singled = sum(_single_sets([*filter(None, block.chosen)], known) for block in chain.from_iterable(every))
    return KnownPicks(known, singled, _cases(every, known), _too_few(every, known), False)


def _single_sets(chosen: Sequence[int], size: int) -> int:
    """Count the sets of `size` options that one submission only has (frequent itemset mining as in Eclat).

    `chosen`: bit sets, none of them empty.
    """
    if size == 1:
        return sum(not bits & (bits - 1) for bits in chosen)
    found = 0
    for place, bits in enumerate(chosen):
        rest = [both for later in chosen[place + 1 :] if (both := bits & later)]
        # A submission that is alone with some picks is alone with any more.
        found += _single_sets(rest, size - 1) if bits & (bits - 1) else comb(len(rest), size - 1)
    return found


def _sample_known(
    every: Sequence[Sequence[_Block]], known: int, people: Sequence[_Person], chance: Random
) -> KnownPicks:
    """Draw cases at random: someone of these people, in proportion to the number of sets of their picks, and a set."""
    weights = [comb(len(one.picks), known) for one in people]
    drawn = chance.choices(people, weights, k=SAMPLE) if any(weights) else []
    singled = sum(_is_single(one.blocks, sorted(chance.sample(one.picks, known))) for one in drawn)
    return KnownPicks(known, singled, len(drawn), _too_few(every, known), True)
