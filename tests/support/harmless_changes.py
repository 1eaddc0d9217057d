"""Changes of style or order after which the question files mean the same. The loader must accept each one."""

from __future__ import annotations

import json
import re
from random import Random
from textwrap import wrap
from typing import Any

from tests.support.mutations import Change, Copy, found, inside, options, questions, shuffled, under

# Keys whose order readers see: options on the page, and headings in a list of sources.
IN_ORDER = {"choose_one", "choose_any", "headings", "countries"}


def another_style(copy: Copy, chance: Random) -> str:
    """Rewrite in block or flow style, with plain, quoted or folded strings and any line length."""
    name = chance.choice([*copy.paths])
    return copy.write(name, _block(copy.data(name), "", chance).lstrip("\n") + "\n")


def _block(data: Any, pad: str, chance: Random) -> str:
    """Format what follows a colon or hyphen."""
    if isinstance(data, str):
        return f" {_text(data, pad, chance)}"
    if pad and (not data or chance.random() < 0.2):
        return f" {_flow(data, chance)}"
    deeper = pad + " " * chance.choice([2, 4])
    if isinstance(data, list):
        return "".join(f"\n{pad}-{_block(item, deeper, chance)}" for item in data)
    return "".join(f"\n{pad}{_key(key, chance)}:{_block(value, deeper, chance)}" for key, value in data.items())


def _flow(data: Any, chance: Random) -> str:
    if isinstance(data, str):
        return _quoted(data, chance)
    if isinstance(data, list):
        return f"[{', '.join(_flow(item, chance) for item in data)}]"
    return f"{{{', '.join(f'{_key(key, chance)}: {_flow(value, chance)}' for key, value in data.items())}}}"


def _key(key: str, chance: Random) -> str:
    return chance.choice([key, f'"{key}"', f"'{key}'"])


def _text(text: str, pad: str, chance: Random) -> str:
    if "\n" in text or "  " in text:
        return json.dumps(text, ensure_ascii=False)
    lines = f"\n{pad}  ".join(wrap(text, chance.randrange(20, 110), break_long_words=False, break_on_hyphens=False))
    if chance.random() < 0.4:
        return f"{chance.choice(['>-', '>', '>+'])}\n{pad}  {lines}"
    if re.fullmatch(r"[A-Za-z¿¡][^:#]*", text) and chance.random() < 0.5:
        return lines
    return _quoted(text, chance)


def _quoted(text: str, chance: Random) -> str:
    single = "'" + text.replace("'", "''") + "'"
    return single if "\n" not in text and chance.random() < 0.5 else json.dumps(text, ensure_ascii=False)


def comments(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    for key in reversed(copy.begins_lines(name)):
        if chance.random() < 0.2:
            lines.insert(key.line - 1, " " * (key.column - 1) + chance.choice(["# Why?", "#", "# a: [b", "# ---"]))
    return copy.write(name, "\n".join(lines))


def blank_lines(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    for key in reversed(copy.begins_lines(name)):
        if chance.random() < 0.2:
            lines.insert(key.line - 1, chance.choice(["", "", "   "]))
    return copy.write(name, "\n".join(lines))


def spaces_at_the_end_of_lines(copy: Copy, chance: Random) -> str:
    """Append spaces to lines that begin with a key; inside a folded text they would end up between its words."""
    name = chance.choice([*copy.paths])
    lines = copy.text(name).split("\n")
    for key in copy.begins_lines(name):
        lines[key.line - 1] += " " * chance.randrange(3)
    return copy.write(name, "\n".join(lines))


def line_ends_of_windows(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    return copy.write(name, copy.text(name).replace("\n", "\r\n"))


def a_byte_order_mark(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    return copy.write(name, f"\ufeff{copy.text(name)}")


def another_beginning_or_end(copy: Copy, chance: Random) -> str:
    name = chance.choice([*copy.paths])
    text = copy.text(name)
    others = [
        text.rstrip("\n"),
        f"{text}\n\n",
        f"---\n{text}",
        f"{text}...\n",
        f"\n# More\n\n{text}",
        f"{text}# The end",
    ]
    return copy.write(name, chance.choice(others))


def files_that_are_no_questions(copy: Copy, chance: Random) -> str:
    own = copy.paths["topics"].parent
    others = "README.md es.yaml~ .topics.yaml.swp topics.yaml.bak questionnaire.schema.json notes.txt".split()
    for name in others:
        (own / name).write_text("a: [", encoding="utf-8")
    return ""


def another_order_of_the_translation(copy: Copy, chance: Random) -> str:
    name = chance.choice(["es", "support-es"])
    return copy.put(name, _mixed(copy.data(name), chance))


def _mixed(data: Any, chance: Random) -> Any:
    if isinstance(data, list):
        return shuffled([_mixed(item, chance) for item in data], chance)
    if isinstance(data, dict):
        return dict(shuffled([(key, _mixed(value, chance)) for key, value in data.items()], chance))
    return data


def another_order_of_keys(copy: Copy, chance: Random) -> str:
    name = chance.choice(["questionnaire", "topics", "sources", "support", "wording"])
    return copy.put(name, _with_other_keys_first(copy.data(name), chance))


def _with_other_keys_first(data: Any, chance: Random, around: str = "") -> Any:
    if isinstance(data, list):
        return [_with_other_keys_first(item, chance) for item in data]
    if isinstance(data, dict):
        inner = [(key, _with_other_keys_first(value, chance, key)) for key, value in data.items()]
        return dict(inner if around in IN_ORDER else shuffled(inner, chance))
    return data


def another_order_of_a_condition(copy: Copy, chance: Random) -> str:
    data = copy.data("questionnaire")
    for condition in (inside(data, where) for where in under(data, "ask_if")):
        mixed = {name: shuffled(wanted, chance) for name, wanted in shuffled(condition.items(), chance)}
        condition.clear()
        condition.update(mixed)
    return copy.put("questionnaire", data)


def another_order_of_the_sources(copy: Copy, chance: Random) -> str:
    data = copy.data("sources")
    chance.shuffle(data["sources"])
    return copy.put("sources", data)


def another_order_of_what_is_cited_or_brought(copy: Copy, chance: Random) -> str:
    """Topics of questions with a priority keep their order: the first thing that such a pick brings is its question."""
    name = chance.choice(["questionnaire", "topics"])
    data = copy.data(name)
    for where in under(data, "sources"):
        chance.shuffle(inside(data, where))
    for question in (inside(data, where) for where in (questions(data) if name == "questionnaire" else ())):
        for option in () if "priority" in question else options(question).values():
            chance.shuffle(option.get("topics", []))
    return copy.put(name, data)


def a_heading_on_which_nothing_rests(copy: Copy, chance: Random) -> str:
    data = copy.data("sources")
    headings = inside(data, chance.choice([where for where in found(data, dict) if where[-1] == "headings"]))
    headings["one-more"] = "One more"
    return copy.put("sources", data)


SAYING_THE_SAME: list[Change] = [
    another_style,
    comments,
    blank_lines,
    spaces_at_the_end_of_lines,
    line_ends_of_windows,
    a_byte_order_mark,
    another_beginning_or_end,
    files_that_are_no_questions,
    another_order_of_the_translation,
]
"""After these the version is the same."""
LEADING_THE_SAME_WAY: list[Change] = [
    another_order_of_keys,
    another_order_of_a_condition,
    another_order_of_the_sources,
    another_order_of_what_is_cited_or_brought,
    a_heading_on_which_nothing_rests,
]
"""After these every journey and every word of its pages and summary is the same."""
