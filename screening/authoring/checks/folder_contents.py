"""Every question file in a folder is read or reported, and the files of all folders are consistent."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from screening.authoring.schema import QUESTIONNAIRE_FILES, Finding
from screening.authoring.translation import TRANSLATIONS
from screening.authoring.validation import suggest
from screening.authoring.yaml_document import Complaint, Fault, Where, display_name
from screening.questionnaire.model import Fact, Questionnaire
from screening.questionnaire.support import Support

SUFFIXES = (".yaml", ".yml")


def is_questionnaire(folder: Path) -> bool:
    """Return whether a folder has at least one file of a questionnaire."""
    return any(os.path.lexists(folder / f"{name}.yaml") for name in QUESTIONNAIRE_FILES)


def questionnaire_folders(folder: Path) -> list[Path]:
    """Return the subfolders with question files of any name, sorted. Hidden ones are ignored."""
    return sorted({file.parent for entry in _visible(folder) if entry.is_dir() for file in _question_files(entry)})


def unknown_files(folder: Path, known: Sequence[str]) -> Iterator[Complaint]:
    """Yield each question file of a folder that would be ignored because of its name."""
    names = [f"{name}.yaml" for name in known]
    for file in _question_files(folder):
        if file.name not in names:
            remedy = f"Rename or delete it. {suggest(file.name.lower(), names)}"
            yield Complaint(display_name(file), 1, 1, f'The site does not read a file called "{file.name}".', remedy)


def id_clashes(questionnaire: Questionnaire, others: Iterable[Questionnaire]) -> Iterator[Finding]:
    """Yield a finding for the id and for the slug of a questionnaire if another one has the same."""
    for key, mine in (("id", questionnaire.id), ("slug", questionnaire.slug)):
        if mine in (getattr(other, key) for other in others):
            fault = Fault((key,), f'Another questionnaire already has the {key} "{mine}".', f"Give each its own {key}.")
            yield Finding("questionnaire", fault)


def missing_countries(questionnaire: Questionnaire, support: Mapping[str, Support]) -> Iterator[Finding]:
    """Yield each outside fact of a country that has no support lines, since nobody would ever see it."""
    facts: list[tuple[Where, Sequence[Fact]]] = []
    for number, topic in enumerate(questionnaire.topics):
        facts.append((("topics", number), topic.outside))
        facts.append((("topics", number, "card"), topic.card.outside if topic.card else ()))
    facts.append((("box",), questionnaire.box.outside if questionnaire.box else ()))
    for parent, several in facts:
        for number, fact in enumerate(several):
            if fact.country not in support:
                wrong = f'"{fact.country}" is not a country in support.yaml, so nobody would see this.'
                where = (*parent, "outside", number, "country")
                yield Finding("topics", Fault(where, wrong, suggest(fact.country, list(support))))


def untranslated_files(
    languages: Iterable[str], questionnaires: Mapping[Path, Questionnaire], support: Mapping[str, Support], path: Path
) -> Iterator[Complaint]:
    """Yield a warning for each file that lacks a language of the others."""
    spoken = {folder / "questionnaire.yaml": {*one.translations} for folder, one in questionnaires.items()}
    spoken[path] = {language for country in support.values() for language in country.translations}
    for language in languages:
        for file, known in spoken.items():
            if language not in known:
                name = TRANSLATIONS[language]
                remedy = f"Add the translation to {language}.yaml in the same folder."
                wrong = f"This file has no {name} translation, but other files do."
                yield Complaint(display_name(file), 1, 1, wrong, remedy)


def _question_files(folder: Path) -> list[Path]:
    """Return the question files by name alone, so that a broken symbolic link is among them."""
    return [file for file in _visible(folder) if file.suffix.lower() in SUFFIXES]


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".")) if folder.is_dir() else []
