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

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""Question id -> ids of the chosen options, in the file's order; an empty tuple is a skip."""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A choice. `topics` come into the summary with it; of `themes` only the questions come first."""

    id: str
    say: str
    topics: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    alone: bool = False


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
    """One page. `many` allows several choices."""

    id: str
    section: str
    ask: str
    why: str
    sources: tuple[str, ...]
    options: tuple[Option, ...]
    many: bool
    hint: str = ""
    ask_if: Condition = Condition()

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
    """A titled run of steps."""

    id: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Paragraph:
    """Words drawn from the articles or, `general`, from neither of them."""

    say: str
    general: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """An outside fact, with its own sources, shown only in the country where it is one."""

    say: str
    country: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """What is said, what is warned of and what is not known, always together."""

    id: str
    title: str
    says: tuple[Paragraph, ...]
    warns: tuple[Paragraph, ...]
    unknown: tuple[Paragraph, ...]
    outside: tuple[Fact, ...]
    ask: tuple[str, ...]
    sources: tuple[str, ...]
    always: bool = False


class OwnWords(str):
    """Our own words in place of a title, where there is none to cite."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An article with its headings, or (without headings) an outside source with the day it was checked.

    A title or heading is a citation, and the same in every language, unless it is `OwnWords`.
    """

    id: str
    title: str
    about: str
    by: str = ""
    published: date | None = None
    checked: date | None = None
    url: str = ""
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
class Finding:
    """How to find a qualified professional, and what to bring."""

    title: str
    say: tuple[Paragraph, ...]
    bring: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """The whole of one questionnaire, as its files say it.

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
    finding: Finding
    ask_always: tuple[str, ...]
    sources: tuple[Source, ...]
    limits: tuple[str, ...]
    content: str
    version: str
    language: str = "en"
    translations: Mapping[str, Questionnaire] = field(default_factory=dict)

    def in_language(self, language: str) -> Questionnaire:
        """The same in a language, or as it is where it was not translated."""
        return self.translations.get(language, self)

    def files(self) -> Mapping[str, Any]:
        """The data of its files by name, in its own language."""
        english: dict[str, Any] = json.loads(self.content)
        return english.pop("translations", {}).get(self.language, english)  # type: ignore[no-any-return]

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
