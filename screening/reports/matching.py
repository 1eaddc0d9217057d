"""Which things of an older list are still in a newer one, and which of them stand elsewhere in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")

# Words that have less in common than this are other words, not the same ones put differently.
ALIKE = 0.5


@dataclass(frozen=True)
class MatchedPair(Generic[_Thing]):
    """What was and what is now; `place` is the older one's in its list."""

    old: _Thing
    new: _Thing
    place: int


@dataclass(frozen=True)
class Move(Generic[_Thing]):
    """A pair that stands elsewhere: behind which older thing it stood, and behind which newer one it stands, among
    those that stay; None at the start.
    """

    pair: MatchedPair[_Thing]
    was_behind: _Thing | None
    is_behind: _Thing | None


@dataclass(frozen=True)
class Matched(Generic[_Thing]):
    """`pairs` and `added` are in the newer order, `gone` in the older one."""

    pairs: tuple[MatchedPair[_Thing], ...]
    added: tuple[_Thing, ...]
    gone: tuple[_Thing, ...]


def match(
    before: Iterable[_Thing],
    after: Iterable[_Thing],
    *keys: Callable[[_Thing], Hashable],
    words: Callable[[_Thing], str] | None = None,
) -> Matched[_Thing]:
    """Match things that have the first key in common; of the rest those with the second, and so on; and last those
    whose `words` are most alike.
    """
    olds, news = tuple(before), tuple(after)
    found: dict[int, int] = {}
    likely = [_equal(olds, news, key) for key in keys]
    if words is not None:
        likely.append(_alike(olds, news, words, found))
    for new, old in chain.from_iterable(likely):
        if new not in found and old not in found.values():
            found[new] = old
    return Matched(
        tuple(MatchedPair(olds[found[place]], new, found[place]) for place, new in enumerate(news) if place in found),
        tuple(new for place, new in enumerate(news) if place not in found),
        tuple(old for place, old in enumerate(olds) if place not in found.values()),
    )


def _equal(
    olds: Sequence[_Thing], news: Sequence[_Thing], key: Callable[[_Thing], Hashable]
) -> Iterator[tuple[int, int]]:
    keys = [key(old) for old in olds]
    for place, new in enumerate(news):
        wanted = key(new)
        yield from ((place, old) for old, known in enumerate(keys) if known == wanted)


def _alike(
    olds: Sequence[_Thing], news: Sequence[_Thing], words: Callable[[_Thing], str], found: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Of what was not found yet, the most alike first."""
    ratios = [
        (_in_common(words(was), words(now)), new, old)
        for new, now in enumerate(news)
        for old, was in enumerate(olds)
        if new not in found and old not in found.values()
    ]
    for ratio, new, old in sorted(ratios, key=lambda one: (-one[0], one[1:])):
        if ratio >= ALIKE:
            yield new, old


def _in_common(was: str, now: str) -> float:
    """Which part of the words of two texts they have in common, wherever they stand."""
    one, other = (Counter(re.findall(r"\w+", text.lower())) for text in (was, now))
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def moves(pairs: Sequence[MatchedPair[_Thing]]) -> Iterator[Move[_Thing]]:
    """The fewest moves that turn the older order into the newer one, which the pairs are in."""
    staying = _longest_rising([pair.place for pair in pairs])
    for number, pair in enumerate(pairs):
        if number not in staying:
            before = [pairs[other] for other in staying if pairs[other].place < pair.place]
            was = max(before, key=lambda other: other.place, default=None)
            now = max((other for other in staying if other < number), default=None)
            yield Move(pair, None if was is None else was.old, None if now is None else pairs[now].new)


def _longest_rising(places: Sequence[int]) -> frozenset[int]:
    """Which of the places, by number, make the longest sequence that only rises."""
    best: list[tuple[int, ...]] = []
    for number, place in enumerate(places):
        before = [rising for rising in best if places[rising[-1]] < place]
        best.append((*_longest(before), number))
    return frozenset(_longest(best))


def _longest(several: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return max(several, key=len) if several else ()
