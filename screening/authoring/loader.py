"""Load question files into the model, once at start-up: read, validate, check the files, build, check the model.

Each phase returns its result and its findings. All complaints are reported together at the end, each with file, line,
column and remedy.
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
    distinct_columns,
    distinct_labels,
    draft_size,
    folder_contents,
    listed_words,
    readability,
    references,
    required_parts,
    sources,
    translations,
    translators,
    wording_entries,
    yaml_commas,
)
from screening.authoring.schema import QUESTIONNAIRE_FILES, FileName, Finding
from screening.authoring.site_constraints import QuestionnaireLimits
from screening.authoring.source_files import SourceFiles
from screening.authoring.texts import read_words
from screening.authoring.translation import TRANSLATIONS, key_of, texts_in_language
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import BadQuestions, Complaint, Fault
from screening.authoring.yaml_messages import require_parser
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.support import Support

_Read = TypeVar("_Read")
_File = TypeVar("_File", bound=schema.SchemaNode)


@dataclass(frozen=True)
class Collection:
    """The content of a questions folder. `warnings` are reported to operators, and block nothing."""

    questionnaires: tuple[Questionnaire, ...]
    support: dict[str, Support]
    wording: WordingList
    warnings: tuple[Complaint, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages other than English with a translation of at least one questionnaire."""
        spoken = {language for questionnaire in self.questionnaires for language in questionnaire.translations}
        return tuple(language for language in TRANSLATIONS if language in spoken)


def load_collection(folder: Path, limits: QuestionnaireLimits) -> Collection:
    """Read a folder with support.yaml, wording.yaml and a folder for each questionnaire.

    Raises:
        BadQuestions: with every complaint about every file.
        UnsupportedLibrary: the YAML parser is not the one that messages to authors are written for.
    """
    require_parser()
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
        complaints.append(Complaint(str(folder), 1, 1, "There is no questionnaire here.", remedy))
    if complaints:
        raise BadQuestions(complaints)
    collection = Collection(tuple(loaded.values()), support, word_list, tuple(warnings))
    untranslated = folder_contents.untranslated_files(collection.languages, loaded, support, folder / "support.yaml")
    return replace(collection, warnings=(*warnings, *untranslated))


def load_questionnaire(
    folder: Path, word_list: WordingList, limits: QuestionnaireLimits
) -> tuple[Questionnaire, list[Complaint]]:
    """Read one questionnaire, and return the model with the warnings about it.

    Raises:
        BadQuestions: with every complaint about its files.
    """
    files = SourceFiles.read(folder, QUESTIONNAIRE_FILES)
    unknown = [*folder_contents.unknown_files(folder, (*QUESTIONNAIRE_FILES, *TRANSLATIONS))]
    parts, findings = _validate(files)
    findings += _check_files(files, parts, word_list, limits)
    questionnaire = None
    if not (unknown or files.unread) and all(finding.is_warning for finding in findings):
        translated = files.translated()
        questionnaire = build_questionnaire(files.data, translated)
        findings += _check_model(questionnaire, files, translated, limits)
    warnings = files.report(findings, unknown)
    assert questionnaire is not None
    return questionnaire, warnings


def load_support(path: Path, word_list: WordingList) -> tuple[dict[str, Support], list[Complaint]]:
    """Read support.yaml and its translations, and return support lines by country with the warnings about them.

    Raises:
        BadQuestions: with every complaint about the files.
    """
    files = SourceFiles.read(path.parent, ["support"])
    file, findings = _fit(schema.SupportFile, files, "support")
    if file is not None:
        findings += references.check_support(file)
        findings += listed_words.check("support", read_words("support", files.data["support"]), word_list)
        findings += _check_translations(files, word_list)
    warnings = files.report(findings)
    return build_support(files.data["support"], files.translated()), warnings


def load_wording(path: Path) -> WordingList:
    """Read wording.yaml.

    Raises:
        BadQuestions: with every complaint about the file.
    """
    files = SourceFiles.read(path.parent, ["wording"], languages=())
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
    """Read a questionnaire that must be consistent with the `others` and with the support lines."""
    questionnaire, warnings = load_questionnaire(folder, word_list, limits)
    findings = [*folder_contents.id_clashes(questionnaire, others)]
    # If the support lines could not be read, their own complaints are enough.
    findings += folder_contents.missing_countries(questionnaire, support) if support else ()
    if findings:
        SourceFiles.read(folder, QUESTIONNAIRE_FILES).report(findings)
    return questionnaire, warnings


def _validate(files: SourceFiles) -> tuple[schema.Files | None, list[Finding]]:
    """Validate each file against its schema. Return no parts unless all files are valid."""
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


def _fit(kind: type[_File], files: SourceFiles, name: FileName) -> tuple[_File | None, list[Finding]]:
    if name not in files.english:
        return None, []
    file, faults = validation.validate(kind, files.english[name].data)
    return file, [Finding(name, fault) for fault in faults]


def _check_files(
    files: SourceFiles, parts: schema.Files | None, word_list: WordingList, limits: QuestionnaireLimits
) -> Iterator[Finding]:
    """Check the texts of each file and, if all files are valid, whether they are consistent with one another."""
    for name, document in files.english.items():
        yield from listed_words.check(name, read_words(name, document.data), word_list)
        yield from readability.check(name, document.data)
        yield from yaml_commas.check(name, document)
        yield from distinct_labels.check(name, document.data)
    if parts is not None:
        yield from references.check(parts, limits.reserved_slugs)
        yield from distinct_columns.check(parts)
        yield from sources.check(parts)
        yield from required_parts.check(parts)
        yield from _check_translations(files, word_list)
        for language, document in files.translations.items():
            yield from translators.check(language, document.data)


def _check_translations(files: SourceFiles, word_list: WordingList) -> Iterator[Finding]:
    """Check that translations are complete, and check their words."""
    for language, document in files.translations.items():
        yield from translations.check(files.english, language, document)
        if word_list.reads(language):
            yield from listed_words.check(language, texts_in_language(document.data, language), word_list, language)
        else:
            wrong = f"wording.yaml lists no words in {TRANSLATIONS[language]}, so every word would pass."
            yield Finding(language, Fault((), wrong, f'Add some under "{language}:", next to "en:".'))


def _check_model(
    questionnaire: Questionnaire,
    files: SourceFiles,
    translated: Mapping[FileName, FilesData],
    limits: QuestionnaireLimits,
) -> Iterator[Finding]:
    """Check how translations read, and prove every path. Both need valid texts and references."""
    for language, files_data in translated.items():
        for name, document in files.english.items():
            data = files_data[name]
            for finding in (*readability.check(name, data, language), *distinct_labels.check(name, data)):
                where = key_of(document.data, finding.fault.where)
                yield Finding(language, finding.fault._replace(where=where))
    # Skip the proof of a questionnaire that is too large: it may take too long.
    too_large = [*draft_size.check(limits.largest_cookie(questionnaire), limits.most_cookie_bytes)]
    yield from too_large or proofs.check(questionnaire)


def _gather(complaints: list[Complaint], read: Callable[[Path], _Read], path: Path) -> _Read | None:
    """Return what was read, or None after adding its complaints to `complaints`."""
    try:
        return read(path)
    except BadQuestions as error:
        complaints += error.complaints
        return None
