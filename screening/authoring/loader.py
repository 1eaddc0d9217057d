"""Question files to model, once, at start: read, validate, check the files, build, check the model.

Each phase returns its result and its findings. All complaints come together at the end, each with file, line, column
and remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from screening.authoring import proofs, schema, validation
from screening.authoring.builder import FilesData, build_questionnaire, build_support
from screening.authoring.checks import (
    completeness,
    distinct_labels,
    draft_size,
    folder_contents,
    readability,
    references,
    sources,
    translations,
    translators,
    wording,
    wording_entries,
    yaml_commas,
)
from screening.authoring.file_set import FileSet
from screening.authoring.limits import QuestionnaireLimits
from screening.authoring.schema import QUESTIONNAIRE_FILES, FileName, Finding
from screening.authoring.texts import read_words
from screening.authoring.translation import TRANSLATIONS, key_of, texts_in_language
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import BadQuestions, Complaint, Fault
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.support import Support

_Read = TypeVar("_Read")
_File = TypeVar("_File", bound=schema.SchemaNode)


@dataclass(frozen=True)
class Collection:
    """All that a questions folder holds. `warnings` are told to operators and stop nothing."""

    questionnaires: tuple[Questionnaire, ...]
    support: dict[str, Support]
    wording: WordingList
    warnings: tuple[Complaint, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages beside English that something of it is translated into."""
        known = {language for questionnaire in self.questionnaires for language in questionnaire.translations}
        return tuple(language for language in TRANSLATIONS if language in known)


def load_collection(folder: Path, limits: QuestionnaireLimits) -> Collection:
    """Read a folder with support.yaml, wording.yaml and a folder for each questionnaire.

    Raises:
        BadQuestions: with every complaint about every file.
    """
    complaints: list[Complaint] = []
    word_list = _gather(complaints, load_wording, folder / "wording.yaml") or WordingList(())
    read_support = partial(load_support, word_list=word_list)
    support, warnings = _gather(complaints, read_support, folder / "support.yaml") or ({}, [])
    complaints += folder_contents.unknown_files(folder, ("support", "wording", *TRANSLATIONS))
    loaded: dict[Path, Questionnaire] = {}
    for path in folder_contents.questionnaire_folders(folder):
        load = partial(_load_next, word_list=word_list, limits=limits, others=[*loaded.values()], support=support)
        if result := _gather(complaints, load, path):
            loaded[path], more = result
            warnings += more
    if not loaded and not complaints:
        remedy = "Add a folder with a questionnaire.yaml."
        complaints.append(Complaint(str(folder), 1, 1, "No questionnaire is here.", remedy))
    if complaints:
        raise BadQuestions(complaints)
    collection = Collection(tuple(loaded.values()), support, word_list, tuple(warnings))
    alone = folder_contents.untranslated_files(collection.languages, loaded, support, folder / "support.yaml")
    return replace(collection, warnings=(*warnings, *alone))


def load_questionnaire(
    folder: Path, word_list: WordingList, limits: QuestionnaireLimits
) -> tuple[Questionnaire, list[Complaint]]:
    """Read one questionnaire: the model, and the warnings about it.

    Raises:
        BadQuestions: with every complaint about its files.
    """
    files = FileSet.read(folder, QUESTIONNAIRE_FILES)
    unread = [*folder_contents.unknown_files(folder, (*QUESTIONNAIRE_FILES, *TRANSLATIONS))]
    parts, findings = _validate(files)
    findings += _check_files(files, parts, word_list, limits)
    questionnaire = None
    if not (unread or files.unread) and all(finding.is_warning for finding in findings):
        in_others = files.translated()
        questionnaire = build_questionnaire(files.data, in_others)
        findings += _check_model(questionnaire, files, in_others, limits)
    warnings = files.report(findings, unread)
    assert questionnaire is not None
    return questionnaire, warnings


def load_support(path: Path, word_list: WordingList) -> tuple[dict[str, Support], list[Complaint]]:
    """Read support.yaml and its translations: country -> support lines, and the warnings about them.

    Raises:
        BadQuestions: with every complaint about the files.
    """
    files = FileSet.read(path.parent, ["support"])
    file, findings = _fit(schema.SupportFile, files, "support")
    if file is not None:
        findings += references.check_support(file)
        findings += wording.check("support", read_words("support", files.data["support"]), word_list)
        findings += _check_translations(files, word_list)
    warnings = files.report(findings)
    return build_support(files.data["support"], files.translated()), warnings


def load_wording(path: Path) -> WordingList:
    """Read wording.yaml.

    Raises:
        BadQuestions: with every complaint about the file.
    """
    files = FileSet.read(path.parent, ["wording"], languages=())
    file, findings = _fit(schema.WordingFile, files, "wording")
    data = file.model_dump(by_alias=True, exclude_none=True) if file is not None else {}
    findings += wording_entries.check(data)
    files.report(findings)
    return WordingList.from_data(data)


def _load_next(
    folder: Path,
    word_list: WordingList,
    limits: QuestionnaireLimits,
    others: list[Questionnaire],
    support: Mapping[str, Support],
) -> tuple[Questionnaire, list[Complaint]]:
    """Read one of several questionnaires, which must agree with the `others` and with the support lines."""
    questionnaire, warnings = load_questionnaire(folder, word_list, limits)
    findings = [*folder_contents.id_clashes(questionnaire, others)]
    # Without support lines, the complaint about them is enough.
    findings += folder_contents.missing_countries(questionnaire, support) if support else ()
    if findings:
        FileSet.read(folder, QUESTIONNAIRE_FILES).report(findings)
    return questionnaire, warnings


def _validate(files: FileSet) -> tuple[schema.Files | None, list[Finding]]:
    """Fit each file to its schema. The parts are there only if all files fit."""
    parts: dict[FileName, schema.SchemaNode] = {}
    findings: list[Finding] = []
    for name in files.english:
        part, faults = _fit(schema.FILE_KINDS[name], files, name)
        findings += faults
        if part is not None:
            parts[name] = part
    if len(parts) < len(QUESTIONNAIRE_FILES):
        return None, findings
    return schema.Files(**parts), findings  # type: ignore[arg-type]  # each is of the kind that FILE_KINDS names for it


def _fit(kind: type[_File], files: FileSet, name: FileName) -> tuple[_File | None, list[Finding]]:
    if name not in files.english:
        return None, []
    file, faults = validation.validate(kind, files.english[name].data)
    return file, [Finding(name, fault) for fault in faults]


def _check_files(
    files: FileSet, parts: schema.Files | None, word_list: WordingList, limits: QuestionnaireLimits
) -> Iterator[Finding]:
    """Check the texts of each file, and, once all of them fit, whether they agree with one another."""
    for name, document in files.english.items():
        yield from wording.check(name, read_words(name, document.data), word_list)
        yield from readability.check(name, document.data)
        yield from yaml_commas.check(name, document)
        yield from distinct_labels.check(name, document.data)
    if parts is not None:
        yield from references.check(parts, limits.reserved_slugs)
        yield from sources.check(parts)
        yield from completeness.check(parts)
        yield from _check_translations(files, word_list)
        for language, document in files.translations.items():
            yield from translators.check(language, document.data)


def _check_translations(files: FileSet, word_list: WordingList) -> Iterator[Finding]:
    """Check that translations are complete, and what they say."""
    for language, document in files.translations.items():
        yield from translations.check(files.english, language, document)
        if word_list.reads(language):
            yield from wording.check(language, texts_in_language(document.data, language), word_list, language)
        else:
            wrong = f"wording.yaml lists no {TRANSLATIONS[language]}, so every word would pass."
            yield Finding(language, Fault((), wrong, f'List some: "{language}:" stands beside "en:" there.'))


def _check_model(
    questionnaire: Questionnaire, files: FileSet, in_others: Mapping[FileName, FilesData], limits: QuestionnaireLimits
) -> Iterator[Finding]:
    """Check how translations read, and prove every path. Both need texts and references that are sound."""
    for language, translated in in_others.items():
        for name, document in files.english.items():
            data = translated[name]
            for finding in (*readability.check(name, data, language), *distinct_labels.check(name, data)):
                where = key_of(document.data, finding.fault.where)
                yield Finding(language, finding.fault._replace(where=where))
    # A questionnaire that is too large may take longer to prove than anyone waits.
    too_large = [*draft_size.check(limits.largest_cookie(questionnaire), limits.most_cookie_bytes)]
    yield from too_large or proofs.check(questionnaire)


def _gather(complaints: list[Complaint], read: Callable[[Path], _Read], path: Path) -> _Read | None:
    """Return what was read, or add its complaints to the others."""
    try:
        return read(path)
    except BadQuestions as error:
        complaints += error.complaints
        return None
