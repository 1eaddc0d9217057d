"""What an author may write in the question files: their shape, and a kind word for each way to miss it.

Knows one file at a time; whether files agree with one another is the matter of `checks`.
"""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from screening.questionnaire.document import Data, Fault, Where


def _shaped(pattern: str, wrong: str, remedy: str) -> AfterValidator:
    def check(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise PydanticCustomError("shape", "{wrong}|{remedy}", {"wrong": wrong.format(text), "remedy": remedy})

    return AfterValidator(check)


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        wrong = f'"{text}" is not a date.' if text and isinstance(text, str) else "A date is missing here."
        context = {"wrong": wrong, "remedy": "Write it as 2026-03-31."}
        raise PydanticCustomError("shape", "{wrong}|{remedy}", context) from None


_KEBAB = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
Id = Annotated[str, _shaped(_KEBAB, '"{0}" is not an id.', "Use small letters, digits and hyphens, such as low-mood.")]
Reference = Annotated[
    str,
    _shaped(f"{_KEBAB}(/{_KEBAB})?", '"{0}" is not a source.', "Write source/heading, with the ids of sources.yaml."),
]
Words = Annotated[str, _shaped(r"(?s).+", "Words are missing here.", "Write them after the colon or hyphen.")]
Day = Annotated[date, BeforeValidator(_day)]
Address = Annotated[str, _shaped(r"https://\S+", '"{0}" is not an address.', "Write it whole, from https:// on.")]
Country = Annotated[str, _shaped(r"[A-Z]{2}", '"{0}" is not a country.', "Write its two capital letters, such as US.")]
Yes = Literal["true"]


class Part(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", frozen=True)


File = TypeVar("File", bound=Part)


class OptionPart(Part):
    say: Words
    topics: list[Id] = []
    questions: list[Id] = []
    alone: Yes | None = None


Options = Annotated[dict[Id, OptionPart], Field(min_length=2)]


class QuestionPart(Part):
    id: Id
    ask: Words
    hint: Words | None = None
    why: Words
    sources: Annotated[list[Reference], Field(min_length=1)]
    ask_if: Annotated[dict[Id, Annotated[list[Id], Field(min_length=1)]], Field(min_length=1)] | None = None
    choose_one: Options | None = None
    choose_any: Options | None = None

    @property
    def options(self) -> dict[str, OptionPart]:
        return self.choose_one or self.choose_any or {}


class PauseWords(Part):
    id: Id
    title: Words
    say: Annotated[list[Words], Field(min_length=1)]


class PausePart(Part):
    pause: PauseWords


# The tags of either-or parts stand in angle brackets, so that no key of an author's is taken for one.
def _kind_of_item(item: Any) -> str:
    return "<pause>" if isinstance(item, dict) and "pause" in item else "<question>"


class SectionPart(Part):
    id: Id
    title: Words
    items: Annotated[
        list[
            Annotated[
                Annotated[QuestionPart, Tag("<question>")] | Annotated[PausePart, Tag("<pause>")],
                Discriminator(_kind_of_item),
            ]
        ],
        Field(min_length=1),
    ]


class QuestionnaireFile(Part):
    """questionnaire.yaml"""

    id: Id
    slug: Id
    title: Words
    about: Annotated[list[Words], Field(min_length=1)]
    sections: Annotated[list[SectionPart], Field(min_length=1)]


class ParagraphPart(Part):
    say: Words
    general: Yes


class FactPart(Part):
    say: Words
    country: Country
    sources: Annotated[list[Reference], Field(min_length=1)]


def _kind_of_paragraph(paragraph: Any) -> str:
    return "<marked>" if isinstance(paragraph, dict | ParagraphPart) else "<words>"


Paragraphs = Annotated[
    list[
        Annotated[
            Annotated[Words, Tag("<words>")] | Annotated[ParagraphPart, Tag("<marked>")],
            Discriminator(_kind_of_paragraph),
        ]
    ],
    Field(min_length=1),
]


class TopicPart(Part):
    id: Id
    title: Words
    says: Paragraphs
    warns: Paragraphs
    unknown: Paragraphs
    outside: list[FactPart] = []
    ask: Annotated[list[Words], Field(min_length=2, max_length=4)]
    sources: Annotated[list[Reference], Field(min_length=1)]
    always: Yes | None = None


class ReferralPart(Part):
    opens: Annotated[list[Words], Field(min_length=1)]
    closes: Annotated[list[Words], Field(min_length=1)]


class FindingPart(Part):
    title: Words
    say: Paragraphs
    bring: Annotated[list[Words], Field(min_length=1)]


class TopicsFile(Part):
    """topics.yaml"""

    referral: ReferralPart
    finding: FindingPart
    ask_always: Annotated[list[Words], Field(min_length=4, max_length=4)]
    topics: Annotated[list[TopicPart], Field(min_length=1)]


class SourcePart(Part):
    id: Id
    title: Words
    about: Words
    by: Words | None = None
    published: Day | None = None
    checked: Day | None = None
    url: Address | None = None
    headings: dict[Id, Words] | None = None


class SourcesFile(Part):
    """sources.yaml"""

    limits: Annotated[list[Words], Field(min_length=1)]
    sources: Annotated[list[SourcePart], Field(min_length=1)]


class Files(NamedTuple):
    """The three files of one questionnaire."""

    questionnaire: QuestionnaireFile
    topics: TopicsFile
    sources: SourcesFile


class LinePart(Part):
    id: Id
    name: Words
    call: Words | None = None
    text: Words | None = None
    chat: Address | None = None
    languages: Annotated[list[Words], Field(min_length=1)]
    source: Words
    checked: Day
    verified: Literal["true", "false"]
    note: Words | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> LinePart:
        if not (self.call or self.text or self.chat):
            context = {"wrong": f'Nobody can reach "{self.id}".', "remedy": "Add call, text or chat."}
            raise PydanticCustomError("shape", "{wrong}|{remedy}", context)
        return self


class CountryPart(Part):
    name: Words
    emergency: Annotated[list[Words], Field(min_length=1)]
    talk: Annotated[list[LinePart], Field(min_length=1)]
    treatment: list[LinePart] = []


class SupportFile(Part):
    """support.yaml"""

    countries: dict[Country, CountryPart]


class AllowedPart(Part):
    sentence: Words
    reason: Words


class PatternPart(Part):
    id: Id
    reason: Words
    en: Annotated[list[Words], Field(min_length=1)]
    allow: dict[Literal["en"], list[AllowedPart]] = {}


class WordingFile(Part):
    """wording.yaml"""

    refuse: Annotated[list[PatternPart], Field(min_length=1)]
    refuse_unless_allowed: Annotated[list[PatternPart], Field(alias="refuse-unless-allowed")] = []
    warn: list[PatternPart] = []


def fit(kind: type[File], data: Data) -> tuple[File | None, list[Fault]]:
    """Fit a document's data to its grammar: the file, or all the faults that keep it from fitting."""
    try:
        return kind.model_validate(data), []
    except ValidationError as error:
        details = error.errors()
        excused = {place for one in details if one["type"] == "extra_forbidden" for place in _meant(kind, one, details)}
        return None, [
            _fault(kind, data, one) for one in details if one["type"] != "missing" or one["loc"] not in excused
        ]


def _meant(kind: type[Part], extra: ErrorDetails, others: list[ErrorDetails]) -> set[tuple[str | int, ...]]:
    """The keys that are not missing but misspelt, or lost in text that was taken for a key."""
    *around, name = extra["loc"]
    if " " in str(name):
        return {other["loc"] for other in others if other["loc"][:-1] == tuple(around)}
    return {(*around, near) for near in get_close_matches(str(name), _keys(kind, tuple(around)), n=1)}


_QUOTE = "Put text that holds a colon or comma between quotes."


def _fault(kind: type[Part], data: Data, details: ErrorDetails) -> Fault:
    loc, given, context = details["loc"], details["input"], details.get("ctx", {})
    where, at_key = _where(data, loc)
    name = str(loc[-1]) if loc else ""
    match details["type"]:
        case "shape":
            return Fault(where, context["wrong"], context["remedy"], at_key)
        case "missing":
            return Fault(where, f'"{name}" is missing here.', f'Add "{name}:".')
        case "extra_forbidden":
            remedy = nearest(name, _keys(kind, loc[:-1])) if " " not in name else _QUOTE
            return Fault(where, f'"{name}" is not a key here.', remedy, at_key=True)
        case "too_short":
            return Fault(where, f"There are too few here: {context['actual_length']}.", _at_least(context))
        case "too_long":
            return Fault(where, "There are too many here.", f"Write at most {context['max_length']}.")
        case "literal_error":
            expected = context["expected"].replace("'", "")
            remedy = f"Write {expected}." if " or " in expected else f"Write {expected}, or take it away."
            wrong = f'"{given}" cannot stand here.' if isinstance(given, str) else "This cannot stand here."
            return Fault(where, wrong, remedy, at_key)
        case "list_type":
            return Fault(where, "This must be a list.", "Start each of its lines with a hyphen and a space.")
        case "string_type":
            remedy = "Write it without hyphen or brackets." if isinstance(given, list) else _QUOTE
            return Fault(where, "This must be text.", remedy)
        case "model_type":
            return Fault(where, "This must be keys with their values.", f"Write them: {', '.join(_keys(kind, loc))}.")
        case _:
            return Fault(where, "This must be keys with their values.", 'Write "key: value" lines, indented below it.')


def _at_least(context: dict[str, Any]) -> str:
    return f"Write at least {context['min_length']}."


def nearest(word: str, known: list[str]) -> str:
    """What to write instead of an unknown word: the nearest known one, or all of them."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(dict.fromkeys(known))}."


def _where(data: Data, loc: tuple[str | int, ...]) -> tuple[Where, bool]:
    """The part of a validator's path that stands in the data (it names union members too), and if it is a key."""
    where: list[str | int] = []
    for step in loc:
        if step == "[key]":
            return tuple(where), True
        inside: Any = data if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
        if step in inside:
            data = inside[step]
            where.append(step)
    return tuple(where), False


def _keys(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """The keys known at a place of a grammar."""
    for step in loc:
        kind = _inside(kind, step)
    return [field.alias or name for name, field in _bare(kind).model_fields.items()]


def _inside(kind: Any, step: str | int) -> Any:
    """The grammar one step down: a key of a mapping, an item of a list, or the member of a union by its tag."""
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, Part):
        return next(field.annotation for name, field in kind.model_fields.items() if step in (name, field.alias))
    members = get_args(kind)
    if get_origin(kind) is list:
        return members[0]
    if get_origin(kind) is dict:
        return members[1]
    tagged = (member for member in members if any(getattr(mark, "tag", "") == step for mark in get_args(member)))
    return next(tagged, None) or _inside(members[0], step)


def _bare(kind: Any) -> Any:
    return _bare(get_args(kind)[0]) if get_origin(kind) is Annotated else kind
