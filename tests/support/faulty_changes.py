"""Changes that make the question files wrong, wherever chance applies them. The loader must refuse each one.

Each returns the files in which the first complaint may be: the changed one, or one that no longer agrees with it.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

from screening.authoring.yaml_document import Where
from tests.authoring.checks.test_listed_words import REFUSED_BY_DESIGN
from tests.support.mutations import (
    ENGLISH,
    Change,
    Copy,
    change,
    citations,
    found,
    inside,
    options,
    pairs,
    questions,
    shown,
    under,
)

FORBIDDEN, FORBIDDEN_IN_SPANISH = (REFUSED_BY_DESIGN[language].strip().splitlines() for language in ("en", "es"))
ARTICLES = ("questionnaire", "topics", "sources")
SPANISH = {"questionnaire": "es", "topics": "es", "sources": "es", "support": "support-es"}
TRANSLATED = " ".join(ENGLISH)


def an_unknown_topic(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    option = chance.choice([one for where in questions(data) for one in options(inside(data, where)).values()])
    key = chance.choice(["topics", "questions"])
    option[key] = [*option.get(key, []), "no-such-topic"]
    return copy.put("questionnaire", data)


def an_unknown_source(copy: Copy, chance: Random) -> str:
    name = chance.choice(["questionnaire", "topics"])
    data = copy.data(name)
    where, reference = chance.choice(citations(data))
    change(data, where, chance.choice(["no-such-source", f"no-such-source/{reference.partition('/')[2] or 'opening'}"]))
    return copy.put(name, data)


def an_unknown_heading(copy: Copy, chance: Random) -> str:
    name = chance.choice(["questionnaire", "topics"])
    data = copy.data(name)
    where, reference = chance.choice(citations(data))
    change(data, where, f"{reference.partition('/')[0]}/no-such-heading")
    return copy.put(name, data)


def an_article_without_its_heading(copy: Copy, chance: Random) -> str:
    name = chance.choice(["questionnaire", "topics"])
    data = copy.data(name)
    where, reference = chance.choice(
        [one for one in citations(data) if "/" in one[1] and not _may_be_silent(data, one[0])]
    )
    change(data, where, reference.partition("/")[0])
    return copy.put(name, data)


def _may_be_silent(data: Any, where: Where) -> bool:
    """Return whether an article may be cited at this place for what it does not say."""
    is_longer_text = where[0] == "topics" and "warns" in where
    return is_longer_text or "unknown" in where or inside(data, where[:-2]).get("kind") == "unknown"


def _a_condition(copy: Copy, chance: Random, reads: str, wanted: list[str] | None = None) -> str:
    data = copy.data("questionnaire")
    asked = [inside(data, where) for where in questions(data)]
    number = chance.randrange(1, len(asked))
    near = {"earlier": asked[:number], "itself": [asked[number]], "later": asked[number + 1 :] or [asked[-1]]}
    read = chance.choice(near.get(reads, asked[:1]))
    name = read["id"] if reads in near else reads
    asked[number]["ask_if"] = {**asked[number].get("ask_if", {}), name: wanted or [*options(read)][:1]}
    return copy.put("questionnaire", data)


def a_condition_on_an_unknown_question(copy: Copy, chance: Random) -> str:
    return _a_condition(copy, chance, "no-such-question")


def a_condition_on_an_unknown_option(copy: Copy, chance: Random) -> str:
    return _a_condition(copy, chance, "earlier", ["no-such-option"])


def a_condition_on_the_question_itself(copy: Copy, chance: Random) -> str:
    return _a_condition(copy, chance, "itself")


def a_condition_on_a_later_question(copy: Copy, chance: Random) -> str:
    return _a_condition(copy, chance, "later")


def _asked_of_oneself(data: Any, chance: Random) -> tuple[Any, Any]:
    """Two questions in order, of which the earlier is asked only of people who ask for themselves."""
    asked = [inside(data, where) for where in questions(data)]
    of_oneself = [number for number, one in enumerate(asked) if "asking-for" in one.get("ask_if", {})]
    earlier = chance.choice([number for number in of_oneself if number < len(asked) - 1])
    return asked[earlier], asked[chance.randrange(earlier + 1, len(asked))]


def a_condition_that_cannot_hold(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    earlier, later = _asked_of_oneself(data, chance)
    later["ask_if"] = {"asking-for": ["learning", "someone"], earlier["id"]: [*options(earlier)]}
    return copy.put("questionnaire", data)


def a_condition_that_always_holds_beside_another(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    earlier, later = _asked_of_oneself(data, chance)
    later["ask_if"] = {"asking-for": ["myself"], earlier["id"]: [chance.choice([*options(earlier)])]}
    return copy.put("questionnaire", data)


def a_topic_that_no_option_brings(copy: Copy, chance: Random) -> str:
    topic = chance.choice([one["id"] for one in copy.data("topics")["topics"] if "always" not in one])
    data = copy.data("questionnaire")
    for brought in (inside(data, where) for where in under(data, "topics")):
        brought[:] = [one for one in brought if one != topic]
    # An option that brought only this no longer changes anything.
    return f"{copy.put('questionnaire', data)} topics"


def a_question_that_its_topic_has_not(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    listed = [inside(data, where) for where in under(data, "questions")]
    references = chance.choice([one for one in listed if one])
    references[0] = f"{references[0].partition('/')[0]}/{chance.choice([5, 9])}"
    return copy.put("questionnaire", data)


def an_earlier_pick_that_is_no_pick(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    inside(data, chance.choice(under(data, "replaces")))[0] = chance.choice(["tried-tell", "tried/tell/it", "Tried it"])
    return copy.put("questionnaire", data)


def a_risk_that_is_none(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    inside(data, chance.choice([where for where in under(data, "risks") if len(where) > 1])).append("no-such-risk")
    return copy.put("topics", data)


def a_risk_that_has_gone(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    del data["risks"][chance.randrange(len(data["risks"]))]
    return copy.put("topics", data)


def a_part_that_no_summary_can_be_without(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    around, key = chance.choice([(data, "risks"), (data, "box"), *((topic, "card") for topic in data["topics"])])
    del around[key]
    return copy.put("topics", data)


def a_card_that_is_one_sided(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    card, key = chance.choice(data["topics"])["card"], chance.choice(["said", "care", "unknown"])
    if chance.random() < 0.5:
        del card[key]
    else:
        card[key] = []
    return copy.put("topics", data)


def a_general_sentence_that_cites_an_article(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    general = [inside(data, where) for where in found(data, dict) if "general" in inside(data, where)]
    chance.choice([one for one in general if one["general"] == "true"])["sources"] = ["detailed-review/conclusion"]
    return copy.put("topics", data)


def a_topic_in_no_group_or_in_two(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    one, other = chance.sample(data["groups"], 2)
    if chance.random() < 0.5:
        one["topics"].append(chance.choice(other["topics"]))
    else:
        one["topics"].remove(chance.choice(one["topics"]))
    return copy.put("topics", data)


def words_that_nobody_answers_for(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    if chance.random() < 0.2:
        del data["governance"]
    else:
        del data["governance"][chance.choice([*data["governance"]])]
    return copy.put("questionnaire", data)


def a_translation_that_nobody_answers_for(copy: Copy, chance: Random) -> str:
    data = copy.data("es")
    if chance.random() < 0.2:
        del data["translation"]
    else:
        del data["translation"][chance.choice([*data["translation"]])]
    return copy.put("es", data)


def _twice(copy: Copy, chance: Random, name: str, listed: list[Any], data: Any) -> str:
    one = chance.choice(listed)
    listed.insert(chance.randrange(len(listed) + 1), one)
    return copy.put(name, data)


def a_topic_twice(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    return _twice(copy, chance, "topics", data["topics"], data)


def a_source_twice(copy: Copy, chance: Random) -> str:
    data = copy.data("sources")
    return _twice(copy, chance, "sources", data["sources"], data)


def a_section_twice(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    return _twice(copy, chance, "questionnaire", data["sections"], data)


def a_step_twice(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    return _twice(copy, chance, "questionnaire", chance.choice(data["sections"])["items"], data)


def a_support_line_twice(copy: Copy, chance: Random) -> str:
    data = copy.data("support")
    return _twice(copy, chance, "support", chance.choice([*data["countries"].values()])["talk"], data)


def an_id_that_is_none(copy: Copy, chance: Random) -> str:
    name = chance.choice([*ENGLISH])
    data = copy.data(name)
    change(data, chance.choice(under(data, "id")), chance.choice(["Low Mood", "low_mood", "-mood", "ánimo", "12", ""]))
    return copy.put(name, data)


def a_key_twice(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    key = chance.choice(copy.begins_lines(name))
    word = re.match(r"[^:]*:", lines[key.line - 1])
    assert word
    return copy.write(name, "\n".join([*lines[: key.line - 1], f"{word[0]} again", *lines[key.line - 1 :]]))


def an_unknown_key(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    data = copy.data(name)
    inside(data, chance.choice([(), *found(data, dict)]))["no_such_key"] = "green"
    return copy.put(name, data)


def a_value_of_another_kind(copy: Copy, chance: Random) -> str:
    name = chance.choice([*ARTICLES, "support"])
    data = copy.data(name)
    where = chance.choice(found(data, str, list, dict))
    kinds: dict[type, Any] = {str: "green", list: ["green"], dict: {"colour": "green"}}
    del kinds[type(inside(data, where))]
    change(data, where, chance.choice([*kinds.values()]))
    # A paragraph mark becomes a paragraph, which has no translation.
    return f"{copy.put(name, data)} {SPANISH[name]}"


def a_text_left_out(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    data = copy.data(name)
    change(data, chance.choice(found(data, str)), chance.choice(["", "  "]))
    return copy.put(name, data)


def a_source_that_is_lost(copy: Copy, chance: Random) -> str:
    data = copy.data("sources")
    cited = {reference.partition("/")[0] for reference in copy.cited()}
    data["sources"].remove(chance.choice([one for one in data["sources"] if one["id"] in cited]))
    copy.put("sources", data)
    return "questionnaire topics"


def a_heading_that_is_lost(copy: Copy, chance: Random) -> str:
    data = copy.data("sources")
    name, _, heading = chance.choice(sorted(one for one in copy.cited() if "/" in one)).partition("/")
    del next(one for one in data["sources"] if one["id"] == name)["headings"][heading]
    copy.put("sources", data)
    return "questionnaire topics"


def an_outside_source_without_its_address_or_day(copy: Copy, chance: Random) -> str:
    data = copy.data("sources")
    del chance.choice([one for one in data["sources"] if "url" in one])[chance.choice(["url", "checked"])]
    return copy.put("sources", data)


def a_claim_without_a_source(copy: Copy, chance: Random) -> str:
    name = chance.choice(["questionnaire", "topics"])
    data = copy.data(name)
    where, _ = chance.choice(citations(data))
    around = inside(data, where[:-2])
    if chance.random() < 0.5:
        del around["sources"]
    else:
        around["sources"] = []
    return copy.put(name, data)


def a_forbidden_sentence(copy: Copy, chance: Random) -> str:
    name = chance.choice([*ENGLISH])
    data = copy.data(name)
    where = chance.choice(shown(name, data))
    text = inside(data, where)
    kept = [f"{text} "] if text.endswith((".", "?", "!")) else []
    change(data, where, chance.choice(["", *kept]) + chance.choice(FORBIDDEN))
    return copy.put(name, data)


def a_forbidden_sentence_in_spanish(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    data = copy.data(name)
    pair = inside(data, chance.choice(pairs(data)))
    kept = [f"{pair['es']} "] if pair["es"].endswith((".", "?", "!")) else []
    pair["es"] = chance.choice(["", *kept]) + chance.choice(FORBIDDEN_IN_SPANISH)
    return copy.put(name, data)


def the_same_words_for_two_questions(copy: Copy, chance: Random) -> str:
    data = copy.data("es")
    asked = [*data["ask_always"], *(one for topic in data["topics"].values() for one in topic["ask"])]
    one, other = chance.sample(asked, 2)
    one["es"] = other["es"]
    return copy.put("es", data)


def a_text_without_its_translation(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    data = copy.data(name)
    *around, last = chance.choice(pairs(data))
    del inside(data, tuple(around))[last]
    copy.put(name, data)
    return TRANSLATED


def a_translation_of_what_has_changed(copy: Copy, chance: Random) -> str:
    name = chance.choice([*ENGLISH])
    data = copy.data(name)
    where = chance.choice(shown(name, data))
    change(data, where, f"{inside(data, where)} Read on.")
    copy.put(name, data)
    return SPANISH[name]


def a_translation_of_something_else(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    data = copy.data(name)
    inside(data, chance.choice(pairs(data)))["en"] += " Read on."
    return copy.put(name, data)


def a_translation_of_nothing(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    data = copy.data(name)
    pair = {"en": "Read on.", "es": "Siga leyendo."}
    where = chance.choice([where for where in found(data, dict, list) if where not in pairs(data)])
    around = inside(data, where)
    if isinstance(around, list):
        around.insert(chance.randrange(len(around) + 1), pair)
    else:
        around["no-such-id"] = pair
    return copy.put(name, data)


def a_translation_without_one_language(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    data = copy.data(name)
    del inside(data, chance.choice(pairs(data)))[chance.choice(["en", "es"])]
    return copy.put(name, data)


def a_translation_cut_off(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    data = copy.data(name)
    pair = inside(data, chance.choice([one for one in pairs(data) if inside(data, one)["en"].endswith((".", "?"))]))
    pair["es"] = pair["es"][: chance.randrange(1, len(pair["es"]))].rstrip(".?!")
    return copy.put(name, data)


def a_topic_that_is_one_sided(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    topic, key = chance.choice(data["topics"]), chance.choice(["says", "warns", "unknown"])
    if chance.random() < 0.5:
        del topic[key]
    else:
        topic[key] = []
    return copy.put("topics", data)


def no_topic_for_everyone(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    for topic in data["topics"]:
        topic.pop("always", None)
    return copy.put("topics", data)


def too_few_or_too_many_fixed_questions(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    fixed = data["ask_always"]
    place = chance.randrange(len(fixed))
    fixed[place : place + 1] = chance.choice([[], [fixed[place], "And then?"]])
    return copy.put("topics", data)


def too_few_or_too_many_questions_of_a_topic(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    topic = chance.choice(data["topics"])
    topic["ask"] = chance.choice([topic["ask"][:1], [*topic["ask"], "And then?", "And who?", "And where?"]])
    return copy.put("topics", data)


def a_sentence_that_is_far_too_long(copy: Copy, chance: Random) -> str:
    data = copy.data("topics")
    paragraphs = chance.choice(data["topics"])[chance.choice(["says", "warns", "unknown"])]
    paragraphs[chance.randrange(len(paragraphs))] = f"It calls for {'considerable and additional ' * 60}evaluation."
    return copy.put("topics", data)


def a_sentence_that_is_far_too_long_in_spanish(copy: Copy, chance: Random) -> str:
    data = copy.data("es")
    topic = chance.choice([*data["topics"].values()])
    chance.choice(topic[chance.choice(["says", "warns", "unknown"])])["es"] = (
        f"El artículo pide una {'considerable y complementaria ' * 60}evaluación."
    )
    return copy.put("es", data)


def a_draft_too_large_for_its_cookie(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    data["id"] = "k" * chance.randrange(3_000, 5_000)
    return copy.put("questionnaire", data)


def the_address_of_another_page(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    data["slug"] = chance.choice("code favicon.ico healthz help language leave metrics paper privacy staff".split())
    return copy.put("questionnaire", data)


def a_question_with_one_option(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    listed = options(inside(data, chance.choice(questions(data))))
    for name in chance.sample([*listed], len(listed) - 1):
        del listed[name]
    return copy.put("questionnaire", data)


def both_ways_to_choose(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    question = inside(data, chance.choice(questions(data)))
    question["choose_one"] = question["choose_any"] = options(question)
    return copy.put("questionnaire", data)


def a_second_pause(copy: Copy, chance: Random) -> str:
    data, spanish = copy.data("questionnaire"), copy.data("es")
    section = chance.choice(data["sections"])
    pause = {"id": "another", "title": "Another pause", "say": ["Take your time."]}
    section["items"].insert(chance.randrange(len(section["items"]) + 1), {"pause": pause})
    spanish["sections"][section["id"]]["items"]["another"] = {
        "title": {"en": "Another pause", "es": "Otra pausa"},
        "say": [{"en": "Take your time.", "es": "Tómese su tiempo."}],
    }
    copy.put("es", spanish)
    return copy.put("questionnaire", data)


def a_day_or_address_that_is_none(copy: Copy, chance: Random) -> str:
    name = chance.choice(["sources", "support"])
    data = copy.data(name)
    where = chance.choice(under(data, "published", "checked", "url", "chat"))
    change(data, where, chance.choice(["2026-02-30", "yesterday", "www.agency.test", "http://agency.test"]))
    return copy.put(name, data)


def a_line_that_nobody_can_reach(copy: Copy, chance: Random) -> str:
    data = copy.data("support")
    line = chance.choice([line for country in data["countries"].values() for line in country["talk"]])
    for key in ("call", "text", "chat"):
        line.pop(key, None)
    return copy.put("support", data)


def a_form_that_is_no_expression(copy: Copy, chance: Random) -> str:
    data = copy.data("wording")
    forms = inside(data, chance.choice([where for where in under(data, "en", "es") if where[-2] != "allow"]))
    forms[chance.randrange(len(forms))] = chance.choice(["(never", "never)", "[never", "*never", "so^never"])
    return copy.put("wording", data)


def a_tab(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    key = chance.choice([one for one in copy.begins_lines(name) if one.column > 1])
    lines[key.line - 1] = "\t" + lines[key.line - 1].lstrip()
    return copy.write(name, "\n".join(lines))


def a_file_cut_before_its_last_words(copy: Copy, chance: Random) -> str:
    """Cut a file before its last words, wherever that is: words are lost that the other language has.

    What follows them may be missing without a fault: a topic with one citation fewer, or the last translation without
    its last sentence.
    """
    name = chance.choice([name for name in copy.paths if name != "wording"])
    data, document = copy.data(name), copy.documents[name]
    last = max(document.values[where] for where in (pairs(data) if name not in ENGLISH else shown(name, data)))
    lines = copy.text(name).split("\n")
    before = "\n".join([*lines[: last.line - 1], lines[last.line - 1][: last.column - 1]])
    copy.write(name, before[: chance.randrange(len(before) + 1)])
    return " ".join(copy.paths)


def a_file_that_is_gone(copy: Copy, chance: Random) -> str:
    name = chance.choice([*ENGLISH, "wording"])
    copy.paths[name].unlink()
    return name


def a_file_that_is_empty(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    return copy.write(name, chance.choice(["", "\n\n", "# to do\n", "---\n", "to do"]))


def a_byte_that_is_not_utf_8(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    at = chance.randrange(len(copy.right[name]))
    copy.paths[name].write_bytes(copy.right[name][:at] + b"\xff" + copy.right[name][at:])
    return name


def a_trick_of_yaml(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    key = chance.choice(copy.begins_lines(name))
    lines[key.line - 1] = re.sub(r":( |$)", chance.choice([r": &name ", r": !!str "]), lines[key.line - 1], count=1)
    return copy.write(name, "\n".join(lines))


def a_second_document(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    key = chance.choice(copy.begins_lines(name)[1:])
    return copy.write(name, "\n".join([*lines[: key.line - 1], "---", *lines[key.line - 1 :]]))


FAULTY: list[Change] = [
    made
    for name, made in globals().items()
    if callable(made) and getattr(made, "__module__", "") == __name__ and not name.startswith("_")
]
