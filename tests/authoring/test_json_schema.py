"""The JSON Schema for editors accepts valid files, and refuses what a schema can refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor

from screening.authoring import schema
from screening.authoring.json_schema import file_schema
from screening.authoring.schema import FILE_KINDS
from screening.web.questionnaire_limits import RESERVED_SLUGS
from tests.support.core_fixtures import TINY
from tests.support.fault_examples import LIST, QUESTIONNAIRE, SOURCES, SUPPORT, TOPICS, WRONG_LIST, WRONG_SUPPORT

QUESTIONS = Path(__file__).parents[2] / "questions"
RIGHT = {
    **{name: (TINY / "tiny" / f"{name}.yaml").read_text() for name in ("questionnaire", "topics", "sources")},
    "support": SUPPORT,
    "wording": LIST,
}
FAULTS = {
    (kind, what): case[:2]
    for kind, cases in (
        ("questionnaire", QUESTIONNAIRE),
        ("topics", TOPICS),
        ("sources", SOURCES),
        ("support", WRONG_SUPPORT),
        ("wording", WRONG_LIST),
    )
    for what, case in cases.items()
}
# Faults that need other parts of the file, other files, a calendar, the wording list or Python's regular expressions.
UNSEEN = {
    ("questionnaire", "markup in a text"),
    ("questionnaire", "an entity in a text"),
    ("questionnaire", "an unknown topic"),
    ("questionnaire", "an unknown topic of a theme"),
    ("questionnaire", "an unknown source"),
    ("questionnaire", "an unknown heading"),
    ("questionnaire", "an article without a heading"),
    ("questionnaire", "a condition on an unknown question"),
    ("questionnaire", "a condition on an unknown option"),
    ("questionnaire", "a condition on a later question"),
    ("questionnaire", "a condition on the question itself"),
    ("questionnaire", "a condition on the first question"),
    ("questionnaire", "a question id used twice"),
    ("questionnaire", "a pause with a question's id"),
    ("questionnaire", "a section id used twice"),
    ("questionnaire", "two options that say the same"),
    ("questionnaire", "two questions that ask the same"),
    ("questionnaire", "two sections with one title"),
    ("questionnaire", "a second pause"),
    ("questionnaire", "options that would share a column"),
    ("questionnaire", "an option that a spreadsheet takes for a date"),
    ("questionnaire", "a question that its topic has not"),
    ("questionnaire", "a fixed question that is none"),
    ("topics", "commas in a text between brackets"),
    ("topics", "a topic id used twice"),
    ("topics", "two topics with one title"),
    ("topics", "a fact from a lost source"),
    ("topics", "a fact from an article"),
    ("topics", "a heading of what has none"),
    ("topics", "a topic with an unknown heading"),
    ("topics", "a paragraph on finding someone from a lost source"),
    ("topics", "a paragraph from an unknown heading"),
    ("topics", "an article that is silent on what is said of it"),
    ("topics", "an article that is silent on what a card says of it"),
    ("topics", "an article that is silent on what calls for care"),
    ("topics", "a heading that is not there, on what is not known"),
    ("topics", "a fact on a card from an article"),
    ("topics", "a card's risk that is none"),
    ("topics", "a risk of the box that is none"),
    ("topics", "a risk twice"),
    ("topics", "an article that is silent on a sentence of the box"),
    ("topics", "a sentence of the box from a lost source"),
    ("topics", "a fact of the box from an article"),
    ("topics", "a question of the box that its topic has not"),
    ("topics", "a question of the box of no topic"),
    ("topics", "a group of an unknown topic"),
    ("topics", "a topic in two groups"),
    ("topics", "a topic in no group"),
    ("topics", "a group id used twice"),
    ("sources", "a day that never was"),
    ("sources", "a source id used twice"),
    ("support", "a line id used twice"),
    ("support", "a way in for a language of no line"),
    ("support", "a forbidden word at an emergency number"),
    ("support", "a forbidden word in a source"),
    ("support", "a forbidden word in an address"),
    ("support", "a forbidden word to text"),
    ("support", "a forbidden word in a name"),
    ("support", "a forbidden word in a note"),
    ("wording", "an id used twice"),
    ("wording", "a form that would never be found"),
    ("wording", "a form that is no expression"),
    ("wording", "a Spanish form that is no expression"),
    ("wording", "an allowance of two sentences"),
}


class Core(SafeConstructor):
    """The YAML 1.2 core schema has no dates, though ruamel.yaml reads them."""


Core.add_constructor("tag:yaml.org,2002:timestamp", Core.construct_yaml_str)


def read(text: str) -> Any:
    """Read as an editor does: numbers, booleans and null are typed."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = Core
    return yaml.load(text)


def is_right(kind: str, text: str) -> bool:
    return bool(Draft202012Validator(file_schema(kind, RESERVED_SLUGS)).is_valid(read(text)))


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_every_schema_is_one(kind: str) -> None:
    made = file_schema(kind, RESERVED_SLUGS)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(made)


@pytest.mark.parametrize(
    "path",
    [path for folder in (QUESTIONS, TINY) for path in sorted(folder.glob("**/*.yaml")) if path.stem in FILE_KINDS],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_real_files_and_all_fixtures_pass(path: Path) -> None:
    Draft202012Validator(file_schema(path.stem, RESERVED_SLUGS)).validate(read(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", RIGHT)
def test_what_is_spoilt_below_was_right(kind: str) -> None:
    assert is_right(kind, RIGHT[kind])


@pytest.mark.parametrize(("kind", "what"), FAULTS)
def test_a_fault_is_seen_or_said_to_be_unseen(kind: str, what: str) -> None:
    instead_of, this = FAULTS[kind, what]
    assert RIGHT[kind].count(instead_of) == 1
    try:
        is_seen = not is_right(kind, RIGHT[kind].replace(instead_of, this))
    except DuplicateKeyError:
        is_seen = True  # Refused by the editor's own YAML parser.
    assert is_seen != ((kind, what) in UNSEEN)


def test_every_fault_that_is_said_to_be_unseen_is_one_of_them() -> None:
    assert FAULTS.keys() >= UNSEEN


@pytest.mark.parametrize("this", ["true", '"true"'])
def test_yes_is_typed_plainly_or_in_quotes(this: str) -> None:
    assert is_right("questionnaire", RIGHT["questionnaire"].replace("alone: true", f"alone: {this}"))
    assert is_right("topics", RIGHT["topics"].replace("always: true", f"always: {this}"))
    assert is_right("topics", RIGHT["topics"].replace("general: true", f"general: {this}"))
    assert is_right("support", RIGHT["support"].replace("verified: true", f"verified: {this}"))


@pytest.mark.parametrize("this", ["1", '"3"'])
def test_a_priority_is_typed_plainly_or_in_quotes(this: str) -> None:
    hint = "hint: There is no wrong answer."
    assert is_right("questionnaire", RIGHT["questionnaire"].replace(hint, f"priority: {this}"))


@pytest.mark.parametrize("this", ["0", "4", '"0"', "1.5", "first", "true"])
def test_nothing_else_is_a_priority(this: str) -> None:
    hint = "hint: There is no wrong answer."
    assert not is_right("questionnaire", RIGHT["questionnaire"].replace(hint, f"priority: {this}"))


@pytest.mark.parametrize("this", ["false", '"false"', "yes", "1", "True text", "[true]", ""])
def test_nothing_else_is_yes(this: str) -> None:
    assert not is_right("questionnaire", RIGHT["questionnaire"].replace("alone: true", f"alone: {this}"))


@pytest.mark.parametrize("this", ["988", '"988"', "0808 808 8000", "12.5", "No", "true"])
def test_words_that_an_editor_reads_as_a_number_or_boolean_are_words(this: str) -> None:
    assert is_right("support", RIGHT["support"].replace("name: One line", f"name: {this}"))


@pytest.mark.parametrize("this", ["988", '"988"', "0808 808 8000", "1-800-662-4357", '"+1 202"'])
def test_a_number_is_one_with_and_without_quotes(this: str) -> None:
    assert is_right("support", RIGHT["support"].replace('call: "988"', f"call: {this}"))


@pytest.mark.parametrize("this", ["nine", "12.5", "true", "988 or 911", '"988 "'])
def test_nothing_else_is_a_number(this: str) -> None:
    assert not is_right("support", RIGHT["support"].replace('call: "988"', f"call: {this}"))


@pytest.mark.parametrize("this", ["", "~", "null", '"  "', "[988]", "{a: b}"])
def test_nothing_and_lists_are_no_words(this: str) -> None:
    assert not is_right("support", RIGHT["support"].replace("name: One line", f"name: {this}"))


@pytest.mark.parametrize("this", ["2026-11-21", '"2026-11-21"'])
def test_a_day_is_a_day_with_and_without_quotes(this: str) -> None:
    assert is_right("sources", RIGHT["sources"].replace("2026-11-21", this))


@pytest.mark.parametrize("this", ["20261121", "2026-W47-6", "2026-11-21T10:00:00", "2026-13-01", '"2026-11-21 "'])
def test_no_other_way_to_write_a_day_passes(this: str) -> None:
    assert not is_right("sources", RIGHT["sources"].replace("2026-11-21", this))


@pytest.mark.parametrize("page", sorted(RESERVED_SLUGS))
def test_the_pages_of_the_site_are_no_slugs(page: str) -> None:
    assert not is_right("questionnaire", RIGHT["questionnaire"].replace("slug: small-talk", f"slug: {page}"))


def test_ids_are_whole_ids() -> None:
    for wrong in ("Low-mood", "low mood", "low_mood", "low-mood-", "1st", "-low", "low--mood"):
        assert not is_right("questionnaire", RIGHT["questionnaire"].replace("id: unsure", f"id: {wrong}"))
        assert not is_right("questionnaire", RIGHT["questionnaire"].replace("price: {", f"{wrong}: {{"))


def test_a_slip_is_explained_in_the_words_of_the_check() -> None:
    option = file_schema("questionnaire", RESERVED_SLUGS)["$defs"]["OptionPart"]["properties"]
    assert option["topics"]["items"]["errorMessage"] == "Use lowercase letters, digits and hyphens, such as low-mood."
    assert option["say"]["errorMessage"] == "Text is missing here. Write it after the colon or hyphen."


# Keys and their descriptions.


def keys(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield part, key and the schema's description of it."""
    for part, inside in ({"": made} | made.get("$defs", {})).items():
        yield from ((part, key, value) for key, value in inside["properties"].items())


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_every_key_has_a_line_of_its_own(kind: str) -> None:
    said = {(part, key): value.get("description", "") for part, key, value in keys(file_schema(kind, RESERVED_SLUGS))}
    assert len(said) > 3
    for place, line in said.items():
        assert line.endswith("."), place
        assert line[0].isupper() or re.match("(true|false|1): ", line), place
        assert "\n" not in line, place
        assert len(line) <= 110, place


def test_the_schemas_hold_every_key_of_the_grammar() -> None:
    def parts(kind: type[schema.SchemaNode]) -> Iterator[type[schema.SchemaNode]]:
        yield kind
        for inside in kind.__subclasses__():
            yield from parts(inside)

    known = {
        (part.__name__, field.alias or name)
        for part in parts(schema.SchemaNode)
        for name, field in part.model_fields.items()
    }
    found = {
        (part or FILE_KINDS[kind].__name__, key)
        for kind in FILE_KINDS
        for part, key, _ in keys(file_schema(kind, RESERVED_SLUGS))
    }
    answers_for = file_schema("es", RESERVED_SLUGS)["properties"]["translation"]["properties"]
    assert found | {("TranslationAuthorship", key) for key in answers_for} == known


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_no_mapping_is_open(kind: str) -> None:
    """Each mapping refuses unknown keys, or restricts their form."""

    def mappings(inside: Any) -> Iterator[dict[str, Any]]:
        if isinstance(inside, dict):
            if inside.get("type") == "object":
                yield inside
            for value in inside.values():
                yield from mappings(value)
        elif isinstance(inside, list):
            for value in inside:
                yield from mappings(value)

    for mapping in mappings(file_schema(kind, RESERVED_SLUGS)):
        assert mapping["additionalProperties"] is False or mapping["propertyNames"], json.dumps(mapping)


# Translations.


@pytest.mark.parametrize("path", sorted([*QUESTIONS.glob("**/es.yaml"), TINY / "translated" / "es.yaml"]), ids=str)
def test_right_translations_pass(path: Path) -> None:
    Draft202012Validator(file_schema("es", RESERVED_SLUGS)).validate(YAML(typ="safe", pure=True).load(path))


@pytest.mark.parametrize(
    "wrong",
    [
        "title: Una pausa",
        "title: {en: A pause}",
        "title: {en: A pause, es: ''}",
        "title: {en: A, es: B, fr: C}",
        "title: [Uno]",
    ],
)
def test_what_is_no_pair_is_refused(wrong: str) -> None:
    assert not Draft202012Validator(file_schema("es", RESERVED_SLUGS)).is_valid(YAML(typ="safe", pure=True).load(wrong))
