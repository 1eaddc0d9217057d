"""What a questionnaire is: FHIR's structure in plain words, frozen.

There is no score, no rank and no verdict here, so nothing built on it can show one. Each thing is made once, at
start, and compared by identity, which is what makes a page cheap.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

ALWAYS = "always"
"""Stands for the questions that everyone takes along, where a reference names one of them."""

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""Question id -> ids of the chosen options, in the file's order; an empty tuple is a skip."""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A choice. `topics` come into the summary with it, and `questions` (references, see `Questionnaire.to_take`)
    come along without their topic. `replaces`: `question/option` ids of earlier versions whose picks it takes over.
    """

    id: str
    say: str
    topics: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    alone: bool = False
    replaces: tuple[str, ...] = ()

    @property
    def own_question(self) -> str:
        """The reference of the question that stands for this pick; empty where it brings nothing."""
        return next(iter((*self.questions, *self.topics)), "")


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Positive and about earlier questions only: every question named holds one of its option ids."""

    needs: tuple[tuple[str, frozenset[str]], ...] = ()

    def holds(self, answers: Answers) -> bool:
        """Whether these answers meet it; an empty condition always holds."""
        for question, wanted in self.needs:  # noqa: SIM110  # each page asks this of each question: a loop costs a third
            if wanted.isdisjoint(answers.get(question, ())):
                return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One page. `many` allows several choices.

    `priority`: 1 where each pick owns one of the questions to take along and its topics come first, 2 and 3 where its
    picks come next, 0 otherwise. `recap`: its picks are repeated as matters to bring up.
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
        """The chosen options, in the file's order."""
        return tuple(option for option in self.options if option.id in ids)


@dataclass(frozen=True, slots=True, eq=False)
class Pause:
    """A page without a question: not numbered, not answered, not counted."""

    id: str
    section: str
    title: str
    say: tuple[str, ...]


Step: TypeAlias = Question | Pause


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A titled run of steps. `icon`: the name of its picture, if it has one."""

    id: str
    title: str
    steps: tuple[Step, ...]
    icon: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Paragraph:
    """Words drawn from the articles or, `general`, from neither of them. Without `sources` those of the topic hold."""

    say: str
    general: bool = False
    sources: tuple[str, ...] = ()


SAID, CARE, UNKNOWN, GENERAL = "said", "care", "unknown", "general"


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One sentence, or a few, of which it is known what kind they are: `said`, `care`, `unknown` or `general`.

    `sources`: what it rests on; an article without a heading is one that is silent. `risks`: those that it names.
    """

    say: str
    kind: str
    sources: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """An outside fact, with its own sources, shown only in the country where it is one."""

    say: str
    country: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A topic in short: never folded, never without one of its kinds. `help` comes first where it may be needed, with
    slots for the numbers of a country.
    """

    said: tuple[Statement, ...]
    care: tuple[Statement, ...]
    unknown: tuple[Statement, ...]
    general: tuple[Statement, ...] = ()
    outside: tuple[Fact, ...] = ()
    help: str = ""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of them, in their order."""
        return (*self.said, *self.care, *self.unknown, *self.general)


@dataclass(frozen=True, slots=True, eq=False)
class BoxParagraph:
    """A paragraph of the box. `question`: the reference of one to take along that ends it, or nothing."""

    statements: tuple[Statement, ...]
    question: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ConstantBox:
    """What is worth knowing whatever was picked: the same in every summary of a country and language."""

    paragraphs: tuple[BoxParagraph, ...]
    outside: tuple[Fact, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of them, in their order."""
        return tuple(statement for paragraph in self.paragraphs for statement in paragraph.statements)


@dataclass(frozen=True, slots=True, eq=False)
class TopicGroup:
    """Topics that stand together in the list of all topics."""

    id: str
    title: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """What is said, what is warned of and what is not known, always together; and the same in short on its card.

    Versions from before there were cards have none. `about` is one line for the list of topics.
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
    """Our own words in place of a title, where there is none to cite."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An article with its headings, or (without headings) an outside source with the day it was checked.

    A title or heading is a citation, and the same in every language, unless it is `OwnWords`. `verified`: whether it
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
    """A source, and the headings of it that something rests on."""

    source: Source
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Referral:
    """To a qualified professional: how every summary opens, and how it closes."""

    opens: tuple[str, ...]
    closes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FindingProfessional:
    """How to find a qualified professional, and what to bring."""

    title: str
    say: tuple[Paragraph, ...]
    bring: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StartPage:
    """What the first screen says: one sentence, those that protect the reader, and one in small print."""

    lead: str
    protects: tuple[str, ...]
    fine: str


@dataclass(frozen=True, slots=True, eq=False)
class Governance:
    """Who answers for the words, until when, and who gains. `reviewed_by` and `paid_by` are empty where nobody did or
    it is not stated. Of a translation, `translated_by` and its own review.
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
    """The whole of one questionnaire, as its files say it.

    Versions from before they were asked for have no `start`, `governance`, `risks`, `box` or `groups`. `gone`: words
    for what earlier versions had and this one has not, by `question` or `question/option`.
    `content` is the files' data and their translations as canonical JSON; `version` is its SHA-256 in hex. Both change
    with any word of any language. A translation has the same ids, content and version, and no translations of its own.
    """

    id: str
    slug: str
    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    topics: tuple[Topic, ...]
    referral: Referral
    finding: FindingProfessional
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
        """The same in a language, or as it is where it was not translated."""
        return self.translations.get(language, self)

    def files(self) -> Mapping[str, Any]:
        """The data of its files by name, in its own language."""
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
        """The question to take along that a reference names: `topic` its first, `topic/n` its n-th, `always/n` the
        n-th of those that everyone takes; n counts from 1.

        Raises:
            KeyError, IndexError, ValueError: there is none.
        """
        name, _, number = reference.partition("/")
        asked = self.ask_always if name == ALWAYS else self.topic_of[name].ask
        return asked[int(number or 1) - 1]

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """Section id -> section."""
        return {section.id: section for section in self.sections}

    def reads(self, question: Question) -> tuple[tuple[Question, tuple[Option, ...]], ...]:
        """What a question's condition reads, in the file's order: earlier questions, each with the options of which one
        must be chosen. Empty where everyone is asked.
        """
        wanted = dict(question.ask_if.needs)
        return tuple((one, one.chosen(tuple(wanted[one.id]))) for one in self.questions if one.id in wanted)

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
