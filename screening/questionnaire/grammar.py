"""What an author may write in the question files: their shape, and a kind word for a word that misses its own.

Knows one file at a time; whether files agree with one another is the matter of `checks`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError


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
Language = Annotated[str, _shaped(r"[a-z]{2}", '"{0}" is not a language.', "Write its two small letters, such as en.")]
Yes = Literal["true"]


class Part(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    press: Words | None = None
    word: Words | None = None
    languages: Annotated[list[Language], Field(min_length=1)]
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


Forms = Annotated[list[Words], Field(min_length=1)]


class PatternPart(Part):
    id: Id
    reason: Words
    en: Forms | None = None
    es: Forms | None = None
    allow: dict[Literal["en", "es"], list[AllowedPart]] = {}

    @model_validator(mode="after")
    def _is_listed(self) -> PatternPart:
        if not (self.en or self.es):
            context = {"wrong": f'"{self.id}" lists no words.', "remedy": "Add en or es, with its forms."}
            raise PydanticCustomError("shape", "{wrong}|{remedy}", context)
        return self


class WordingFile(Part):
    """wording.yaml"""

    refuse: Annotated[list[PatternPart], Field(min_length=1)]
    refuse_unless_allowed: Annotated[list[PatternPart], Field(alias="refuse-unless-allowed")] = []
    warn: list[PatternPart] = []
