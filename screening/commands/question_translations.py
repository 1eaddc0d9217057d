"""Commands that export texts of the questions for translators and import translations, as PO files."""

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
    """Make the group `questions translate`. It also works while the questions cannot be served."""
    translate = AppGroup("translate", help="Export texts for translators and import translations, as PO files.")

    @translate.command("export")
    @_which
    @_language
    def export_command(which: str | None, language: str) -> None:
        """Print the texts to translate, with their current translations, as a PO file.

        FOLDER or ID names one questionnaire. Without it, the support lines are exported.
        """
        with _explaining_errors():
            folder = _folder(which, questions)
            english, translation = _read(folder, language)
            po = exchange.export_po(english, translation, language, _project(english, folder), datetime.now(UTC))
        click.echo(po.encode(), nl=False)

    @translate.command("import")
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @_which
    @_language
    def import_command(file: Path, which: str | None, language: str) -> None:
        """Rewrite a translation file from the PO file FILE, if FILE has no errors.

        FOLDER or ID names one questionnaire. Without it, the support lines are imported.
        """
        with _explaining_errors():
            folder = _folder(which, questions)
            target = folder / f"{language}.yaml"
            english, translation = _read(folder, language)
            imported = exchange.import_po(file.read_bytes(), display_name(file), english, translation, language)
            wording = (folder if _holds_support(folder) else questions) / "wording.yaml"
            warnings = _checked(imported, file, folder, tuple(english), language, wording)
            lost = 0
            if translation:
                lost = _count_comments(target.read_text(encoding="utf-8-sig")) - _count_comments(imported.text)
            _write(target, imported.text, like=folder / f"{next(iter(english))}.yaml")
        for warning in warnings:
            click.echo(f"{warning} (a warning)")
        click.echo(f"{display_name(target)} is written. New or changed texts: {imported.changed}.")
        if lost > 0:
            click.echo(f"Only the comments at its top are kept. Other comment lines, now removed: {lost}.")
        if imported.changed and TRANSLATION in imported.text:
            click.echo(f'Check that "{TRANSLATION}" in it still names the translator and the reviewer.')

    return translate


@contextmanager
def _explaining_errors() -> Iterator[None]:
    """End a command with the errors in the files, or with the name of a file that cannot be used."""
    try:
        yield
    except BadQuestions as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be used: {error.strerror}.") from None


def _folder(which: str | None, questions: Path) -> Path:
    """Find the folder by its path or by a questionnaire's id; without either, that of the support lines."""
    if which is None:
        return questions
    folder = Path(which)
    if is_questionnaire(folder) or _holds_support(folder):
        return folder
    by_id = {_id(inside) or inside.name: inside for inside in questionnaire_folders(questions)}
    if which not in by_id:
        available = ", ".join(by_id)
        raise click.BadParameter(
            f"{which} is neither a folder with question files nor a questionnaire. Available: {available}."
        )
    return by_id[which]


def _holds_support(folder: Path) -> bool:
    return (folder / "support.yaml").exists()


def _id(folder: Path) -> str:
    """Return the id of a folder's questionnaire, or "" if it cannot be read."""
    try:
        data = Document.read(folder / "questionnaire.yaml").data
    except BadQuestions:
        return ""
    name = data.get("id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


def _project(english: exchange.EnglishDocuments, folder: Path) -> str:
    return "support" if "support" in english else _id(folder) or folder.resolve().name


def _read(folder: Path, language: str) -> tuple[exchange.EnglishDocuments, Document | None]:
    """Read the English files of a folder, and their translation if there is one.

    Raises:
        BadQuestions: with every complaint about files that cannot be read.
    """
    names: Iterable[FileName] = QUESTIONNAIRE_FILES if is_questionnaire(folder) else SUPPORT
    complaints: list[Complaint] = []
    documents: dict[FileName, Document] = {}
    for name in (*names, *([language] if os.path.lexists(folder / f"{language}.yaml") else [])):
        try:
            documents[name] = Document.read(folder / f"{name}.yaml")
        except BadQuestions as error:
            complaints += error.complaints
    if complaints:
        raise BadQuestions(complaints)
    translation = documents.pop(language, None)
    return documents, translation


def _checked(
    imported: exchange.PoImport, file: Path, folder: Path, names: tuple[FileName, ...], language: str, wording: Path
) -> list[Complaint]:
    """Run all checks that a translation must pass before it is served, and return the warnings.

    Raises:
        BadQuestions: with every complaint; those about the translation name lines of the PO file.
    """
    words = load_wording(wording)
    with TemporaryDirectory() as empty:
        copy = Path(empty)
        for name in names:
            shutil.copyfile(folder / f"{name}.yaml", copy / f"{name}.yaml")
        (copy / f"{language}.yaml").write_text(imported.text, encoding="utf-8")
        try:
            if names == SUPPORT:
                warnings = load_support(copy / "support.yaml", words)[1]
            else:
                warnings = load_questionnaire(copy, words, LIMITS)[1]
        except BadQuestions as error:
            raise BadQuestions(
                [_relocated(one, imported, file, folder, language) for one in error.complaints]
            ) from None
    return [_relocated(one, imported, file, folder, language) for one in warnings]


def _relocated(complaint: Complaint, imported: exchange.PoImport, file: Path, folder: Path, language: str) -> Complaint:
    """Move a complaint from the temporary copy to the user's own files: the PO file, or the English."""
    name = Path(complaint.file).name

    def in_po(position: re.Match[str]) -> str:
        return f"{file.name}:{imported.lines[int(position[1]) - 1]}"

    texts = [re.sub(rf"\b{language}\.yaml:(\d+)", in_po, text) for text in (complaint.wrong, complaint.remedy)]
    if name != f"{language}.yaml":
        return Complaint(display_name(folder / name), complaint.line, complaint.column, *texts)
    return Complaint(display_name(file), imported.lines[complaint.line - 1], 1, *texts)


def _count_comments(text: str) -> int:
    return sum(line.lstrip().startswith("#") for line in text.splitlines())


def _write(target: Path, text: str, like: Path) -> None:
    """Replace a file atomically, once the new one is on disk. A new file gets the permissions of `like`."""
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
