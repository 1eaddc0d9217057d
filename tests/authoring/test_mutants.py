"""Every change that makes the real files wrong is refused; every one that changes no word is accepted.

Hypothesis draws the places to change: a few in each run, and more with every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from screening.authoring.loader import Collection, load_collection
from screening.authoring.yaml_document import BadQuestions
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.questionnaire.summary import summarize
from screening.reports.describe import question_in_words, topic_in_words
from screening.web.questionnaire_limits import LIMITS
from tests.support.faulty_changes import FAULTY
from tests.support.harmless_changes import LEADING_THE_SAME_WAY, SAYING_THE_SAME
from tests.support.mutations import Change, Copy, remembering
from tests.support.spoiled_files import assert_it_helps

# Changes of each kind: one in `make test`, four in `make test-all`.
TIMES = max(1, settings().max_examples // 25)
# Randomly chosen places cannot be shrunk.
AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with remembering():
        yield Copy(tmp_path_factory.mktemp("mutants"))


def called(change: Change) -> str:
    return change.__name__.replace("_", " ")


@pytest.mark.parametrize("spoil", FAULTY, ids=called)
@settings(deadline=None, max_examples=TIMES, phases=AS_FOUND)
@given(chance=st.randoms(use_true_random=True))
def test_what_is_faulty_is_refused(copy: Copy, spoil: Change, chance: Random) -> None:
    with copy.restored():
        told_in = spoil(copy, chance).split()
        with pytest.raises(BadQuestions) as error:
            load_collection(copy.folder, LIMITS)
        for complaint in error.value.complaints:
            assert_it_helps(complaint)
        assert copy.named(error.value.complaints[0].file) in told_in


@pytest.mark.parametrize("rewrite", SAYING_THE_SAME, ids=called)
@settings(deadline=None, max_examples=TIMES, phases=AS_FOUND)
@given(chance=st.randoms(use_true_random=True))
def test_what_says_the_same_is_the_same_version(
    copy: Copy, collection: Collection, rewrite: Change, chance: Random
) -> None:
    with copy.restored():
        rewrite(copy, chance)
        changed = load_collection(copy.folder, LIMITS)
    assert [one.version for one in changed.questionnaires] == [one.version for one in collection.questionnaires]
    assert changed.support.keys() == collection.support.keys()
    assert changed.warnings == ()


@pytest.mark.parametrize("reorder", LEADING_THE_SAME_WAY, ids=called)
@settings(deadline=None, max_examples=TIMES, phases=AS_FOUND)
@given(chance=st.randoms(use_true_random=True))
def test_what_only_stands_in_another_order_leads_the_same_way(
    copy: Copy, real: Questionnaire, reorder: Change, chance: Random
) -> None:
    with copy.restored():
        reorder(copy, chance)
        (changed,) = load_collection(copy.folder, LIMITS).questionnaires
    for _ in range(10):
        answers = some_answers(real, chance)
        for language in ("en", "es"):
            assert all_that_is_read(changed.in_language(language), answers) == all_that_is_read(
                real.in_language(language), answers
            )


def some_answers(questionnaire: Questionnaire, chance: Random) -> Answers:
    return {
        one.id: tuple(option.id for option in one.options if chance.random() < 0.4) for one in questionnaire.questions
    }


def all_that_is_read(questionnaire: Questionnaire, answers: Answers) -> list[object]:
    """Return every step of the path and the whole summary, except its sources."""
    journey = Journey(questionnaire, answers)
    summary = summarize(journey, "US")
    told = [(one.question.ask, one.chosen_texts) for _, section in summary.answers for one in section]
    topics = [topic_in_words(explained.topic) for explained in summary.topics]
    ends = [*summary.referral.opens, *summary.referral.closes, *summary.finding.bring]
    return [[question_in_words(questionnaire, step) for step in journey.path], summary.questions, topics, told, ends]
