from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from screening.authoring.builder import rebuild_questionnaire
from screening.questionnaire import model
from screening.questionnaire.model import Condition, Questionnaire
from screening.reports.diff import Difference, DifferenceKind, differences
from screening.reports.matching import match, moves
from tests.support.made_questionnaires import questionnaires

Data = dict[str, Any]


def changed(questionnaire: Questionnaire, change: Callable[[Data], object]) -> Questionnaire:
    data = json.loads(questionnaire.content)
    change(data)
    return rebuild_questionnaire(json.dumps(data))


def section(data: Data, number: int) -> Data:
    found: Data = data["questionnaire"]["sections"][number]
    return found


def item(data: Data, number: int, place: int = 0) -> Data:
    found: Data = section(data, number)["items"][place]
    return found


def tried(data: Data) -> Data:
    return item(data, 1)


def topic(data: Data, number: int) -> Data:
    found: Data = data["topics"]["topics"][number]
    return found


def source(data: Data, number: int) -> Data:
    found: Data = data["sources"]["sources"][number]
    return found


def at_the_end(several: list[Any]) -> None:
    several.append(several.pop(0))


TRIED = "Question “What have you tried?”"
NEW = {
    "id": "hopes",
    "ask": "What do you hope for?",
    "hint": "Anything.",
    "why": "It helps.",
    "sources": ["article/opening"],
    "ask_if": {"tried": ["walks", "talks"]},
    "choose_any": {
        "rest": {"say": "Rest", "topics": ["walking"], "questions": ["caring"]},
        "none": {"say": "None", "alone": "true"},
    },
}
WHOLE_NEW = """\
What do you hope for?
Anything.
Asked of those who answer “Walks” or “Talks” to “What have you tried?”
Choose any of:
• Rest (brings “Walking” and brings the question “Who cares?”)
• None (chosen alone, brings nothing)
Why we ask: It helps."""
WHOLE_UNSURE = """\
What are you unsure about?
Asked of everyone
Choose any of:
• Walks (brings “Walking”)
• The price (brings the question “What does it cost?”)
Why we ask: Much is not known."""
TOPIC = {
    "id": "rest",
    "title": "Rest",
    "says": ["It says."],
    "warns": ["It warns."],
    "unknown": ["It leaves open."],
    "ask": ["One?", "Two?"],
    "sources": ["article/opening"],
}

# Changes to the tiny questionnaire, and the one difference reported for each.
ONE: dict[str, tuple[Callable[[Data], object], tuple[DifferenceKind, str, str, str]]] = {
    "the title": (
        lambda data: data["questionnaire"].update(title="Some questions"),
        (DifferenceKind.REWORDED, "The title", "A few questions", "Some questions"),
    ),
    "the address": (
        lambda data: data["questionnaire"].update(slug="talk"),
        (DifferenceKind.REWORDED, "The address", "/small-talk/", "/talk/"),
    ),
    "a paragraph more on the start page": (
        lambda data: data["questionnaire"]["about"].append("It takes a minute."),
        (DifferenceKind.ADDED, "The start page", "", "It takes a minute."),
    ),
    "a section's title": (
        lambda data: section(data, 0).update(title="You"),
        (DifferenceKind.REWORDED, "Section “You”", "About you", "You"),
    ),
    "a section elsewhere": (
        lambda data: at_the_end(data["questionnaire"]["sections"]),
        (
            DifferenceKind.MOVED,
            "Section “About you”",
            "“About you” at the beginning",
            "“About you” after “What comes next”",
        ),
    ),
    "a new question": (
        lambda data: section(data, 2)["items"].append(NEW),
        (DifferenceKind.ADDED, "Question “What do you hope for?”", "", WHOLE_NEW),
    ),
    "a pause that has gone": (
        lambda data: section(data, 1)["items"].pop(),
        (DifferenceKind.GONE, "Pause “A pause”", "A pause\nTake your time.", ""),
    ),
    "a step elsewhere in its section": (
        lambda data: at_the_end(section(data, 1)["items"]),
        (
            DifferenceKind.MOVED,
            TRIED,
            "“What have you tried?” at the beginning",
            "“What have you tried?” after “A pause”",
        ),
    ),
    "a step in another section": (
        lambda data: section(data, 2)["items"].insert(0, section(data, 1)["items"].pop()),
        (DifferenceKind.MOVED, "Pause “A pause”", "in section “What you tried”", "in section “What comes next”"),
    ),
    "a question's words": (
        lambda data: tried(data).update(ask="What did you try?"),
        (DifferenceKind.REWORDED, "Question “What did you try?”", "What have you tried?", "What did you try?"),
    ),
    "no hint any more": (
        lambda data: tried(data).pop("hint"),
        (DifferenceKind.GONE, f"{TRIED}, hint", "There is no wrong answer.", ""),
    ),
    "another hint": (
        lambda data: tried(data).update(hint="Anything counts."),
        (DifferenceKind.REWORDED, f"{TRIED}, hint", "There is no wrong answer.", "Anything counts."),
    ),
    "another reason": (
        lambda data: tried(data).update(why="It helps."),
        (DifferenceKind.REWORDED, f"{TRIED}, why we ask", "It is worth telling.", "It helps."),
    ),
    "another heading cited": (
        lambda data: tried(data).update(sources=["article/opening", "article/middle"]),
        (
            DifferenceKind.CITES,
            f"{TRIED}, why we ask",
            "A made-up article: “The opening”",
            "A made-up article: “The opening”, “The middle”",
        ),
    ),
    "asked of others": (
        lambda data: tried(data).update(ask_if={"asking-for": ["myself", "someone"]}),
        (
            DifferenceKind.ASKED,
            TRIED,
            "those who answer “Myself” to “Who are you asking for?”",
            "those who answer “Myself” or “Someone else” to “Who are you asking for?”",
        ),
    ),
    "asked of everyone": (
        lambda data: tried(data).pop("ask_if"),
        (DifferenceKind.ASKED, TRIED, "those who answer “Myself” to “Who are you asking for?”", "everyone"),
    ),
    "asked where two answers meet": (
        lambda data: item(data, 2).update(ask_if={"asking-for": ["myself"], "tried": ["talks"]}),
        (
            DifferenceKind.ASKED,
            "Question “What are you unsure about?”",
            "everyone",
            "those who answer “Myself” to “Who are you asking for?” and “Talks” to “What have you tried?”",
        ),
    ),
    "one choice instead of several": (
        lambda data: item(data, 2).update(choose_one=item(data, 2).pop("choose_any")),
        (DifferenceKind.CHOSEN, "Question “What are you unsure about?”", "any number of answers", "one answer"),
    ),
    "an option that joins others": (
        lambda data: tried(data)["choose_any"]["nothing"].pop("alone"),
        (DifferenceKind.CHOSEN, f"{TRIED}, option “Nothing yet”", "alone", "together with others"),
    ),
    "an option's words": (
        lambda data: tried(data)["choose_any"]["talks"].update(say="Talking"),
        (DifferenceKind.REWORDED, f"{TRIED}, option “Talking”", "Talks", "Talking"),
    ),
    "a new option": (
        lambda data: tried(data)["choose_any"].update(rest={"say": "Rest", "topics": ["caring"]}),
        (DifferenceKind.ADDED, f"{TRIED}, option “Rest”", "", "Rest (brings “Caring”)"),
    ),
    "an option that has gone": (
        lambda data: tried(data)["choose_any"].pop("walks"),
        (DifferenceKind.GONE, f"{TRIED}, option “Walks”", "Walks (brings “Walking”)", ""),
    ),
    "an option elsewhere": (
        lambda data: tried(data)["choose_any"].update(walks=tried(data)["choose_any"].pop("walks")),
        (DifferenceKind.MOVED, f"{TRIED}, option “Walks”", "“Walks” at the beginning", "“Walks” after “Nothing yet”"),
    ),
    "another topic with an option": (
        lambda data: tried(data)["choose_any"]["walks"].update(topics=["caring", "walking"]),
        (DifferenceKind.BRINGS, f"{TRIED}, option “Walks”", "brings “Walking”", "brings “Walking”, “Caring”"),
    ),
    "no questions with an option": (
        lambda data: tried(data)["choose_any"]["talks"].pop("questions"),
        (DifferenceKind.BRINGS, f"{TRIED}, option “Talks”", "brings the question “Who cares?”", "brings nothing"),
    ),
    "how a summary opens": (
        lambda data: data["topics"]["referral"].update(opens=["Talk to a qualified professional."]),
        (
            DifferenceKind.REWORDED,
            "How every summary opens",
            "Talk with a qualified professional.",
            "Talk to a qualified professional.",
        ),
    ),
    "how a summary closes": (
        lambda data: data["topics"]["referral"]["closes"].append("Take your time."),
        (DifferenceKind.ADDED, "How every summary closes", "", "Take your time."),
    ),
    "a fixed question elsewhere": (
        lambda data: at_the_end(data["topics"]["ask_always"]),
        (
            DifferenceKind.MOVED,
            "The questions in every summary",
            "“What else is there?” at the beginning",
            "“What else is there?” after “What does it cost?”",
        ),
    ),
    "where to find someone": (
        lambda data: data["topics"]["finding"].update(title="Finding somebody"),
        (DifferenceKind.REWORDED, "“Finding somebody”", "Finding someone", "Finding somebody"),
    ),
    "general information that is taken from the articles": (
        lambda data: data["topics"]["finding"].update(say=["Ask a nurse."]),
        (
            DifferenceKind.MARKED,
            "“Finding someone”",
            "general information: Ask a nurse.",
            "from the articles: Ask a nurse.",
        ),
    ),
    "what to bring": (
        lambda data: data["topics"]["finding"].update(bring=["This page", "A friend"]),
        (DifferenceKind.ADDED, "“Finding someone”, what to bring", "", "A friend"),
    ),
    "a new topic": (
        lambda data: data["topics"]["topics"].append(TOPIC),
        (DifferenceKind.ADDED, "Topic “Rest”", "", "Rest\nIt says.\nIt warns.\nIt leaves open.\nOne?\nTwo?"),
    ),
    "a topic elsewhere": (
        lambda data: at_the_end(data["topics"]["topics"]),
        (DifferenceKind.MOVED, "Topic “Walking”", "“Walking” at the beginning", "“Walking” after “What stays”"),
    ),
    "a topic's title": (
        lambda data: topic(data, 0).update(title="Walks"),
        (DifferenceKind.REWORDED, "Topic “Walks”", "Walking", "Walks"),
    ),
    "a paragraph reworded": (
        lambda data: topic(data, 0).update(says=["One article loves walks."]),
        (
            DifferenceKind.REWORDED,
            "Topic “Walking”, what the articles say",
            "One article likes walks.",
            "One article loves walks.",
        ),
    ),
    "a paragraph before another": (
        lambda data: topic(data, 0)["warns"].insert(0, "Snow is another matter."),
        (DifferenceKind.ADDED, "Topic “Walking”, what they warn of", "", "Snow is another matter."),
    ),
    "what is not known": (
        lambda data: topic(data, 0).update(unknown=["We do not learn how long."]),
        (
            DifferenceKind.REWORDED,
            "Topic “Walking”, what is not known",
            "We do not learn how far.",
            "We do not learn how long.",
        ),
    ),
    "a topic in every summary": (
        lambda data: topic(data, 0).update(always="true"),
        (DifferenceKind.SHOWN, "Topic “Walking”", "only where an answer brings it", "in every summary"),
    ),
    "a fact that is one elsewhere": (
        lambda data: topic(data, 2)["outside"][0].update(country="CA"),
        (
            DifferenceKind.SHOWN,
            "Topic “What stays”, from outside the articles",
            "in US: An agency wrote about it.",
            "in CA: An agency wrote about it.",
        ),
    ),
    "a fact that has gone": (
        lambda data: topic(data, 2).pop("outside"),
        (DifferenceKind.GONE, "Topic “What stays”, from outside the articles", "An agency wrote about it.", ""),
    ),
    "what a fact cites": (
        lambda data: topic(data, 2)["outside"][0].update(sources=["agency", "article"]),
        (
            DifferenceKind.CITES,
            "Topic “What stays”, from outside the articles",
            "A notice",
            "A made-up article; A notice",
        ),
    ),
    "what to ask": (
        lambda data: topic(data, 0)["ask"].append("Is there a map?"),
        (DifferenceKind.ADDED, "Topic “Walking”, questions to take along", "", "Is there a map?"),
    ),
    "what a topic cites": (
        lambda data: topic(data, 1).update(sources=["article/opening"]),
        (DifferenceKind.CITES, "Topic “Caring”", "A made-up article: “The middle”", "A made-up article: “The opening”"),
    ),
    "the limits": (
        lambda data: data["sources"].update(limits=["The article is an invention."]),
        (DifferenceKind.REWORDED, "Where this comes from", "The article is made up.", "The article is an invention."),
    ),
    "a source's title": (
        lambda data: source(data, 0).update(title="An article"),
        (DifferenceKind.REWORDED, "Source “An article”", "A made-up article", "An article"),
    ),
    "a source's day": (
        lambda data: source(data, 1).update(checked="2026-12-01"),
        (DifferenceKind.REWORDED, "Source “A notice”, checked", "2026-11-21", "2026-12-01"),
    ),
    "a heading": (
        lambda data: source(data, 0)["headings"].update(middle="The centre"),
        (DifferenceKind.REWORDED, "Source “A made-up article”, heading", "The middle", "The centre"),
    ),
    "a source that was compared with its page": (
        lambda data: source(data, 1).update(verified="false"),
        (DifferenceKind.REWORDED, "Source “A notice”, compared with the live page", "yes", "not yet"),
    ),
    "the first sentence of the start page": (
        lambda data: data["questionnaire"]["start"].update(lead="This page asks about walks."),
        (
            DifferenceKind.REWORDED,
            "The start page, first sentence",
            "This page asks three things about walks.",
            "This page asks about walks.",
        ),
    ),
    "who wrote the words": (
        lambda data: data["questionnaire"]["governance"].update(written_by="A poet"),
        (DifferenceKind.REWORDED, "Who wrote the words", "the makers of these tests", "A poet"),
    ),
    "nobody who reviewed them": (
        lambda data: data["questionnaire"]["governance"].update(reviewed_by="none"),
        (DifferenceKind.GONE, "Who reviewed the words", "A made-up nurse", ""),
    ),
    "words for what has gone": (
        lambda data: data["questionnaire"]["gone"].update(weather="What of the weather?"),
        (
            DifferenceKind.REWORDED,
            "What is said of parts that have gone",
            "What is the weather like?",
            "What of the weather?",
        ),
    ),
    "a section's picture": (
        lambda data: section(data, 0).update(icon="door"),
        (DifferenceKind.ADDED, "Section “About you”, picture", "", "door"),
    ),
    "picks that come earlier": (
        lambda data: tried(data).update(priority="1"),
        (
            DifferenceKind.BRINGS,
            TRIED,
            "its picks bring their topics and questions after the others",
            "each of its picks owns a question to take along, and its topics come first",
        ),
    ),
    "picks that are repeated": (
        lambda data: tried(data).update(recap="true"),
        (DifferenceKind.SHOWN, TRIED, "its picks are not repeated", "its picks are repeated as matters to bring up"),
    ),
    "another question of a topic with an option": (
        lambda data: tried(data)["choose_any"]["talks"].update(questions=["caring/2"]),
        (
            DifferenceKind.BRINGS,
            f"{TRIED}, option “Talks”",
            "brings the question “Who cares?”",
            "brings the question “Who else?”",
        ),
    ),
    "a topic's line in the list": (
        lambda data: topic(data, 0).update(about="Of walks."),
        (
            DifferenceKind.REWORDED,
            "Topic “Walking”, in the list of topics",
            "What the article says of walking.",
            "Of walks.",
        ),
    ),
    "a sentence of a card": (
        lambda data: topic(data, 0)["card"]["care"][0].update(say="It warns of snow."),
        (
            DifferenceKind.REWORDED,
            "Topic “Walking”, card, what calls for care",
            "It warns of the rain.",
            "It warns of snow.",
        ),
    ),
    "what a sentence of a card cites": (
        lambda data: topic(data, 0)["card"]["said"][0].update(sources=["article/middle"]),
        (
            DifferenceKind.CITES,
            "Topic “Walking”, card, what the articles say, “The article likes to walk.”",
            "A made-up article: “The opening”",
            "A made-up article: “The middle”",
        ),
    ),
    "no help on a card": (
        lambda data: topic(data, 1)["card"].pop("help"),
        (DifferenceKind.GONE, "Topic “Caring”, card, help", "If it gets hard, {talk}.", ""),
    ),
    "a sentence of the box": (
        lambda data: data["topics"]["box"]["paragraphs"][1]["sentences"][0].update(say="Nobody knows all weather."),
        (
            DifferenceKind.REWORDED,
            "What is worth knowing, whatever was picked",
            "Nobody knows the weather.",
            "Nobody knows all weather.",
        ),
    ),
    "a paragraph of the box that goes on in the next one": (
        lambda data: data["topics"]["box"]["paragraphs"][1]["sentences"].insert(
            0, data["topics"]["box"]["paragraphs"][0]["sentences"].pop()
        ),
        (
            DifferenceKind.MOVED,
            "What is worth knowing, whatever was picked, paragraphs",
            "The article likes walks. It warns of much rain. It is silent on snow.\n\nNobody knows the weather.",
            "The article likes walks. It warns of much rain.\n\nIt is silent on snow. Nobody knows the weather.",
        ),
    ),
    "a paragraph of the box that has gone": (
        lambda data: data["topics"]["box"]["paragraphs"].pop(),
        (DifferenceKind.GONE, "What is worth knowing, whatever was picked", "Nobody knows the weather.", ""),
    ),
    "a question in the box": (
        lambda data: data["topics"]["box"]["paragraphs"][0].pop("question"),
        (DifferenceKind.GONE, "What is worth knowing, whatever was picked, questions", "What speaks against it?", ""),
    ),
    "another topic in a group": (
        lambda data: data["topics"]["groups"][1]["topics"].reverse(),
        (DifferenceKind.SHOWN, "Group of topics “Indoors”", "Caring, What stays", "What stays, Caring"),
    ),
    "a group's title": (
        lambda data: data["topics"]["groups"][0].update(title="Outside"),
        (DifferenceKind.REWORDED, "Group of topics “Outside”", "Outdoors", "Outside"),
    ),
    "a new source": (
        lambda data: data["sources"]["sources"].append(source(data, 1) | {"id": "more", "title": "Another"}),
        (DifferenceKind.ADDED, "Source “Another”", "", "Another"),
    ),
}


@pytest.mark.parametrize("name", ONE)
def test_one_change_is_one_difference(name: str, tiny: Questionnaire) -> None:
    change, told = ONE[name]
    assert differences(tiny, changed(tiny, change)) == (Difference(*told),)


def test_each_kind_of_difference_is_among_these() -> None:
    assert {told[0] for _, told in ONE.values()} == set(DifferenceKind)


def test_a_question_that_has_gone_is_reported_with_whom_it_leaves_unasked(tiny: Questionnaire) -> None:
    found = differences(tiny, changed(tiny, lambda data: section(data, 2)["items"].__setitem__(0, NEW)))
    assert [(one.kind, one.before, one.after) for one in found] == [
        (DifferenceKind.ADDED, "", WHOLE_NEW),
        (DifferenceKind.GONE, WHOLE_UNSURE, ""),
    ]


def test_a_condition_on_an_option_that_is_another_one_now_is_another_condition(tiny: Questionnaire) -> None:
    def change(data: Data) -> None:
        item(data, 0)["choose_one"] = {
            "me": {"say": "Only me"},
            "someone": {"say": "Someone else", "topics": ["caring"]},
        }
        tried(data)["ask_if"] = {"asking-for": ["me"]}

    kinds = [one.kind for one in differences(tiny, changed(tiny, change))]
    assert kinds == [DifferenceKind.ADDED, DifferenceKind.GONE, DifferenceKind.ASKED]


# No difference.


@settings(deadline=None)
@given(questionnaires())
def test_nothing_differs_from_itself(questionnaire: Questionnaire) -> None:
    assert differences(questionnaire, rebuild_questionnaire(questionnaire.content)) == ()


def test_the_real_one_differs_in_nothing_from_itself(real: Questionnaire) -> None:
    assert differences(real, rebuild_questionnaire(real.content)) == ()


def test_other_ids_are_no_difference(real: Questionnaire) -> None:
    """Rename every id, and all references to it."""
    content = json.loads(real.content)
    ids = set(re.findall(r'"id":"([a-z0-9-]+)"', real.content)) - {content["questionnaire"]["id"]}
    ids |= {name for one in content["sources"]["sources"] for name in one.get("headings", {})}
    ids |= {
        name
        for part in content["questionnaire"]["sections"]
        for one in part["items"]
        for name in one.get("choose_any", one.get("choose_one", {}))
    }

    def other(name: str) -> str:
        return f"x-{name}" if name in ids else name

    renamed = re.sub(
        r'"([a-z0-9-]+)(?:/([a-z0-9-]+))?"',
        lambda found: f'"{other(found[1])}' + (f'/{other(found[2])}"' if found[2] else '"'),
        real.content,
    )
    # Some ids are also keys of the grammar.
    for key in ("pause", "hint", "about", "risks", "groups"):
        renamed = renamed.replace(f'"x-{key}":', f'"{key}":')
    after = rebuild_questionnaire(renamed)
    assert not {one.id for one in real.steps} & {one.id for one in after.steps}
    assert differences(real, after) == ()


def test_spaces_line_breaks_and_the_order_of_keys_are_no_difference(tiny: Questionnaire) -> None:
    def change(data: Data) -> None:
        tried(data)["ask"] = "What have\n  you tried? "
        tried(data)["choose_any"]["walks"] = {"topics": ["walking"], "say": " Walks"}
        topic(data, 0)["says"] = ["One article\nlikes walks."]
        data["questionnaire"] = dict(reversed(data["questionnaire"].items()))

    assert differences(tiny, changed(tiny, change)) == ()


# Completeness: change every field of the model in every way that its type allows.

IDS = {"id", "section"}
# Languages are compared one by one. Risks and kinds matter to the proofs, and what a pick replaces to older drafts.
NOT_SEEN = {("Questionnaire", name) for name in ("content", "version", "language", "translations", "risks")}
NOT_SEEN |= {("Statement", "risks"), ("Statement", "kind"), ("Option", "replaces")}
REFERENCES = {"topics": ("caring",), "questions": ("walking/2",), "sources": ("article/middle", "agency")}


def variants(value: Any, name: str = "") -> Iterator[Any]:
    """Yield copies of a value with one change each."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str() if name == "question":
            yield from (other for other in ("", "walking") if other != value)
        case str():
            yield f"{value} indeed".strip()
        case date():
            yield value + timedelta(days=1)
        case None:
            yield date(2026, 1, 1)
        case Condition():
            yield Condition((*value.needs[1:], ("asking-for", frozenset({"someone"}))))
        case Mapping():
            for key in value:
                yield {**value, key: f"{value[key]} indeed"}
        case tuple() if name in REFERENCES and all(isinstance(one, str) for one in value):
            yield from (other for other in ((), REFERENCES[name]) if other != value)
        case tuple():
            for place, one in enumerate(value):
                yield from ((*value[:place], other, *value[place + 1 :]) for other in variants(one))
                yield (*value[:place], *value[place + 1 :])
            if len(value) > 1:
                yield value[::-1]
        case _ if is_dataclass(value):
            yield from (replace(value, **{one: other}) for one, other in changes(value))  # type: ignore[type-var]
        case _:
            raise AssertionError(f"{name}: what may be changed in a {type(value).__name__}?")


def changes(value: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(value):
        if field.name not in IDS and (type(value).__name__, field.name) not in NOT_SEEN:
            # Neither is known before a source is an article, or was checked.
            if getattr(value, field.name) is None and field.name == "headings":
                continue
            yield from ((field.name, other) for other in variants(getattr(value, field.name), field.name))


def test_whatever_a_patient_sees_is_reported_when_it_changes(tiny: Questionnaire) -> None:
    def name_first_ones(data: Data) -> None:
        """Refer only to first questions, which still exist after any one question is lost."""
        data["topics"]["box"]["paragraphs"][0]["question"] = "constant"
        item(data, 2)["choose_any"]["price"]["questions"] = ["always/1"]

    tiny = changed(tiny, name_first_ones)
    seen = 0
    for name, other in changes(tiny):
        if name == "topics" and len(other) < len(tiny.topics):
            continue  # References to it would dangle, so everything goes below.
        seen += 1
        assert differences(tiny, replace(tiny, **{name: other})), f"{name}: {other}"
    assert seen > 150


def test_a_topic_that_has_gone_is_reported_with_all_that_named_it(tiny: Questionnaire) -> None:
    def change(data: Data) -> None:
        del data["topics"]["topics"][1]
        data["topics"]["groups"][1]["topics"].remove("caring")
        del item(data, 0)["choose_one"]["someone"]["topics"]
        del tried(data)["choose_any"]["talks"]["questions"]

    assert [(one.kind, one.where) for one in differences(tiny, changed(tiny, change))] == [
        (DifferenceKind.BRINGS, "Question “Who are you asking for?”, option “Someone else”"),
        (DifferenceKind.BRINGS, f"{TRIED}, option “Talks”"),
        (DifferenceKind.SHOWN, "Group of topics “Indoors”"),
        (DifferenceKind.GONE, "Topic “Caring”"),
    ]


def test_every_kind_of_thing_in_the_model_was_changed(tiny: Questionnaire) -> None:
    """A new kind of thing in the model cannot be left out of these changes."""
    kinds = {one for one in vars(model).values() if is_dataclass(one)} - {model.Citation}
    assert kinds == set(map(type, parts(tiny)))


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from parts(one)
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from parts(getattr(value, field.name))


# Matching.


def told_moves(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    return [(one.pair.new, one.was_behind, one.is_behind) for one in moves(match(before, after, str).pairs)]


def test_as_few_as_possible_are_told_to_have_moved() -> None:
    assert told_moves("abcdef", "abcdef") == []
    assert told_moves("abcdef", "fabcde") == [("f", "e", None)]
    assert told_moves("abcdef", "bcadef") == [("a", None, "c")]
    assert told_moves("abcde", "cdeab") == [("a", None, "e"), ("b", None, "e")]
    assert told_moves("aabb", "aabb") == []


def test_of_several_paragraphs_the_most_alike_are_taken_for_the_same() -> None:
    before = ("It may rain today.", "Snow is rare here.")
    after = ("Something else.", "Snow is very rare here.", "It may rain a lot today.")
    matched = match(before, after, str, words=str)
    assert [(pair.old, pair.new) for pair in matched.pairs] == [(before[1], after[1]), (before[0], after[2])]
    assert (matched.added, matched.gone) == (("Something else.",), ())


def test_a_paragraph_is_taken_for_the_one_that_is_most_alike_not_for_the_first_one() -> None:
    (pair,) = match(["It may rain today."], ["It may snow today.", "It may rain a lot today."], str, words=str).pairs
    assert pair.new == "It may rain a lot today."
    (pair,) = match(["Rain, rain, rain, rain."], ["Snow, rain, rain, rain."], str, words=str).pairs
    assert pair.new == "Snow, rain, rain, rain."


def test_words_in_another_order_are_still_the_same_ones() -> None:
    before, after = ("What does it cost, and who gains?", "...", "?"), ("Who gains, and what does it cost?", "!", "—")
    matched = match(before, after, str, words=str)
    assert [(pair.old, pair.new) for pair in matched.pairs] == [(before[0], after[0])]
