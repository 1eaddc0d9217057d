from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring import proofs, reachability
from screening.authoring.checks import path_proof, summary_proof
from screening.authoring.loader import load_questionnaire
from screening.authoring.reachability import Reach, answers_in_words, trail_length
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Condition, Question, Questionnaire, Step
from screening.questionnaire.summary import Summary, TakenQuestion, summarize
from screening.web.questionnaire_limits import LIMITS
from tests.support.made_questionnaires import TOPICS, made, question, questionnaires, sixty
from tests.support.random_answers import answers_to, every_journey, topics
from tests.support.spoiled_files import NO_WORDS, refused, write

OURS = "This is a bug in the program, not in the file. Report it to the developers."


def findings(questionnaire: Questionnaire) -> list[str]:
    return [f"{fault.wrong} {fault.remedy}" for _, fault, _ in proofs.prove(questionnaire).findings]


# Valid questionnaires.


def test_the_real_questionnaire_is_proved(real: Questionnaire) -> None:
    proof = proofs.prove(real)
    assert proof.findings == ()
    assert (proof.sections, proof.questions, proof.options, proof.topics) == (6, 11, 74, 20)
    assert str(proof) == "11 questions, 74 options, 20 topics, 31 merged states, 936 summaries"


def test_sixty_questions_with_twenty_branching_ones_are_proved_in_under_ten_seconds() -> None:
    questionnaire = sixty()
    start = perf_counter()
    proof = proofs.prove(questionnaire)
    assert perf_counter() - start < 10
    assert proof.findings == ()
    assert (proof.questions, proof.options, proof.topics, proof.states) == (60, 500, 31, 628)


def test_of_many_options_only_what_conditions_tell_apart_is_gone_through() -> None:
    letters = [f"option-{number}" for number in range(60)]
    first = question("first", {letter: {} for letter in letters})
    proof = proofs.prove(made([first, question("second", {"a": {}, "b": {}}, {"first": letters[30:]})]))
    assert (proof.findings, proof.states) == ((), 1 + 1 + 2)


def test_the_answers_told_are_the_shortest_though_longer_ones_are_met_first() -> None:
    few: dict[str, dict[str, Any]] = {"a": {}, "b": {}}
    items = [
        question("first", {"u": {}, "v": {}, "both": {}}),
        question("second", few),
        question("third", few, {"first": ["u", "both"]}),
        question("fourth", few, {"first": ["v", "both"], "third": ["a"]}),
        question("fifth", few, {"first": ["both"], "second": ["a"]}),
        question("last", few, {"fourth": ["a"], "fifth": ["a"]}),
    ]
    questionnaire = made(items)
    fourth, last = (
        reachability.reachable_states(questionnaire, questionnaire.by_id[name]) for name in ("fourth", "last")
    )
    assert fourth.asked == (("first", ("both",)), ("third", ("a",)))
    assert last.missing_one["fifth"] == (("first", ("both",)), ("third", ("a",)), ("fourth", ("a",)))


# One fault each: replacements in questionnaire.yaml or topics.yaml, and the complaint.

ASKED_OF = """        sources: [article/opening]
        choose_any:
          walks: {say: Walks, topics: [walking]}
          price"""
PAUSE = "      - pause: {id: a-pause, title: A pause, say: [Take your time.]}\n"


def asked_if(conditions: str) -> tuple[str, str]:
    return ASKED_OF, f"        ask_if: {{{conditions}}}\n{ASKED_OF}"


LATER = """
      - id: later
        ask: And then?
        why: Much is not known.
        sources: [article/opening]
        ask_if: {%s}
        choose_one:
          one: {say: One%s}
          two: {say: Two}
"""
AT_THE_END = "price: {say: The price, questions: [always/4]}\n"
WRONG: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "a question and its section that nobody sees": (
        "questionnaire",
        [asked_if("asking-for: [someone], tried: [walks]")],
        '36:17: Nobody is ever asked "unsure", and nobody sees the section "ahead": its conditions can never all be '
        'met. Closest you can get: answer "Someone else" to "Who are you asking for?"; skip the rest; then only the '
        'condition on "tried" is not met. Change its conditions, or those of the questions before it.',
    ),
    "a question that nobody is asked, in a section that somebody sees": (
        "questionnaire",
        [
            (PAUSE, ""),
            ("      - id: unsure", f"{PAUSE}      - id: unsure"),
            asked_if("asking-for: [someone], tried: [walks]"),
        ],
        '36:17: Nobody is ever asked "unsure": its conditions can never all be met. Closest you can get: answer '
        '"Someone else" to "Who are you asking for?"; skip the rest; then only the condition on "tried" is not met. '
        "Change its conditions, or those of the questions before it.",
    ),
    "what is chosen alone, and something beside it": (
        "questionnaire",
        [asked_if("tried: [nothing]"), (AT_THE_END, AT_THE_END + LATER % ("unsure: [walks], tried: [walks]", ""))],
        '46:17: Nobody is ever asked "later": its conditions can never all be met. Closest you can get: answer '
        '"Myself" to "Who are you asking for?"; answer "Walks" to "What have you tried?"; skip the rest; then only '
        'the condition on "unsure" is not met. Change its conditions, or those of the questions before it.',
    ),
    "what follows from a fault is not told beside it": (
        "questionnaire",
        [
            asked_if("asking-for: [someone], tried: [walks]"),
            (AT_THE_END, AT_THE_END + LATER % ("unsure: [price]", ", topics: [caring]")),
            ("Someone else, topics: [caring]", "Someone else"),
        ],
        '36:17: Nobody is ever asked "unsure": its conditions can never all be met. Closest you can get: answer '
        '"Someone else" to "Who are you asking for?"; skip the rest; then only the condition on "tried" is not met. '
        "Change its conditions, or those of the questions before it.",
    ),
    "a condition that is always met": (
        "questionnaire",
        [asked_if("asking-for: [myself], tried: [nothing, talks]")],
        '36:18: The condition on "asking-for" changes nothing: it is met whenever the others are. Shortest way to see '
        'this: answer "Myself" to "Who are you asking for?"; answer "Talks" to "What have you tried?"; skip the rest. '
        "Delete it.",
    ),
    "a topic that no option brings": (
        "topics",
        [("    title: Caring", "    title: Caring"), ("QUESTIONNAIRE Someone else, topics: [caring]", "Someone else")],
        '16:9: No summary ever explains "caring", because no option brings it. List it under the topics of an option, '
        "or delete it.",
    ),
    "a fixed question that appears twice": (
        "topics",
        [("Where would it be?", "What if I wait?")],
        '5:35: "What if I wait?" appears twice among the questions that everyone takes along. Shortest way to see '
        "this: skip every question. Keep one.",
    ),
}


@pytest.mark.parametrize(("file", "changes", "complaint"), WRONG.values(), ids=WRONG)
def test_one_fault_is_reported_with_the_shortest_answers(
    folder: Path, file: str, changes: list[tuple[str, str]], complaint: str
) -> None:
    for instead_of, this in changes:
        other = instead_of.startswith("QUESTIONNAIRE ")
        write(folder / f"{'questionnaire' if other else file}.yaml", instead_of.removeprefix("QUESTIONNAIRE "), this)
    assert refused(folder) == [f"{file}.yaml:{complaint}"]


def test_a_topic_of_which_only_the_questions_come_along_is_reported(folder: Path) -> None:
    write(
        folder / "questionnaire.yaml", "someone: {say: Someone else, topics:", "someone: {say: Someone else, questions:"
    )
    (complaint,) = refused(folder)
    assert complaint.startswith('topics.yaml:16:9: No summary ever explains "caring", because no option brings it.')


# Limits.


def test_a_proof_that_would_take_too_many_states_is_reported_and_never_passed() -> None:
    letters = [f"option-{number}" for number in range(16)]
    items = [question("first", {letter: {} for letter in letters})]
    items += [question(f"of-{letter}", {"a": {}, "b": {}}, {"first": [letter]}) for letter in letters]
    items.append(question("last", {"a": {}, "b": {}}, {f"of-{letter}": ["a"] for letter in letters}))
    items.append(question("after", {"a": {}, "b": {}}, {"last": ["a"]}))
    proof = proofs.prove(made(items))
    ((file, fault, is_warning),) = proof.findings
    assert (file, fault.where, is_warning) == ("questionnaire", ("sections", 5, "items", 2, "ask_if"), False)
    assert (fault.wrong, fault.remedy) == (
        'The check cannot prove who is asked this: answers to "first" meet too many combinations of conditions.',
        "Name fewer of its options in conditions (the check covers at most 20,000 combinations).",
    )
    assert proof.questions == 17


def test_a_limit_stops_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "questionnaire.yaml", *asked_if("tried: [walks]"))
    monkeypatch.setattr(reachability, "MAX_STATES", 1)
    assert refused(folder) == [
        'questionnaire.yaml:36:17: The check cannot prove who is asked this: answers to "tried" meet too many '
        "combinations of conditions. Name fewer of its options in conditions (the check covers at most 20,000 "
        "combinations)."
    ]


def test_too_many_summaries_are_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = proofs.prove(load_questionnaire(folder, NO_WORDS, LIMITS)[0]).summaries
    monkeypatch.setattr(summary_proof, "MAX_SUMMARIES", made - 1)
    assert refused(folder) == [
        "topics.yaml:7:3: The check cannot cover every summary: 5 topics and questions make too many pairs. Use "
        f"fewer topics (the check makes at most {made - 1} summaries)."
    ]
    monkeypatch.setattr(summary_proof, "MAX_SUMMARIES", made)
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[0].id == "tiny"


# The proof also finds a program that breaks a promise.


class EndsEarly(Journey):
    def next(self, step: Step) -> Step | None:
        return None if step.id == "tried" else super().next(step)


class AsksEverything(Journey):
    def __init__(self, questionnaire: Questionnaire, answers: Answers) -> None:
        super().__init__(questionnaire, answers)
        self.path = questionnaire.steps
        self.answers = dict(answers)


class TurnsRound(Journey):
    def __init__(self, questionnaire: Questionnaire, answers: Answers) -> None:
        super().__init__(questionnaire, answers)
        self.path = self.path[::-1]


@pytest.mark.parametrize(
    ("journey", "message"),
    [
        (EndsEarly, 'answer "Myself" to "Who are you asking for?"; skip the rest'),
        (AsksEverything, "skip every question"),
        (TurnsRound, "skip every question"),
    ],
)
def test_a_dead_end_is_reported(
    tiny: Questionnaire, monkeypatch: pytest.MonkeyPatch, journey: type[Journey], message: str
) -> None:
    monkeypatch.setattr(path_proof, "Journey", journey)
    wrong = findings(tiny)
    assert wrong
    assert set(wrong) <= {
        f"This leads to no summary. Shortest way to see this: {message}. {OURS}",
        f"This leads to no summary. Shortest way to see this: skip every question. {OURS}",
    }
    assert any(message in one for one in wrong)


Spoil = Callable[[Summary], Summary]
ADDED = "Based on this, it could suit you."


def when_walking(spoil: Spoil) -> Spoil:
    def only(summary: Summary) -> Summary:
        return spoil(summary) if "walking" in [one.topic.id for one in summary.topics] else summary

    return only


def without_facts(summary: Summary) -> Summary:
    return replace(summary, constant=tuple(replace(one, outside=()) for one in summary.constant))


def with_a_verdict(summary: Summary) -> Summary:
    (section, told), *rest = summary.answers
    return replace(summary, answers=((section, (replace(told[0], chosen_texts=(ADDED,)), *told[1:])), *rest))


WALKS = 'answer "Walks" to "What are you unsure about?"; skip the rest'
CHANGED = "Answers change the topics that everyone must read."
BROKEN: dict[str, tuple[Spoil, list[str]]] = {
    "no referral": (
        when_walking(lambda one: replace(one, referral=replace(one.referral, closes=()))),
        [f"A summary does not open and close with its referral. Shortest way to see this: {WALKS}. {OURS}"],
    ),
    "a constant topic is missing": (
        when_walking(lambda one: replace(one, constant=one.constant[:-1])),
        [
            f"{CHANGED} Shortest way to see this: {WALKS}. {OURS}",
        ],
    ),
    "a constant topic says less": (
        when_walking(without_facts),
        [f"{CHANGED} Shortest way to see this: {WALKS}. {OURS}"],
    ),
    "the box says less": (
        when_walking(lambda one: replace(one, worth_knowing=one.worth_knowing and replace(one.worth_knowing, asks=()))),
        [f"Answers change the box, which must be the same for everyone. Shortest way to see this: {WALKS}. {OURS}"],
    ),
    "nobody answers for it": (
        when_walking(lambda one: replace(one, governance=None)),
        [
            "Answers change how to find a professional, or who is responsible for the words. Shortest way to see this: "
            f"{WALKS}. {OURS}"
        ],
    ),
    "a topic was not chosen": (
        when_walking(lambda one: replace(one, cards=(one.cards[0], *one.cards))),
        [
            "A summary explains the wrong topics, or explains them in the wrong order. Shortest way to see this: "
            f"{WALKS}. {OURS}"
        ],
    ),
    "two topics stand in another order": (
        lambda one: replace(one, cards=one.cards[::-1]),
        [
            "A summary explains the wrong topics, or explains them in the wrong order. Shortest way to see this: "
            f'choose options that bring "Walking" and "Caring". {OURS}'
        ],
    ),
    "a fixed question is missing": (
        when_walking(lambda one: replace(one, questions=one.questions[:-1])),
        [f"A summary is missing a question from ask_always. Shortest way to see this: {WALKS}. {OURS}"],
    ),
    "more than twelve questions": (
        when_walking(
            lambda one: replace(
                one, questions=(*(TakenQuestion(name, name) for name in ("How far?", "Who cares?") * 4), *one.questions)
            )
        ),
        [f"A summary has more than 12 questions to take along. Shortest way to see this: {WALKS}. {OURS}"],
    ),
    "words that nobody has read": (
        with_a_verdict,
        [
            f'A summary shows "{ADDED}", which was not checked with the wording list. Shortest way to see this: skip '
            f"every question. {OURS}"
        ],
    ),
}


@pytest.mark.parametrize(("spoil", "told"), BROKEN.values(), ids=BROKEN)
def test_a_summary_that_breaks_a_promise_is_reported(
    tiny: Questionnaire, monkeypatch: pytest.MonkeyPatch, spoil: Spoil, told: list[str]
) -> None:
    def spoilt(journey: Journey, country: str) -> Summary:
        return spoil(summarize(journey, country))

    assert findings(tiny) == []
    monkeypatch.setattr(summary_proof, "summarize", spoilt)
    assert findings(tiny) == told


@pytest.mark.parametrize("key", ["says", "warns", "unknown"])
def test_a_topic_that_is_one_sided_is_reported(tiny: Questionnaire, key: str) -> None:
    walking, *rest = tiny.topics
    lost: dict[str, Any] = {key: ()}
    assert findings(replace(tiny, topics=(replace(walking, **lost), *rest))) == [
        f'"walking" is one-sided: "{key}" is empty. Shortest way to see this: {WALKS}. Add text, or say that the '
        "articles are silent."
    ]


# The proof compared with brute force.


def so_long(journey: Journey) -> tuple[int, int]:
    return trail_length(tuple((name, chosen) for name, chosen in journey.answers.items() if chosen))


def found_by_going_through(journeys: list[Journey], question: Question) -> tuple[Any, dict[str, Any]]:
    """Return the length of the shortest answers that ask a question, and of those with one part removed."""
    missing: dict[str, list[tuple[int, int]]] = {}
    for journey in journeys:
        missed = [need[0] for need in question.ask_if.needs if not Condition((need,)).holds(journey.answers)]
        if len(missed) == 1:
            missing.setdefault(missed[0], []).append(so_long(journey))
    asked = [so_long(journey) for journey in journeys if question in journey.path]
    return min(asked, default=None), {part: min(lengths) for part, lengths in missing.items()}


def lengths(found: Reach) -> tuple[Any, dict[str, Any]]:
    asked = None if found.asked is None else trail_length(found.asked)
    return asked, {part: trail_length(trail) for part, trail in found.missing_one.items()}


@settings(max_examples=3 * settings().max_examples // 2, deadline=None)
@given(questionnaires())
def test_the_walk_finds_what_going_through_all_answers_finds(questionnaire: Questionnaire) -> None:
    journeys = list(every_journey(questionnaire, {}))
    for asked in questionnaire.questions:
        found = reachability.reachable_states(questionnaire, asked)
        assert lengths(found) == found_by_going_through(journeys, asked)
        if found.asked is not None:
            assert asked in Journey(questionnaire, dict(found.asked)).path
        for part, trail in found.missing_one.items():
            answers = Journey(questionnaire, dict(trail)).answers
            assert [need[0] for need in asked.ask_if.needs if not Condition((need,)).holds(answers)] == [part]


@settings(max_examples=3 * settings().max_examples // 2, deadline=None)
@given(questionnaires())
def test_the_proof_succeeds_exactly_if_nothing_is_out_of_reach_and_no_condition_idle(
    questionnaire: Questionnaire,
) -> None:
    journeys = list(every_journey(questionnaire, {}))
    asked = {question.id for journey in journeys for question in journey.questions}
    explained = {topic.id for journey in journeys for topic in topics(journey)}
    idle = [
        (question.id, part)
        for question in questionnaire.questions
        for part, _ in question.ask_if.needs
        if part not in found_by_going_through(journeys, question)[1]
    ]
    is_right = asked == questionnaire.by_id.keys() and explained == {*TOPICS, "constant"} and not idle
    proof = proofs.prove(questionnaire)
    assert (proof.findings == ()) is is_right
    if is_right:
        chosen = {(name, one) for journey in journeys for name, ids in journey.answers.items() for one in ids}
        assert (proof.questions, proof.options, proof.topics) == (len(asked), len(chosen), len(explained))


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(st.data())
def test_in_a_questionnaire_that_is_proved_whatever_is_answered_ends_at_a_whole_summary(data: st.DataObject) -> None:
    questionnaire = sixty()
    answers = {one.id: data.draw(answers_to(one)) for one in questionnaire.questions}
    journey = Journey(questionnaire, answers)
    summary = summarize(journey, "US")
    assert journey.is_complete
    assert summary.topics[-1].topic.id == "constant"
    assert len(summary.questions) <= 12
    assert [taken.say for taken in summary.questions[-4:]] == [*questionnaire.ask_always]


def test_answers_are_told_in_the_question_s_own_words(real: Questionnaire) -> None:
    trail = (("asking-for", ("myself",)), ("interests", ("cravings", "mood")))
    assert answers_in_words(real, trail) == (
        'answer "Myself" to "Who are you asking for?"; answer "Cravings and recovery" and "Low mood" to "What would '
        'you like to read about?"; skip the rest'
    )
