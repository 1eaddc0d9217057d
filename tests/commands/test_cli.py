"""Commands as an operator types them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from config import ROOT, ConfigError
from screening.app import create_app
from screening.authoring import proofs
from screening.authoring.checks import readability
from screening.authoring.json_schema import file_schema
from screening.authoring.loader import Collection, load_collection
from screening.authoring.schema import FILE_KINDS, FileName
from screening.commands import questions, summary_samples
from screening.commands.serve import warnings
from screening.questionnaire.model import Questionnaire
from screening.reports import diagram
from screening.reports.fhir import questionnaire_resource
from screening.site import site_of
from screening.storage import audit, questionnaire_versions
from screening.storage.database import db, unpooled_engine
from screening.web.questionnaire_limits import LIMITS, RESERVED_SLUGS
from tests.support.mutations import remembering
from tests.support.settings import TestConfig
from tests.support.spoiled_files import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "questions", tmp_path / "questions")


@pytest.fixture
def remembered() -> Iterator[None]:
    """Read files and texts that stay the same once: a comparison checks two copies of all question files."""
    with remembering():
        yield


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the date, since question files warn of sources not checked for long."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return cls(2027, 5, 21)

    monkeypatch.setattr(questions, "datetime", Then)


def run(app: Flask, *arguments: str, typed: str = "") -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=arguments, input=typed)
    return result.exit_code, result.output


def grades(collection: Collection) -> dict[str, dict[FileName, dict[str, float]]]:
    (english,) = collection.questionnaires
    files = {"en": english.files(), "es": english.in_language("es").files()}
    return {
        language: {file: readability.grades(file, data, language) for file, data in spoken.items()}
        for language, spoken in files.items()
    }


def test_questions_check_says_what_was_read(app: Flask, folder: Path, collection: Collection) -> None:
    version = collection.questionnaires[0].version[:12]
    proved = "11 questions, 74 options, 20 topics, 31 merged states, 936 summaries"
    english, spanish = (proofs.proof_of(collection.questionnaires[0]).extents[language] for language in ("en", "es"))
    told = (
        f"ketamine-therapy, in English and Spanish: {proved}. Nothing is wrong. Version {version}.\n"
        "ketamine-therapy: 2 largest cases cover all answers; a summary has at most 17 cards.\n"
        f"ketamine-therapy: Summaries have {english.least:,} to {english.most:,} words in English and "
        f"{spanish.least:,} to {spanish.most:,} words in Spanish.\n"
        f"ketamine-therapy: {readability.grades_in_short(grades(collection)['en'])}.\n"
        f"ketamine-therapy: {readability.grades_in_short(grades(collection)['es'], 'es')}.\n"
    )
    assert run(app, "questions", "check") == (0, told)
    assert run(app, "questions", "check", str(folder)) == (0, told)
    assert run(app, "questions", "check", str(folder / "ketamine-therapy")) == (0, told)


def test_questions_check_writes_what_was_proved_with_the_version(
    app: Flask, folder: Path, tmp_path: Path, collection: Collection
) -> None:
    file = tmp_path / "proof.json"
    assert run(app, "questions", "check", str(folder), "--write", str(file))[0] == 0
    (proof,) = json.loads(file.read_text())
    assert proof == {
        "questionnaire": "ketamine-therapy",
        "version": collection.questionnaires[0].version,
        "sections": 6,
        "questions": 11,
        "options": 74,
        "topics": 20,
        "states": 31,
        "summaries": 936,
        "cases": 2,
        "cards": 17,
        "words": {
            language: {"least": one.least, "most": one.most}
            for language, one in proofs.proof_of(collection.questionnaires[0]).extents.items()
        },
        "reading": grades(collection),
    }


def test_questions_check_says_what_random_people_get(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary_samples, "SAMPLE_SIZE", 40)
    code, output = run(app, "questions", "check", "--proof")
    assert code == 0
    # After the proof's result and the readability: two lines, and one for each language.
    lines = output.splitlines()[5:]
    who = ["40 random answer sets", r'\d+ with "Myself"', "40 random answer sets", r'\d+ with "Para mí"']
    for line, language, people in zip(lines, ["English", "English", "Spanish", "Spanish"], who, strict=False):
        pattern = rf"ketamine-therapy, {language}, {people} \(median, 9 in 10, most\): (.*) words, (.*) cards\."
        found = re.fullmatch(pattern, line)
        assert found, line
        for figures in found.groups():
            median, nine_in_ten, most = (int(one.replace(",", "")) for one in re.split(", | and ", figures))
            assert 0 < median <= nine_in_ten <= most
    assert lines[4].startswith("ketamine-therapy: to get the longest summary, answer ")
    assert len(lines) == 5


def test_a_proof_that_cannot_be_written_is_reported(app: Flask, tmp_path: Path) -> None:
    code, output = run(app, "questions", "check", "--write", str(tmp_path / "nowhere" / "proof.json"))
    assert code == 1
    assert output.endswith("proof.json cannot be written: No such file or directory. Name another file.\n")
    assert run(app, "questions", "check", "--write", "/dev/full")[1].endswith(
        "Error: /dev/full cannot be written: No space left on device. Name another file.\n"
    )


def test_what_is_not_proved_is_reported_with_the_shortest_answers_and_written_nowhere(
    app: Flask, folder: Path, tmp_path: Path
) -> None:
    questions = folder / "ketamine-therapy" / "questionnaire.yaml"
    worried = "        priority: 3\n        recap: true\n        ask_if:\n          asking-for: [myself]\n"
    write(questions, worried, f"{worried}          hopes: [mood]\n")
    line = questions.read_text().partition(worried)[0].count("\n") + 4
    file = tmp_path / "proof.json"
    code, output = run(app, "questions", "check", str(folder), "--write", str(file))
    assert code == 1
    assert output == (
        f'{questions}:{line}:11: The condition on "asking-for" changes nothing: it is met whenever the others are. '
        'Shortest way to see this: answer "Myself" to "Who are you asking for?"; answer "Better mood" to "What do you '
        'hope for?"; skip the rest. Delete it.\n'
    )
    assert not file.exists()


def test_questions_check_names_the_line_and_the_remedy(app: Flask, folder: Path) -> None:
    file = folder / "ketamine-therapy" / "questionnaire.yaml"
    lines = file.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "choose_one:" in line)
    lines[number - 1] = lines[number - 1].replace("choose_one", "chose_one")
    file.write_text("\n".join(lines))
    code, output = run(app, "questions", "check", str(folder))
    assert code == 1
    assert f'{file}:{number}:9: "chose_one" is not a key here. Did you mean "choose_one"?' in output
    assert "Traceback" not in output


def test_what_loading_has_proved_is_not_proved_again(app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proved: list[Questionnaire] = []
    prove = proofs.prove

    def counted(questionnaire: Questionnaire) -> proofs.Proof:
        proved.append(questionnaire)
        return prove(questionnaire)

    monkeypatch.setattr(proofs, "prove", counted)
    assert run(app, "questions", "check", str(folder))[0] == 0
    assert len(proved) == 1


def test_questions_check_of_a_questionnaire_without_its_first_file_says_so(app: Flask, folder: Path) -> None:
    file = folder / "ketamine-therapy" / "questionnaire.yaml"
    file.unlink()
    code, output = run(app, "questions", "check", str(file.parent))
    assert (code, output) == (1, f"{file}:1:1: The file cannot be read. It is missing: create it.\n")


def test_questions_check_of_nothing_says_so(app: Flask, tmp_path: Path) -> None:
    code, output = run(app, "questions", "check", str(tmp_path))
    assert code == 1
    assert "support.yaml" in output
    assert "wording.yaml" in output


def test_an_unknown_questionnaire_is_answered_with_those_that_are_there(app: Flask) -> None:
    code, output = run(app, "questions", "sources", "nowhere")
    assert code == 2
    assert 'There is no questionnaire "nowhere". Available: reflection.' in output


def test_a_source_that_nobody_looked_at_for_a_year_is_reported_and_stops_nothing(app: Flask, folder: Path) -> None:
    file = folder / "ketamine-therapy" / "sources.yaml"
    file.write_text(file.read_text().replace('checked: "2026-11-21"', "checked: 2026-05-20", 1))
    warning = (
        'ketamine-therapy: nobody has checked the outside source "fda-compounded-ketamine" since 2026-05-20. Check '
        'that it still says the same, then update its "checked" date in sources.yaml. (a warning)\n'
    )
    for checked in (folder, folder / "ketamine-therapy"):
        code, output = run(app, "questions", "check", str(checked))
        assert code == 0
        assert output.startswith(f"{warning}ketamine-therapy, in English")


def test_the_servers_start_tells_of_old_sources_beside_old_lines(collection: Collection) -> None:
    assert list(warnings(TestConfig(support_confirmed=date(2026, 11, 21)), collection, date(2026, 11, 22))) == []
    told = list(warnings(TestConfig(support_confirmed=date(2027, 11, 21)), collection, date(2027, 11, 22)))
    review, *sources = sorted(told, key=lambda warning: "outside source" in warning)
    assert "should have been reviewed by 2027-05-31" in review
    named = [warning.split('"')[1] for warning in sources]
    assert named == ["fda-compounded-ketamine", "spravato-label", "spravato-rems"]
    told = list(warnings(TestConfig(support_confirmed=date(2026, 11, 21)), collection, date(2027, 11, 22)))
    assert len(told) == 1 + 3 + 2


def test_questions_sources_lists_what_cites_each_heading(app: Flask) -> None:
    code, output = run(app, "questions", "sources")
    assert code == 0
    assert run(app, "questions", "sources", "reflection") == (0, output)
    assert "    question tried: What help have you tried, and what would you say about it?\n" in output
    assert "  Nothing cites:\n    dual-nature: " in output
    assert run(app, "questions", "sources", "nowhere")[0] == 2


def test_questions_schema_prints_what_an_editor_reads(app: Flask) -> None:
    code, output = run(app, "questions", "schema", "topics")
    assert code == 0
    assert json.loads(output) == file_schema("topics", RESERVED_SLUGS)
    code, output = run(app, "questions", "schema", "answers")
    assert code == 2
    for kind in FILE_KINDS:
        assert f"'{kind}'" in output


def test_questions_diagram_draws_for_github_and_for_a_page(app: Flask, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    assert run(app, "questions", "diagram") == (0, diagram.mermaid_diagram(questionnaire))
    assert run(app, "questions", "diagram", "reflection", "--svg") == (0, diagram.svg_diagram(questionnaire))
    code, output = run(app, "questions", "diagram", "nowhere")
    assert code == 2
    assert "Available: reflection." in output


def test_questions_diff_says_what_a_patient_would_see_differently(app: Flask, folder: Path, remembered: None) -> None:
    before, after = ROOT / "questions" / "ketamine-therapy", folder / "ketamine-therapy"
    nothing = "A patient would see no difference.\n\nIn Spanish:\nA patient would see no difference.\n"
    assert run(app, "questions", "diff", str(before), str(after)) == (0, nothing)
    write(after / "es.yaml", "es: ¿Qué otras opciones hay?", "es: ¿Qué otras opciones existen?")
    told = run(app, "questions", "diff", str(before), str(after))[1]
    assert told.startswith("A patient would see no difference.\n\nIn Spanish:\nA patient would see 1 difference.\n")
    (after / "es.yaml").unlink()
    gone = "A patient would see no difference.\n\nSpanish was removed.\n"
    assert run(app, "questions", "diff", str(before), str(after)) == (0, gone)
    before = shutil.copytree(after, folder / "before")
    write(after / "questionnaire.yaml", "ask: What do you hope for?", "ask: What are your hopes?")
    told = """\
A patient would see 1 difference.

Question “What are your hopes?”
  reworded
    - What do you hope for?
    + What are your hopes?
"""
    assert run(app, "questions", "diff", str(before), str(after)) == (0, told)
    write(
        after / "questionnaire.yaml", "{say: Better mood, topics: [mood]}", "{say: A better mood, topics: [cravings]}"
    )
    told = run(app, "questions", "diff", str(before), str(after))[1]
    assert told.startswith("A patient would see 3 differences.\n")
    assert told.endswith("""
Question “What are your hopes?”, option “A better mood”
  reworded
    - Better mood
    + A better mood
  brings something different to the summary
    - brings “Mood”
    + brings “Cravings and recovery”
""")


def test_questions_diff_takes_versions_that_were_served(folder: Path, tmp_path: Path, collection: Collection) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}"))
    served, changed = collection.questionnaires[0].version[:6], folder / "ketamine-therapy"
    code, output = run(app, "questions", "diff", served, str(changed))
    assert (code, output) == (1, "Error: The database is not up to date. Run flask --app wsgi database upgrade.\n")
    run(app, "database", "upgrade")
    code, output = run(app, "questions", "diff", served, str(changed))
    assert code == 2
    assert f"No version that was served here begins with {served}." in output
    with app.app_context():
        questionnaire_versions.store_version(db.session, collection.questionnaires[0], date(2026, 11, 21))
    write(changed / "questionnaire.yaml", "ask: What do you hope for?", "ask: What are your hopes?")
    (changed / "es.yaml").unlink()
    code, output = run(app, "questions", "diff", served.upper(), str(changed))
    assert code == 0
    assert "    - What do you hope for?\n    + What are your hopes?\n" in output


def test_questions_diff_of_something_else_says_what_it_takes(app: Flask, folder: Path) -> None:
    for given in ("nowhere", "abcde", "a" * 5_000, str(folder)):
        code, output = run(app, "questions", "diff", given, str(folder / "ketamine-therapy"))
        assert code == 2
        assert (
            "is neither a folder with a questionnaire.yaml nor the first 6 or more characters of a version's hash."
            in output
        )


def test_questions_diff_names_what_is_wrong_in_a_folder(app: Flask, folder: Path) -> None:
    file = folder / "ketamine-therapy" / "questionnaire.yaml"
    write(file, "slug: reflection", "slog: reflection")
    code, output = run(app, "questions", "diff", str(file.parent), str(file.parent))
    assert code == 1
    assert output.startswith(f'{file}:2:1: "slog" is not a key here.')


def test_questions_fhir_prints_what_is_served_or_was(folder: Path, tmp_path: Path, collection: Collection) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}"))
    now = collection.questionnaires[0]
    output = run(app, "questions", "fhir")
    assert output == run(app, "questions", "fhir", "reflection")
    publication = site_of(app).publication
    assert (output[0], json.loads(output[1])) == (0, questionnaire_resource(now, None, True, publication))
    spanish = json.loads(run(app, "questions", "fhir", "--language", "es")[1])
    assert spanish == questionnaire_resource(now, None, True, publication, "es")
    code, told_ = run(app, "questions", "fhir", "--version", now.version[:6])
    assert (code, told_) == (1, "Error: The database is not up to date. Run flask --app wsgi database upgrade.\n")
    run(app, "database", "upgrade")
    write(folder / "ketamine-therapy" / "questionnaire.yaml", "ask: What do you hope for?", "ask: What are your hopes?")
    (folder / "ketamine-therapy" / "es.yaml").unlink()
    before = load_collection(folder, LIMITS).questionnaires[0]
    with app.app_context():
        questionnaire_versions.store_version(db.session, before, date(2026, 11, 2))
        questionnaire_versions.store_version(db.session, now, date(2026, 11, 21))
    made = json.loads(run(app, "questions", "fhir")[1])
    assert made == questionnaire_resource(now, date(2026, 11, 21), True, publication)
    made = json.loads(run(app, "questions", "fhir", "--version", before.version[:6].upper())[1])
    assert made == questionnaire_resource(before, date(2026, 11, 2), False, publication)
    beginning = before.version[:6]
    assert (
        'It is not in "es". Available: en.'
        in run(app, *f"questions fhir --version {beginning} --language es".split())[1]
    )


@pytest.mark.parametrize("confirmed", [None, date(2026, 11, 21)])
def test_questions_fhir_names_the_clinic_and_the_lines_that_its_pages_show(confirmed: date | None) -> None:
    config = TestConfig(
        country="UK",
        support_confirmed=confirmed,
        clinic_name="The Clinic",
        clinic_phone="555-0101",
        site_address="https://clinic.example",
    )
    output = run(create_app(config), "questions", "fhir")[1]
    assert "call 999." in output
    assert ("Samaritans: call 116 123. Checked November 21, 2026." in output) is (confirmed is not None)
    made = json.loads(output)
    assert (made["publisher"], made["contact"][0]["telecom"][0]["value"]) == ("The Clinic", "555-0101")
    assert made["contact"][0]["telecom"][1]["value"] == "https://clinic.example"


def test_questions_fhir_of_something_else_says_what_it_takes(app: Flask) -> None:
    assert "Available: reflection." in run(app, "questions", "fhir", "nowhere")[1]
    code, output = run(app, "questions", "fhir", "--version", "abcde")
    assert code == 2
    assert "abcde is not the first 6 or more characters of a version's hash." in output


def test_database_upgrade_makes_the_tables(tmp_path: Path) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}"))
    assert run(app, "database", "upgrade") == (0, "The database is up to date.\n")
    with app.app_context():
        questionnaire_versions.store_active_versions(unpooled_engine(), site_of(app).questionnaires)
    assert app.test_client().get("/healthz/ready").status_code == 200


def test_a_country_without_support_lines_is_refused() -> None:
    with pytest.raises(ConfigError, match="Set it to one of: US, UK, IE, CA, AU"):
        create_app(TestConfig(country="XX"))


def test_lines_that_nobody_checked_for_half_a_year_are_reported(collection: Collection) -> None:
    support = collection.support["US"]
    assert support.stale(date(2026, 12, 1), None) == ()
    assert support.stale(date(2027, 12, 1), date(2027, 11, 1)) == ()
    assert {line.id for line in support.stale(date(2027, 12, 1), None)} == {"us-988", "us-samhsa"}


def test_audit_verify_finds_a_cut_tail_against_a_head_that_was_kept(tmp_path: Path) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}"))
    run(app, "database", "upgrade")
    with app.app_context():
        for _ in range(3):
            audit.append_entry(db.session, TestConfig.audit_key, 1, audit.Action.LIST_READ, date(2026, 11, 21))
    code, head = run(app, "audit", "head")
    assert code == 0
    assert head.startswith("3-")
    assert run(app, "audit", "verify", "--head", head) == (0, "The audit trail is unchanged. Entries: 3.\n")
    with app.app_context():
        db.session.execute(text("DELETE FROM audit_entry WHERE number = 3"))
        db.session.commit()
    assert run(app, "audit", "verify")[1].startswith(
        "The audit trail is unchanged. Entries: 2.\nTo also detect entries cut off the end, add --head"
    )
    told = (
        "Error: Entry 3 of the audit trail was changed or deleted, and not by this site. "
        "Compare the trail with that of a backup.\n"
    )
    assert run(app, "audit", "verify", "--head", head) == (1, told)
    code, told = run(app, "audit", "verify", "--head", "nonsense")
    assert code == 2
    assert "is not an audit head" in told
