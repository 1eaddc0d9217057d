"""Commands for those who write questions: what is wrong in the files, and how they look from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import fill

import click
from flask.cli import AppGroup

from config import Config
from screening.authoring import json_schema, proofs
from screening.authoring.checks import readability, sources
from screening.authoring.checks.folder_contents import is_questionnaire
from screening.authoring.loader import Collection, load_collection, load_questionnaire
from screening.authoring.proofs import Proof
from screening.authoring.reachability import answers_in_words
from screening.authoring.schema import FILE_KINDS, FileName
from screening.authoring.translation import TRANSLATIONS
from screening.authoring.yaml_document import BadQuestions
from screening.commands import sampling
from screening.commands.translations import translate_commands
from screening.questionnaire.model import Questionnaire
from screening.reports import citations, diagram
from screening.reports.diff import Difference, differences
from screening.reports.fhir import questionnaire_resource
from screening.storage import questionnaire_versions
from screening.storage.database import db, unpooled_engine
from screening.storage.schema_revision import why_unusable
from screening.web.questionnaire_limits import LIMITS, RESERVED_SLUGS


def questions_commands(config: Config, collection: Collection) -> AppGroup:
    """The commands under `questions`."""
    questions = AppGroup("questions", help="Check and try the question files.")

    @questions.command("check")
    @click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=config.questions)
    @click.option("--proof", is_flag=True, help="Say how long the summaries of 2,000 random people are, too.")
    @click.option("--write", type=click.Path(path_type=Path), metavar="FILE", help="Write what was proved.")
    def check_command(folder: Path, proof: bool, write: Path | None) -> None:
        """Say what is wrong in FOLDER: one questionnaire, or all of them."""
        found = _check(folder, config.questions, collection, write)
        for questionnaire in found if proof else ():
            click.echo("\n".join(_sampled(questionnaire, config.country)))

    @questions.command("sources")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    def sources_command(slug: str) -> None:
        """Say what rests on each source of the questionnaire SLUG, and on which headings nothing rests."""
        click.echo("\n".join(citations.citation_report(_known(collection, slug))))

    @questions.command("schema")
    @click.argument("kind", type=click.Choice([*FILE_KINDS, *TRANSLATIONS]))
    def schema_command(kind: str) -> None:
        """Print what KIND.yaml may hold, as JSON Schema for an editor that completes and checks."""
        click.echo(json.dumps(json_schema.file_schema(kind, RESERVED_SLUGS), indent=2, ensure_ascii=False))

    @questions.command("diagram")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    @click.option("--svg", "is_svg", is_flag=True, help="As SVG. Without it, as Mermaid.")
    def diagram_command(slug: str, is_svg: bool) -> None:
        """Draw the way through the questionnaire SLUG."""
        draw = diagram.svg_diagram if is_svg else diagram.mermaid_diagram
        click.echo(draw(_known(collection, slug)), nl=False)

    @questions.command("diff")
    @click.argument("before", metavar="A")
    @click.argument("after", metavar="B")
    def diff_command(before: str, after: str) -> None:
        """Say what a patient would see differently in B than in A.

        Each is the folder of one questionnaire, or the beginning of the hash of a version that was served here.
        """
        told = _languages_told(_version(before, collection), _version(after, collection))
        click.echo("\n".join(told))

    @questions.command("fhir")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    @click.option("--version", metavar="BEGINNING", help="One that was served: the first 6 or more places of its hash.")
    def fhir_command(slug: str, version: str | None) -> None:
        """Print the questionnaire SLUG, or a version that was served, as a FHIR R4 Questionnaire in JSON."""
        found = _known(collection, slug) if version is None else _served(version, "not")
        is_served = found.version in {one.version for one in collection.questionnaires}
        made = questionnaire_resource(found, _since(found), is_served)
        click.echo(json.dumps(made, indent=2, ensure_ascii=False))

    questions.add_command(translate_commands(config.questions))
    return questions


def _known(collection: Collection, slug: str) -> Questionnaire:
    known = {questionnaire.slug: questionnaire for questionnaire in collection.questionnaires}
    if slug not in known:
        raise click.BadParameter(f"{slug} is not here. Known: {', '.join(known)}.")
    return known[slug]


def _version(given: str, collection: Collection) -> Questionnaire:
    """The questionnaire of a folder, or of a hash's beginning."""
    folder = Path(given)
    if is_questionnaire(folder):
        try:
            return load_questionnaire(folder, collection.wording, LIMITS)[0]
        except BadQuestions as error:
            click.echo(str(error))
            raise click.exceptions.Exit(1) from None
    return _served(given, "neither a folder with a questionnaire.yaml nor")


def _served(given: str, no: str) -> Questionnaire:
    """The questionnaire of the version whose hash begins so; `no` says what else something wrong is not."""
    if not re.fullmatch("[0-9a-fA-F]{6,64}", given):
        raise click.BadParameter(f"{given} is {no} the first 6 or more places of a version.")
    if reason := why_unusable(unpooled_engine()):
        raise click.ClickException(reason)
    try:
        return questionnaire_versions.find_version(db.session, given)
    except questionnaire_versions.VersionNotFound as error:
        raise click.BadParameter(str(error)) from None


def _since(questionnaire: Questionnaire) -> date | None:
    """The day on which this version was first served, as far as the database knows."""
    return (
        None
        if why_unusable(unpooled_engine())
        else dict(questionnaire_versions.all_versions(db.session)).get(questionnaire.version)
    )


def _languages_told(before: Questionnaire, after: Questionnaire) -> Iterator[str]:
    """What differs, language by language."""
    yield from _told(differences(before, after))
    for language, name in TRANSLATIONS.items():
        was, now = before.translations.get(language), after.translations.get(language)
        if was and now:
            yield from ("", f"In {name}:", *_told(differences(was, now)))
        elif was or now:
            yield from ("", f"There is {name} now." if now else f"There is no {name} any more.")


def _told(found: Sequence[Difference]) -> Iterator[str]:
    """Differences as text, gathered by what they are about."""
    counted = f"{len(found)} difference{'s' if len(found) > 1 else ''}" if found else "no difference"
    yield f"A patient would see {counted}."
    for where in dict.fromkeys(one.where for one in found):
        yield from ("", where)
        for one in (one for one in found if one.where == where):
            yield f"  {one.kind}"
            for sign, words in (("-", one.before), ("+", one.after)):
                yield from (fill(f"    {sign} {line}", 100, subsequent_indent="      ") for line in words.splitlines())


def _check(folder: Path, served: Path, collection: Collection, file: Path | None) -> tuple[Questionnaire, ...]:
    found: tuple[Questionnaire, ...]
    try:
        if is_questionnaire(folder):
            questionnaire, warnings = load_questionnaire(folder, collection.wording, LIMITS)
            found = (questionnaire,)
        else:
            # What is served here was read a moment ago, by the same checks.
            read = collection if folder == served else load_collection(folder, LIMITS)
            found, warnings = read.questionnaires, list(read.warnings)
    except BadQuestions as error:
        click.echo(str(error))
        raise click.exceptions.Exit(1) from None
    today = datetime.now(UTC).date()
    for warning in (*warnings, *(one for read in found for one in sources.out_of_date(read, today))):
        click.echo(f"{warning} (a warning)")
    proved = {questionnaire: proofs.proof_of(questionnaire) for questionnaire in found}
    grades = {questionnaire: _grades(questionnaire) for questionnaire in found}
    for questionnaire, told in proved.items():
        languages = " and ".join(["English", *(TRANSLATIONS[language] for language in questionnaire.translations)])
        click.echo(
            f"{questionnaire.id}, in {languages}: {told}. Nothing is wrong. Version {questionnaire.version[:12]}."
        )
        for line in _extents(told):
            click.echo(f"{questionnaire.id}: {line}.")
        for language, graded in grades[questionnaire].items():
            click.echo(f"{questionnaire.id}: {readability.grades_in_short(graded, language)}.")
    if file is not None:
        written = [
            {"questionnaire": one.id, "version": one.version, **told.figures, "reading": grades[one]}
            for one, told in proved.items()
        ]
        try:
            file.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            wrong = f"{file} cannot be written: {error.strerror}. Name another file."
            raise click.ClickException(wrong) from None
    return found


def _extents(proof: Proof) -> Iterator[str]:
    """How large summaries become, as far as it was proved."""
    if proof.extents:
        cases = "1 largest case stands" if proof.cases == 1 else f"{proof.cases:,} largest cases stand"
        yield f"{cases} for all answers; at most {proof.cards} cards come together"
        lengths = (f"{one.least:,} to {one.most:,} words in {_named(name)}" for name, one in proof.extents.items())
        yield f"Summaries have {' and '.join(lengths)}"


def _sampled(questionnaire: Questionnaire, country: str) -> Iterator[str]:
    """How long the summaries of random people are, and which answers make the longest of all."""
    proof = proofs.proof_of(questionnaire)
    for spoken in (questionnaire, *questionnaire.translations.values()):
        for sample in sampling.samples(spoken, country):
            who = f'{sample.number:,} with "{sample.who}"' if sample.who else f"{sample.number:,} random answer sets"
            yield (
                f"{questionnaire.id}, {_named(spoken.language)}, {who} (median, 9 in 10, most): "
                f"{sample.words} words, {sample.cards} cards."
            )
    if proof.extents:
        fullest = answers_in_words(questionnaire, proof.extents[questionnaire.language].fullest)
        yield f"{questionnaire.id}: the longest summary comes of these answers: {fullest}."


def _named(language: str) -> str:
    return TRANSLATIONS.get(language, "English")


def _grades(questionnaire: Questionnaire) -> dict[str, dict[FileName, dict[str, float]]]:
    """Language -> file -> part -> how hard it is to read."""
    return {
        one.language: {file: readability.grades(file, data, one.language) for file, data in one.files().items()}
        for one in (questionnaire, *questionnaire.translations.values())
    }
