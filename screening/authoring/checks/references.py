"""References exist, ids are unique, and conditions name earlier questions only: no loops, no dangling references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from screening.authoring.schema import FileName, Files, Finding, PausePart, QuestionPart, SupportFile
from screening.authoring.validation import suggest
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.model import ALWAYS

# Ids that LibreOffice converts to a date or a boolean when it opens an export: `may-1`, `january-2026`, `true`.
NOT_A_WORD = re.compile("true|false|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-[0-9]+")


def check(files: Files, reserved_slugs: Set[str]) -> Iterator[Finding]:
    """Yield inconsistencies within and between the files, and a slug that is an address of the site."""
    if files.questionnaire.slug in reserved_slugs:
        wrong = f'"{files.questionnaire.slug}" is already the address of a page of the site.'
        yield _finding("questionnaire", ("slug",), wrong, "Choose another slug, such as reflection.")
    yield from _unique(files)
    yield from _pauses(files)
    known_topics = [topic.id for topic in files.topics.topics]
    asked = {topic.id: len(topic.ask) for topic in files.topics.topics} | {ALWAYS: len(files.topics.ask_always)}
    earlier: dict[str, QuestionPart] = {}
    for where, question in files.questions():
        yield from _choices(where, question)
        yield from _condition(where, question, earlier)
        yield from _topic_references(where, question, known_topics)
        yield from _question_references(where, question, asked)
        earlier[question.id] = question
    yield from _box(files, asked)
    yield from _groups(files, known_topics)
    yield from _risks(files)
    if not any(topic.always for topic in files.topics.topics):
        wrong = "No topic is in every summary."
        yield _finding("topics", ("topics",), wrong, 'Add "always: true" to each topic that everyone must read.')


def check_support(file: SupportFile) -> Iterator[Finding]:
    """Yield each support line whose id another line of its country has. Translations find lines by their ids."""
    for code, country in file.countries.items():
        kinds = (("talk", country.talk), ("treatment", country.treatment))
        ids = [(("countries", code, kind, n, "id"), line.id) for kind, lines in kinds for n, line in enumerate(lines)]
        yield from _repeated("support", ids)


def _finding(file: FileName, where: Where, wrong: str, remedy: str) -> Finding:
    return Finding(file, Fault(where, wrong, remedy))


def _unique(files: Files) -> Iterator[Finding]:
    sections = [(("sections", n, "id"), section.id) for n, section in enumerate(files.questionnaire.sections)]
    steps = [
        (((*where, "id"), item.id) if isinstance(item, QuestionPart) else ((*where, "pause", "id"), item.pause.id))
        for where, item in files.items()
    ]
    topics = [(("topics", n, "id"), topic.id) for n, topic in enumerate(files.topics.topics)]
    sources = [(("sources", n, "id"), source.id) for n, source in enumerate(files.sources.sources)]
    yield from _repeated("questionnaire", sections)
    yield from _repeated("questionnaire", steps)
    groups = [(("groups", n, "id"), group.id) for n, group in enumerate(files.topics.groups)]
    for where, name in topics:
        if name == ALWAYS:
            wrong = f'The id "{ALWAYS}" is reserved for the questions that everyone takes along.'
            yield _finding("topics", where, wrong, "Give the topic another id.")
    yield from _repeated("topics", topics)
    yield from _repeated("topics", groups)
    yield from _repeated("topics", [(("risks", n), risk) for n, risk in enumerate(files.topics.risks)])
    yield from _repeated("sources", sources)


def _repeated(file: FileName, ids: Sequence[tuple[Where, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for where, name in ids:
        if name in seen:
            yield _finding(file, where, f'The id "{name}" is used twice.', "Give each its own id.")
        seen.add(name)


def _pauses(files: Files) -> Iterator[Finding]:
    pauses = [where for where, item in files.items() if isinstance(item, PausePart)]
    for where in pauses[1:]:
        remedy = "Keep one: there is only one address for a pause."
        yield _finding("questionnaire", where, "This is a second pause.", remedy)


def _choices(where: Where, question: QuestionPart) -> Iterator[Finding]:
    if question.choose_one and question.choose_any:
        wrong = f'"{question.id}" has both choose_one and choose_any.'
        yield _finding("questionnaire", where, wrong, "Keep one of them.")
    if not question.options:
        wrong = f'"{question.id}" has no options.'
        yield _finding("questionnaire", where, wrong, "Add choose_one or choose_any, with at least two options.")
    for name, option in (question.choose_one or {}).items():
        if option.alone:
            place = (*where, "choose_one", name, "alone")
            yield _finding("questionnaire", place, "Only one option can be chosen here anyway.", 'Delete "alone".')
    for name in filter(NOT_A_WORD.fullmatch, question.options):
        wrong = f'A spreadsheet that opens an export reads "{name}" as a date or as true or false.'
        yield Finding("questionnaire", Fault((*where, _kind(question), name), wrong, "Choose another id.", at_key=True))


def _condition(where: Where, question: QuestionPart, earlier: Mapping[str, QuestionPart]) -> Iterator[Finding]:
    for name, wanted in (question.ask_if or {}).items():
        place = (*where, "ask_if", name)
        if name not in earlier:
            wrong = f'"{name}" is not an earlier question.'
            remedy = suggest(name, list(earlier)) if earlier else "Everyone is asked the first question: delete ask_if."
            yield Finding("questionnaire", Fault(place, wrong, remedy, at_key=True))
            continue
        options = earlier[name].options
        for number, option in enumerate(wanted):
            # A question without options has its own complaint.
            if options and option not in options:
                wrong = f'"{option}" is not an option of "{name}".'
                yield _finding("questionnaire", (*place, number), wrong, suggest(option, list(options)))


def _topic_references(where: Where, question: QuestionPart, known: list[str]) -> Iterator[Finding]:
    for name, option in question.options.items():
        for number, topic in enumerate(option.topics):
            if topic not in known:
                place = (*where, _kind(question), name, "topics", number)
                yield _finding("questionnaire", place, f'"{topic}" is not a topic.', suggest(topic, known))


def _question_references(where: Where, question: QuestionPart, asked: Mapping[str, int]) -> Iterator[Finding]:
    for name, option in question.options.items():
        for number, reference in enumerate(option.questions):
            if fault := _question_error(reference, asked):
                yield _finding("questionnaire", (*where, _kind(question), name, "questions", number), *fault)


def _question_error(reference: str, asked: Mapping[str, int]) -> tuple[str, str] | None:
    """Return what is wrong with a reference to a question to take along, and the remedy; None if it is valid."""
    name, _, number = reference.partition("/")
    if name not in asked:
        return f'"{name}" is not a topic.', suggest(name, [topic for topic in asked if topic != ALWAYS])
    if int(number or 1) > asked[name]:
        return f'"{name}" has no question {number}.', f"Write a number from 1 to {asked[name]}."
    return None


def _box(files: Files, asked: Mapping[str, int]) -> Iterator[Finding]:
    for number, paragraph in enumerate(files.topics.box.paragraphs if files.topics.box else ()):
        if paragraph.question and (fault := _question_error(paragraph.question, asked)):
            yield _finding("topics", ("box", "paragraphs", number, "question"), *fault)


def _groups(files: Files, known: list[str]) -> Iterator[Finding]:
    """Check that each topic is in exactly one group, if there are groups."""
    seen: set[str] = set()
    for number, group in enumerate(files.topics.groups):
        for place, topic in enumerate(group.topics):
            where = ("groups", number, "topics", place)
            if topic not in known:
                yield _finding("topics", where, f'"{topic}" is not a topic.', suggest(topic, known))
            elif topic in seen:
                yield _finding("topics", where, f'"{topic}" is in two groups.', "Keep it in one.")
            seen.add(topic)
    for number, topic in enumerate(known):
        if files.topics.groups and topic not in seen:
            wrong = f'"{topic}" is in no group, so the list of topics would omit it.'
            yield _finding("topics", ("topics", number, "id"), wrong, "Add it to one under groups.")


def _risks(files: Files) -> Iterator[Finding]:
    known = files.topics.risks
    for where, named in risks_named(files):
        for number, risk in enumerate(named):
            if risk not in known:
                remedy = suggest(risk, known) if known else "Add it under risks."
                yield _finding("topics", (*where, number), f'"{risk}" is not one of the risks.', remedy)


def risks_named(files: Files) -> Iterator[tuple[Where, Sequence[str]]]:
    """Yield the risks that sentences of the box and of cards name, with their positions in topics.yaml."""
    for number, paragraph in enumerate(files.topics.box.paragraphs if files.topics.box else ()):
        for place, sentence in enumerate(paragraph.sentences):
            yield ("box", "paragraphs", number, "sentences", place, "risks"), sentence.risks
    for number, topic in enumerate(files.topics.topics):
        if topic.card:
            for key, several in (("said", topic.card.said), ("care", topic.card.care), ("unknown", topic.card.unknown)):
                for place, statement in enumerate(several):
                    yield ("topics", number, "card", key, place, "risks"), statement.risks


def _kind(question: QuestionPart) -> str:
    return "choose_one" if question.choose_one else "choose_any"
