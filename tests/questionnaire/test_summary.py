from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import (
    MAX_QUESTIONS,
    Explained,
    Summary,
    explain_topic,
    questions_to_take,
    summarize,
)
from tests.support.journey_walk import Walk, walk
from tests.support.random_answers import any_answers, topics, whole_answers

CONSTANT = ("not-for-everyone", "evaluation", "long-term-unknowns")


def without_answers(questionnaire: Questionnaire, country: str = "US") -> Summary:
    return summarize(Journey(questionnaire, {}), country)


# The referral.


def test_a_summary_cannot_be_built_without_its_referral(real: Questionnaire) -> None:
    parts = {field.name: getattr(without_answers(real), field.name) for field in dataclasses.fields(Summary)}
    assert Summary(**parts).referral is real.referral
    del parts["referral"]
    with pytest.raises(TypeError, match="referral"):
        Summary(**cast("Any", parts))


def test_the_referral_has_no_default() -> None:
    (referral,) = (field for field in dataclasses.fields(Summary) if field.name == "referral")
    assert referral.default is dataclasses.MISSING
    assert referral.default_factory is dataclasses.MISSING


def test_a_summary_is_what_it_was_made(real: Questionnaire) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        without_answers(real).referral = real.referral  # type: ignore[misc]  # this must be impossible


@settings(deadline=None)
@given(data=st.data())
def test_the_referral_is_the_same_whatever_is_answered(real: Questionnaire, data: st.DataObject) -> None:
    summary = summarize(Journey(real, data.draw(any_answers(real))), "US")
    assert summary.referral is real.referral
    assert summary.referral.opens
    assert summary.referral.closes
    assert summary.finding is real.finding


# The topics.


def test_someone_who_says_nothing_reads_the_constant_topics(tiny: Questionnaire) -> None:
    assert walk(tiny).skip_the_rest().topics() == ["constant"]


def test_chosen_topics_come_in_the_order_of_the_file_and_the_constant_ones_after_them(
    crowded: Questionnaire,
) -> None:
    assert walk(crowded).answer("hungry-for", "cheese", "apples").topics() == ["apples", "cheese", "salt"]


def test_a_topic_chosen_often_stands_where_one_chosen_once_does(crowded: Questionnaire) -> None:
    once = walk(crowded).answer("hungry-for", "cheese", "bread", "apples")
    often = walk(crowded).answer("hungry-for", "cheese", "bread", "apples", "anything")
    assert once.topics() == often.topics() == ["apples", "bread", "cheese", "salt"]
    assert once.questions_to_take() == often.questions_to_take()


def test_a_named_question_comes_without_its_topic(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "myself").answer("tried", "talks").skip("unsure")
    assert there.topics() == ["constant"]
    assert there.questions_to_take()[:2] == ["Who cares?", "What speaks for it?"]


def test_answers_off_the_path_bring_nothing(tiny: Questionnaire) -> None:
    journey = Journey(tiny, {"asking-for": ("someone",), "tried": ("walks", "talks"), "unsure": ()})
    assert [topic.id for topic in topics(journey)] == ["caring", "constant"]


def test_options_that_no_longer_exist_bring_nothing(tiny: Questionnaire) -> None:
    assert [topic.id for topic in topics(Journey(tiny, {"unsure": ("gone", "walks")}))] == ["walking", "constant"]


def shown(explained: Explained) -> object:
    """Return all that a reader sees of a topic."""
    cited = [(citation.source, citation.headings) for citation in explained.citations]
    outside = [(fact, [(one.source, one.headings) for one in citations]) for fact, citations in explained.outside]
    on_card = [(fact, [(one.source, one.headings) for one in citations]) for fact, citations in explained.on_card]
    return explained.topic, cited, outside, on_card


@settings(deadline=None, max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_no_answer_changes_the_constant_topics(real: Questionnaire, data: st.DataObject) -> None:
    summary = summarize(Journey(real, data.draw(any_answers(real))), "US")
    assert tuple(explained.topic.id for explained in summary.topics[-3:]) == CONSTANT
    assert [shown(explained) for explained in summary.topics[-3:]] == [
        shown(explained) for explained in without_answers(real).topics
    ]


@settings(deadline=None, max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_a_topic_says_the_same_to_everyone(real: Questionnaire, data: st.DataObject) -> None:
    summary = summarize(Journey(real, data.draw(any_answers(real))), "US")
    for explained in summary.topics:
        assert explained.topic in real.topics
        assert shown(explained) == shown(explain_topic(real, explained.topic, "US"))


@settings(deadline=None)
@given(data=st.data())
def test_topics_stand_once_and_in_the_order_of_the_file(real: Questionnaire, data: st.DataObject) -> None:
    """First the topics to bring up, then the others, then the constant ones."""
    journey = Journey(real, data.draw(any_answers(real)))
    picks = [
        (question.id in ("bring-up", "as-carer"), topic)
        for question in journey.questions
        for option in question.chosen(journey.answers.get(question.id, ()))
        for topic in option.topics
    ]
    first = {topic for is_brought_up, topic in picks if is_brought_up}
    then = {topic for _, topic in picks} - first
    constant = [topic.id for topic in real.topics if topic.always]
    in_order = [[topic.id for topic in real.topics if topic.id in several] for several in (first, then)]
    assert [topic.id for topic in topics(journey)] == [*in_order[0], *in_order[1], *constant]


def test_topics_to_bring_up_come_before_those_of_interest(real: Questionnaire) -> None:
    there = walk(real).answer("asking-for", "myself").answer("interests", "mood", "past").skip("tried")
    assert there.topics() == ["mood", "past-trauma", *CONSTANT]
    assert there.answer("bring-up", "past", "seizures").topics() == ["seizures", "past-trauma", "mood", *CONSTANT]


# The questions to take along.

FIXED = ["What else is there?", "What if I wait?", "Where would it be?", "What does it cost?"]


def before_the_fixed(there: Walk) -> list[str]:
    """Return the questions to take along, without the four fixed ones at the end."""
    questions = there.questions_to_take()
    assert questions[-4:] == FIXED
    return questions[:-4]


def with_options(questionnaire: Questionnaire, question: str, **changed: dict[str, Any]) -> Questionnaire:
    """Change some options of a question."""
    asked = questionnaire.by_id[question]
    options = tuple(replace(one, **changed.get(one.id, {})) for one in asked.options)
    other = replace(asked, options=options)
    sections = (
        replace(one, steps=tuple(other if step is asked else step for step in one.steps))
        for one in questionnaire.sections
    )
    return replace(questionnaire, sections=tuple(sections))


def test_the_four_fixed_questions_end_every_list(crowded: Questionnaire) -> None:
    there = walk(crowded).skip("hungry-for")
    assert before_the_fixed(there) == ["Which salt?", "How much salt?"]


def test_every_topic_has_its_first_question_before_any_has_a_second(crowded: Questionnaire) -> None:
    there = walk(crowded).answer("hungry-for", "apples", "bread", "cheese")
    assert before_the_fixed(there) == [
        *("Which apples?", "Which bread?", "Which cheese?", "Which salt?"),
        # Bread asks a fixed question here, and cheese the same as apples.
        *("Is it fresh?", "Red apples?", "Dark bread?", "Hard cheese?"),
    ]


def test_a_question_that_a_pick_names_comes_first_and_without_its_topic(crowded: Questionnaire) -> None:
    there = walk(crowded).answer("hungry-for", "apples", "dates")
    assert there.topics() == ["apples", "salt"]
    assert before_the_fixed(there) == [
        *("Which dates?", "Which apples?", "Which salt?"),
        *("Is it fresh?", "Red apples?", "Green apples?", "How much salt?"),
    ]


def test_a_pick_names_one_question_of_several(crowded: Questionnaire) -> None:
    changed = with_options(crowded, "hungry-for", dates={"questions": ("cheese/3",)})
    assert before_the_fixed(walk(changed).answer("hungry-for", "dates"))[0] == "Hard cheese?"


def test_a_fixed_question_that_a_pick_asks_for_moves_up_and_is_marked(crowded: Questionnaire) -> None:
    changed = with_options(crowded, "hungry-for", dates={"questions": ("always/4",)})
    taken = questions_to_take(walk(changed).answer("hungry-for", "apples", "dates").journey)
    assert [one.say for one in taken][:2] == ["What does it cost?", "Which apples?"]
    assert [one.say for one in taken][-3:] == FIXED[:3]
    assert [one.say for one in taken if one.is_asked] == ["What does it cost?"]


def test_at_most_12_questions_however_much_is_picked(real: Questionnaire) -> None:
    everything = {one.id: tuple(option.id for option in one.options if not option.alone) for one in real.questions}
    for start in real.questions[0].options:
        journey = Journey(real, {**everything, real.questions[0].id: (start.id,)})
        assert len(questions_to_take(journey)) == MAX_QUESTIONS == 12


@settings(deadline=None, max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_at_most_12_questions_the_fixed_ones_among_them(real: Questionnaire, data: st.DataObject) -> None:
    questions = [taken.say for taken in questions_to_take(Journey(real, data.draw(any_answers(real))))]
    assert len(questions) <= MAX_QUESTIONS
    assert len(set(questions)) == len(questions)
    assert set(real.ask_always) <= set(questions)


def everything_picked(questionnaire: Questionnaire, asking_for: str) -> dict[str, tuple[str, ...]]:
    """Return all that one kind of asker can pick together."""
    questions = questionnaire.questions
    return {one.id: tuple(option.id for option in one.options if not option.alone) for one in questions} | {
        "asking-for": (asking_for,)
    }


OWNED = {
    ("bring-up", "opioids"): "opioids",
    ("bring-up", "seizures"): "seizures",
    ("bring-up", "past-use"): "medical-and-other-use/2",
    ("bring-up", "cut-off"): "dissociation",
    ("bring-up", "health"): "medicines-and-health",
    ("bring-up", "low-mood"): "mood",
    ("bring-up", "past"): "past-trauma",
    ("bring-up", "worry"): "other-conditions",
    ("as-carer", "talking"): "caring-for-someone/1",
    ("as-carer", "worry"): "caring-for-someone/2",
    ("as-carer", "told"): "caring-for-someone/3",
    ("as-carer", "own-help"): "caring-for-someone/4",
}
ASKED_BY = {"bring-up": "myself", "as-carer": "someone"}


@pytest.mark.parametrize(("question", "pick"), OWNED)
def test_each_thing_to_bring_up_has_its_own_question_whatever_else_is_picked(
    real: Questionnaire, question: str, pick: str
) -> None:
    everything = everything_picked(real, ASKED_BY[question])
    assert pick in everything[question]
    for answers in (everything, {**everything, question: (pick,)}):
        questions = [taken.say for taken in questions_to_take(Journey(real, answers))]
        assert real.to_take(OWNED[question, pick]) in questions
        assert len(questions) == MAX_QUESTIONS


@pytest.mark.parametrize("question", ["bring-up", "as-carer"])
def test_no_two_things_to_bring_up_share_a_question(real: Questionnaire, question: str) -> None:
    options = [option for option in real.by_id[question].options if not option.alone]
    assert {(question, option.id): option.own_question for option in options} == {
        one: reference for one, reference in OWNED.items() if one[0] == question
    }
    own = {real.to_take(option.own_question) for option in options}
    assert len(own | set(real.ask_always)) == len(options) + 4


def test_things_to_bring_up_have_a_card_each_whatever_else_is_picked(real: Questionnaire) -> None:
    summary = summarize(Journey(real, everything_picked(real, "myself")), "US")
    cards = [explained.topic.id for explained in summary.cards]
    brought_up = {topic for option in real.by_id["bring-up"].options for topic in option.topics}
    assert set(cards[: len(brought_up)]) == brought_up
    assert all(explained.topic.card for explained in summary.cards)


def test_matters_are_repeated_in_their_own_words_without_those_that_say_nothing(real: Questionnaire) -> None:
    there = walk(real).answer("asking-for", "myself").answer("interests", "cravings").answer("triggers", "not-sure")
    there.answer("tried", "hard").answer("bring-up", "past-use", "opioids").answer("around-you", "people")
    there.answer("hopes", "mood").skip("worries", "matters-most", "ask-about").expect_end()
    matters = summarize(there.journey, "US").matters
    assert [(one.question.id, len(one.chosen_texts)) for one in matters] == [("bring-up", 2), ("hopes", 1)]
    said = {option.id: option.say for option in real.by_id["bring-up"].options}
    assert matters[0].chosen_texts == (said["opioids"], said["past-use"])


def test_these_questions_alone_are_repeated(real: Questionnaire) -> None:
    repeated = {one.id for one in real.questions if one.recap}
    assert repeated == {"as-carer", "triggers", "bring-up", "hopes", "worries", "matters-most"}


def test_what_is_put_first_stands_first_in_the_order_of_the_list(crowded: Questionnaire) -> None:
    journey = walk(crowded).answer("hungry-for", "apples", "bread").journey
    summary = summarize(journey, "US", ("always/2", "bread"))
    assert [taken.say for taken in summary.questions][:3] == ["Which bread?", "What if I wait?", "Which apples?"]
    assert summary.put_first == 2
    assert {taken.say for taken in summary.questions} == {taken.say for taken in questions_to_take(journey)}


def test_what_is_put_first_and_no_longer_comes_along_is_passed_over(crowded: Questionnaire) -> None:
    journey = walk(crowded).answer("hungry-for", "apples").journey
    summary = summarize(journey, "US", ("cheese/3",))
    assert summary.put_first == 0
    assert summary.questions == questions_to_take(journey)


# Facts of one country.


def test_outside_facts_are_shown_only_where_they_are_facts(tiny: Questionnaire) -> None:
    (here,) = without_answers(tiny, "US").topics
    ((fact, (citation,)),) = here.outside
    assert fact.say == "An agency wrote about it."
    assert (citation.source.by, citation.headings) == ("An agency", ())
    for country in ("UK", "CA", ""):
        (elsewhere,) = without_answers(tiny, country).topics
        assert elsewhere.outside == ()


def test_the_real_facts_are_shown_in_the_us_alone(real: Questionnaire) -> None:
    there = walk(real).skip("asking-for").answer("interests", "mood")
    in_us = {one.topic.id: len(one.outside) for one in summarize(there.journey, "US").topics}
    assert in_us == {"mood": 0, "not-for-everyone": 0, "evaluation": 2, "long-term-unknowns": 0}
    on_cards = {one.topic.id: len(one.on_card) for one in summarize(there.journey, "US").topics}
    assert on_cards == {"mood": 1, "not-for-everyone": 0, "evaluation": 0, "long-term-unknowns": 0}
    elsewhere = summarize(there.journey, "UK")
    assert not any(explained.outside or explained.on_card for explained in elsewhere.topics)


def test_the_box_is_the_same_for_all_with_the_facts_of_one_country(real: Questionnaire) -> None:
    everything = {one.id: tuple(option.id for option in one.options) for one in real.questions}
    for country, facts in (("US", 2), ("UK", 0)):
        silent, full = without_answers(real, country), summarize(Journey(real, everything), country)
        assert silent.worth_knowing
        assert full.worth_knowing
        assert silent.worth_knowing.box is full.worth_knowing.box is real.box
        assert silent.worth_knowing.asks == full.worth_knowing.asks
        for known in (silent.worth_knowing, full.worth_knowing):
            assert [fact.country for fact, _ in known.outside] == [country] * facts


def test_a_paragraph_of_the_box_ends_with_the_question_that_it_names(tiny: Questionnaire) -> None:
    known = without_answers(tiny).worth_knowing
    assert known
    assert known.asks == ("What speaks against it?", "")
    assert [(citation.source.id, citation.headings) for citation in known.citations] == [("article", ("The opening",))]


# Provenance.


def test_citations_are_grouped_by_source_in_the_order_of_the_sources(real: Questionnaire) -> None:
    references = ("spravato-label", "detailed-review/medical-use", "cravings-article/opening", "detailed-review/bdnf")
    cited = real.citations(references)
    assert [(citation.source.id, len(citation.headings)) for citation in cited] == [
        ("cravings-article", 1),
        ("detailed-review", 2),
        ("spravato-label", 0),
    ]
    assert cited[1].headings[0] == "Medical Use"


def test_each_topic_names_its_sources(tiny: Questionnaire) -> None:
    ((citation,),) = (explained.citations for explained in without_answers(tiny).topics)
    assert citation.source.title == "A made-up article"
    assert citation.headings == ("The opening", "The middle")


# The patient's own answers.


def test_answers_are_told_by_section_in_the_words_of_the_questions(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "myself").answer("tried", "talks", "walks").answer("unsure", "price")
    assert there.told() == {
        "About you": {"Who are you asking for?": ("Myself",)},
        # In the order of the file, not of choosing.
        "What you tried": {"What have you tried?": ("Walks", "Talks")},
        "What comes next": {"What are you unsure about?": ("The price",)},
    }


def test_a_skip_is_told_as_nothing(tiny: Questionnaire) -> None:
    there = walk(tiny).skip("asking-for", "unsure")
    assert there.told() == {
        "About you": {"Who are you asking for?": ()},
        "What comes next": {"What are you unsure about?": ()},
    }


def test_what_is_off_the_path_is_not_told(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "myself").answer("tried", "walks").back().back()
    there.answer("asking-for", "someone").skip("unsure")
    assert list(there.told()) == ["About you", "What comes next"]


def test_an_option_that_no_longer_exists_is_not_told(tiny: Questionnaire) -> None:
    ((_, (one,)),) = summarize(Journey(tiny, {"unsure": ("gone",)}), "US").answers
    assert one.chosen_texts == ()


def test_before_anything_is_answered_nothing_is_told(tiny: Questionnaire) -> None:
    assert without_answers(tiny).answers == ()


@settings(deadline=None)
@given(data=st.data())
def test_all_that_was_answered_is_told_and_nothing_else(real: Questionnaire, data: st.DataObject) -> None:
    journey = Journey(real, data.draw(whole_answers(real)))
    summary = summarize(journey, "US")
    asked = [one.question for _, told in summary.answers for one in told]
    assert asked == list(journey.questions)
    for _, told in summary.answers:
        for one in told:
            say = {option.id: option.say for option in one.question.options}
            assert sorted(one.chosen_texts) == sorted(say[option] for option in journey.answers[one.question.id])
