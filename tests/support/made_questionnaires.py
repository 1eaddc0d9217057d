"""Generated questionnaires: small ones of every kind, and a large one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from screening.authoring.builder import build_questionnaire, rebuild_questionnaire
from screening.authoring.texts import shown_words
from screening.questionnaire.model import Questionnaire

Item = dict[str, Any]


def question(
    name: str, options: dict[str, Item], ask_if: dict[str, list[str]] | None = None, kind: str = "any"
) -> Item:
    item: Item = {"id": name, "ask": f"What of {name}?", "why": "It is made up.", "sources": ["article/opening"]}
    written = {option: {"say": option.capitalize(), **more} for option, more in options.items()}
    return item | {f"choose_{kind}": written} | ({"ask_if": ask_if} if ask_if else {})


def topic(name: str, **more: Any) -> Item:
    said = {key: [f"{key.capitalize()}: {name}."] for key in ("says", "warns", "unknown")}
    ask = [f"What is {name}?", f"Why {name}?"]
    return {"id": name, "title": name.capitalize(), **said, "ask": ask, "sources": ["article/opening"], **more}


def made(items: list[Item], topics: tuple[str, ...] = ()) -> Questionnaire:
    """Build a questionnaire with three questions a section, these topics and one constant topic."""
    return rebuild_questionnaire(json.dumps(files(items, topics)))


def files(items: list[Item], topics: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the data of its files."""
    sections = [
        {"id": f"section-{start}", "title": f"Part {start}", "items": items[start : start + 3]}
        for start in range(0, len(items), 3)
    ]
    return {
        "questionnaire": {
            "id": "made",
            "slug": "made",
            "title": "Made up",
            "about": ["Made up."],
            "sections": sections,
        },
        "topics": {
            "referral": {"opens": ["Ask a professional."], "closes": ["Ask a professional."]},
            "finding": {"title": "Finding someone", "say": ["Ask."], "bring": ["This page"]},
            "ask_always": ["What else?", "What if I wait?", "Where?", "What does it cost?"],
            "topics": [*map(topic, topics), topic("constant", always="true")],
        },
        "sources": {
            "limits": ["It is made up."],
            "sources": [{"id": "article", "title": "One", "about": "It is made up.", "headings": {"opening": "One"}}],
        },
    }


GOVERNANCE = {
    "written_by": "the makers of these tests",
    "written_on": "2026-11-30",
    "reviewed_by": "none",
    "reviewed_on": "none",
    "next_review": "2036-11-30",
    "paid_by": "none",
    "interest": "Nobody gains from this.",
}


def statement(words: int, kind: str = "", risks: list[str] | None = None) -> Item:
    """Return a statement of this many words."""
    say = " ".join(["It", *["really"] * (words - 2), "matters."])
    return {"say": say, "sources": ["article/opening"], "risks": risks or []} | ({"kind": kind} if kind else {})


def card(said: int = 5, care: int = 5, unknown: int = 5, **more: Any) -> Item:
    """Return a card with this many words in each part."""
    return {
        "said": [statement(said)],
        "care": [statement(care, risks=["rain"])],
        "unknown": [statement(unknown)],
    } | more


def promised(items: list[Item], topics: tuple[str, ...] = (), **cards: Item) -> Questionnaire:
    """Build a questionnaire with all that files need today: governance, a risk, a box, and a card on each topic."""
    return rebuild_questionnaire(json.dumps(with_promises(files(items, topics), **cards)))


def with_promises(data: dict[str, Any], **cards: Item) -> dict[str, Any]:
    """Add what files need today to their data."""
    data["questionnaire"]["governance"] = GOVERNANCE
    data["topics"]["risks"] = ["rain"]
    sentences = [statement(5, "said"), statement(5, "care", ["rain"]), statement(5, "unknown")]
    data["topics"]["box"] = {"paragraphs": [{"sentences": sentences}]}
    for one in data["topics"]["topics"]:
        one["card"] = cards.get(one["id"], card())
    return data


TOPICS = ("apples", "bread", "cheese")


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Generate up to four questions with up to three options, often with conditions that are never or always true."""
    items: list[Item] = []
    for number in range(draw(st.integers(1, 4))):
        options: dict[str, Item] = {}
        kind = draw(st.sampled_from(["one", "any"]))
        for name in ("first", "second", "third")[: draw(st.integers(2, 3))]:
            options[name] = {"topics": draw(st.lists(st.sampled_from(TOPICS), unique=True, max_size=2))}
            if kind == "any" and draw(st.booleans()):
                options[name]["alone"] = "true"
        ask_if = {}
        for earlier in items:
            known = [*(earlier.get("choose_one") or earlier["choose_any"])]
            if draw(st.booleans()):
                ask_if[earlier["id"]] = draw(st.lists(st.sampled_from(known), unique=True, min_size=1))
        items.append(question(f"question-{number}", options, ask_if, kind))
    return made(items, TOPICS)


@st.composite
def translated_questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Generate the same with themes and topics that share questions, some constant, in English and made-up Spanish."""
    english: Any = draw(questionnaires()).files()
    asked = [f"What of {number}?" for number in range(12)] + english["topics"]["ask_always"][:2]
    for one in english["topics"]["topics"]:
        one["ask"] = draw(st.lists(st.sampled_from(asked), unique=True, min_size=2, max_size=4))
        if draw(st.booleans()):
            one["always"] = "true"
    for section in english["questionnaire"]["sections"]:
        for item in section["items"]:
            for option in (item.get("choose_one") or item["choose_any"]).values():
                option["questions"] = draw(st.lists(st.sampled_from(TOPICS), max_size=1))
    shown = {text for name, data in english.items() for _, text in shown_words(name, data)}
    numbers = draw(st.randoms(use_true_random=True)).sample(range(1000), len(shown))
    spanish = dict(zip(sorted(shown), (f"Palabra {number}" for number in numbers), strict=True))
    return build_questionnaire(english, {"es": {name: _said(data, spanish) for name, data in english.items()}})


@st.composite
def promising_questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Generate small questionnaires with all that files need today, which keep or break the promises of a summary."""
    items: list[Item] = []
    references = [f"{name}/{number}" for name in (*TOPICS, "constant") for number in (1, 2)] + ["always/1", "always/2"]
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["one", "any", "any"]))
        options: dict[str, Item] = {}
        for name in ("first", "second", "third")[: draw(st.integers(2, 3))]:
            # Most options bring one thing; otherwise nearly every questionnaire would break a promise.
            brought = draw(st.sampled_from(["topics", "questions", "topics", "questions", "both", "nothing"]))
            options[name] = {}
            if brought in ("topics", "both"):
                known = [*TOPICS] * 4 + ["constant"]
                options[name]["topics"] = draw(st.lists(st.sampled_from(known), unique=True, min_size=1, max_size=2))
            if brought in ("questions", "both"):
                options[name]["questions"] = draw(st.lists(st.sampled_from(references), min_size=1, max_size=1))
            if kind == "any" and draw(st.sampled_from([False, False, True])):
                options[name]["alone"] = "true"
        ask_if = {}
        for earlier in items:
            offered = [*(earlier.get("choose_one") or earlier["choose_any"])]
            if draw(st.sampled_from([False, False, True])):
                ask_if[earlier["id"]] = draw(st.lists(st.sampled_from(offered), unique=True, min_size=1))
        item = question(f"question-{number}", options, ask_if, kind)
        if priority := draw(st.sampled_from(["", "1", "2", "3"])):
            item["priority"] = priority
        if draw(st.booleans()):
            item["recap"] = "true"
        items.append(item)
    lengths = st.integers(4, 9)
    cards = {name: card(draw(lengths), draw(lengths), draw(lengths)) for name in TOPICS}
    data = with_promises(files(items, TOPICS), **cards)
    if draw(st.booleans()):
        data["topics"]["box"]["paragraphs"][0]["question"] = draw(st.sampled_from(references))
    for one in data["topics"]["topics"]:
        one["ask"] = [f"{asked} {' '.join(['Really?'] * draw(st.integers(0, 5)))}".strip() for asked in one["ask"]]
    return rebuild_questionnaire(json.dumps(data))


def _said(data: Any, words: dict[str, str]) -> Any:
    if isinstance(data, dict):
        return {key: value if key == "id" else _said(value, words) for key, value in data.items()}
    return [_said(item, words) for item in data] if isinstance(data, list) else words.get(data, data)


def sixty() -> Questionnaire:
    """Build sixty questions.

    Answers to the first twenty decide, directly or not, who is asked each of the other forty.
    """
    letters = "abcdefgh"
    topics = tuple(f"topic-{number}" for number in range(30))
    items = []
    for number in range(60):
        ask_if = {}
        if number >= 20:
            wide, narrow, last = number % 5, number // 20, (number * 7) % 8
            ask_if = {
                f"question-{number - 20}": [letters[wide], letters[wide + 1]],
                f"question-{(number * 3 + 1) % 20}": [letters[narrow], letters[last]],
                f"question-{(number * 11 + 2) % 20}": [letters[last]],
            }
        options: dict[str, Item] = {
            letter: {"topics": [topics[(number + place * 4) % 30]]} for place, letter in enumerate(letters)
        }
        if number % 3 == 0:
            options["none"] = {"alone": "true"}
        items.append(question(f"question-{number}", options, ask_if))
    return made(items, topics)
