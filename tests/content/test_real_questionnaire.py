"""The real questions hold what was agreed on, as complete lists: whatever is added or lost shows here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from screening.questionnaire.checks.size import MOST_BYTES, cookie_size
from screening.questionnaire.document import Data, Document
from screening.questionnaire.journey import Journey
from screening.questionnaire.loader import Collection
from screening.questionnaire.model import Option, Pause, Questionnaire, Topic

FOLDER = Path(__file__).parents[2] / "questions"
CRAVINGS, REVIEW = "cravings-article", "detailed-review"

# Section, then what stands in it: the question and how many may be chosen, or the pause.
ASKED = {
    "What brings you here": {"asking-for": "one", "interests": "any"},
    "What you notice": {"triggers": "any"},
    "What you have tried": {"tried": "any", "tried-tell": "any"},
    "Things to bring up": {"bring-up-health": "any", "bring-up-life": "any", "a-pause": "pause"},
    "Support around you": {"around-you": "any"},
    "Hopes and open questions": {"hopes": "any", "unsure-about": "any", "take-along": "any"},
}
MYSELF = {"asking-for": {"myself"}}
ASKED_IF: dict[str, dict[str, set[str]]] = {
    "asking-for": {},
    "interests": {},
    "triggers": MYSELF | {"interests": {"cravings"}},
    "tried": MYSELF,
    "tried-tell": {"tried": {"talking-therapy", "medicine", "group", "programme", "daily-life"}},
    "bring-up-health": MYSELF,
    "bring-up-life": MYSELF,
    "around-you": MYSELF,
    "hopes": MYSELF,
    "unsure-about": {},
    "take-along": {},
}
ALONE = {
    "asking-for": set[str](),
    "interests": set(),
    "triggers": {"not-sure"},
    "tried": {"nothing-yet"},
    "tried-tell": {"not-sure"},
    "bring-up-health": set(),
    "bring-up-life": {"nothing-now"},
    "around-you": {"not-much"},
    "hopes": {"not-sure"},
    "unsure-about": set(),
    "take-along": set(),
}
HINTED = {
    "bring-up-health": "Picking one does not mean it applies to you.",
    "bring-up-life": "You won't be asked about these here.",
}
# Every option of every question: the topics that it brings; after q, those of which it brings only the questions.
BRINGS = {
    "asking-for": {"myself": "", "someone": "caring-for-someone", "learning": ""},
    "interests": {
        "cravings": "cravings whole-plan",
        "mood": "mood",
        "past": "past-trauma",
        "conditions": "other-conditions",
        "science": "the-science",
        "risks": "dissociation medical-and-other-use opioids seizures",
        "new": "new-and-popular",
    },
    "triggers": {
        "people": "cravings",
        "places": "cravings",
        "feelings": "cravings",
        "stress": "cravings",
        "boredom": "cravings",
        "senses": "cravings",
        "thoughts": "cravings thought-patterns",
        "not-sure": "cravings",
    },
    "tried": {
        "talking-therapy": "usual-treatments",
        "medicine": "usual-treatments",
        "group": "usual-treatments",
        "programme": "usual-treatments",
        "daily-life": "usual-treatments",
        "nothing-yet": "",
    },
    "tried-tell": {
        "helped": "usual-treatments",
        "hard": "usual-treatments",
        "stopped": "usual-treatments",
        "not-again": "usual-treatments",
        "not-sure": "",
    },
    "bring-up-health": {
        "opioids": "opioids",
        "seizures": "seizures",
        "past-use": "medical-and-other-use",
        "cut-off": "dissociation",
        "recovery": "whole-plan medical-and-other-use",
        "medicines": "q evaluation",
        "other-health": "q evaluation",
    },
    "bring-up-life": {
        "low-mood": "mood",
        "past": "past-trauma",
        "worry": "other-conditions",
        "thoughts": "thought-patterns",
        "nothing-now": "",
    },
    "around-you": {
        "counseling": "therapy-alongside",
        "habits": "whole-plan",
        "people": "whole-plan",
        "groups": "whole-plan",
        "not-much": "whole-plan",
    },
    "hopes": {
        "cravings": "cravings",
        "mood": "mood",
        "past": "past-trauma therapy-alongside",
        "thinking": "thought-patterns",
        "recovery": "whole-plan",
        "not-sure": "",
    },
    "unsure-about": {
        "feels": "dissociation",
        "lasts": "how-long-it-lasts",
        "long-term": "q long-term-unknowns",
        "works": "the-science",
        "heard": "new-and-popular",
        "where": "dissociation q evaluation",
    },
    "take-along": {
        "experience": "q dissociation",
        "safety": "q evaluation medical-and-other-use",
        "how-long": "q how-long-it-lasts",
        "therapy": "q therapy-alongside",
        "what-else": "q usual-treatments whole-plan",
        "not-known": "q long-term-unknowns",
    },
}
CONSTANT = ["not-for-everyone", "evaluation", "long-term-unknowns"]
# Every topic, and the articles that it rests on.
RESTS_ON = {
    "caring-for-someone": {CRAVINGS},
    "cravings": {CRAVINGS, REVIEW},
    "thought-patterns": {CRAVINGS},
    "mood": {CRAVINGS, REVIEW},
    "past-trauma": {CRAVINGS, REVIEW},
    "other-conditions": {REVIEW},
    "therapy-alongside": {CRAVINGS},
    "whole-plan": {CRAVINGS},
    "usual-treatments": {CRAVINGS, REVIEW},
    "dissociation": {REVIEW},
    "medical-and-other-use": {REVIEW},
    "opioids": {REVIEW},
    "seizures": {REVIEW},
    "how-long-it-lasts": {CRAVINGS, REVIEW},
    "the-science": {CRAVINGS, REVIEW},
    "new-and-popular": {CRAVINGS, REVIEW},
    "not-for-everyone": {CRAVINGS, REVIEW},
    "evaluation": {CRAVINGS, REVIEW},
    "long-term-unknowns": {CRAVINGS, REVIEW},
}
OUTSIDE = {
    "mood": [["spravato-label"]],
    "evaluation": [["fda-compounded-ketamine"], ["spravato-label", "spravato-rems"]],
}
MEDICINES = re.compile("ketamin|spravato|medicine|drug|treatment|therapy|opioid", re.IGNORECASE)


@pytest.fixture
def real(collection: Collection) -> Questionnaire:
    (only,) = collection.questionnaires
    return only


def test_the_files_load_without_a_complaint_or_a_warning(collection: Collection) -> None:
    assert [questionnaire.id for questionnaire in collection.questionnaires] == ["ketamine-therapy"]
    assert collection.warnings == ()


# The questions.


def test_the_sections_and_what_stands_in_them(real: Questionnaire) -> None:
    def kind(step: object) -> str:
        return "pause" if isinstance(step, Pause) else "any" if getattr(step, "many", False) else "one"

    found = {section.title: {step.id: kind(step) for step in section.steps} for section in real.sections}
    assert found == ASKED
    assert [list(steps) for steps in found.values()] == [list(steps) for steps in ASKED.values()]


def test_the_pause_stands_before_the_last_two_sections(real: Questionnaire) -> None:
    steps = [step.id for step in real.steps]
    after = {step.section for step in real.steps[steps.index("a-pause") + 1 :]}
    assert after == {section.id for section in real.sections[-2:]}


def test_who_is_asked_what(real: Questionnaire) -> None:
    found = {
        question.id: {name: set(options) for name, options in question.ask_if.needs} for question in real.questions
    }
    assert found == ASKED_IF


def test_which_options_stand_alone(real: Questionnaire) -> None:
    found = {question.id: {option.id for option in question.options if option.alone} for question in real.questions}
    assert found == ALONE


def test_the_hints_that_were_agreed_on(real: Questionnaire) -> None:
    assert {name: real.by_id[name].hint for name in HINTED} == HINTED


def test_what_every_option_brings_into_the_summary(real: Questionnaire) -> None:
    def brings(option: Option) -> str:
        return " ".join([*option.topics, *(("q", *option.themes) if option.themes else ())])

    found = {question.id: {option.id: brings(option) for option in question.options} for question in real.questions}
    assert found == BRINGS
    assert [list(options) for options in found.values()] == [list(options) for options in BRINGS.values()]


def test_every_topic_can_be_chosen_but_for_the_constant_ones(real: Questionnaire) -> None:
    chosen = {topic for question in real.questions for option in question.options for topic in option.topics}
    assert chosen == set(RESTS_ON) - set(CONSTANT)


def test_every_question_is_a_question_with_its_reason_and_source(real: Questionnaire) -> None:
    for question in real.questions:
        assert question.ask.endswith("?")
        assert question.why.endswith(".")
        assert question.sources


def test_the_shortest_path_has_4_questions_and_the_longest_11(real: Questionnaire) -> None:
    read = {name: [(), *((option,) for option in options)] for name, options in conditions(real).items()}
    lengths = {
        len(Journey(real, dict(zip(read, answers, strict=True))).questions) for answers in product(*read.values())
    }
    assert lengths == {4, 9, 10, 11}


def conditions(questionnaire: Questionnaire) -> dict[str, set[str]]:
    """The questions that conditions read, and the options that they read there."""
    read: dict[str, set[str]] = {}
    for question in questionnaire.questions:
        for name, options in question.ask_if.needs:
            read.setdefault(name, set()).update(options)
    return read


def test_the_pause_says_that_help_is_there_and_nobody_watches(real: Questionnaire) -> None:
    pause = Journey(real, {}).pause
    assert pause is not None
    said = " ".join(pause.say)
    assert "Help is there at any hour" in said
    assert "Nobody watches this form, and no one will write back." in said
    assert "You do not have to finish." in said


def test_neither_title_nor_slug_names_a_medicine(real: Questionnaire) -> None:
    """Titles stand in the browser's history: of the questionnaire, of sections and of the pause."""
    assert real.slug == "reflection"
    pauses = [step.title for step in real.steps if isinstance(step, Pause)]
    for title in (real.title, real.slug, *(section.title for section in real.sections), *pauses):
        assert not MEDICINES.search(title), title


def test_the_fullest_draft_leaves_most_of_its_cookie_free(real: Questionnaire) -> None:
    assert cookie_size(real) < MOST_BYTES / 2


# The topics.


def test_the_topics_and_the_articles_they_rest_on(real: Questionnaire) -> None:
    articles = {CRAVINGS, REVIEW}
    found = {topic.id: {source.partition("/")[0] for source in topic.sources} for topic in real.topics}
    assert {name: sources & articles for name, sources in found.items()} == RESTS_ON
    assert list(found) == list(RESTS_ON)


def test_the_constant_topics_stand_last(real: Questionnaire) -> None:
    assert [topic.id for topic in real.topics if topic.always] == CONSTANT
    assert [topic.id for topic in real.topics[-3:]] == CONSTANT


def test_every_topic_carries_hope_caution_and_the_unknown_together(real: Questionnaire) -> None:
    for topic in real.topics:
        assert topic.says, topic.id
        assert topic.warns, topic.id
        assert topic.unknown, topic.id
        assert 2 <= len(topic.ask) <= 4, topic.id
        assert all(question.endswith("?") for question in topic.ask), topic.id
        assert topic.sources, topic.id
        # What stands in neither article cannot be all that one side has to say.
        for side in (topic.says, topic.warns, topic.unknown):
            assert not all(paragraph.general for paragraph in side), topic.id


def test_no_two_topics_ask_the_same(real: Questionnaire) -> None:
    asked = [question for topic in real.topics for question in topic.ask] + list(real.ask_always)
    assert len(set(asked)) == len(asked)


def test_where_an_article_is_silent_the_topic_says_so(real: Questionnaire) -> None:
    for topic in real.topics:
        if len(RESTS_ON[topic.id]) == 1:
            assert re.search(r"[Tt]he other article(, [a-z ]+,)? does not", text_of(topic)), topic.id


def test_every_claim_is_somebodys(real: Questionnaire) -> None:
    said_by = re.compile(r"\b(article|articles|review|says|said|speaks|neither)\b", re.IGNORECASE)
    for topic in real.topics:
        for paragraph in (*topic.says, *topic.warns):
            assert paragraph.general or said_by.search(paragraph.say), f"{topic.id}: {paragraph.say}"


def test_the_outside_facts_are_these_three_and_of_one_country(real: Questionnaire) -> None:
    found = {topic.id: [list(fact.sources) for fact in topic.outside] for topic in real.topics if topic.outside}
    assert found == OUTSIDE
    assert {fact.country for topic in real.topics for fact in topic.outside} == {"US"}
    used = {source for topic in real.topics for fact in topic.outside for source in fact.sources}
    assert {source.id for source in real.sources} == {CRAVINGS, REVIEW} | used


def test_outside_sources_are_cited_for_outside_facts_alone(real: Questionnaire) -> None:
    cited = {source.partition("/")[0] for topic in real.topics for source in topic.sources}
    cited |= {source.partition("/")[0] for question in real.questions for source in question.sources}
    assert cited == {CRAVINGS, REVIEW}


def test_evaluation_says_that_the_articles_do_not_cover_everything(real: Questionnaire) -> None:
    assert "These articles do not cover every safety matter." in text_of(topic_of(real, "evaluation"))


def test_recovery_is_possible_for_everyone_who_is_interested_in_cravings(real: Questionnaire) -> None:
    """content.md: it stands in every summary of someone interested in cravings."""
    assert "Recovery is possible." in text_of(topic_of(real, "cravings"))
    for question, option in (("interests", "cravings"), ("hopes", "cravings")):
        assert "cravings" in BRINGS[question][option].split()


def test_the_claim_about_whom_it_works_best_for_stands_once_with_both_its_limbs(real: Questionnaire) -> None:
    claiming = [text for text in every_text() if re.search(r"\bwork(s|ed|ing)?\b[^.]*\bbest\b", text)]
    (claim,) = claiming
    assert claim in [paragraph.say for paragraph in topic_of(real, "not-for-everyone").says]
    (sentence,) = (sentence for sentence in re.split(r"(?<=\.) ", claim) if "works best" in sentence)
    assert sentence == (
        "It claims that it works best for people for whom usual treatments did not work, or who feel stuck in lasting "
        "cravings."
    )
    assert "That is the article's claim." in claim


# The parts that stand in every summary.


def test_the_referral_refuses_to_judge_and_sends_to_a_professional(real: Questionnaire) -> None:
    opens, closes = " ".join(real.referral.opens), " ".join(real.referral.closes)
    assert real.referral.opens[0].startswith(
        "This page cannot tell you if ketamine therapy is right for you. No form can."
    )
    assert "a qualified health professional and a full evaluation" in opens
    assert "The choice is then yours to make, with them." in opens
    assert "Please do not start, stop or change any treatment because of this page." in opens
    assert "qualified health professional" in closes


@pytest.mark.parametrize("where", ["about", "summary"])
def test_the_clinics_own_interest_is_told(real: Questionnaire, where: str) -> None:
    said = " ".join(real.about if where == "about" else (*real.referral.opens, *real.referral.closes))
    assert "This clinic may offer ketamine therapy." in said
    assert "You can take these questions to any qualified professional." in said


def test_the_four_fixed_questions(real: Questionnaire) -> None:
    assert real.ask_always == (
        "What other choices do I have?",
        "What if I wait, or decide not to?",
        "Where would it be, and who would be with me?",
        "What does it cost, and who gains?",
    )


def test_finding_a_professional_is_general_information(real: Questionnaire) -> None:
    assert all(paragraph.general for paragraph in real.finding.say)
    assert real.finding.bring


def test_the_limits_of_both_articles_are_told(real: Questionnaire) -> None:
    said = " ".join(real.limits)
    for limit in ("no title, no author and no date", "names no studies", "15 August 2023", "does not list any"):
        assert limit in said


def topic_of(questionnaire: Questionnaire, name: str) -> Topic:
    return next(topic for topic in questionnaire.topics if topic.id == name)


def text_of(topic: Topic) -> str:
    return " ".join(paragraph.say for paragraph in (*topic.says, *topic.warns, *topic.unknown))


def every_text() -> Iterator[str]:
    """Every text in the English files of the questionnaire and of the support lines."""

    def texts(data: Data) -> Iterator[str]:
        if isinstance(data, str):
            yield data
        else:
            for inside in data.values() if isinstance(data, dict) else data:
                yield from texts(inside)

    for path in (*sorted(set(FOLDER.glob("*/*.yaml")) - set(FOLDER.glob("*/es.yaml"))), FOLDER / "support.yaml"):
        yield from texts(Document.read(path).data)
