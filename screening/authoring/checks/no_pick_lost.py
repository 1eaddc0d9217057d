"""No pick is lost: what each option brings reaches the summary, whatever else is picked.

- *Each pick of priority 1 owns a place* among the questions to take along. No other such pick shares its question, and
  all that come together have room. `questions_to_take` takes these first, so no other question can displace one.
- *The question of each pick of priority 2 and 3 is seen*: in the list, on the card of its topic or in the box. It is
  lost if enough other questions can come before it while no card or box shows it. More picks bring more questions. So
  the most that can come before it are in the largest cases with this pick, without options that show its question.
- *Each topic that an option brings has a card*: a constant topic has none. `summary_proof` shows that no card is
  cut off.
- *Each option changes something*: with the shortest answers to its question, it changes the questions to take or the
  cards, unless what it brings is already there. Options of the first question and those that are `alone` are exempt.

A translation has the same distinct questions as the English (`translations`), so all of this holds in it too.

Versions without governance are older than these rules: `proofs` does not apply them there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations

from screening.authoring.maximal_answers import Pick, find_maximal_answers, shortest_answers
from screening.authoring.reachability import Trail, answers_in_words
from screening.authoring.schema import Finding
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option, Question, Questionnaire, Topic
from screening.questionnaire.summary import MAX_QUESTIONS, OWNS, PRIORITIES, picked_topics, questions_to_take


def check(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Yield each option of which something is lost. `ways` are the shortest answers with which each question is asked.

    Raises:
        ProofTooLarge: options exclude one another in too many ways.
    """
    yield from _owners(questionnaire, ways)
    yield from _unseen(questionnaire)
    yield from _without_a_card(questionnaire, ways)
    yield from _idle(questionnaire, ways)


def option_path(questionnaire: Questionnaire, question: Question, option: Option) -> Where:
    """Return the position of an option in questionnaire.yaml.

    Raises:
        KeyError: the questionnaire does not have the question.
    """
    for number, section in enumerate(questionnaire.sections):
        if question in section.steps:
            kind = "choose_any" if question.many else "choose_one"
            return ("sections", number, "items", section.steps.index(question), kind, option.id)
    raise KeyError(question.id)


def picks(questionnaire: Questionnaire, priorities: Iterable[int]) -> Iterator[tuple[Question, Option]]:
    """Yield the options of questions of these priorities, in the order in which their questions come along."""
    for priority in priorities:
        for question in questionnaire.questions:
            if question.priority == priority:
                yield from ((question, option) for option in question.options)


def _finding(
    questionnaire: Questionnaire, question: Question, option: Option, wrong: str, trail: Trail, remedy: str
) -> Finding:
    wrong = f"{wrong} Shortest way to see this: {answers_in_words(questionnaire, trail)}."
    return Finding("questionnaire", Fault(option_path(questionnaire, question, option), wrong, remedy, at_key=True))


def _owners(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Check that each pick of priority 1 has a question of its own, and that all that come together have room."""
    own = {
        (question.id, option.id): (question, option, questionnaire.to_take(option.own_question))
        for question, option in picks(questionnaire, [OWNS])
        if option.own_question
    }
    for question, option in picks(questionnaire, [OWNS]):
        if question.id in ways and not (option.own_question or option.alone):
            wrong = f'The pick "{option.say}" has priority 1 but no question to take along.'
            trail = (*ways[question.id], (question.id, (option.id,)))
            remedy = "Add a topic under topics, or a question under questions."
            yield _finding(questionnaire, question, option, wrong, trail, remedy)
    shared = False
    for (pick, (_, first, asked)), (other, (question, option, also)) in combinations(own.items(), 2):
        if asked == also and (both := shortest_answers(questionnaire, lambda *_: (), needed=[pick, other])):
            shared = True
            wrong = f'"{first.say}" and "{option.say}" share one question to take along: "{asked}"'
            remedy = "Give each its own question under questions."
            yield _finding(questionnaire, question, option, wrong, both, remedy)
    room = MAX_QUESTIONS - len(questionnaire.ask_always)
    if shared:
        # The room for them is checked once each has its own.
        return

    def effects_of(question: Question, option: Option) -> tuple[str, ...]:
        asked = own.get((question.id, option.id))
        return (asked[2],) if asked and asked[2] not in questionnaire.ask_always else ()

    for case in find_maximal_answers(questionnaire, effects_of):
        together = [(name, option_id) for name, chosen in case for option_id in chosen if (name, option_id) in own]
        together = [pick for pick in together if own[pick][2] not in questionnaire.ask_always]
        if len(together) > room:
            question, option, _ = own[together[room]]
            trail = shortest_answers(questionnaire, effects_of, room + 1) or case
            wrong = (
                f"{len(together)} picks of priority 1 can be chosen together, but there is room for {room} of their "
                f'questions: "{option.say}" would lose its own.'
            )
            remedy = "Offer fewer of them, or let an earlier question decide which to offer."
            yield _finding(questionnaire, question, option, wrong, trail, remedy)
            return


def _unseen(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Check that the question of each pick of priority 2 and 3 is in the list, on a card or in the box."""
    in_box = {paragraph.question for paragraph in questionnaire.box.paragraphs} if questionnaire.box else set()
    always_seen = {*questionnaire.ask_always, *(questionnaire.to_take(reference) for reference in in_box if reference)}
    on_card: dict[str, set[str]] = {}
    for topic in questionnaire.topics:
        if topic.card and not topic.always:
            on_card.setdefault(topic.ask[0], set()).add(topic.id)
    room = MAX_QUESTIONS - len(questionnaire.ask_always)
    before: dict[Pick, str] = {}
    for question, option in picks(questionnaire, PRIORITIES):
        if not option.own_question:
            continue
        asked = questionnaire.to_take(option.own_question)
        shown_by = on_card.get(asked, set())
        if question.priority != OWNS and asked not in always_seen and shown_by.isdisjoint(option.topics):
            effects_of = _coming_before(asked, before, shown_by, questionnaire.ask_always)
            pick = (question.id, option.id)
            if any(
                len(_all_effects(questionnaire, case, effects_of)) >= room
                for case in find_maximal_answers(questionnaire, effects_of, pick)
            ):
                trail = shortest_answers(questionnaire, effects_of, room, [pick]) or ()
                wrong = (
                    f'Someone who picks "{option.say}" may not see its question, "{asked}": other questions take its '
                    "place, and no card or box shows it."
                )
                remedy = "List its topic under the option, or end a paragraph of the box with the question."
                yield _finding(questionnaire, question, option, wrong, trail, remedy)
        before[question.id, option.id] = asked


def _coming_before(
    asked: str, before: Mapping[Pick, str], shown_by: Collection[str], fixed: Collection[str]
) -> Callable[[Question, Option], tuple[str, ...] | None]:
    """Return a function for the question of an option that takes a place before `asked`.

    It returns None for options that show `asked` themselves, so that no case contains them.
    """
    before = dict(before)

    def effects_of(question: Question, option: Option) -> tuple[str, ...] | None:
        earlier = before.get((question.id, option.id), "")
        if earlier == asked or any(topic in shown_by for topic in option.topics):
            return None
        return (earlier,) if earlier and earlier not in fixed else ()

    return effects_of


def _all_effects(
    questionnaire: Questionnaire, case: Trail, effects_of: Callable[[Question, Option], tuple[str, ...] | None]
) -> set[str]:
    asked = ((questionnaire.by_id[name], chosen) for name, chosen in case)
    options = ((question, option) for question, chosen in asked for option in question.chosen(chosen))
    return {effect for question, option in options for effect in effects_of(question, option) or ()}


def _without_a_card(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Yield options that bring a constant topic. It has no card, so such an option would bring nothing."""
    for question in questionnaire.questions:
        for option in question.options:
            for topic in (questionnaire.topic_of[name] for name in option.topics):
                if topic.always and question.id in ways:
                    wrong = f'"{topic.id}" is in every summary, so "{option.say}" adds no card for it.'
                    trail = (*ways[question.id], (question.id, (option.id,)))
                    remedy = "Delete it from topics, or list one of its questions under questions."
                    yield _finding(questionnaire, question, option, wrong, trail, remedy)


def _idle(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Yield options that change neither the questions to take nor the cards."""
    skipped = dict.fromkeys(questionnaire.by_id, ())
    for question in questionnaire.questions[1:]:
        if question.id not in ways:
            continue
        before = Journey(questionnaire, skipped | dict(ways[question.id]))
        shown, cards = _shown(before), picked_topics(before)
        for option in question.options:
            trail = (*ways[question.id], (question.id, (option.id,)))
            # `_owners` reports a pick of priority 1 without a question.
            is_reported = question.priority == OWNS and not option.own_question
            is_exempt = is_reported or option.alone or _is_on_cards(questionnaire, option, cards)
            if not is_exempt and _shown(Journey(questionnaire, skipped | dict(trail))) == shown:
                wrong = f'Picking "{option.say}" changes neither the questions to take along nor the cards.'
                remedy = "Add a topic, or a question that the summary would not have without it."
                yield _finding(questionnaire, question, option, wrong, trail, remedy)


def _shown(journey: Journey) -> tuple[object, ...]:
    return questions_to_take(journey), picked_topics(journey)


def _is_on_cards(questionnaire: Questionnaire, option: Option, cards: tuple[Topic, ...]) -> bool:
    """Return whether all that an option brings is on cards that are there without it."""
    topics, asked = {topic.id for topic in cards}, {topic.ask[0] for topic in cards}
    brought = {questionnaire.to_take(reference) for reference in option.questions}
    return bool(option.own_question) and topics.issuperset(option.topics) and brought <= asked
