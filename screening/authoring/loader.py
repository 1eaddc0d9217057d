"""Question files to model, once, at start. All complaints come together, each with file, line, column and remedy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from screening.authoring import schema, validation
from screening.authoring.builder import FilesData, built, built_support
from screening.authoring.checks import (
    completeness,
    distinct_labels,
    draft_size,
    folder_contents,
    path_proof,
    readability,
    references,
    sources,
    translations,
    wording,
    yaml_commas,
)
from screening.authoring.schema import QUESTIONNAIRE_FILES, FileName, Finding
from screening.authoring.texts import read_words
from screening.authoring.translation import TRANSLATION, TRANSLATIONS, key_of, said, translated
from screening.authoring.wording_list import Pattern, WordingList
from screening.authoring.yaml_document import BadQuestions, Complaint, Data, Document, Fault
from screening.questionnaire import model
from screening.questionnaire.support import Support

Read = TypeVar("Read")
File = TypeVar("File", bound=schema.Part)


@dataclass(frozen=True)
class Collection:
    """All that a questions folder holds. `warnings` are told to operators and stop nothing."""

    questionnaires: tuple[model.Questionnaire, ...]
    support: dict[str, Support]
    wording: WordingList
    warnings: tuple[Complaint, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages beside English that something of it is translated into."""
        known = {language for questionnaire in self.questionnaires for language in questionnaire.translations}
        return tuple(language for language in TRANSLATIONS if language in known)


def load_collection(folder: Path) -> Collection:
    """Read a folder with support.yaml, wording.yaml and a folder for each questionnaire.

    Raises:
        BadQuestions: with every complaint about every file.
    """
    complaints: list[Complaint] = []
    word_list = _gather(complaints, load_wording, folder / "wording.yaml") or WordingList(())
    support, warnings = _gather(complaints, lambda path: load_support(path, word_list), folder / "support.yaml") or (
        {},
        [],
    )
    complaints += folder_contents.unknown(folder, ("support", "wording", *TRANSLATIONS))
    loaded: dict[Path, model.Questionnaire] = {}
    for path in folder_contents.of_questionnaires(folder):
        result = _gather(complaints, lambda path: load_questionnaire(path, word_list), path)
        if result is None:
            continue
        questionnaire, told = result
        complaints += folder_contents.clashes(questionnaire, loaded.values(), path)
        if support:
            complaints += folder_contents.nowhere(questionnaire, support, path)
        loaded[path] = questionnaire
        warnings += told
    if not loaded and not complaints:
        remedy = "Add a folder with a questionnaire.yaml."
        complaints.append(Complaint(str(folder), 1, 1, "No questionnaire is here.", remedy))
    if complaints:
        raise BadQuestions(complaints)
    collection = Collection(tuple(loaded.values()), support, word_list, tuple(warnings))
    alone = folder_contents.in_english_only(collection.languages, loaded, support, folder / "support.yaml")
    return replace(collection, warnings=(*warnings, *alone))


def load_questionnaire(folder: Path, word_list: WordingList) -> tuple[model.Questionnaire, list[Complaint]]:
    """Read one questionnaire: the model, and the warnings about it.

    Raises:
        BadQuestions: with every complaint about its files.
    """
    complaints = [*folder_contents.unknown(folder, (*QUESTIONNAIRE_FILES, *TRANSLATIONS))]
    english = _documents(folder, QUESTIONNAIRE_FILES, complaints)
    spoken = _documents(folder, _languages(folder), complaints)
    parts: dict[FileName, schema.Part] = {}
    findings: list[Finding] = []
    for name, document in english.items():
        part, faults = validation.fit(schema.FILE_KINDS[name], document.data)
        findings += (Finding(name, fault) for fault in faults)
        findings += wording.check(name, read_words(name, document.data), word_list)
        findings += readability.check(name, document.data)
        findings += (*yaml_commas.check(name, document), *distinct_labels.check(name, document.data))
        if part is not None:
            parts[name] = part
    questionnaire = None
    if len(parts) == len(QUESTIONNAIRE_FILES):
        files = schema.Files(**parts)  # type: ignore[arg-type]  # each part is of the kind that FILE_KINDS names for it
        findings += (*references.check(files), *sources.check(files), *completeness.check(files))
        findings += (*_about_languages(english, spoken, word_list), *_who_translated(spoken))
        if not complaints and all(finding.is_warning for finding in findings):
            in_others = _translated(english, spoken)
            findings += _readings(english, in_others)
            questionnaire = built(_data(english), in_others)
            # A questionnaire that is too large may take longer to prove than anyone waits.
            findings += [*draft_size.check(questionnaire)] or path_proof.check(questionnaire)
    refused, told = _told(findings, english | spoken)
    complaints += refused
    if complaints or questionnaire is None:
        in_order = {f"{name}.yaml": number for number, name in enumerate((*QUESTIONNAIRE_FILES, *TRANSLATIONS), 1)}
        raise BadQuestions(sorted(complaints, key=lambda one: (in_order.get(Path(one.file).name, 0), *one[1:3])))
    return questionnaire, told


def load_support(path: Path, word_list: WordingList) -> tuple[dict[str, Support], list[Complaint]]:
    """Read support.yaml and its translations: country -> support lines, and the warnings about them.

    Raises:
        BadQuestions: with every complaint about the files.
    """
    document, file = _fitting(schema.SupportFile, path)
    complaints: list[Complaint] = []
    english: dict[FileName, Document] = {"support": document}
    spoken = _documents(path.parent, _languages(path.parent), complaints)
    findings = [
        *references.check_support(file),
        *wording.check("support", read_words("support", document.data), word_list),
        *_about_languages(english, spoken, word_list),
    ]
    refused, told = _told(findings, english | spoken)
    if complaints or refused:
        raise BadQuestions([*complaints, *refused])
    return built_support(document.data, _translated(english, spoken)), told


def load_wording(path: Path) -> WordingList:
    """Read wording.yaml.

    Raises:
        BadQuestions: with every complaint about the file.
    """
    document, file = _fitting(schema.WordingFile, path)
    data = file.model_dump(by_alias=True, exclude_none=True)
    complaints = [*map(document.complaint, _entries(data))]
    patterns: list[Pattern] = []
    for tier, entries in data.items():
        for number, entry in enumerate(entries):
            try:
                patterns += WordingList.from_data({tier: [entry]}).patterns
            except ValueError as error:
                fault = Fault((tier, number), str(error), "Mend it, as the comment at the head of the file says.")
                complaints.append(document.complaint(fault))
    if complaints:
        raise BadQuestions(sorted(complaints, key=lambda one: one[1:3]))
    return WordingList(tuple(patterns))


def _entries(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the entries of wording.yaml, but for their forms."""
    ids: set[str] = set()
    for tier, entries in data.items():
        for number, entry in enumerate(entries):
            if entry["id"] in ids:
                yield Fault((tier, number, "id"), f'The id "{entry["id"]}" is used twice.', "Give each its own id.")
            ids.add(entry["id"])
            if tier == "refuse" and entry["allow"]:
                remedy = "Take it away, or move the entry to refuse-unless-allowed."
                yield Fault((tier, number, "allow"), "What stands under refuse is never allowed.", remedy, at_key=True)


def _documents(folder: Path, names: Iterable[FileName], complaints: list[Complaint]) -> dict[FileName, Document]:
    """The documents of these names that can be read; complaints about the others are added."""
    read = {name: _gather(complaints, Document.read, folder / f"{name}.yaml") for name in names}
    return {name: document for name, document in read.items() if document is not None}


def _languages(folder: Path) -> list[FileName]:
    """The languages that the files of a folder are translated into."""
    return [name for name in TRANSLATIONS if os.path.lexists(folder / f"{name}.yaml")]


def _data(documents: Mapping[FileName, Document]) -> FilesData:
    return {name: document.data for name, document in documents.items()}


def _about_languages(
    english: Mapping[FileName, Document], spoken: Mapping[FileName, Document], word_list: WordingList
) -> Iterator[Finding]:
    """What is wrong with the translations of some files."""
    for language, document in spoken.items():
        yield from translations.check(english, language, document)
        if not word_list.reads(language):
            wrong = f"wording.yaml lists no {TRANSLATIONS[language]}, so every word would pass."
            yield Finding(language, Fault((), wrong, f'List some: "{language}:" stands beside "en:" there.'))
            continue
        yield from wording.check(language, said(document.data, language), word_list, language)


def _who_translated(spoken: Mapping[str, Document]) -> Iterator[Finding]:
    """What is wrong with the part of each translation that says who answers for it."""
    for language, document in spoken.items():
        if not isinstance(data := document.data, dict):
            continue  # It is no translation at all, and is told so.
        if TRANSLATION not in data:
            fields = schema.TranslationPart.model_fields.items()
            lines = ", ".join(f"{name}: {field.examples[0]}" for name, field in fields if field.examples)
            wrong = f'Nobody answers for this translation: "{TRANSLATION}" is missing.'
            yield Finding(language, Fault((), wrong, f'Add "{TRANSLATION}:", for instance with {lines}.'))
            continue
        _, faults = validation.fit(schema.TranslationPart, data[TRANSLATION])
        yield from (Finding(language, fault._replace(where=(TRANSLATION, *fault.where))) for fault in faults)


def _readings(english: Mapping[FileName, Document], spoken: Mapping[FileName, FilesData]) -> Iterator[Finding]:
    """What is too hard to read, or to tell apart, in the translations, at its place in their files."""
    for language, files in spoken.items():
        for name, document in english.items():
            data = files[name]
            for finding in (*readability.check(name, data, language), *distinct_labels.check(name, data)):
                where = key_of(document.data, finding.fault.where)
                yield Finding(language, finding.fault._replace(where=where))


def _translated(
    english: Mapping[FileName, Document], spoken: Mapping[FileName, Document]
) -> dict[FileName, dict[FileName, Data]]:
    """Language -> the data of these files in it."""
    return {language: translated(_data(english), words.data, language) for language, words in spoken.items()}


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
    file, faults = validation.fit(kind, document.data)
    if file is None:
        raise BadQuestions(sorted((document.complaint(fault) for fault in faults), key=lambda one: one[1:3]))
    return document, file
