"""List matching: which items of an older list are in a newer one, and which of them have moved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")

# Similarity (0 to 1) below which two texts are different ones, not rewordings of each other.
ALIKE = 0.5


@dataclass(frozen=True)
class MatchedPair(Generic[_Thing]):
    """An older item and the newer one that it became. `place`: the older item's index in its list."""

    old: _Thing
    new: _Thing
    place: int


@dataclass(frozen=True)
class Move(Generic[_Thing]):
    """A pair that has moved, and the unmoved items that it came after and comes after now; None at the start."""

    pair: MatchedPair[_Thing]
    was_behind: _Thing | None
    is_behind: _Thing | None


@dataclass(frozen=True)
class Matched(Generic[_Thing]):
    """The result of a match. `pairs` and `added` are in the newer order, `gone` is in the older one."""

    pairs: tuple[MatchedPair[_Thing], ...]
    added: tuple[_Thing, ...]
    gone: tuple[_Thing, ...]


def match(
    before: Iterable[_Thing],
    after: Iterable[_Thing],
    *keys: Callable[[_Thing], Hashable],
    words: Callable[[_Thing], str] | None = None,
) -> Matched[_Thing]:
    """Match items with the same first key, then the rest by the second key, and so on.

    Last, match the remaining items whose `words` are most similar.
    """
    olds, news = tuple(before), tuple(after)
    old_of: dict[int, int] = {}
    candidates = [_equal(olds, news, key) for key in keys]
    if words is not None:
        candidates.append(_alike(olds, news, words, old_of))
    for new, old in chain.from_iterable(candidates):
        if new not in old_of and old not in old_of.values():
            old_of[new] = old
    return Matched(
        tuple(
            MatchedPair(olds[old_of[index]], new, old_of[index]) for index, new in enumerate(news) if index in old_of
        ),
        tuple(new for index, new in enumerate(news) if index not in old_of),
        tuple(old for index, old in enumerate(olds) if index not in old_of.values()),
    )


def _equal(
    olds: Sequence[_Thing], news: Sequence[_Thing], key: Callable[[_Thing], Hashable]
) -> Iterator[tuple[int, int]]:
    old_keys = [key(old) for old in olds]
    for index, new in enumerate(news):
        new_key = key(new)
        yield from ((index, old) for old, old_key in enumerate(old_keys) if old_key == new_key)


def _alike(
    olds: Sequence[_Thing], news: Sequence[_Thing], words: Callable[[_Thing], str], old_of: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Yield pairs of unmatched items, the most similar first."""
    similarities = [
        (_similarity(words(was), words(now)), new, old)
        for new, now in enumerate(news)
        for old, was in enumerate(olds)
        if new not in old_of and old not in old_of.values()
    ]
    for similarity, new, old in sorted(similarities, key=lambda pair: (-pair[0], pair[1:])):
        if similarity >= ALIKE:
            yield new, old


def _similarity(was: str, now: str) -> float:
    """Return the Dice coefficient of the words of two texts (0 to 1), in any order."""
    one, other = (Counter(re.findall(r"\w+", text.lower())) for text in (was, now))
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def moves(pairs: Sequence[MatchedPair[_Thing]]) -> Iterator[Move[_Thing]]:
    """Yield the fewest moves that turn the older order into the newer one. `pairs` are in the newer order."""
    staying = _longest_increasing([pair.place for pair in pairs])
    for number, pair in enumerate(pairs):
        if number not in staying:
            before = [pairs[other] for other in staying if pairs[other].place < pair.place]
            was = max(before, key=lambda other: other.place, default=None)
            now = max((other for other in staying if other < number), default=None)
            yield Move(pair, None if was is None else was.old, None if now is None else pairs[now].new)


def _longest_increasing(places: Sequence[int]) -> frozenset[int]:
    """Return the indices of the longest increasing subsequence."""
    best: list[tuple[int, ...]] = []
    for number, place in enumerate(places):
        before = [increasing for increasing in best if places[increasing[-1]] < place]
        best.append((*_longest(before), number))
    return frozenset(_longest(best))


def _longest(sequences: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return max(sequences, key=len) if sequences else ()
