"""Question files to model, once, at start. All complaints come together, each with file, line, column and remedy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from screening.questionnaire import fitting, grammar, model
from screening.questionnaire.checks import FileName, Finding, paths, references, size, sources, words
from screening.questionnaire.document import BadQuestions, Complaint, Data, Document, Fault
from screening.questionnaire.support import Line, Support
from screening.questionnaire.wording import Pattern, WordingList

Read = TypeVar("Read")
File = TypeVar("File", bound=grammar.Part)

KINDS: dict[FileName, type[grammar.Part]] = {
    "questionnaire": grammar.QuestionnaireFile,
    "topics": grammar.TopicsFile,
    "sources": grammar.SourcesFile,
}


@dataclass(frozen=True)
class Collection:
    """All that a questions folder holds. `warnings` are told to operators and stop nothing."""

    questionnaires: tuple[model.Questionnaire, ...]
    support: dict[str, Support]
    wording: WordingList
    warnings: tuple[Complaint, ...]


def load_collection(folder: Path) -> Collection:
    """Read a folder with support.yaml, wording.yaml and a folder for each questionnaire.

    Raises:
        BadQuestions: with every complaint about every file.
    """
    complaints: list[Complaint] = []
    wording = _gather(complaints, load_wording, folder / "wording.yaml") or WordingList(())
    support, warnings = _gather(complaints, lambda path: load_support(path, wording), folder / "support.yaml") or (
        {},
        [],
    )
    loaded: list[model.Questionnaire] = []
    for path in sorted({file.parent for file in folder.glob("*/*.yaml")}):
        result = _gather(complaints, lambda path: load_questionnaire(path, wording), path)
        if result is None:
            continue
        questionnaire, told = result
        complaints += _clashes(questionnaire, loaded, path / "questionnaire.yaml")
        loaded.append(questionnaire)
        warnings += told
    if not loaded and not complaints:
        remedy = "Add a folder with a questionnaire.yaml."
        complaints.append(Complaint(str(folder), 1, 1, "No questionnaire is here.", remedy))
    if complaints:
        raise BadQuestions(complaints)
    return Collection(tuple(loaded), support, wording, tuple(warnings))


def load_questionnaire(folder: Path, wording: WordingList) -> tuple[model.Questionnaire, list[Complaint]]:
    """Read one questionnaire: the model, and the warnings about it.

    Raises:
        BadQuestions: with every complaint about its three files.
    """
    complaints: list[Complaint] = []
    documents: dict[FileName, Document] = {}
    parts: dict[FileName, grammar.Part] = {}
    findings: list[Finding] = []
    for name, kind in KINDS.items():
        document = _gather(complaints, Document.read, folder / f"{name}.yaml")
        if document is None:
            continue
        documents[name] = document
        part, faults = fitting.fit(kind, document.data)
        findings += (Finding(name, fault) for fault in faults)
        findings += words.check(name, document.data, wording)
        if part is not None:
            parts[name] = part
    questionnaire = None
    if len(parts) == len(KINDS):
        files = grammar.Files(**parts)  # type: ignore[arg-type]  # each part is of the kind that KINDS names for it
        findings += (*references.check(files), *sources.check(files))
        if all(finding.is_warning for finding in findings):
            questionnaire = build(files, {name: document.data for name, document in documents.items()})
            findings += (*size.check(questionnaire), *paths.check(questionnaire))
    refused, told = _told(findings, documents)
    complaints += refused
    if complaints or questionnaire is None:
        files_in_order = [f"{name}.yaml" for name in KINDS]
        raise BadQuestions(sorted(complaints, key=lambda one: (files_in_order.index(Path(one.file).name), *one[1:3])))
    return questionnaire, told


def load_support(path: Path, wording: WordingList) -> tuple[dict[str, Support], list[Complaint]]:
    """Read support.yaml: country -> support lines, and the warnings about them.

    Raises:
        BadQuestions: with every complaint about the file.
    """
    document, file = _fitting(grammar.SupportFile, path)
    refused, told = _told(words.check("support", document.data, wording), {"support": document})
    if refused:
        raise BadQuestions(refused)
    support = {
        code: Support(
            code,
            country.name,
            tuple(country.emergency),
            tuple(map(_line, country.talk)),
            tuple(map(_line, country.treatment)),
        )
        for code, country in file.countries.items()
    }
    return support, told


def load_wording(path: Path) -> WordingList:
    """Read wording.yaml.

    Raises:
        BadQuestions: with every complaint about the file.
    """
    document, file = _fitting(grammar.WordingFile, path)
    data = file.model_dump(by_alias=True, exclude_none=True)
    complaints: list[Complaint] = []
    patterns: list[Pattern] = []
    for tier, entries in data.items():
        for number, entry in enumerate(entries):
            try:
                patterns += WordingList.from_data({tier: [entry]}).patterns
            except ValueError as error:
                fault = Fault((tier, number), str(error), "Mend it, as the comment at the head of the file says.")
                complaints.append(document.complaint(fault))
    if complaints:
        raise BadQuestions(complaints)
    return WordingList(tuple(patterns))


def rebuild(content: str) -> model.Questionnaire:
    """The model of a version that was served once, from its `content`. It was checked then and is not checked again.

    Raises:
        ValueError: the content is not of the grammar's shape.
    """
    data = json.loads(content)
    files = grammar.Files(**{name: kind.model_validate(data[name]) for name, kind in KINDS.items()})  # type: ignore[arg-type]
    return build(files, data)


def build(files: grammar.Files, data: Mapping[FileName, Data]) -> model.Questionnaire:
    """The model of files that have passed their checks. `data` is what `content` and `version` are made from."""
    questionnaire, topics, sources = files
    content = json.dumps(data, ensure_ascii=False, sort_keys=False, separators=(",", ":"))
    return model.Questionnaire(
        id=questionnaire.id,
        slug=questionnaire.slug,
        title=questionnaire.title,
        about=tuple(questionnaire.about),
        sections=tuple(map(_section, questionnaire.sections)),
        topics=tuple(map(_topic, topics.topics)),
        referral=model.Referral(tuple(topics.referral.opens), tuple(topics.referral.closes)),
        finding=model.Finding(topics.finding.title, _paragraphs(topics.finding.say), tuple(topics.finding.bring)),
        ask_always=tuple(topics.ask_always),
        sources=tuple(model.Source(**_given(source)) for source in sources.sources),
        limits=tuple(sources.limits),
        content=content,
        version=hashlib.sha256(content.encode()).hexdigest(),
    )


def _clashes(questionnaire: model.Questionnaire, others: list[model.Questionnaire], path: Path) -> Iterator[Complaint]:
    for key, mine in (("id", questionnaire.id), ("slug", questionnaire.slug)):
        if mine in (getattr(other, key) for other in others):
            fault = Fault((key,), f'"{mine}" is the {key} of another questionnaire.', f"Give each its own {key}.")
            yield Document.read(path).complaint(fault)


def _told(
    findings: Iterable[Finding], documents: Mapping[FileName, Document]
) -> tuple[list[Complaint], list[Complaint]]:
    """Findings as their author reads them: what is refused, and what is only warned of."""
    told = [(finding.is_warning, documents[finding.file].complaint(finding.fault)) for finding in findings]
    return [one for is_warning, one in told if not is_warning], [one for is_warning, one in told if is_warning]


def _gather(complaints: list[Complaint], read: Callable[[Path], Read], path: Path) -> Read | None:
    """What was read, or its complaints added to the others."""
    try:
        return read(path)
    except BadQuestions as error:
        complaints += error.complaints
        return None


def _fitting(kind: type[File], path: Path) -> tuple[Document, File]:
    document = Document.read(path)
    file, faults = fitting.fit(kind, document.data)
    if file is None:
        raise BadQuestions(sorted((document.complaint(fault) for fault in faults), key=lambda one: one[1:3]))
    return document, file


def _section(part: grammar.SectionPart) -> model.Section:
    return model.Section(part.id, part.title, tuple(_step(item, part.id) for item in part.items))


def _step(item: grammar.QuestionPart | grammar.PausePart, section: str) -> model.Step:
    if isinstance(item, grammar.PausePart):
        return model.Pause(item.pause.id, section, item.pause.title, tuple(item.pause.say))
    needs = tuple((question, frozenset(options)) for question, options in (item.ask_if or {}).items())
    return model.Question(
        id=item.id,
        section=section,
        ask=item.ask,
        why=item.why,
        sources=tuple(item.sources),
        options=tuple(
            model.Option(name, option.say, tuple(option.topics), tuple(option.questions), option.alone is not None)
            for name, option in item.options.items()
        ),
        many=item.choose_any is not None,
        hint=item.hint or "",
        ask_if=model.Condition(needs),
    )


def _topic(part: grammar.TopicPart) -> model.Topic:
    return model.Topic(
        id=part.id,
        title=part.title,
        says=_paragraphs(part.says),
        warns=_paragraphs(part.warns),
        unknown=_paragraphs(part.unknown),
        outside=tuple(model.Fact(fact.say, fact.country, tuple(fact.sources)) for fact in part.outside),
        ask=tuple(part.ask),
        sources=tuple(part.sources),
        always=part.always is not None,
    )


def _paragraphs(parts: list[str | grammar.ParagraphPart]) -> tuple[model.Paragraph, ...]:
    return tuple(
        model.Paragraph(part) if isinstance(part, str) else model.Paragraph(part.say, general=True) for part in parts
    )


def _line(part: grammar.LinePart) -> Line:
    return Line(**_given(part) | {"languages": tuple(part.languages), "verified": part.verified == "true"})


def _given(part: grammar.Part) -> dict[str, Any]:
    """What the author wrote, without what was left out."""
    return part.model_dump(exclude_none=True)
