"""No pick is lost: what each option brings comes into the summary, whatever else is picked.

- *Each pick of priority 1 owns a place* among the questions to take along: a question that no other such pick stands
  for, and never more of them together than there is room. `questions_to_take` takes these first, so nothing else can
  push one out.
- *The question of each pick of priority 2 and 3 is seen*: in the list, on the card of its topic or in the box. It is
  lost if enough other questions can come before it while none of these shows it. More picks bring more questions, so
  that the largest cases with this pick, without what would show its question elsewhere, hold the most that can come
  before it.
- *Each topic that an option brings has a card*: a constant one would not. That none is cut off is seen on summaries, by
  `whole`.
- *Each option changes something*: added to the shortest answers with which it is asked, the questions to take or the
  cards, if what it brings is not there already. Options of the first question and those that are `alone` need not.

A translation tells the same questions apart as the English (`translations`), so all of this holds in it too.

Versions from before there was governance were never asked for any of this: `paths` does not ask it of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations

from screening.authoring.largest_cases import Pick, find_largest_cases, shortest_answers
from screening.authoring.reachability import Trail, answers_in_words
from screening.authoring.schema import Finding
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option, Question, Questionnaire, Topic
from screening.questionnaire.summary import MOST_QUESTIONS, OWNS, PRIORITIES, picked_topics, questions_to_take


def check(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Yield each option of which something is lost. `ways`: the shortest answers with which each question is asked.

    Raises:
        TooMany: options exclude one another in too many ways.
    """
    yield from _owners(questionnaire, ways)
    yield from _unseen(questionnaire)
    yield from _without_a_card(questionnaire, ways)
    yield from _idle(questionnaire, ways)


def option_path(questionnaire: Questionnaire, question: Question, option: Option) -> Where:
    """Where an option stands in questionnaire.yaml."""
    for number, section in enumerate(questionnaire.sections):
        if question in section.steps:
            kind = "choose_any" if question.many else "choose_one"
            return ("sections", number, "items", section.steps.index(question), kind, option.id)
    raise KeyError(question.id)


def picks(questionnaire: Questionnaire, priorities: Iterable[int]) -> Iterator[tuple[Question, Option]]:
    """The options of questions of these priorities, in the order in which their questions come along."""
    for priority in priorities:
        for question in questionnaire.questions:
            if question.priority == priority:
                yield from ((question, option) for option in question.options)


def _told(
    questionnaire: Questionnaire, question: Question, option: Option, wrong: str, trail: Trail, remedy: str
) -> Finding:
    wrong = f"{wrong} Shortest answers: {answers_in_words(questionnaire, trail)}."
    return Finding("questionnaire", Fault(option_path(questionnaire, question, option), wrong, remedy, at_key=True))


def _owners(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Each pick of priority 1 has a question of its own, and all that come together have room."""
    own = {
        (question.id, option.id): (question, option, questionnaire.to_take(option.own_question))
        for question, option in picks(questionnaire, [OWNS])
        if option.own_question
    }
    for question, option in picks(questionnaire, [OWNS]):
        if question.id in ways and not (option.own_question or option.alone):
            wrong = f'Whoever picks "{option.say}" would take no question of their own along.'
            trail = (*ways[question.id], (question.id, (option.id,)))
            yield _told(
                questionnaire, question, option, wrong, trail, "Give it a topic, or a question under questions."
            )
    shared = False
    for (one, (_, first, asked)), (other, (question, option, also)) in combinations(own.items(), 2):
        if asked == also and (both := shortest_answers(questionnaire, lambda *_: (), needed=[one, other])):
            shared = True
            wrong = f'"{first.say}" and "{option.say}" share one place among the questions to take along: "{asked}"'
            remedy = "Give each its own, under questions."
            yield _told(questionnaire, question, option, wrong, both, remedy)
    room = MOST_QUESTIONS - len(questionnaire.ask_always)
    if shared:
        # How many come together is told once each has its own.
        return

    def brings(question: Question, option: Option) -> tuple[str, ...]:
        asked = own.get((question.id, option.id))
        return (asked[2],) if asked and asked[2] not in questionnaire.ask_always else ()

    for case in find_largest_cases(questionnaire, brings):
        together = [(name, one) for name, chosen in case for one in chosen if (name, one) in own]
        together = [pick for pick in together if own[pick][2] not in questionnaire.ask_always]
        if len(together) > room:
            question, option, _ = own[together[room]]
            trail = shortest_answers(questionnaire, brings, room + 1) or case
            wrong = (
                f"{len(together)} picks that each own a question can come together, and there is room for {room}: "
                f'"{option.say}" would lose its own.'
            )
            remedy = "Offer fewer of them, or let a question before them decide which are offered."
            yield _told(questionnaire, question, option, wrong, trail, remedy)
            return


def _unseen(questionnaire: Questionnaire) -> Iterator[Finding]:
    """The question of each pick of priority 2 and 3 is in the list, on a card or in the box."""
    boxed = {paragraph.question for paragraph in questionnaire.box.paragraphs} if questionnaire.box else set()
    always_seen = {*questionnaire.ask_always, *(questionnaire.to_take(one) for one in boxed if one)}
    on_card: dict[str, set[str]] = {}
    for topic in questionnaire.topics:
        if topic.card and not topic.always:
            on_card.setdefault(topic.ask[0], set()).add(topic.id)
    room = MOST_QUESTIONS - len(questionnaire.ask_always)
    before: dict[Pick, str] = {}
    for question, option in picks(questionnaire, PRIORITIES):
        if not option.own_question:
            continue
        asked = questionnaire.to_take(option.own_question)
        shown_by = on_card.get(asked, set())
        if question.priority != OWNS and asked not in always_seen and shown_by.isdisjoint(option.topics):
            brings = _coming_before(asked, before, shown_by, questionnaire.ask_always)
            pick = (question.id, option.id)
            if any(
                len(_brought(questionnaire, case, brings)) >= room
                for case in find_largest_cases(questionnaire, brings, pick)
            ):
                trail = shortest_answers(questionnaire, brings, room, [pick]) or ()
                wrong = (
                    f'Whoever picks "{option.say}" may not see its question, "{asked}": other questions take its '
                    "place, and it is neither on a card nor in the box."
                )
                remedy = "Let the option bring its topic, or end a paragraph of the box with the question."
                yield _told(questionnaire, question, option, wrong, trail, remedy)
        before[question.id, option.id] = asked


def _coming_before(
    asked: str, before: Mapping[Pick, str], shown_by: Collection[str], fixed: Collection[str]
) -> Callable[[Question, Option], tuple[str, ...] | None]:
    """The questions that take a place before this one; options that would show this one themselves are left out."""
    before = dict(before)

    def brings(question: Question, option: Option) -> tuple[str, ...] | None:
        earlier = before.get((question.id, option.id), "")
        if earlier == asked or any(topic in shown_by for topic in option.topics):
            return None
        return (earlier,) if earlier and earlier not in fixed else ()

    return brings


def _brought(
    questionnaire: Questionnaire, case: Trail, brings: Callable[[Question, Option], tuple[str, ...] | None]
) -> set[str]:
    asked = ((questionnaire.by_id[name], chosen) for name, chosen in case)
    options = ((question, option) for question, chosen in asked for option in question.chosen(chosen))
    return {thing for question, option in options for thing in brings(question, option) or ()}


def _without_a_card(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """A topic that stands in every summary has no card, so an option that brings it would bring nothing."""
    for question in questionnaire.questions:
        for option in question.options:
            for topic in (questionnaire.topic_of[name] for name in option.topics):
                if topic.always and question.id in ways:
                    wrong = f'"{topic.id}" stands in every summary, so "{option.say}" brings no card of it.'
                    trail = (*ways[question.id], (question.id, (option.id,)))
                    remedy = "Take it away, or name one of its questions under questions."
                    yield _told(questionnaire, question, option, wrong, trail, remedy)


def _idle(questionnaire: Questionnaire, ways: Mapping[str, Trail]) -> Iterator[Finding]:
    """Options that change neither the questions to take nor the cards."""
    skipped = dict.fromkeys(questionnaire.by_id, ())
    for question in questionnaire.questions[1:]:
        if question.id not in ways:
            continue
        before = Journey(questionnaire, skipped | dict(ways[question.id]))
        shown, cards = _shown(before), picked_topics(before)
        for option in question.options:
            trail = (*ways[question.id], (question.id, (option.id,)))
            # What a pick of priority 1 without a question is, is told already.
            is_told = question.priority == OWNS and not option.own_question
            is_exempt = is_told or option.alone or _is_there(questionnaire, option, cards)
            if not is_exempt and _shown(Journey(questionnaire, skipped | dict(trail))) == shown:
                wrong = f'Picking "{option.say}" changes neither the questions to take along nor the cards.'
                remedy = "Give it a topic, or a question that would not come along without it."
                yield _told(questionnaire, question, option, wrong, trail, remedy)


def _shown(journey: Journey) -> tuple[object, ...]:
    return questions_to_take(journey), picked_topics(journey)


def _is_there(questionnaire: Questionnaire, option: Option, cards: tuple[Topic, ...]) -> bool:
    """Whether all that an option brings is on cards that are there without it."""
    topics, asked = {topic.id for topic in cards}, {topic.ask[0] for topic in cards}
    brought = {questionnaire.to_take(reference) for reference in option.questions}
    return bool(option.own_question) and topics.issuperset(option.topics) and brought <= asked
