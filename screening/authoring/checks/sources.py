"""Every claim cites its source: an article and its heading, or an outside source and the day it was checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from screening.authoring.schema import BoxPart, CardPart, FileName, Files, Finding, SourcePart, TopicPart
from screening.authoring.validation import suggest
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.model import UNKNOWN, Questionnaire

# An agency may retract or change its statements.
LOOK_AGAIN_AFTER = timedelta(days=365)


def check(files: Files) -> Iterator[Finding]:
    """Yield dangling references, outside facts that cite articles, and incomplete sources."""
    known: dict[str, SourcePart] = {}
    for number, source in enumerate(files.sources.sources):
        known.setdefault(source.id, source)
        if not source.headings and not _is_complete(source):
            wrong = f'"{source.id}" has no headings, so it is an outside source.'
            yield Finding("sources", Fault(("sources", number), wrong, "Add its url and checked date."))
        if source.headings and (source.url or source.checked):
            wrong = f'"{source.id}" has headings, so it is an article.'
            yield Finding("sources", Fault(("sources", number), wrong, "Delete its url and checked date."))
    for file, where, references, may_be_silent in _cited(files):
        for number, reference in enumerate(references):
            wrong, remedy = _dangling(reference, known, may_be_silent)
            if not wrong and "outside" in where:
                wrong, remedy = _article_cited(reference, known)
            if wrong:
                yield Finding(file, Fault((*where, number), wrong, remedy))


def out_of_date(questionnaire: Questionnaire, today: date) -> Iterator[str]:
    """Yield a warning for each outside source not checked for a year, each date in the future, and an overdue review.

    What depends on them is shown all the same. They are not findings, since valid files do not become invalid with the
    passing of time.
    """
    for source in questionnaire.sources:
        for key, day in (("published", source.published), ("checked", source.checked)):
            # One day later is valid: in some time zones it is tomorrow already.
            if day and day > today + timedelta(days=1):
                yield (
                    f'{questionnaire.id}: the "{key}" date of the source "{source.id}" is in the future, {day}. '
                    "Correct it in sources.yaml."
                )
        if source.checked and today - source.checked > LOOK_AGAIN_AFTER:
            yield (
                f'{questionnaire.id}: nobody has checked the outside source "{source.id}" since {source.checked}. '
                'Check that it still says the same, then update its "checked" date in sources.yaml.'
            )
    governance = questionnaire.governance
    if governance and governance.next_review < today:
        yield (
            f"{questionnaire.id}: the words should have been reviewed by {governance.next_review}, a date that "
            "patients see. Have a clinician review them, then update the dates in questionnaire.yaml."
        )


def _is_complete(source: SourcePart) -> bool:
    return bool(source.headings or (source.url and source.checked))


def _article_cited(reference: str, known: Mapping[str, SourcePart]) -> tuple[str, str]:
    """Return a message and a remedy if an outside fact cites an article; otherwise two empty strings."""
    name = reference.partition("/")[0]
    if not known[name].headings:
        return "", ""
    outside = [source.id for source in known.values() if not source.headings]
    remedy = f"Available: {', '.join(outside)}." if outside else "Add one to sources.yaml."
    return f'"{name}" is an article, but an outside fact must cite an outside source.', remedy


def _cited(files: Files) -> Iterator[tuple[FileName, Where, Sequence[str], bool]]:
    """Yield references with their positions, and whether an article may be cited there without a heading.

    Such a citation says that the article is silent.
    """
    for where, question in files.questions():
        yield "questionnaire", (*where, "sources"), question.sources, False
    for where, part in _with_facts(files):
        for number, fact in enumerate(part.outside):
            yield "topics", (*where, "outside", number, "sources"), fact.sources, False
    for number, part_of_box in enumerate(files.topics.box.paragraphs if files.topics.box else ()):
        for place, sentence in enumerate(part_of_box.sentences):
            here = ("box", "paragraphs", number, "sentences", place, "sources")
            yield "topics", here, sentence.sources or (), sentence.kind == UNKNOWN
    for place, paragraph in enumerate(files.topics.finding.say):
        if not isinstance(paragraph, str):
            yield "topics", ("finding", "say", place, "sources"), paragraph.sources or (), False
    for number, topic in enumerate(files.topics.topics):
        yield "topics", ("topics", number, "sources"), topic.sources, False
        for key, several in (("says", topic.says), ("warns", topic.warns), ("unknown", topic.unknown)):
            for place, paragraph in enumerate(several):
                if not isinstance(paragraph, str):
                    # The paragraphs under warns and unknown also say which articles are silent.
                    yield "topics", ("topics", number, key, place, "sources"), paragraph.sources or (), key != "says"
        card = topic.card
        for key, statements in (("said", card.said), ("care", card.care), ("unknown", card.unknown)) if card else ():
            for place, statement in enumerate(statements):
                yield "topics", ("topics", number, "card", key, place, "sources"), statement.sources, key == UNKNOWN


def _with_facts(files: Files) -> Iterator[tuple[Where, TopicPart | CardPart | BoxPart]]:
    """Yield everything that can have outside facts, with its position in topics.yaml."""
    if files.topics.box:
        yield ("box",), files.topics.box
    for number, topic in enumerate(files.topics.topics):
        yield ("topics", number), topic
        if topic.card:
            yield ("topics", number, "card"), topic.card


def _dangling(reference: str, known: dict[str, SourcePart], may_be_silent: bool) -> tuple[str, str]:
    name, _, heading = reference.partition("/")
    if name not in known:
        return f'"{name}" is not a source.', suggest(name, list(known))
    if not _is_complete(known[name]):
        return "", ""  # An incomplete source has its own finding.
    headings = list(known[name].headings or {})
    if heading and heading not in headings:
        return f'"{heading}" is not a heading of "{name}".', suggest(
            heading, headings
        ) if headings else f"It has no headings: write only {name}."
    if headings and not heading and not may_be_silent:
        return f'"{name}" is cited without a heading.', f"Write {name}/ followed by one of: {', '.join(headings)}."
    return "", ""
