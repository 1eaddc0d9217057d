"""What rests on each source: the questions, topics, sentences and outside facts that cite it, heading by heading.

Reads one questionnaire that has passed its checks, so that everything cited is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import NamedTuple

from screening.questionnaire.model import Questionnaire, Source


class Claim(NamedTuple):
    """What cites a source. A sentence or outside fact has no id, and goes by that of its topic, or by `box`."""

    kind: str
    id: str
    title: str


class Ground(NamedTuple):
    """A heading, or a whole source that has none, and all that rests on it. `heading` is an id, or empty."""

    source: Source
    heading: str
    title: str
    claims: tuple[Claim, ...]


def citations_by_source(questionnaire: Questionnaire) -> tuple[Ground, ...]:
    """Every heading of every source, in the order of sources.yaml."""
    cited = list(_cited(questionnaire))

    def ground(source: Source, heading: str, title: str) -> Ground:
        reference = f"{source.id}/{heading}" if heading else source.id
        return Ground(source, heading, title, tuple(claim for claim, references in cited if reference in references))

    return tuple(
        ground(source, heading, title)
        for source in questionnaire.sources
        for heading, title in (source.headings or {"": source.title}).items()
    )


def citation_report(questionnaire: Questionnaire) -> Iterator[str]:
    """The same as text: each source with what rests on it, then the headings on which nothing rests."""
    found = citations_by_source(questionnaire)
    for source in questionnaire.sources:
        yield f"{source.id}: {source.title}" + (f" (checked {source.checked})" if source.checked else "")
        mine = [ground for ground in found if ground.source is source]
        for ground in mine:
            if ground.claims and ground.heading:
                yield f"  {ground.heading}: {ground.title}"
            yield from (f"    {one.kind} {one.id}: {shorten(one.title, 80, placeholder=' …')}" for one in ground.claims)
        if bare := [ground for ground in mine if not ground.claims]:
            yield "  Nothing rests on" + (":" if source.headings else " it.")
            yield from (f"    {ground.heading}: {ground.title}" for ground in bare if ground.heading)


def _cited(questionnaire: Questionnaire) -> Iterator[tuple[Claim, tuple[str, ...]]]:
    for question in questionnaire.questions:
        yield Claim("question", question.id, question.ask), question.sources
    if questionnaire.box:
        for statement in questionnaire.box.statements:
            yield Claim("sentence of", "box", statement.say), statement.sources
        for fact in questionnaire.box.outside:
            yield Claim("outside fact of", "box", fact.say), fact.sources
    for topic in questionnaire.topics:
        yield Claim("topic", topic.id, topic.title), topic.sources
        for paragraph in (*topic.says, *topic.warns, *topic.unknown):
            yield Claim("paragraph of", topic.id, paragraph.say), paragraph.sources
        for statement in topic.card.statements if topic.card else ():
            yield Claim("card of", topic.id, statement.say), statement.sources
        for fact in (*topic.outside, *(topic.card.outside if topic.card else ())):
            yield Claim("outside fact of", topic.id, fact.say), fact.sources
