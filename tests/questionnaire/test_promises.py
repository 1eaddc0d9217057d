"""What each summary promises, over all reachable answers: proved by largest cases, and found by going through all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire import prose, summary
from screening.questionnaire.checks import lengths, paths, promises, reach, whole
from screening.questionnaire.checks.reach import Trail, length
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import CARE, SAID, Option, Question, Questionnaire
from screening.questionnaire.summary import summarise
from tests.questionnaire.answering import every_journey
from tests.questionnaire.making import promising_questionnaires

Length = tuple[int, int]
Found = dict[tuple[str, str, str], Length]
"""What is broken, of which question and option -> how long the shortest answers are."""

# How each complaint can be told from the others.
KINDS = {
    "would take no question": "none",
    "share one place": "shared",
    "there is room for": "room",
    "may not see": "unseen",
    "brings no card": "card",
    "changes neither": "idle",
}


def ways(questionnaire: Questionnaire) -> dict[str, Trail]:
    found = {one.id: reach.reach(questionnaire, one).asked for one in questionnaire.questions}
    return {name: trail for name, trail in found.items() if trail is not None}


def proved(questionnaire: Questionnaire) -> Found:
    """What the proof finds, with the length of the answers that it tells."""
    found: Found = {}
    with patch.object(promises, "in_words", lambda _, trail: json.dumps(length(trail))):
        for file, fault, is_warning in promises.check(questionnaire, ways(questionnaire)):
            assert (file, is_warning) == ("questionnaire", False)
            (kind,) = (kind for words, kind in KINDS.items() if words in fault.wrong)
            _, section, _, place, _, option = fault.where
            asked: Any = questionnaire.sections[int(section)].steps[int(place)]
            told = json.loads(fault.wrong.rpartition("Shortest answers: ")[2].removesuffix("."))
            # Which pick loses its place is open, if too many come together.
            key = (kind, "", "") if kind == "room" else (kind, asked.id, str(option))
            found[key] = min(found.get(key, (99, 99)), tuple(told))
    return found


@contextmanager
def with_room_for(number: int) -> Iterator[None]:
    """Only so many questions come along beside the four that everyone takes."""
    with ExitStack() as stack:
        for module in (summary, promises, lengths, whole):
            stack.enter_context(patch.object(module, "MOST_QUESTIONS", 4 + number))
        yield


# The proof against going through everything.


def so_long(journey: Journey) -> Length:
    return length(tuple((name, chosen) for name, chosen in journey.answers.items() if chosen))


def picked(journey: Journey, *priorities: int) -> list[tuple[Question, Option]]:
    """The picks of questions of these priorities, in the order in which they come along."""
    asked = [one for priority in priorities for one in journey.questions if one.priority == priority]
    return [(one, option) for one in asked for option in one.chosen(journey.answers.get(one.id, ()))]


def seen(journey: Journey) -> set[str]:
    """Every question to take that can be seen without unfolding anything."""
    made = summarise(journey, "US")
    assert made.worth_knowing
    cards = {one.topic.ask[0] for one in made.cards}
    return {taken.say for taken in made.questions} | cards | {*made.worth_knowing.asks}


def broken_by(journey: Journey) -> Iterator[tuple[str, str, str]]:
    """What the summary of one person breaks."""
    take = journey.questionnaire.to_take
    made = summarise(journey, "US")
    listed = [taken.say for taken in made.questions]
    owners = picked(journey, 1)
    earlier: set[str] = set()
    for asked, option in owners:
        if not option.own_question:
            if not option.alone:
                yield "none", asked.id, option.id
            continue
        own = take(option.own_question)
        if own in earlier:
            yield "shared", asked.id, option.id
        elif own not in listed:
            yield "room", "", ""
        earlier.add(own)
    for asked, option in picked(journey, 2, 3):
        own = take(option.own_question) if option.own_question else ""
        # What an earlier pick asks too is told of there.
        if own and own not in seen(journey) and own not in earlier:
            yield "unseen", asked.id, option.id
        earlier.add(own)
    shown = {one.topic.id for one in made.cards}
    for asked in journey.questions:
        for option in asked.chosen(journey.answers.get(asked.id, ())):
            if not shown.issuperset(option.topics):
                yield "card", asked.id, option.id


def idle(questionnaire: Questionnaire, journeys: list[Journey]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Options that change nothing, added to any and to all of the shortest answers with which they are asked."""
    of_any, of_all = set[tuple[str, str]](), set[tuple[str, str]]()
    for asked in questionnaire.questions[1:]:
        leading = [one for one in journeys if asked in one.path and not one.answers[asked.id]]
        fewest = min(map(so_long, leading), default=None)
        for option in asked.options:
            if option.alone or fewest is None:
                continue
            idly = [is_idle(one, asked, option) for one in leading if so_long(one) == fewest]
            of_any |= {(asked.id, option.id)} if any(idly) else set()
            of_all |= {(asked.id, option.id)} if all(idly) else set()
    return of_any, of_all


def is_idle(before: Journey, asked: Question, option: Option) -> bool:
    take = before.questionnaire.to_take
    unlike = summarise(before, "US")
    answers = {**before.answers, asked.id: (option.id,)}
    skipped = dict.fromkeys(before.questionnaire.by_id, ())
    like = summarise(Journey(before.questionnaire, skipped | answers), "US")
    is_changed = (like.questions, like.cards) != (unlike.questions, unlike.cards)
    cards = {one.topic.id: one.topic.ask[0] for one in unlike.cards}
    brings = {*option.topics}, {take(reference) for reference in option.questions}
    is_there = any(brings) and brings[0] <= {*cards} and brings[1] <= {*cards.values()}
    return not (is_changed or is_there)


@settings(max_examples=150, deadline=None)
@given(promising_questionnaires(), st.integers(1, 3))
def test_what_is_lost_of_a_pick_is_found_with_the_shortest_answers(questionnaire: Questionnaire, room: int) -> None:
    with with_room_for(room):
        journeys = list(every_journey(questionnaire, {}))
        expected: Found = {}
        for journey in journeys:
            for key in broken_by(journey):
                expected[key] = min(expected.get(key, (99, 99)), so_long(journey))
        found = proved(questionnaire)
        of_any, of_all = idle(questionnaire, journeys)
    if any(kind == "shared" for kind, *_ in expected):
        # How many come together is told once each has a question of its own.
        expected = {key: n for key, n in expected.items() if key[0] != "room"}
    assert {key: n for key, n in found.items() if key[0] != "idle"} == expected
    changing_nothing = {(asked, option) for kind, asked, option in found if kind == "idle"}
    # Which of several shortest ways is taken is open.
    assert of_all <= changing_nothing <= of_any


@settings(max_examples=100, deadline=None)
@given(promising_questionnaires(), st.integers(1, 8))
def test_no_summary_is_longer_or_has_more_cards_than_is_told(questionnaire: Questionnaire, room: int) -> None:
    with with_room_for(room):
        made = [summarise(journey, "US") for journey in every_journey(questionnaire, {})]
        counted = [prose.open_words(questionnaire, one) for one in made]
        proof = paths.prove(questionnaire)
        extent = proof.extents["en"]
        fullest = summarise(Journey(questionnaire, dict.fromkeys(questionnaire.by_id, ()) | dict(extent.fullest)), "US")
        skipped = summarise(Journey(questionnaire, dict.fromkeys(questionnaire.by_id, ())), "US")
    assert proof.cards == max(len(one.cards) for one in made)
    assert extent.least == prose.open_words(questionnaire, skipped)
    assert prose.open_words(questionnaire, fullest) <= max(counted) <= extent.most
    # Only its questions are counted as longer than they are.
    spare = extent.most - prose.open_words(questionnaire, fullest)
    others = {asked for one in questionnaire.topics for asked in one.ask} | {*questionnaire.ask_always}
    if len(others) <= 4 + room:
        assert spare == 0


@settings(max_examples=100, deadline=None)
@given(promising_questionnaires())
def test_where_no_card_leans_to_hope_no_summary_does(questionnaire: Questionnaire) -> None:
    wrong = [fault.wrong for _, fault, _ in paths.prove(questionnaire).findings]
    leaning = {one.split('"')[1] for one in wrong if one.startswith("The card of") and "on what is said" in one}
    for journey in every_journey(questionnaire, {}):
        cards = [one.topic for one in summarise(journey, "US").cards]
        if leaning.isdisjoint(topic.id for topic in cards):
            assert words(cards, CARE) >= words(cards, SAID)
        if len(cards) == 1:
            assert (words(cards, CARE) < words(cards, SAID)) is (cards[0].id in leaning)


def words(topics: list[Any], kind: str) -> int:
    return sum(len(one.say.split()) for topic in topics for one in topic.card.statements if one.kind == kind)
