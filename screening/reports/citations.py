"""Citations by source: the questions, topics, sentences and outside facts that cite each heading.

The questionnaire must have passed its checks, so that everything it cites exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import NamedTuple

from screening.questionnaire.model import Questionnaire, Source


class Claim(NamedTuple):
    """Something that cites a source. A sentence or outside fact has no id: `id` is its topic's, or `box`."""

    kind: str
    id: str
    title: str


class CitedHeading(NamedTuple):
    """A heading, or a whole source without headings, and what cites it. `heading` is an id, or ""."""

    source: Source
    heading: str
    title: str
    claims: tuple[Claim, ...]


def citations_by_source(questionnaire: Questionnaire) -> tuple[CitedHeading, ...]:
    """List every heading of every source, in the order of sources.yaml."""
    claims = list(_claims(questionnaire))

    def cited_heading(source: Source, heading: str, title: str) -> CitedHeading:
        reference = f"{source.id}/{heading}" if heading else source.id
        citing = tuple(claim for claim, references in claims if reference in references)
        return CitedHeading(source, heading, title, citing)

    return tuple(
        cited_heading(source, heading, title)
        for source in questionnaire.sources
        for heading, title in (source.headings or {"": source.title}).items()
    )


def citation_report(questionnaire: Questionnaire) -> Iterator[str]:
    """Yield each source as lines: what cites it, then the headings that nothing cites."""
    headings = citations_by_source(questionnaire)
    for source in questionnaire.sources:
        yield f"{source.id}: {source.title}" + (f" (checked {source.checked})" if source.checked else "")
        own = [heading for heading in headings if heading.source is source]
        for cited in own:
            if cited.claims and cited.heading:
                yield f"  {cited.heading}: {cited.title}"
            yield from (
                f"    {claim.kind} {claim.id}: {shorten(claim.title, 80, placeholder=' …')}" for claim in cited.claims
            )
        if uncited := [heading for heading in own if not heading.claims]:
            yield "  Nothing cites" + (":" if source.headings else " it.")
            yield from (f"    {heading.heading}: {heading.title}" for heading in uncited if heading.heading)


def _claims(questionnaire: Questionnaire) -> Iterator[tuple[Claim, tuple[str, ...]]]:
    """Yield everything that cites sources, with its references."""
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
