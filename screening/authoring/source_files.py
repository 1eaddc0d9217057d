"""A folder's English files and their translations, read together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from screening.authoring.builder import FilesData
from screening.authoring.schema import FILE_KINDS, FileName, Finding
from screening.authoring.translation import TRANSLATIONS, apply_translation
from screening.authoring.yaml_document import BadQuestions, Complaint, Document

_ORDER = {f"{name}.yaml": number for number, name in enumerate((*FILE_KINDS, *TRANSLATIONS))}


@dataclass(frozen=True)
class SourceFiles:
    """The readable files among those that a folder should have, and the complaints about the others."""

    english: Mapping[FileName, Document]
    translations: Mapping[FileName, Document]
    unread: tuple[Complaint, ...]

    @classmethod
    def read(cls, folder: Path, names: Iterable[FileName], languages: Iterable[FileName] = TRANSLATIONS) -> SourceFiles:
        """Read the files with these names, and the translations in `languages` that exist."""
        existing = [name for name in languages if os.path.lexists(folder / f"{name}.yaml")]
        unread: list[Complaint] = []
        english, translations = (
            {name: document for name in several if (document := _read(folder / f"{name}.yaml", unread))}
            for several in (names, existing)
        )
        return cls(english, translations, tuple(unread))

    @property
    def data(self) -> FilesData:
        return {name: document.data for name, document in self.english.items()}

    def translated(self) -> dict[FileName, FilesData]:
        """Return the data of these files in each translation, by language.

        Raises:
            KeyError: a text has no translation.
        """
        return {
            language: apply_translation(self.data, words.data, language)
            for language, words in self.translations.items()
        }

    def report(self, findings: Iterable[Finding], others: Iterable[Complaint] = ()) -> list[Complaint]:
        """Return the warnings among the findings, each with its position, in the order of the files.

        `others` are complaints about other files.

        Raises:
            BadQuestions: with every complaint, if there is one.
        """
        documents = {**self.english, **self.translations}
        refused, warnings = [*others, *self.unread], list[Complaint]()
        for finding in findings:
            complaint = documents[finding.file].complaint(finding.fault)
            (warnings if finding.is_warning else refused).append(complaint)
        if refused:
            raise BadQuestions(sorted(refused, key=_position))
        return sorted(warnings, key=_position)


def _position(complaint: Complaint) -> tuple[int, int, int]:
    """Return a sort key by file, line and column. Unknown files come first."""
    return _ORDER.get(Path(complaint.file).name, -1), complaint.line, complaint.column


def _read(path: Path, unread: list[Complaint]) -> Document | None:
    try:
        return Document.read(path)
    except BadQuestions as error:
        unread += error.complaints
        return None
