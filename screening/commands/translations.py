"""Commands that send the words of the questions to translators and bring them back, as a PO file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp

import click
from flask.cli import AppGroup

from screening.authoring.checks.folder_contents import is_questionnaire, questionnaire_folders
from screening.authoring.loader import load_questionnaire, load_support, load_wording
from screening.authoring.schema import QUESTIONNAIRE_FILES, FileName
from screening.authoring.translation import TRANSLATION, TRANSLATIONS
from screening.authoring.yaml_document import BadQuestions, Complaint, Document, display_name
from screening.po import exchange
from screening.web.questionnaire_limits import LIMITS

SUPPORT = ("support",)

_language = click.option(
    "--language", type=click.Choice([*TRANSLATIONS]), default=next(iter(TRANSLATIONS)), show_default=True
)
_which = click.argument("which", metavar="[FOLDER|ID]", required=False)


def translate_commands(questions: Path) -> AppGroup:
    """The commands under `questions translate`. They need no questions that are fit to be served."""
    translate = AppGroup("translate", help="Send words to translators and bring them back, as a PO file.")

    @translate.command("export")
    @_which
    @_language
    def export_command(which: str | None, language: str) -> None:
        """Print what is to be translated, and what has been, as a PO file.

        FOLDER or ID is one questionnaire; without it, the support lines.
        """
        with _in_sentences():
            folder = _folder(which, questions)
            english, words = _read(folder, language)
            made = exchange.export_po(english, words, language, _project(english, folder), datetime.now(UTC))
        click.echo(made.encode(), nl=False)

    @translate.command("import")
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @_which
    @_language
    def import_command(file: Path, which: str | None, language: str) -> None:
        """Write a translation file anew from the PO file FILE, once nothing is wrong in it.

        FOLDER or ID is one questionnaire; without it, the support lines.
        """
        with _in_sentences():
            folder = _folder(which, questions)
            target = folder / f"{language}.yaml"
            english, words = _read(folder, language)
            made = exchange.import_po(file.read_bytes(), display_name(file), english, words, language)
            wording = (folder if _holds_support(folder) else questions) / "wording.yaml"
            warnings = _checked(made, file, folder, tuple(english), language, wording)
            notes = _notes(target.read_text(encoding="utf-8-sig")) - _notes(made.text) if words else 0
            _write(target, made.text, like=folder / f"{next(iter(english))}.yaml")
        for warning in warnings:
            click.echo(f"{warning} (a warning)")
        click.echo(f"{display_name(target)} is written. Texts that are new, or said otherwise: {made.changed}.")
        if notes > 0:
            click.echo(f"Only the notes at its head are kept. Others that stood there: {notes}.")
        if made.changed and TRANSLATION in made.text:
            click.echo(f'See if "{TRANSLATION}" there still names who translated and reviewed it.')

    return translate


@contextmanager
def _in_sentences() -> Iterator[None]:
    """End a command with what is wrong in the files, or with which file cannot be used."""
    try:
        yield
    except BadQuestions as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be used: {error.strerror}.") from None


def _folder(which: str | None, questions: Path) -> Path:
    """The folder that is meant: that of the support lines, one that is named, or that of a questionnaire's id."""
    if which is None:
        return questions
    folder = Path(which)
    if is_questionnaire(folder) or _holds_support(folder):
        return folder
    known = {_id(inside) or inside.name: inside for inside in questionnaire_folders(questions)}
    if which not in known:
        there = ", ".join(known)
        raise click.BadParameter(f"{which} is neither a folder with question files nor one of these: {there}.")
    return known[which]


def _holds_support(folder: Path) -> bool:
    return (folder / "support.yaml").exists()


def _id(folder: Path) -> str:
    """The id of a folder's questionnaire; none if that cannot be read."""
    try:
        data = Document.read(folder / "questionnaire.yaml").data
    except BadQuestions:
        return ""
    name = data.get("id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


def _project(english: exchange.EnglishDocuments, folder: Path) -> str:
    return "support" if "support" in english else _id(folder) or folder.resolve().name


def _read(folder: Path, language: str) -> tuple[exchange.EnglishDocuments, Document | None]:
    """The English files of a folder, and their translation, if it is there already.

    Raises:
        BadQuestions: with every complaint about files that cannot be read.
    """
    names: Iterable[FileName] = QUESTIONNAIRE_FILES if is_questionnaire(folder) else SUPPORT
    complaints: list[Complaint] = []
    found: dict[FileName, Document] = {}
    for name in (*names, *([language] if os.path.lexists(folder / f"{language}.yaml") else [])):
        try:
            found[name] = Document.read(folder / f"{name}.yaml")
        except BadQuestions as error:
            complaints += error.complaints
    if complaints:
        raise BadQuestions(complaints)
    words = found.pop(language, None)
    return found, words


def _checked(
    made: exchange.PoExport, file: Path, folder: Path, names: tuple[FileName, ...], language: str, wording: Path
) -> list[Complaint]:
    """The warnings about a translation, after all checks that it must pass before it is served.

    Raises:
        BadQuestions: with every complaint; those about the translation name the lines of the PO file.
    """
    words = load_wording(wording)
    with TemporaryDirectory() as empty:
        copy = Path(empty)
        for name in names:
            shutil.copyfile(folder / f"{name}.yaml", copy / f"{name}.yaml")
        (copy / f"{language}.yaml").write_text(made.text, encoding="utf-8")
        try:
            if names == SUPPORT:
                warnings = load_support(copy / "support.yaml", words)[1]
            else:
                warnings = load_questionnaire(copy, words, LIMITS)[1]
        except BadQuestions as error:
            raise BadQuestions([_placed(one, made, file, folder, language) for one in error.complaints]) from None
    return [_placed(one, made, file, folder, language) for one in warnings]


def _placed(complaint: Complaint, made: exchange.PoExport, file: Path, folder: Path, language: str) -> Complaint:
    """A complaint about a copy, as one about the files that its reader has."""
    name = Path(complaint.file).name

    def in_po(found: re.Match[str]) -> str:
        return f"{file.name}:{made.lines[int(found[1]) - 1]}"

    said = [re.sub(rf"\b{language}\.yaml:(\d+)", in_po, text) for text in (complaint.wrong, complaint.remedy)]
    if name != f"{language}.yaml":
        return Complaint(display_name(folder / name), complaint.line, complaint.column, *said)
    return Complaint(display_name(file), made.lines[complaint.line - 1], 1, *said)


def _notes(text: str) -> int:
    return sum(line.lstrip().startswith("#") for line in text.splitlines())


def _write(target: Path, text: str, like: Path) -> None:
    """Put a file in the place of another only when it is whole and on the disk. Who may read `like` may read it."""
    target = target.resolve()
    handle, part = mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target if target.exists() else like, part)
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)
