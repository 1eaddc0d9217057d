"""Random answers for properties that hold for any answers; and all answers, for small questionnaires."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

from hypothesis import strategies as st

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Option, Question, Questionnaire, Topic
from screening.questionnaire.summary import picked_topics


def answers_to(question: Question, *, gone: bool = False) -> st.SearchStrategy[tuple[str, ...]]:
    """Generate some options, or none for a skip. `gone`: also generate ids that an older version may have had."""
    ids = [option.id for option in question.options] + ["gone", ""] * gone
    return st.lists(st.sampled_from(ids), unique=True, max_size=None if question.many else 1).map(tuple)


def any_answers(questionnaire: Questionnaire) -> st.SearchStrategy[Answers]:
    """Generate answers to any questions, on or off the path, including unknown ids."""
    known = {question.id: answers_to(question, gone=True) for question in questionnaire.questions}
    unknown = {"no-such-question": st.just(("gone",)), "a-pause": st.just(())}
    return st.fixed_dictionaries({}, optional=known | unknown)


@st.composite
def whole_answers(draw: st.DrawFn, questionnaire: Questionnaire) -> Answers:
    """Generate the answers of someone who finished the journey."""
    answers: dict[str, tuple[str, ...]] = {}
    while (asked := Journey(questionnaire, answers).first_open) is not None:
        answers[asked.id] = draw(answers_to(asked))
    return answers


@st.composite
def less(draw: st.DrawFn, answers: Answers) -> Answers:
    """Yield the same answers with one removed, one skipped, or one option fewer."""
    name = draw(st.sampled_from(sorted(answers)))
    kept = dict(answers)
    match draw(st.sampled_from(["dropped", "skipped", "fewer"])):
        case "dropped":
            del kept[name]
        case "skipped":
            kept[name] = ()
        case "fewer":
            gone = draw(st.sampled_from(answers[name] or ("",)))
            kept[name] = tuple(option for option in answers[name] if option != gone)
    return kept


@st.composite
def in_another_order(draw: st.DrawFn, answers: Answers) -> Answers:
    """Return the same answers, given and chosen in another order."""
    return {name: tuple(draw(st.permutations(answers[name]))) for name in draw(st.permutations(sorted(answers)))}


def every_answer(question: Question) -> Iterator[tuple[Option, ...]]:
    """Return every answer that a form accepts."""
    yield ()
    yield from ((option,) for option in question.options)
    if question.many:
        joined = [option for option in question.options if not option.alone]
        yield from chain.from_iterable(combinations(joined, size) for size in range(2, len(joined) + 1))


def every_journey(questionnaire: Questionnaire, answers: Answers) -> Iterator[Journey]:
    """Yield every complete set of answers that these can lead to."""
    journey = Journey(questionnaire, answers)
    if journey.first_open is None:
        yield journey
        return
    for chosen in every_answer(journey.first_open):
        ids = tuple(option.id for option in chosen)
        yield from every_journey(questionnaire, {**answers, journey.first_open.id: ids})


def topics(journey: Journey) -> tuple[Topic, ...]:
    """Return the topics of a summary: the picked ones, then the constant ones."""
    return (*picked_topics(journey), *(topic for topic in journey.questionnaire.topics if topic.always))
