from __future__ import annotations

import flask
import pytest
import sqlalchemy
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Condition, Pause, Questionnaire
from screening.questionnaire.summary import questions_to_take, summary_items
from tests.support.journey_walk import walk
from tests.support.random_answers import any_answers, less, topics, whole_answers


def test_the_core_is_tested_without_the_site() -> None:
    with pytest.raises(AssertionError, match="reached for the application"):
        flask.Flask(__name__)
    with pytest.raises(AssertionError, match="reached for the application"):
        sqlalchemy.create_engine("sqlite://")


# The path.


def test_someone_walks_from_the_first_question_to_the_end(tiny: Questionnaire) -> None:
    walk(tiny).answer("asking-for", "myself").answer("tried", "walks").expect_pause().answer(
        "unsure", "price"
    ).expect_end()


def test_a_question_is_asked_only_if_its_condition_holds(tiny: Questionnaire) -> None:
    walk(tiny).answer("asking-for", "someone").expect_pause().expect("unsure")


def test_a_skip_opens_nothing(tiny: Questionnaire) -> None:
    assert walk(tiny).skip("asking-for").skip("unsure").expect_end().path() == ["asking-for", "a-pause", "unsure"]


def test_a_skip_counts_as_answered(tiny: Questionnaire) -> None:
    there = walk(tiny).skip("asking-for", "unsure").expect_end()
    assert there.journey.is_complete
    assert there.journey.answers == {"asking-for": (), "unsure": ()}


def test_before_anything_is_answered_the_first_question_is_open(tiny: Questionnaire) -> None:
    journey = Journey(tiny, {})
    assert [question.id for question in journey.questions] == ["asking-for", "unsure"]
    assert journey.first_open is tiny.questions[0]
    assert not journey.is_complete


def test_an_answer_off_the_path_is_passed_over(tiny: Questionnaire) -> None:
    journey = Journey(tiny, {"asking-for": ("someone",), "tried": ("walks",), "unsure": ()})
    assert "tried" not in journey.answers
    assert [question.id for question in journey.questions] == ["asking-for", "unsure"]


def test_an_answer_to_nothing_is_passed_over(tiny: Questionnaire) -> None:
    answers = {"asking-for": ("gone",), "tried": ("walks",), "a-pause": ("walks",), "no-such-question": ("walks",)}
    assert list(Journey(tiny, answers).answers) == ["asking-for"]


def test_answers_stand_in_the_order_of_the_file(tiny: Questionnaire) -> None:
    journey = Journey(tiny, {"unsure": (), "tried": (), "asking-for": ("myself",)})
    assert list(journey.answers) == ["asking-for", "tried", "unsure"]


def test_changing_an_answer_closes_what_it_had_opened(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "myself").answer("tried", "walks").skip("unsure").expect_end()
    assert there.topics() == ["walking", "constant"]
    there.back().back().back().back().expect("asking-for").answer("asking-for", "someone").expect_pause()
    assert there.path() == ["asking-for", "a-pause", "unsure"]
    assert there.topics() == ["caring", "constant"]


def test_changing_an_answer_back_opens_it_again(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "someone").back().answer("asking-for", "myself").expect("tried")
    assert not there.journey.is_complete


def test_a_question_behind_a_closed_one_is_closed_too(real: Questionnaire) -> None:
    answers = {"asking-for": ("learning",), "interests": ("cravings",), "triggers": ("stress",)}
    path = [question.id for question in Journey(real, answers).questions]
    assert path == ["asking-for", "interests", "ask-about"]


def test_all_keys_of_a_condition_must_hold_and_any_of_its_values_suffices() -> None:
    condition = Condition((("who", frozenset({"me"})), ("what", frozenset({"this", "that"}))))
    assert condition.holds({"who": ("me",), "what": ("that",)})
    assert condition.holds({"who": ("me",), "what": ("other", "this")})
    assert not condition.holds({"who": ("me",), "what": ("other",)})
    assert not condition.holds({"who": ("you",), "what": ("this",)})
    assert not condition.holds({"who": ("me",), "what": ()})
    assert not condition.holds({"what": ("this",)})
    assert Condition().holds({})


# Position.


def test_numbers_count_the_questions_of_this_path(tiny: Questionnaire) -> None:
    unsure = tiny.by_id["unsure"]
    assert walk(tiny).answer("asking-for", "myself").journey.number(unsure) == 3
    assert walk(tiny).answer("asking-for", "someone").journey.number(unsure) == 2


def test_each_number_leads_to_its_question_and_no_other_number_to_any(tiny: Questionnaire) -> None:
    journey = walk(tiny).answer("asking-for", "myself").journey
    assert [journey.number(question) for question in journey.questions] == [1, 2, 3]
    assert [journey.at(number) for number in (1, 2, 3)] == list(journey.questions)
    assert [journey.at(number) for number in (-3, -1, 0, 4, 10**9)] == [None] * 5


def test_a_pause_stands_on_the_path_without_a_number(tiny: Questionnaire) -> None:
    journey = walk(tiny).answer("asking-for", "myself").journey
    assert [step.id for step in journey.path] == ["asking-for", "tried", "a-pause", "unsure"]
    assert journey.pause is journey.path[2]
    assert isinstance(journey.pause, Pause)
    assert journey.pause.id not in [question.id for question in journey.questions]


def test_a_questionnaire_may_have_no_pause(crowded: Questionnaire) -> None:
    assert Journey(crowded, {}).pause is None


def test_next_and_previous_follow_the_path(tiny: Questionnaire) -> None:
    journey = walk(tiny).answer("asking-for", "someone").journey
    for before, after in zip(journey.path, journey.path[1:], strict=False):
        assert journey.next(before) is after
        assert journey.previous(after) is before
    assert journey.previous(journey.path[0]) is None
    assert journey.next(journey.path[-1]) is None


def test_nobody_goes_further_than_the_first_open_question(tiny: Questionnaire) -> None:
    asking_for, tried, pause, unsure = tiny.steps
    journey = walk(tiny).answer("asking-for", "myself").journey
    assert [journey.can_visit(step) for step in (asking_for, tried, pause, unsure)] == [True, True, False, False]
    journey = walk(tiny).answer("asking-for", "myself").skip("tried").journey
    assert [journey.can_visit(step) for step in (asking_for, tried, pause, unsure)] == [True, True, True, True]


def test_an_answered_question_behind_an_open_one_waits(tiny: Questionnaire) -> None:
    journey = Journey(tiny, {"asking-for": ("myself",), "unsure": ("walks",)})
    assert journey.first_open is tiny.by_id["tried"]
    assert not journey.can_visit(tiny.by_id["unsure"])


def test_nobody_visits_what_is_off_the_path(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "someone").skip("unsure").expect_end()
    assert not there.journey.can_visit(tiny.by_id["tried"])


def test_at_the_end_every_step_of_the_path_can_be_visited(tiny: Questionnaire) -> None:
    journey = walk(tiny).answer("asking-for", "myself").skip("tried", "unsure").journey
    assert all(map(journey.can_visit, journey.path))


# Progress.


def test_the_first_section_tells_no_total_since_its_answers_decide_it(tiny: Questionnaire) -> None:
    walk(tiny).expect_progress(1, None)
    walk(tiny).answer("asking-for", "myself").back().expect_progress(1, None)


def test_only_sections_with_a_question_for_this_person_are_counted(tiny: Questionnaire) -> None:
    walk(tiny).answer("asking-for", "myself").expect("tried").expect_progress(2, 3)
    walk(tiny).answer("asking-for", "myself").skip("tried").expect("unsure").expect_progress(3, 3)
    walk(tiny).answer("asking-for", "someone").expect("unsure").expect_progress(2, 2)


def test_a_section_with_a_pause_alone_is_not_open(tiny: Questionnaire) -> None:
    there = walk(tiny).answer("asking-for", "someone").expect_pause()
    assert [section.id for section in there.journey.sections] == ["you", "ahead"]


def test_the_real_sections_as_each_person_counts_them(real: Questionnaire) -> None:
    myself = walk(real).answer("asking-for", "myself").expect_progress(1, None).answer("interests", "cravings")
    myself.expect("triggers").expect_progress(2, 6).skip("triggers").expect("tried").expect_progress(3, 6)
    walk(real).answer("asking-for", "myself").skip("interests").expect("tried").expect_progress(2, 5)
    walk(real).answer("asking-for", "learning").skip("interests").expect("ask-about").expect_progress(2, 2)
    someone = walk(real).answer("asking-for", "someone").skip("interests").expect("as-carer").expect_progress(1, None)
    someone.skip("as-carer").expect("ask-about").expect_progress(2, 2)


# The real questionnaire, as conversations.


def test_someone_in_recovery_is_asked_everything(real: Questionnaire) -> None:
    there = walk(real).answer("asking-for", "myself").answer("interests", "cravings", "risks")
    there.expect("triggers").answer("triggers", "stress", "thoughts")
    there.expect("tried").answer("tried", "talking-therapy", "group", "hard")
    there.expect("bring-up").answer("bring-up", "low-mood", "past-use")
    there.expect_pause().answer("around-you", "people").answer("hopes", "recovery")
    there.answer("worries", "recovery").answer("matters-most", "no-rush")
    there.answer("ask-about", "long-term").expect_end()
    assert len(there.journey.questions) == 10


def test_someone_without_cravings_is_not_asked_about_triggers(real: Questionnaire) -> None:
    there = walk(real).answer("asking-for", "myself").answer("interests", "mood").expect("tried").skip_the_rest()
    assert len(there.journey.questions) == 9


def test_someone_who_has_tried_nothing_is_asked_the_same_as_others(real: Questionnaire) -> None:
    start = {"asking-for": ("myself",), "interests": ()}
    paths = {
        Journey(real, {**start, "tried": tried}).path for tried in ((), ("nothing-yet",), ("group", "hard", "helped"))
    }
    assert len(paths) == 1


def test_someone_who_asks_for_another_is_not_asked_about_themselves(real: Questionnaire) -> None:
    there = walk(real).answer("asking-for", "someone").answer("interests", "cravings")
    there.expect("as-carer").answer("as-carer", "talking", "own-help").expect_pause().skip("ask-about").expect_end()
    assert len(there.journey.questions) == 4


def test_someone_who_is_learning_is_asked_as_little_as_someone_who_skips_everything(real: Questionnaire) -> None:
    learning = walk(real).answer("asking-for", "learning").skip_the_rest().expect_end()
    silent = walk(real).skip_the_rest().expect_end()
    assert learning.path() == silent.path() == ["asking-for", "interests", "a-pause", "ask-about"]


# Properties with any answers.


@settings(deadline=None)
@given(data=st.data())
def test_the_path_follows_the_order_of_the_file(real: Questionnaire, data: st.DataObject) -> None:
    journey = Journey(real, data.draw(any_answers(real)))
    assert list(journey.path) == [step for step in real.steps if step in journey.path]
    assert set(journey.answers) <= {question.id for question in journey.questions}


@settings(deadline=None)
@given(data=st.data())
def test_the_same_answers_lead_the_same_way_to_the_same_summary(real: Questionnaire, data: st.DataObject) -> None:
    answers = data.draw(any_answers(real))
    turned = dict(reversed(list(answers.items())))
    one, other = Journey(real, answers), Journey(real, turned)
    assert one.path == other.path
    assert topics(one) == topics(other)
    assert questions_to_take(one) == questions_to_take(other)
    assert list(summary_items(one)) == list(summary_items(other))


@settings(deadline=None)
@given(data=st.data())
def test_answers_off_the_path_change_nothing(real: Questionnaire, data: st.DataObject) -> None:
    answers = data.draw(any_answers(real))
    journey = Journey(real, answers)
    again = Journey(real, journey.answers)
    assert again.path == journey.path
    assert again.answers == journey.answers
    assert topics(again) == topics(journey)


@settings(deadline=None, max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_saying_less_never_adds_a_question_or_a_topic(real: Questionnaire, data: st.DataObject) -> None:
    answers = data.draw(any_answers(real).filter(bool))
    more, fewer = Journey(real, answers), Journey(real, data.draw(less(answers)))
    assert set(fewer.path) <= set(more.path)
    assert set(topics(fewer)) <= set(topics(more))


@settings(deadline=None)
@given(data=st.data())
def test_every_journey_has_from_3_to_10_questions_and_one_pause(real: Questionnaire, data: st.DataObject) -> None:
    journey = Journey(real, data.draw(whole_answers(real)))
    assert journey.is_complete
    assert 3 <= len(journey.questions) <= 10
    assert len(journey.path) == len(journey.questions) + 1
    assert journey.pause is not None


@settings(deadline=None)
@given(data=st.data())
def test_whatever_is_answered_each_step_leads_on_to_the_end(real: Questionnaire, data: st.DataObject) -> None:
    journey = Journey(real, data.draw(whole_answers(real)))
    step, seen = journey.path[0], 1
    while (following := journey.next(step)) is not None:
        assert journey.can_visit(following)
        step, seen = following, seen + 1
    assert seen == len(journey.path)


@settings(deadline=None)
@given(data=st.data())
def test_every_question_on_a_path_has_its_progress(real: Questionnaire, data: st.DataObject) -> None:
    journey = Journey(real, data.draw(any_answers(real)))
    counted = [journey.progress(question) for question in journey.questions]
    assert counted == sorted(counted, key=lambda one: one[0])
    assert {of for number, of in counted if number > 1} == {len(journey.sections)}
    assert {number for number, _ in counted} == set(range(1, len(journey.sections) + 1))
