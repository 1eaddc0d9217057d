"""Properties of any questionnaire with any answers, in either language."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.questionnaire.summary import MAX_QUESTIONS, Explained, Summary, summarize
from tests.support.made_questionnaires import translated_questionnaires
from tests.support.random_answers import any_answers, in_another_order, less, topics, whole_answers

Answered = tuple[Questionnaire, Answers]


@st.composite
def answered(draw: st.DrawFn) -> Answered:
    """Generate a questionnaire, and answers on or off its path."""
    questionnaire = draw(translated_questionnaires())
    return questionnaire, draw(any_answers(questionnaire))


@st.composite
def answered_to_the_end(draw: st.DrawFn) -> Answered:
    questionnaire = draw(translated_questionnaires())
    return questionnaire, draw(whole_answers(questionnaire))


def named(explained: tuple[Explained, ...]) -> list[str]:
    return [one.topic.id for one in explained]


# The path.


@settings(deadline=None)
@given(answered_to_the_end())
def test_the_path_follows_the_file_s_order_to_its_end(given: Answered) -> None:
    questionnaire, answers = given
    journey = Journey(questionnaire, answers)
    places = [questionnaire.steps.index(step) for step in journey.path]
    assert places == sorted(set(places))
    assert journey.is_complete
    assert all(map(journey.can_visit, journey.path))
    walked = [journey.path[0]]
    while (following := journey.next(walked[-1])) is not None:
        assert journey.previous(following) is walked[-1]
        walked.append(following)
    assert tuple(walked) == journey.path


@settings(deadline=None)
@given(answered())
def test_who_is_asked_a_question_is_as_its_condition_says(given: Answered) -> None:
    questionnaire, answers = given
    journey = Journey(questionnaire, answers)
    for question in questionnaire.questions:
        met = (set(journey.answers.get(name, ())) & wanted for name, wanted in question.ask_if.needs)
        assert (question in journey.path) is all(met)


@settings(deadline=None)
@given(answered(), st.data())
def test_saying_less_never_adds_a_question_or_a_topic(given: Answered, data: st.DataObject) -> None:
    questionnaire, answers = given
    if answers:
        before, after = Journey(questionnaire, answers), Journey(questionnaire, data.draw(less(answers)))
        assert set(after.path) <= set(before.path)
        assert set(topics(after)) <= set(topics(before))


# The summary.


@settings(deadline=None)
@given(answered(), st.data())
def test_the_same_answers_in_any_order_make_the_same_summary(given: Answered, data: st.DataObject) -> None:
    questionnaire, answers = given
    journeys = [Journey(questionnaire, one) for one in (answers, data.draw(in_another_order(answers)))]
    assert journeys[0].path == journeys[1].path
    one, other = (summarize(journey, "US") for journey in journeys)
    assert (one.questions, one.answers, named(one.topics)) == (other.questions, other.answers, named(other.topics))


@settings(deadline=None)
@given(answered(), st.sampled_from(["en", "es"]))
def test_every_summary_is_whole(given: Answered, language: str) -> None:
    questionnaire, answers = given[0].in_language(language), given[1]
    journey = Journey(questionnaire, answers)
    summary = summarize(journey, "US")
    constant = [topic for topic in questionnaire.topics if topic.always]
    assert summary.referral is questionnaire.referral
    assert summary.finding is questionnaire.finding
    assert named(summary.topics)[-len(constant) :] == [topic.id for topic in constant]
    questions = [taken.say for taken in summary.questions]
    assert len(questions) == len(set(questions)) <= MAX_QUESTIONS
    assert set(questionnaire.ask_always) <= set(questions)
    chosen = (one.chosen(journey.answers.get(one.id, ())) for one in journey.questions)
    asked_for = {questionnaire.to_take(ref) for options in chosen for option in options for ref in option.questions}
    # Those that an answer asks for are further up, and marked.
    last = [one for one in questionnaire.ask_always if one not in asked_for]
    assert questions[len(questions) - len(last) :] == last
    assert {taken.say for taken in summary.questions if taken.is_asked} == asked_for & set(questionnaire.ask_always)


@settings(deadline=None, max_examples=3 * settings().max_examples)
@given(answered())
def test_no_place_for_a_question_is_left_empty(given: Answered) -> None:
    questionnaire, answers = given
    journey = Journey(questionnaire, answers)
    chosen = (one.chosen(journey.answers.get(one.id, ())) for one in journey.questions)
    named = {questionnaire.to_take(ref) for options in chosen for option in options for ref in option.questions}
    possible = {*questionnaire.ask_always, *named, *(question for topic in topics(journey) for question in topic.ask)}
    assert len(summarize(journey, "US").questions) == min(MAX_QUESTIONS, len(possible))


@settings(deadline=None)
@given(answered())
def test_a_topic_is_explained_exactly_if_an_answer_on_the_path_brings_it(given: Answered) -> None:
    questionnaire, answers = given
    journey = Journey(questionnaire, answers)
    chosen = (one.chosen(journey.answers.get(one.id, ())) for one in journey.questions)
    brought = {topic for options in chosen for option in options for topic in option.topics}
    expected = [topic for topic in questionnaire.topics if topic.id in brought and not topic.always]
    assert list(topics(journey)) == [*expected, *(topic for topic in questionnaire.topics if topic.always)]


# The language.


def dictionary(english: Questionnaire) -> dict[str, str]:
    """Map every question to take along to its Spanish."""
    spanish = english.in_language("es")
    pairs = zip(english.topics, spanish.topics, strict=True)
    asked = (dict(zip(one.ask, other.ask, strict=True)) for one, other in pairs)
    said = dict(zip(english.ask_always, spanish.ask_always, strict=True))
    for more in asked:
        said |= more
    return said


@settings(deadline=None)
@given(answered())
def test_the_language_changes_no_path(given: Answered) -> None:
    questionnaire, answers = given
    here, there = Journey(questionnaire, answers), Journey(questionnaire.in_language("es"), answers)
    assert [step.id for step in here.path] == [step.id for step in there.path]
    assert (here.answers, here.is_complete) == (there.answers, there.is_complete)
    assert [section.id for section in here.sections] == [section.id for section in there.sections]
    for one, other in zip(here.questions, there.questions, strict=True):
        assert (one.id, one.many, here.progress(one)) == (other.id, other.many, there.progress(other))
        assert [option.id for option in one.options] == [option.id for option in other.options]
        assert here.can_visit(one) is there.can_visit(other)


@settings(deadline=None)
@given(answered())
def test_the_language_changes_nothing_of_a_summary_but_its_words(given: Answered) -> None:
    questionnaire, answers = given
    spanish = questionnaire.in_language("es")
    one, other = summarize(Journey(questionnaire, answers), "US"), summarize(Journey(spanish, answers), "US")
    assert named(one.topics) == named(other.topics)
    assert [dictionary(questionnaire)[taken.say] for taken in one.questions] == [taken.say for taken in other.questions]
    assert told_by_id(one) == told_by_id(other)


def told_by_id(summary: Summary) -> list[tuple[str, list[tuple[str, int]]]]:
    return [
        (section.id, [(one.question.id, len(one.chosen_texts)) for one in told]) for section, told in summary.answers
    ]
