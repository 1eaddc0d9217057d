"""Commands for authors of questions: check the files, and show them as a diff, a diagram, FHIR or a JSON Schema."""

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
from screening.commands import summary_samples
from screening.commands.question_translations import translate_commands
from screening.questionnaire.model import Questionnaire
from screening.reports import citations, diagram
from screening.reports.diff import Difference, differences
from screening.reports.fhir import questionnaire_resource
from screening.site import site
from screening.storage import questionnaire_versions
from screening.storage.database import db, unpooled_engine
from screening.storage.schema_revision import why_unusable
from screening.web.questionnaire_limits import LIMITS, RESERVED_SLUGS


def questions_commands(config: Config, collection: Collection) -> AppGroup:
    """Make the group `questions`."""
    questions = AppGroup("questions", help="Check, compare and translate the question files.")

    @questions.command("check")
    @click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=config.questions)
    @click.option("--proof", is_flag=True, help="Also say how long the summaries of 2,000 random people are.")
    @click.option("--write", type=click.Path(path_type=Path), metavar="FILE", help="Write what was proved, as JSON.")
    def check_command(folder: Path, proof: bool, write: Path | None) -> None:
        """Check FOLDER, one questionnaire or all of them, and say what is wrong."""
        checked = _check(folder, config.questions, collection, write)
        for questionnaire in checked if proof else ():
            click.echo("\n".join(_sample_lines(questionnaire, config.country)))

    @questions.command("sources")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    def sources_command(slug: str) -> None:
        """List what cites each source of the questionnaire SLUG, and the headings that nothing cites."""
        click.echo("\n".join(citations.citation_report(_known(collection, slug))))

    @questions.command("schema")
    @click.argument("kind", type=click.Choice([*FILE_KINDS, *TRANSLATIONS]))
    def schema_command(kind: str) -> None:
        """Print the JSON Schema of KIND.yaml, for an editor that completes and checks."""
        click.echo(json.dumps(json_schema.file_schema(kind, RESERVED_SLUGS), indent=2, ensure_ascii=False))

    @questions.command("diagram")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    @click.option("--svg", "is_svg", is_flag=True, help="Draw SVG instead of Mermaid.")
    def diagram_command(slug: str, is_svg: bool) -> None:
        """Draw the flowchart of the questionnaire SLUG."""
        draw = diagram.svg_diagram if is_svg else diagram.mermaid_diagram
        click.echo(draw(_known(collection, slug)), nl=False)

    @questions.command("diff")
    @click.argument("before", metavar="A")
    @click.argument("after", metavar="B")
    def diff_command(before: str, after: str) -> None:
        """Say what a patient would see differently in B than in A.

        Each is the folder of one questionnaire, or the first 6 or more characters of the hash of a version that was
        served here.
        """
        click.echo("\n".join(_diff_lines(_version(before, collection), _version(after, collection))))

    @questions.command("fhir")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    @click.option(
        "--version", metavar="BEGINNING", help="One that was served: the first 6 or more characters of its hash."
    )
    @click.option("--language", metavar="CODE", help="The form's language, such as es. Others are translations.")
    def fhir_command(slug: str, version: str | None, language: str | None) -> None:
        """Print the questionnaire SLUG, or a version that was served, as a FHIR R4 Questionnaire in JSON."""
        questionnaire = _known(collection, slug) if version is None else _served(version, "not")
        spoken = language or questionnaire.language
        if spoken not in (available := (questionnaire.language, *questionnaire.translations)):
            raise click.BadParameter(f'It is not in "{spoken}". Available: {", ".join(available)}.')
        is_served = questionnaire.version in {active.version for active in collection.questionnaires}
        resource = questionnaire_resource(questionnaire, _since(questionnaire), is_served, site().publication, spoken)
        click.echo(json.dumps(resource, indent=2, ensure_ascii=False))

    questions.add_command(translate_commands(config.questions))
    return questions


def _known(collection: Collection, slug: str) -> Questionnaire:
    known = {questionnaire.slug: questionnaire for questionnaire in collection.questionnaires}
    if slug not in known:
        raise click.BadParameter(f'There is no questionnaire "{slug}". Available: {", ".join(known)}.')
    return known[slug]


def _version(folder_or_hash: str, collection: Collection) -> Questionnaire:
    """Load a questionnaire by its folder, or by the beginning of its version's hash."""
    folder = Path(folder_or_hash)
    if is_questionnaire(folder):
        try:
            return load_questionnaire(folder, collection.wording, LIMITS)[0]
        except BadQuestions as error:
            click.echo(str(error))
            raise click.exceptions.Exit(1) from None
    return _served(folder_or_hash, "neither a folder with a questionnaire.yaml nor")


def _served(prefix: str, is_not: str) -> Questionnaire:
    """Load a version that was served, by the beginning of its hash. `is_not` begins the error for a malformed one."""
    if not re.fullmatch("[0-9a-fA-F]{6,64}", prefix):
        raise click.BadParameter(f"{prefix} is {is_not} the first 6 or more characters of a version's hash.")
    if reason := why_unusable(unpooled_engine()):
        raise click.ClickException(reason)
    try:
        return questionnaire_versions.find_version(db.session, prefix)
    except questionnaire_versions.VersionNotFound as error:
        raise click.BadParameter(str(error)) from None


def _since(questionnaire: Questionnaire) -> date | None:
    """Return the day on which this version was first served, or None if the database does not know it."""
    return (
        None
        if why_unusable(unpooled_engine())
        else dict(questionnaire_versions.all_versions(db.session)).get(questionnaire.version)
    )


def _diff_lines(before: Questionnaire, after: Questionnaire) -> Iterator[str]:
    """Yield the differences in each language as lines."""
    yield from _difference_lines(differences(before, after))
    for language, name in TRANSLATIONS.items():
        old, new = before.translations.get(language), after.translations.get(language)
        if old and new:
            yield from ("", f"In {name}:", *_difference_lines(differences(old, new)))
        elif old or new:
            yield from ("", f"{name} was {'added' if new else 'removed'}.")


def _difference_lines(found: Sequence[Difference]) -> Iterator[str]:
    """Yield differences as lines, grouped by what they are about."""
    count = f"{len(found)} difference{'s' if len(found) > 1 else ''}" if found else "no difference"
    yield f"A patient would see {count}."
    for where in dict.fromkeys(difference.where for difference in found):
        yield from ("", where)
        for difference in (difference for difference in found if difference.where == where):
            yield f"  {difference.kind}"
            for sign, words in (("-", difference.before), ("+", difference.after)):
                yield from (fill(f"    {sign} {line}", 100, subsequent_indent="      ") for line in words.splitlines())


def _check(folder: Path, served: Path, collection: Collection, file: Path | None) -> tuple[Questionnaire, ...]:
    """Check a folder and print the result; write what was proved to a file, if one is named."""
    checked: tuple[Questionnaire, ...]
    try:
        if is_questionnaire(folder):
            questionnaire, warnings = load_questionnaire(folder, collection.wording, LIMITS)
            checked = (questionnaire,)
        else:
            # The served questions passed the same checks a moment ago, when this process started.
            loaded = collection if folder == served else load_collection(folder, LIMITS)
            checked, warnings = loaded.questionnaires, list(loaded.warnings)
    except BadQuestions as error:
        click.echo(str(error))
        raise click.exceptions.Exit(1) from None
    today = datetime.now(UTC).date()
    old_sources = (warning for questionnaire in checked for warning in sources.out_of_date(questionnaire, today))
    for warning in (*warnings, *old_sources):
        click.echo(f"{warning} (a warning)")
    proved = {questionnaire: proofs.proof_of(questionnaire) for questionnaire in checked}
    grades = {questionnaire: _grades(questionnaire) for questionnaire in checked}
    for questionnaire, proof in proved.items():
        languages = " and ".join(["English", *(TRANSLATIONS[language] for language in questionnaire.translations)])
        click.echo(
            f"{questionnaire.id}, in {languages}: {proof}. Nothing is wrong. Version {questionnaire.version[:12]}."
        )
        for line in _extents(proof):
            click.echo(f"{questionnaire.id}: {line}.")
        for language, graded in grades[questionnaire].items():
            click.echo(f"{questionnaire.id}: {readability.grades_in_short(graded, language)}.")
    if file is not None:
        report = [
            {
                "questionnaire": questionnaire.id,
                "version": questionnaire.version,
                **proof.figures,
                "reading": grades[questionnaire],
            }
            for questionnaire, proof in proved.items()
        ]
        try:
            file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            wrong = f"{file} cannot be written: {error.strerror}. Name another file."
            raise click.ClickException(wrong) from None
    return checked


def _extents(proof: Proof) -> Iterator[str]:
    """Yield the proved bounds of summaries: cards and words."""
    if proof.extents:
        cases = "1 largest case covers" if proof.cases == 1 else f"{proof.cases:,} largest cases cover"
        yield f"{cases} all answers; a summary has at most {proof.cards} cards"
        lengths = (
            f"{extent.least:,} to {extent.most:,} words in {_language_name(language)}"
            for language, extent in proof.extents.items()
        )
        yield f"Summaries have {' and '.join(lengths)}"


def _sample_lines(questionnaire: Questionnaire, country: str) -> Iterator[str]:
    """Yield how long the summaries of random people are, and which answers give the longest one."""
    proof = proofs.proof_of(questionnaire)
    for spoken in (questionnaire, *questionnaire.translations.values()):
        for sample in summary_samples.samples(spoken, country):
            who = f'{sample.number:,} with "{sample.who}"' if sample.who else f"{sample.number:,} random answer sets"
            yield (
                f"{questionnaire.id}, {_language_name(spoken.language)}, {who} (median, 9 in 10, most): "
                f"{sample.words} words, {sample.cards} cards."
            )
    if proof.extents:
        fullest = answers_in_words(questionnaire, proof.extents[questionnaire.language].fullest)
        yield f"{questionnaire.id}: to get the longest summary, {fullest}."


def _language_name(language: str) -> str:
    return TRANSLATIONS.get(language, "English")


def _grades(questionnaire: Questionnaire) -> dict[str, dict[FileName, dict[str, float]]]:
    """Grade readability: language -> file -> part -> grade."""
    return {
        spoken.language: {
            file: readability.grades(file, data, spoken.language) for file, data in spoken.files().items()
        }
        for spoken in (questionnaire, *questionnaire.translations.values())
    }
