"""The frozen model of a questionnaire, after the structure of FHIR Questionnaire.

The model has no score, rank or verdict, so nothing built on it can show one. Each object is created once, at start-up,
and compared by identity, so pages can be cached cheaply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

ALWAYS = "always"
"""In references, the name of the questions that everyone takes along."""

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""Question id -> ids of the chosen options, in the file's order; an empty tuple is a skip."""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A choice. `topics`: ids of those it adds to the summary. `questions`: references (see `Questionnaire.to_take`) of
    questions it adds without their topic. `alone`: it excludes other options. `replaces`: `question/option` ids of
    earlier versions whose picks it takes over.
    """

    id: str
    say: str
    topics: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    alone: bool = False
    replaces: tuple[str, ...] = ()

    @property
    def own_question(self) -> str:
        """The reference of the question that represents this pick; "" if the option brings nothing."""
        return next(iter((*self.questions, *self.topics)), "")


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A conjunction over earlier questions: each named question must have one of the listed option ids chosen."""

    needs: tuple[tuple[str, frozenset[str]], ...] = ()

    def holds(self, answers: Answers) -> bool:
        """Whether these answers satisfy the condition; an empty one always holds."""
        for question, wanted in self.needs:  # noqa: SIM110  # each page asks this of each question: a loop costs a third
            if wanted.isdisjoint(answers.get(question, ())):
                return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question, one page. `many`: several options may be chosen.

    `priority`: 1 if each pick owns one of the questions to take along and its topics come first; 2 and 3 if its picks
    come next; 0 otherwise. `recap`: the summary repeats its picks as matters to bring up.
    """

    id: str
    section: str
    ask: str
    why: str
    sources: tuple[str, ...]
    options: tuple[Option, ...]
    many: bool
    hint: str = ""
    ask_if: Condition = Condition()
    priority: int = 0
    recap: bool = False

    def chosen(self, ids: tuple[str, ...]) -> tuple[Option, ...]:
        """Return the options with these ids, in the file's order."""
        return tuple(option for option in self.options if option.id in ids)


@dataclass(frozen=True, slots=True, eq=False)
class Pause:
    """A page between questions that offers help, going on or stopping. It has no answer, and no number among them."""

    id: str
    section: str
    title: str
    say: tuple[str, ...]


Step: TypeAlias = Question | Pause


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A titled sequence of steps. `icon`: the name of its picture, or ""."""

    id: str
    title: str
    steps: tuple[Step, ...]
    icon: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Paragraph:
    """Words based on the articles; if `general`, on none of them. Without `sources`, those of the topic apply."""

    say: str
    general: bool = False
    sources: tuple[str, ...] = ()


SAID, CARE, UNKNOWN, GENERAL = "said", "care", "unknown", "general"


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One or a few sentences of one kind: `said`, `care`, `unknown` or `general`.

    `sources`: its references; an article without a heading says nothing about it. `risks`: the risks that it names.
    """

    say: str
    kind: str
    sources: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """An outside fact with its own sources, shown only in the country that it applies to."""

    say: str
    country: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A topic in short, never folded, never without `said`, `care` or `unknown`. `help` comes first where it may
    be needed; it has slots for a country's phone numbers.
    """

    said: tuple[Statement, ...]
    care: tuple[Statement, ...]
    unknown: tuple[Statement, ...]
    general: tuple[Statement, ...] = ()
    outside: tuple[Fact, ...] = ()
    help: str = ""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements, in order."""
        return (*self.said, *self.care, *self.unknown, *self.general)


@dataclass(frozen=True, slots=True, eq=False)
class BoxParagraph:
    """A paragraph of the box. `question`: the reference of the question to take along that ends it, or ""."""

    statements: tuple[Statement, ...]
    question: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ConstantBox:
    """The box "Worth knowing, whatever you picked": the same in every summary of a country and language."""

    paragraphs: tuple[BoxParagraph, ...]
    outside: tuple[Fact, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements, in order."""
        return tuple(statement for paragraph in self.paragraphs for statement in paragraph.statements)


@dataclass(frozen=True, slots=True, eq=False)
class TopicGroup:
    """A titled group of topics in the list of all topics."""

    id: str
    title: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """What the articles say, warn of and leave open about one subject, always shown together; in short on its card.

    Versions from before cards existed have none. `about`: one line for the list of topics.
    """

    id: str
    title: str
    says: tuple[Paragraph, ...]
    warns: tuple[Paragraph, ...]
    unknown: tuple[Paragraph, ...]
    outside: tuple[Fact, ...]
    ask: tuple[str, ...]
    sources: tuple[str, ...]
    always: bool = False
    about: str = ""
    card: Card | None = None


class OwnWords(str):
    """Our own words in place of a title, if there is none to cite."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An article with its headings, or, without headings, an outside source with the day it was checked.

    A title or heading is quoted, so it is the same in every language, unless it is `OwnWords`. `verified`: whether it
    was compared with the live page.
    """

    id: str
    title: str
    about: str
    by: str = ""
    published: date | None = None
    checked: date | None = None
    url: str = ""
    verified: bool = True
    headings: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Citation:
    """A source and those of its headings that are cited."""

    source: Source
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Referral:
    """The referral to a qualified professional that opens and closes every summary."""

    opens: tuple[str, ...]
    closes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FindProfessional:
    """The part of a summary on how to find a qualified professional and what to bring. It is not the referral."""

    title: str
    say: tuple[Paragraph, ...]
    bring: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StartPage:
    """The texts of the start page: a lead sentence, the limits and warnings in bold, and one line in small print."""

    lead: str
    protects: tuple[str, ...]
    fine: str


@dataclass(frozen=True, slots=True, eq=False)
class Governance:
    """Who is responsible for the words, until when, and who gains. `reviewed_by` and `paid_by` are empty if nobody did
    or it is not stated. A translation adds its translator and its own review.
    """

    written_by: str
    written_on: date
    next_review: date
    interest: str
    reviewed_by: str = ""
    reviewed_on: date | None = None
    paid_by: str = ""
    translated_by: str = ""
    translation_reviewed_by: str = ""
    translation_reviewed_on: date | None = None


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """A complete questionnaire, as its files define it.

    Older versions may lack `start`, `governance`, `risks`, `box` or `groups`. `gone`: words for what earlier ones had
    and this one lacks, by `question` or `question/option`. `content`: the data of the files and their translations as
    canonical JSON. `version`: its SHA-256 in hex. Both change with any word of any language. A translation has the same
    ids, content and version, and no translations of its own.
    """

    id: str
    slug: str
    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    topics: tuple[Topic, ...]
    referral: Referral
    finding: FindProfessional
    ask_always: tuple[str, ...]
    sources: tuple[Source, ...]
    limits: tuple[str, ...]
    content: str
    version: str
    language: str = "en"
    translations: Mapping[str, Questionnaire] = field(default_factory=dict)
    start: StartPage | None = None
    governance: Governance | None = None
    gone: Mapping[str, str] = field(default_factory=dict)
    risks: tuple[str, ...] = ()
    box: ConstantBox | None = None
    groups: tuple[TopicGroup, ...] = ()

    def in_language(self, language: str) -> Questionnaire:
        """Return the translation into a language, or this questionnaire if there is none."""
        return self.translations.get(language, self)

    def files(self) -> Mapping[str, Any]:
        """Return the data of its files by name, in its own language."""
        english: dict[str, Any] = json.loads(self.content)
        translations = english.pop("translations", {})
        said: dict[str, Any] = translations.get(self.language, english)
        return {name: data for name, data in said.items() if name != "translation"}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every question and pause, in the file's order."""
        return tuple(step for section in self.sections for step in section.steps)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the file's order."""
        return tuple(step for step in self.steps if isinstance(step, Question))

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """Question id -> question."""
        return {question.id: question for question in self.questions}

    @cached_property
    def topic_of(self) -> Mapping[str, Topic]:
        """Topic id -> topic."""
        return {topic.id: topic for topic in self.topics}

    def to_take(self, reference: str) -> str:
        """Resolve a reference to a question to take along: `topic` is its first, `topic/n` its n-th, `always/n` the
        n-th that everyone takes; n counts from 1.

        Raises:
            KeyError, IndexError, ValueError: the reference names no question.
        """
        name, _, number = reference.partition("/")
        asked = self.ask_always if name == ALWAYS else self.topic_of[name].ask
        return asked[int(number or 1) - 1]

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """Section id -> section."""
        return {section.id: section for section in self.sections}

    def reads(self, question: Question) -> tuple[tuple[Question, tuple[Option, ...]], ...]:
        """Return the earlier questions that a question's condition reads, in the file's order, each with the options
        that satisfy it. Empty if everyone is asked.
        """
        wanted = dict(question.ask_if.needs)
        return tuple((asked, asked.chosen(tuple(wanted[asked.id]))) for asked in self.questions if asked.id in wanted)

    def citations(self, references: tuple[str, ...]) -> tuple[Citation, ...]:
        """Resolve `source/heading` or `source` references, grouped by source in the order of sources.yaml."""
        cited: dict[str, list[str]] = {}
        for reference in references:
            name, _, heading = reference.partition("/")
            cited.setdefault(name, []).append(heading)
        return tuple(_cited(source, cited[source.id]) for source in self.sources if source.id in cited)


def _cited(source: Source, headings: list[str]) -> Citation:
    titles = (source.headings or {}).get
    return Citation(source, tuple(title for heading in headings if (title := titles(heading))))
