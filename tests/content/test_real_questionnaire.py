"""The real questions match what was agreed, as complete lists, so that any addition or loss shows here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from screening.authoring.loader import Collection
from screening.authoring.yaml_document import Data, Document
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Card, Option, Pause, Questionnaire, Topic
from screening.questionnaire.summary import MAX_QUESTIONS
from screening.web.cookies import MAX_COOKIE_BYTES
from screening.web.questionnaire_limits import largest_cookie

FOLDER = Path(__file__).parents[2] / "questions"
CRAVINGS, REVIEW = "cravings-article", "detailed-review"

# Section -> its items: each question with the number of choices allowed, or the pause.
ASKED = {
    "What brings you here": {"asking-for": "one", "interests": "any", "as-carer": "any"},
    "What you notice": {"triggers": "any"},
    "What you have tried": {"tried": "any"},
    "Things to bring up": {"bring-up": "any", "a-pause": "pause"},
    "What matters to you": {"around-you": "any", "hopes": "any", "worries": "any", "matters-most": "any"},
    "Your questions": {"ask-about": "any"},
}
MYSELF = {"asking-for": {"myself"}}
ASKED_IF: dict[str, dict[str, set[str]]] = {
    "asking-for": {},
    "interests": {},
    "as-carer": {"asking-for": {"someone"}},
    "triggers": MYSELF | {"interests": {"cravings"}},
    "tried": MYSELF,
    "bring-up": MYSELF,
    "around-you": MYSELF,
    "hopes": MYSELF,
    "worries": MYSELF,
    "matters-most": MYSELF,
    "ask-about": {},
}
ALONE = {
    "asking-for": set[str](),
    "interests": set(),
    "as-carer": {"not-sure"},
    "triggers": {"not-sure"},
    "tried": {"nothing-yet"},
    "bring-up": {"nothing-now"},
    "around-you": {"not-much"},
    "hopes": {"not-sure"},
    "worries": {"not-sure"},
    "matters-most": set(),
    "ask-about": set(),
}
PRIORITY = {"as-carer": 1, "bring-up": 1, "ask-about": 2, "worries": 3}
RECAP = {"as-carer", "triggers", "bring-up", "hopes", "worries", "matters-most"}
# Option -> the topics that it brings; after q, the questions that come without their topics.
BRINGS = {
    "asking-for": {"myself": "", "someone": "caring-for-someone", "learning": ""},
    "interests": {
        "cravings": "cravings",
        "risks": "dissociation medical-and-other-use opioids seizures",
        "mood": "mood",
        "past": "past-trauma",
        "thoughts": "thought-patterns",
        "conditions": "other-conditions",
        "usual": "usual-treatments therapy-alongside whole-plan",
        "science": "the-science",
        "new": "new-and-popular",
    },
    "as-carer": {
        "talking": "q caring-for-someone/1",
        "worry": "q caring-for-someone/2",
        "told": "q caring-for-someone/3",
        "own-help": "q caring-for-someone/4",
        "not-sure": "",
    },
    "triggers": {
        **dict.fromkeys(("people", "places", "feelings", "stress", "boredom", "senses"), "q cravings/3"),
        "thoughts": "thought-patterns",
        "not-sure": "",
    },
    "tried": dict.fromkeys(
        (
            *("talking-therapy", "medicine", "group", "programme", "daily-life"),
            *("helped", "hard", "not-again", "nothing-yet"),
        ),
        "usual-treatments",
    ),
    "bring-up": {
        "opioids": "opioids",
        "seizures": "seizures",
        "past-use": "medical-and-other-use q medical-and-other-use/2",
        "cut-off": "dissociation",
        "health": "medicines-and-health",
        "low-mood": "mood",
        "past": "past-trauma",
        "worry": "other-conditions thought-patterns",
        "nothing-now": "",
    },
    "around-you": {
        "counseling": "therapy-alongside",
        **dict.fromkeys(("habits", "people", "groups", "not-much"), "whole-plan"),
    },
    "hopes": {
        "cravings": "cravings",
        "mood": "mood",
        "past": "past-trauma",
        "thinking": "thought-patterns",
        "recovery": "whole-plan",
        "not-sure": "",
    },
    "worries": {
        "control": "dissociation",
        "recovery": "medical-and-other-use",
        "thinking": "q long-term-unknowns",
        "wears-off": "how-long-it-lasts",
        "pushed": "q always/2",
        "cost": "q always/4",
        "not-sure": "",
    },
    "matters-most": {
        "recovery": "q medical-and-other-use",
        "clear-head": "q long-term-unknowns",
        "company": "q always/3",
        "cost": "q always/4",
        "no-rush": "q always/2",
        "lasting": "how-long-it-lasts",
        "few-medicines": "medicines-and-health",
    },
    "ask-about": {
        "feels": "dissociation",
        "lasts": "how-long-it-lasts",
        "long-term": "q long-term-unknowns",
        "safety": "medicines-and-health",
        "where": "dissociation q always/3",
        "what-else": "usual-treatments q always/1",
    },
}
CONSTANT = ["not-for-everyone", "evaluation", "long-term-unknowns"]
BOTH = {CRAVINGS, REVIEW}
# Topic -> the articles that it cites.
RESTS_ON = {
    "caring-for-someone": BOTH,
    "dissociation": {REVIEW},
    "medical-and-other-use": {REVIEW},
    "opioids": {REVIEW},
    "seizures": {REVIEW},
    "medicines-and-health": BOTH,
    "how-long-it-lasts": BOTH,
    "cravings": BOTH,
    "mood": BOTH,
    "past-trauma": BOTH,
    "thought-patterns": BOTH,
    "other-conditions": {REVIEW},
    "therapy-alongside": BOTH,
    "whole-plan": BOTH,
    "usual-treatments": BOTH,
    "the-science": BOTH,
    "new-and-popular": BOTH,
    "not-for-everyone": BOTH,
    "evaluation": BOTH,
    "long-term-unknowns": BOTH,
}
RISKS = (
    *("cut-off", "distress", "misuse", "recovery", "opioids", "seizures"),
    *("long-term", "wears-off", "not-safe-for-all", "limits"),
)
MEDICINES = re.compile("ketamin|spravato|medicine|drug|treatment|therapy|opioid", re.IGNORECASE)


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


def test_picking_something_to_bring_up_says_nothing_about_anybody(real: Questionnaire) -> None:
    assert real.by_id["bring-up"].hint == "Picking one does not mean it applies to you."


def test_which_picks_come_first_and_which_are_repeated(real: Questionnaire) -> None:
    assert {one.id: one.priority for one in real.questions if one.priority} == PRIORITY
    assert {one.id for one in real.questions if one.recap} == RECAP


def test_what_a_person_wants_to_bring_up_leaves_room_for_the_four_fixed_questions(real: Questionnaire) -> None:
    owned = [one for one in real.by_id["bring-up"].options if not one.alone]
    assert len({one.own_question for one in owned}) == len(owned) == MAX_QUESTIONS - len(real.ask_always)


def test_what_every_option_brings_into_the_summary(real: Questionnaire) -> None:
    def brings(option: Option) -> str:
        return " ".join([*option.topics, *(("q", *option.questions) if option.questions else ())])

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


def test_how_many_questions_each_path_has(real: Questionnaire) -> None:
    read = {name: [(), *((option,) for option in options)] for name, options in conditions(real).items()}
    lengths: dict[str, set[int]] = {}
    for answers in product(*read.values()):
        given = dict(zip(read, answers, strict=True))
        lengths.setdefault("".join(given["asking-for"]), set()).add(len(Journey(real, given).questions))
    assert lengths == {"myself": {9, 10}, "someone": {4}, "": {3}}


def conditions(questionnaire: Questionnaire) -> dict[str, set[str]]:
    """Return the questions that conditions read, with the options they test."""
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
    """Titles of the questionnaire, of sections and of the pause show up in the browser's history."""
    assert real.slug == "reflection"
    pauses = [step.title for step in real.steps if isinstance(step, Pause)]
    for title in (real.title, real.slug, *(section.title for section in real.sections), *pauses):
        assert not MEDICINES.search(title), title


def test_the_fullest_draft_leaves_a_third_of_its_cookie_free(real: Questionnaire) -> None:
    assert largest_cookie(real) < MAX_COOKIE_BYTES * 2 / 3


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
        # What neither article says cannot be all that one side has to say.
        for side in (topic.says, topic.warns, topic.unknown):
            assert not all(paragraph.general for paragraph in side), topic.id


def test_no_two_topics_ask_the_same(real: Questionnaire) -> None:
    asked = [question for topic in real.topics for question in topic.ask] + list(real.ask_always)
    assert len(set(asked)) == len(asked)


def test_where_an_article_is_silent_the_topic_cites_its_silence(real: Questionnaire) -> None:
    for topic in real.topics:
        said = [one.sources for one in card(topic).unknown]
        said += [one.sources for one in (*topic.warns, *topic.unknown)]
        silent = {one for references in said for one in references if "/" not in one}
        assert silent >= BOTH - RESTS_ON[topic.id], topic.id


def test_every_statement_has_its_own_sources(real: Questionnaire) -> None:
    assert real.box
    statements = [
        *real.box.statements,
        *(one for topic in real.topics for one in card(topic).statements),
    ]
    for statement in statements:
        assert bool(statement.sources) is (statement.kind != "general"), statement.say
    for topic in real.topics:
        for paragraph in (*topic.says, *topic.warns, *topic.unknown):
            assert bool(paragraph.sources) is not paragraph.general, paragraph.say


def test_every_card_names_a_risk_and_only_where_it_calls_for_care(real: Questionnaire) -> None:
    assert real.risks == RISKS
    for topic in real.topics:
        assert any(statement.risks for statement in card(topic).care), topic.id
        others = (*card(topic).said, *card(topic).unknown, *card(topic).general)
        assert not any(statement.risks for statement in others), topic.id


def test_help_comes_first_where_it_may_be_needed(real: Questionnaire) -> None:
    with_help = {topic.id for topic in real.topics if card(topic).help}
    assert with_help == {"mood", "thought-patterns", "past-trauma", "caring-for-someone"}


def test_every_topic_stands_in_one_of_three_groups_with_its_line(real: Questionnaire) -> None:
    assert len(real.groups) == 3
    assert sorted(topic for group in real.groups for topic in group.topics) == sorted(RESTS_ON)
    assert all(topic.about.endswith(".") for topic in real.topics)


def test_every_claim_is_somebodys(real: Questionnaire) -> None:
    said_by = re.compile(r"\b(article|articles|review|says|said|speaks|neither)\b", re.IGNORECASE)
    for topic in real.topics:
        for paragraph in (*topic.says, *topic.warns):
            assert paragraph.general or said_by.search(paragraph.say), f"{topic.id}: {paragraph.say}"


def test_outside_facts_are_of_one_country_and_say_that_nobody_compared_their_list(real: Questionnaire) -> None:
    box = real.box
    assert box
    facts = [*box.outside, *(fact for topic in real.topics for fact in (*topic.outside, *card(topic).outside))]
    assert {fact.country for fact in facts} == {"US"}
    used = {source for fact in facts for source in fact.sources}
    assert {source.id for source in real.sources} == BOTH | used
    assert {source.id: source.verified for source in real.sources}["fda-compounded-ketamine"] is False
    said = " ".join(fact.say for fact in box.outside)
    for harm in ("sleepiness", "feeling cut off", "misuse", "blood pressure", "breathing", "bladder"):
        assert harm in said


def test_outside_sources_are_cited_for_outside_facts_alone(real: Questionnaire) -> None:
    cited = {source.partition("/")[0] for topic in real.topics for source in topic.sources}
    cited |= {source.partition("/")[0] for question in real.questions for source in question.sources}
    assert cited == {CRAVINGS, REVIEW}


def test_the_box_says_that_the_articles_do_not_cover_everything(real: Questionnaire) -> None:
    assert real.box
    said = " ".join(statement.say for statement in real.box.statements)
    assert "Neither covers every safety matter." in said
    assert "The cravings article names no risks of ketamine." in said


def test_that_it_names_no_risks_is_said_once(real: Questionnaire) -> None:
    assert sum("names no risks" in text for text in every_text()) == 1


def test_recovery_is_possible_for_everyone_who_picked_cravings(real: Questionnaire) -> None:
    assert "Recovery is possible" in " ".join(statement.say for statement in card(topic_of(real, "cravings")).said)


def test_the_claim_about_whom_it_works_best_for_stands_in_the_box_alone(real: Questionnaire) -> None:
    """No answer about usual treatments adds, removes or rewords it, and its counterweight follows."""
    (claim,) = [text for text in every_text() if re.search(r"\bwork(s|ed|ing)?\b[^.]*\bbest\b", text)]
    assert claim == (
        "The cravings article claims it works best for people for whom usual treatments did not work, or who feel "
        "stuck in lasting cravings."
    )
    assert real.box
    (paragraph,) = (one for one in real.box.paragraphs if claim in [statement.say for statement in one.statements])
    assert paragraph.statements[-1].say == "What is said of a group cannot tell what is right for one person."


# The parts of every summary.


def test_the_referral_refuses_to_judge_and_sends_to_a_professional(real: Questionnaire) -> None:
    opens, closes = " ".join(real.referral.opens), " ".join(real.referral.closes)
    assert real.referral.opens[0].startswith("Thank you for taking the time to think this over.")
    assert "This page cannot tell you if ketamine therapy is right for you. No form can." in opens
    assert "Your answers only chose which topics and questions you see here. Nothing is scored." in opens
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
        "What other choices are there?",
        "What would it mean to wait, or to say no?",
        "Where would it happen, and who would be there?",
        "What would it cost in money and time, and does anyone earn money from it?",
    )


def test_finding_a_professional_is_general_information(real: Questionnaire) -> None:
    assert all(paragraph.general for paragraph in real.finding.say)
    assert real.finding.bring


def test_the_limits_of_both_articles_are_told(real: Questionnaire) -> None:
    about = {source.id: source.about for source in real.sources}
    said = " ".join((*real.limits, about[CRAVINGS], about[REVIEW]))
    for limit in ("no title, author or date", "names no studies", "lists none"):
        assert limit in said, limit
    assert {source.id: source.published for source in real.sources}[REVIEW] == date(2023, 8, 15)


def test_no_person_is_invented(real: Questionnaire) -> None:
    for one in (real, *real.translations.values()):
        assert one.governance
        assert (one.governance.reviewed_by, one.governance.reviewed_on, one.governance.paid_by) == ("", None, "")
        assert one.governance.translation_reviewed_by == ""
    assert real.governance
    assert real.governance.written_by == "the makers of this software"
    assert real.governance.interest == "This clinic may offer ketamine therapy."


def topic_of(questionnaire: Questionnaire, name: str) -> Topic:
    return next(topic for topic in questionnaire.topics if topic.id == name)


def card(topic: Topic) -> Card:
    assert topic.card, topic.id
    return topic.card


def every_text() -> Iterator[str]:
    """Return every text in the English files of the questionnaire and of the support lines."""

    def texts(data: Data) -> Iterator[str]:
        if isinstance(data, str):
            yield data
        else:
            for inside in data.values() if isinstance(data, dict) else data:
                yield from texts(inside)

    for path in (*sorted(set(FOLDER.glob("*/*.yaml")) - set(FOLDER.glob("*/es.yaml"))), FOLDER / "support.yaml"):
        yield from texts(Document.read(path).data)
