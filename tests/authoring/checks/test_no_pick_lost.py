"""The promises of each summary over all reachable answers: proved by largest cases, and found by brute force."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import process_time
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring import maximal_answers, proofs, reachability, summary_words
from screening.authoring.builder import rebuild_questionnaire
from screening.authoring.checks import no_pick_lost, summary_length, summary_proof
from screening.authoring.loader import load_questionnaire
from screening.authoring.reachability import Trail, trail_length
from screening.questionnaire import summary
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import CARE, SAID, Option, Question, Questionnaire
from screening.questionnaire.summary import summarize
from screening.web.questionnaire_limits import LIMITS
from tests.support.core_fixtures import TINY
from tests.support.made_questionnaires import TOPICS, made, promised, promising_questionnaires, question
from tests.support.random_answers import every_journey
from tests.support.spoiled_files import NO_WORDS, complaint_lines, refused, write

Length = tuple[int, int]
Found = dict[tuple[str, str, str], Length]
"""What is broken, of which question and option -> how long the shortest answers are."""

# How to tell each complaint from the others.
KINDS = {
    "has priority 1 but no question": "none",
    "share one question": "shared",
    "there is room for": "room",
    "may not see": "unseen",
    "adds no card": "card",
    "changes neither": "idle",
}


def ways(questionnaire: Questionnaire) -> dict[str, Trail]:
    found = {one.id: reachability.reachable_states(questionnaire, one).asked for one in questionnaire.questions}
    return {name: trail for name, trail in found.items() if trail is not None}


def proved(questionnaire: Questionnaire) -> Found:
    """Return the findings of the proof, with the length of the answers that it quotes."""
    found: Found = {}
    with patch.object(no_pick_lost, "answers_in_words", lambda _, trail: json.dumps(trail_length(trail))):
        for file, fault, is_warning in no_pick_lost.check(questionnaire, ways(questionnaire)):
            assert (file, is_warning) == ("questionnaire", False)
            (kind,) = (kind for words, kind in KINDS.items() if words in fault.wrong)
            _, section, _, place, _, option = fault.where
            asked: Any = questionnaire.sections[int(section)].steps[int(place)]
            told = json.loads(fault.wrong.rpartition("Shortest way to see this: ")[2].removesuffix("."))
            # If too many come together, any pick may be the one without a place.
            key = (kind, "", "") if kind == "room" else (kind, asked.id, str(option))
            found[key] = min(found.get(key, (99, 99)), tuple(told))
    return found


@contextmanager
def with_room_for(number: int) -> Iterator[None]:
    """Limit the questions next to the four that everyone takes to this number."""
    with ExitStack() as stack:
        for module in (summary, no_pick_lost, summary_length, summary_proof):
            stack.enter_context(patch.object(module, "MAX_QUESTIONS", 4 + number))
        yield


# The proof compared with brute force.


def so_long(journey: Journey) -> Length:
    return trail_length(tuple((name, chosen) for name, chosen in journey.answers.items() if chosen))


def picked(journey: Journey, *priorities: int) -> list[tuple[Question, Option]]:
    """Return the picks of questions with these priorities, in the order in which they come along."""
    asked = [one for priority in priorities for one in journey.questions if one.priority == priority]
    return [(one, option) for one in asked for option in one.chosen(journey.answers.get(one.id, ()))]


def seen(journey: Journey) -> set[str]:
    """Return every question to take along that is visible without unfolding anything."""
    made = summarize(journey, "US")
    assert made.worth_knowing
    cards = {one.topic.ask[0] for one in made.cards}
    return {taken.say for taken in made.questions} | cards | {*made.worth_knowing.asks}


def broken_by(journey: Journey) -> Iterator[tuple[str, str, str]]:
    """Return the promises that one person's summary breaks."""
    take = journey.questionnaire.to_take
    made = summarize(journey, "US")
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
        # A question that an earlier pick brings too is reported there.
        if own and own not in seen(journey) and own not in earlier:
            yield "unseen", asked.id, option.id
        earlier.add(own)
    shown = {one.topic.id for one in made.cards}
    for asked in journey.questions:
        for option in asked.chosen(journey.answers.get(asked.id, ())):
            if not shown.issuperset(option.topics):
                yield "card", asked.id, option.id


def idle(questionnaire: Questionnaire, journeys: list[Journey]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return options that change nothing when added to any, and to all, of the shortest answers that ask them."""
    of_any, of_all = set[tuple[str, str]](), set[tuple[str, str]]()
    for asked in questionnaire.questions[1:]:
        leading = [one for one in journeys if asked in one.path and not one.answers[asked.id]]
        fewest = min(map(so_long, leading), default=None)
        for option in asked.options:
            # A pick of priority 1 without a question is reported as that.
            if option.alone or fewest is None or (asked.priority == 1 and not option.own_question):
                continue
            idly = [is_idle(one, asked, option) for one in leading if so_long(one) == fewest]
            of_any |= {(asked.id, option.id)} if any(idly) else set()
            of_all |= {(asked.id, option.id)} if all(idly) else set()
    return of_any, of_all


def is_idle(before: Journey, asked: Question, option: Option) -> bool:
    take = before.questionnaire.to_take
    unlike = summarize(before, "US")
    answers = {**before.answers, asked.id: (option.id,)}
    skipped = dict.fromkeys(before.questionnaire.by_id, ())
    like = summarize(Journey(before.questionnaire, skipped | answers), "US")
    is_changed = (like.questions, like.cards) != (unlike.questions, unlike.cards)
    cards = {one.topic.id: one.topic.ask[0] for one in unlike.cards}
    brings = {*option.topics}, {take(reference) for reference in option.questions}
    is_there = any(brings) and brings[0] <= {*cards} and brings[1] <= {*cards.values()}
    return not (is_changed or is_there)


@settings(max_examples=3 * settings().max_examples // 2, deadline=None)
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
        # The number that come together is reported once each has its own question.
        expected = {key: n for key, n in expected.items() if key[0] != "room"}
    assert {key: n for key, n in found.items() if key[0] != "idle"} == expected
    changing_nothing = {(asked, option) for kind, asked, option in found if kind == "idle"}
    # Any of several shortest paths may be taken.
    assert of_all <= changing_nothing <= of_any


@settings(max_examples=settings().max_examples, deadline=None)
@given(promising_questionnaires(), st.integers(1, 8))
def test_no_summary_is_longer_or_has_more_cards_than_is_reported(questionnaire: Questionnaire, room: int) -> None:
    with with_room_for(room):
        made = [summarize(journey, "US") for journey in every_journey(questionnaire, {})]
        counted = [summary_words.open_words(questionnaire, one) for one in made]
        proof = proofs.prove(questionnaire)
        extent = proof.extents["en"]
        fullest = summarize(Journey(questionnaire, dict.fromkeys(questionnaire.by_id, ()) | dict(extent.fullest)), "US")
        skipped = summarize(Journey(questionnaire, dict.fromkeys(questionnaire.by_id, ())), "US")
    assert proof.cards == max(len(one.cards) for one in made)
    assert extent.least == summary_words.open_words(questionnaire, skipped)
    assert summary_words.open_words(questionnaire, fullest) <= max(counted) <= extent.most
    # Count only its own questions as longer than they are.
    spare = extent.most - summary_words.open_words(questionnaire, fullest)
    others = {asked for one in questionnaire.topics for asked in one.ask} | {*questionnaire.ask_always}
    if len(others) <= 4 + room:
        assert spare == 0


@settings(max_examples=settings().max_examples, deadline=None)
@given(promising_questionnaires())
def test_where_no_card_leans_to_hope_no_summary_does(questionnaire: Questionnaire) -> None:
    wrong = [fault.wrong for _, fault, _ in proofs.prove(questionnaire).findings]
    leaning = {one.split('"')[1] for one in wrong if one.startswith("The card of") and "in said sentences" in one}
    for journey in every_journey(questionnaire, {}):
        cards = [one.topic for one in summarize(journey, "US").cards]
        if leaning.isdisjoint(topic.id for topic in cards):
            assert words(cards, CARE) >= words(cards, SAID)
        if len(cards) == 1:
            assert (words(cards, CARE) < words(cards, SAID)) is (cards[0].id in leaning)


def words(topics: list[Any], kind: str) -> int:
    return sum(len(one.say.split()) for topic in topics for one in topic.card.statements if one.kind == kind)


def test_nine_picks_that_each_own_a_question_are_one_too_many() -> None:
    names = [f"topic-{number}" for number in range(9)]
    nine = question("first", {name: {"topics": [name]} for name in names}) | {"priority": "1"}
    (finding,) = no_pick_lost.check(promised([nine], tuple(names)), {"first": ()})
    assert finding.fault.where == ("sections", 0, "items", 0, "choose_any", "topic-8")
    all_nine = " and ".join(f'"{name.capitalize()}"' for name in names)
    assert finding.fault.wrong == (
        '9 picks of priority 1 can be chosen together, but there is room for 8 of their questions: "Topic-8" would '
        f'lose its own. Shortest way to see this: answer {all_nine} to "What of first?"; skip the rest.'
    )
    eight = question("first", {name: {"topics": [name]} for name in names[:8]}) | {"priority": "1"}
    assert [*no_pick_lost.check(promised([eight], tuple(names)), {"first": ()})] == []


def test_only_different_questions_take_a_place_from_another() -> None:
    several = {"a": {"questions": ["apples/2"]}, "b": {"questions": ["apples/2"]}, "c": {"questions": ["bread/2"]}}
    items = [
        question("first", several) | {"priority": "2"},
        question("second", {"d": {"questions": ["cheese/2"]}, "e": {}}) | {"priority": "3"},
    ]
    with with_room_for(2):
        told = [fault.wrong for _, fault, _ in no_pick_lost.check(promised(items, TOPICS), {"first": ()})]
    assert told == [
        'Someone who picks "D" may not see its question, "Why cheese?": other questions take its place, and no card '
        'or box shows it. Shortest way to see this: answer "A" and "C" to "What of first?"; answer "D" to "What of '
        'second?"; skip the rest.'
    ]


def test_nine_that_exclude_one_another_have_room() -> None:
    names = [f"topic-{number}" for number in range(9)]
    options: dict[str, Any] = {name: {"topics": [name]} for name in names}
    options["topic-8"]["alone"] = "true"
    one = question("first", options) | {"priority": "1"}
    assert [*no_pick_lost.check(promised([one], tuple(names)), {"first": ()})] == []


# One fault each in a pick: replacements in a file, and the complaint.

FIRST, SECOND = "        choose_any:\n          walks: {say: Walks, topics: [walking], replaces", "      - id: unsure\n"
OWNING = ("questionnaire", FIRST, f"        priority: 1\n{FIRST}")
FOLLOWING = ("questionnaire", SECOND, f"{SECOND}        priority: 2\n")
TALKS = "talks: {say: Talks, questions: [caring]}"
PRICE = "price: {say: The price, questions: [always/4]}"
MYSELF = 'answer "Myself" to "Who are you asking for?"'
WRONG: dict[str, tuple[int, list[tuple[str, str, str]], list[str]]] = {
    "a pick of priority 1 without a question": (
        8,
        [OWNING, ("questionnaire", TALKS, "talks: {say: Talks}")],
        [
            'questionnaire.yaml:28:11: The pick "Talks" has priority 1 but no question to take along. Shortest way to '
            f'see this: {MYSELF}; answer "Talks" to "What have you tried?"; skip the rest. Add a topic under topics, '
            "or a question under questions."
        ],
    ),
    "two picks of one question": (
        8,
        [OWNING, ("questionnaire", TALKS, "talks: {say: Talks, questions: [walking]}")],
        [
            'questionnaire.yaml:28:11: "Walks" and "Talks" share one question to take along: "How far?" Shortest way '
            f'to see this: {MYSELF}; answer "Walks" and "Talks" to "What have you tried?"; skip the rest. Give each '
            "its own question under questions."
        ],
    ),
    "more picks than there is room for": (
        1,
        [OWNING],
        [
            "questionnaire.yaml:28:11: 2 picks of priority 1 can be chosen together, but there is room for 1 of their "
            f'questions: "Talks" would lose its own. Shortest way to see this: {MYSELF}; answer "Walks" and "Talks" '
            'to "What have you tried?"; skip the rest. Offer fewer of them, or let an earlier question decide which '
            "to offer."
        ],
    ),
    "a pick of which the question is pushed out": (
        1,
        [
            OWNING,
            FOLLOWING,
            ("questionnaire", TALKS, "talks: {say: Talks, questions: [caring], alone: true}"),
            ("questionnaire", PRICE, "price: {say: The price, questions: [walking/2]}"),
        ],
        [
            'questionnaire.yaml:41:11: Someone who picks "The price" may not see its question, "How fast?": other '
            'questions take its place, and no card or box shows it. Shortest way to see this: answer "Walks" and "The '
            'price" to "What are you unsure about?"; skip the rest. List its topic under the option, or end a '
            "paragraph of the box with the question."
        ],
    ),
    "a constant topic": (
        8,
        [("questionnaire", PRICE, "price: {say: The price, topics: [constant], questions: [always/4]}")],
        [
            'questionnaire.yaml:39:11: "constant" is in every summary, so "The price" adds no card for it. Shortest '
            'way to see this: answer "The price" to "What are you unsure about?"; skip the rest. Delete it from '
            "topics, or list one of its questions under questions."
        ],
    ),
    "a pick that changes nothing": (
        8,
        [("questionnaire", PRICE, "price: {say: The price, questions: [constant]}")],
        [
            'questionnaire.yaml:39:11: Picking "The price" changes neither the questions to take along nor the cards. '
            'Shortest way to see this: answer "The price" to "What are you unsure about?"; skip the rest. Add a '
            "topic, or a question that the summary would not have without it."
        ],
    ),
}


@pytest.mark.parametrize(("room", "changes", "complaints"), WRONG.values(), ids=WRONG)
def test_what_is_lost_of_a_pick_is_reported(
    folder: Path, room: int, changes: list[tuple[str, str, str]], complaints: list[str]
) -> None:
    for file, instead_of, this in changes:
        write(folder / f"{file}.yaml", instead_of, this)
    with with_room_for(room):
        assert refused(folder) == complaints


# Balance and lengths.

WARNS = "        - {say: It warns of much rain., kind: care, sources: [article/opening], risks: [rain]}\n"
LIKES = "said: [{say: The article likes to walk., sources"
NOTHING = "Shortest way to see this: skip every question."
WALKING = 'Shortest way to see this: answer "Walks" to "What are you unsure about?"; skip the rest.'
BALANCE = "Lengthen the care sentences or shorten the said ones, so that care has at least as many words."
SHORTER = "Shorten it: the longer text has room for the rest."


UNBALANCED: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "a risk that the box does not name": (
        [(WARNS, WARNS.replace(", risks: [rain]", ""))],
        [
            'topics.yaml:36:9: No care sentence of the box names the risk "rain", so a summary may not mention it. '
            f"{NOTHING} List it under the risks of a sentence of kind care."
        ],
    ),
    "a risk that only a hopeful sentence of the box names": (
        [
            (WARNS, WARNS.replace(", risks: [rain]", "")),
            ("kind: said, sources: [article/opening]}", "kind: said, sources: [article/opening], risks: [rain]}"),
        ],
        [
            'topics.yaml:36:9: No care sentence of the box names the risk "rain", so a summary may not mention it. '
            f"{NOTHING} List it under the risks of a sentence of kind care."
        ],
    ),
    "a box of hope": (
        [("{say: The article likes walks., kind", "{say: The article likes walks in any weather., kind")],
        [f"topics.yaml:37:1: The box has 7 words in said sentences, but only 5 in care sentences. {NOTHING} {BALANCE}"],
    ),
    "a card of hope": (
        [(LIKES, LIKES.replace("walk.", "walk a lot."))],
        [
            'topics.yaml:14:89: The card of "walking" has 7 words in said sentences, but only 5 in care sentences '
            f"that name a risk. {WALKING} {BALANCE}"
        ],
    ),
    "a card whose care names no risk": (
        [
            (
                "{say: It warns of the rain., sources: [article/opening], risks: [rain]}",
                "{say: It warns of the rain., sources: [article/opening]}",
            )
        ],
        [
            'topics.yaml:14:83: The card of "walking" has 5 words in said sentences, but only 0 in care sentences '
            f"that name a risk. {WALKING} {BALANCE}"
        ],
    ),
}


@pytest.mark.parametrize(("changes", "complaints"), UNBALANCED.values(), ids=UNBALANCED)
def test_what_is_out_of_balance_is_reported(
    folder: Path, changes: list[tuple[str, str]], complaints: list[str]
) -> None:
    for instead_of, this in changes:
        write(folder / "topics.yaml", instead_of, this)
    assert refused(folder) == complaints


# The number of words on the tiny card of walking, next to these.
WARNED = "{say: It warns of the rain., sources"


def longer(sentences: int) -> str:
    """Return a card with five more words for each of these."""
    return WARNED.replace("rain.", f"rain.{' It warns of rain too.' * sentences}")


def test_a_card_that_is_too_long_is_refused_and_one_that_is_long_is_reported(folder: Path) -> None:
    short = (folder / "topics.yaml").read_text()
    write(folder / "topics.yaml", WARNED, longer(23))
    too_long = 'topics.yaml:14:5: The card of "walking" has {} words; the limit is {}.'
    assert refused(folder) == [f"{too_long.format(133, 130)} {WALKING} {SHORTER}"]
    (folder / "topics.yaml").write_text(short.replace(WARNED, longer(16)))
    assert complaint_lines(folder, load_questionnaire(folder, NO_WORDS, LIMITS)[1]) == [
        f"{too_long.format(98, 95)} {WALKING} {SHORTER}"
    ]
    (folder / "topics.yaml").write_text(short.replace(WARNED, longer(15)))
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


def test_a_card_with_a_help_sentence_may_be_longer(folder: Path) -> None:
    write(folder / "topics.yaml", '"As ever, it warns of rain."', f'"As ever, it warns of rain.{" It is so." * 30}"')
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


def test_a_summary_that_is_too_long_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = load_questionnaire(folder, NO_WORDS, LIMITS)[0]
    extent = proofs.prove(tiny).extents["en"]
    monkeypatch.setattr(summary_length, "MAX_WITHOUT_A_PICK", extent.least)
    monkeypatch.setattr(summary_length, "MAX_SUMMARY_WORDS", extent.most)
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []
    monkeypatch.setattr(summary_length, "MAX_WITHOUT_A_PICK", extent.least - 1)
    monkeypatch.setattr(summary_length, "MAX_SUMMARY_WORDS", extent.most - 1)
    assert refused(folder) == [
        f"topics.yaml:6:1: A summary can have {extent.most} words; the limit is {extent.most - 1}. To see this: "
        'answer "Someone else" to "Who are you asking for?"; answer "Walks" and "The price" to "What are you unsure '
        'about?"; skip the rest. Shorten the cards.',
        f"topics.yaml:37:1: With nothing picked, a summary has {extent.least} words; the limit is {extent.least - 1}. "
        f"{NOTHING} Shorten the box, the referral or how to find a professional.",
    ]


# Other languages.


@pytest.fixture
def spanish(folder: Path) -> Path:
    """The tiny questionnaire's Spanish, in the same folder."""
    return Path(shutil.copy(TINY / "translated" / "es.yaml", folder))


def test_a_translation_is_judged_in_its_own_words(folder: Path, spanish: Path) -> None:
    write(spanish, "es: Al artículo le gusta pasear.", "es: Al artículo le gusta mucho pasear.")
    assert refused(folder) == [
        'es.yaml:61:7: The card of "walking" has 6 words in said sentences, but only 5 in care sentences that name a '
        f'risk. Shortest way to see this: answer "Paseos" to "¿De qué tiene dudas?"; skip the rest. {BALANCE}'
    ]


# Versions from before governance existed, and questionnaires that are too large.


def test_old_versions_are_judged_by_no_rule_that_they_never_had() -> None:
    served = rebuild_questionnaire((TINY / "tiny-as-served-in-2026.json").read_text())
    proof = proofs.prove(served)
    assert (proof.findings, proof.cases, proof.extents) == ((), 0, {})
    assert served.governance is None
    idle = made([question("first", {"a": {}, "b": {}}), question("second", {"c": {}, "d": {}})])
    assert proofs.prove(idle).findings == ()


def test_too_many_largest_cases_are_reported_and_never_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    several: dict[str, Any] = {name: {"topics": [name]} for name in TOPICS}
    questionnaire = promised([question("first", several, kind="one")], TOPICS)
    assert proofs.prove(questionnaire).findings == ()
    assert proofs.prove(questionnaire).cases == 3
    monkeypatch.setattr(maximal_answers, "MAX_CASES", 2)
    ((file, fault, is_warning),) = proofs.prove(questionnaire).findings
    assert (file, fault.where, is_warning) == ("questionnaire", ("sections", 0, "items", 0), False)
    assert fault.wrong == (
        'The check cannot prove what can be chosen together: in "first", too many options exclude each other.'
    )


def test_the_real_questionnaire_keeps_what_it_promises(real: Questionnaire) -> None:
    start = process_time()
    proof = proofs.prove(real)
    assert process_time() - start < 0.5
    assert [fault.wrong for _, fault, _ in proof.findings] == []
    assert (proof.cases, proof.cards) == (2, 17)
    assert {name: one.most <= summary_length.scaled_limit(2_800, name) for name, one in proof.extents.items()} == {
        "en": True,
        "es": True,
    }
