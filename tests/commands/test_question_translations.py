"""`questions translate export` and `import` as an operator types them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import Result
from flask import Flask

from config import ROOT, make_secrets
from screening.app import create_for_translators
from screening.authoring.loader import Collection
from tests.support.settings import TestConfig
from tests.support.spoiled_files import write


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "questions", tmp_path / "questions")


@pytest.fixture
def folder(questions: Path) -> Path:
    return questions / "ketamine-therapy"


@pytest.fixture
def site(questions: Path) -> Flask:
    return create_for_translators(replace(TestConfig(), questions=questions))


def run(site: Flask, *arguments: str | Path) -> Result:
    return site.test_cli_runner().invoke(args=["questions", "translate", *map(str, arguments)])


def sent(site: Flask, *which: str | Path) -> str:
    result = run(site, "export", *which)
    assert result.exit_code == 0, result.stderr
    return result.stdout_bytes.decode()


@pytest.fixture
def file(site: Flask, folder: Path, tmp_path: Path) -> Path:
    """The questionnaire's PO file."""
    file = tmp_path / "from the agency.po"
    file.write_text(sent(site, folder))
    return file


def line_of(file: Path, part: str) -> int:
    text = file.read_text()
    assert text.count(part) == 1
    return text[: text.index(part)].count("\n") + 1


ASK = 'msgctxt "ask_always/1"\nmsgid "'


def translation(file: Path, context: str) -> str:
    """Return the line with a one-line translation."""
    lines = file.read_text().split(f'msgctxt "{context}"\n')[1].splitlines()
    return next(line for line in lines if line.startswith("msgstr"))


def test_the_site_has_the_commands_too(app: Flask, site: Flask) -> None:
    assert sent(app, "ketamine-therapy").splitlines()[20:] == sent(site, "ketamine-therapy").splitlines()[20:]


def test_a_questionnaire_is_known_by_its_folder_and_its_id(site: Flask, folder: Path, collection: Collection) -> None:
    (only,) = collection.questionnaires
    by_id = sent(site, only.id)
    assert f'"Project-Id-Version: {only.id} ' in by_id
    folder.rename(folder.with_name("elsewhere"))
    assert sent(site, only.id).count("\nmsgctxt ") == by_id.count("\nmsgctxt ")
    assert sent(site, folder.with_name("elsewhere")).count("\nmsgctxt ") == by_id.count("\nmsgctxt ")


def test_without_a_name_it_is_the_support_lines(site: Flask, questions: Path, tmp_path: Path) -> None:
    file = tmp_path / "support.po"
    file.write_text(sent(site))
    assert '"Project-Id-Version: support ' in file.read_text()
    assert 'msgctxt "countries/US/name"' in file.read_text()
    write(file, 'msgstr "Irlanda"', 'msgstr "República de Irlanda"')
    before = (questions / "es.yaml").read_text()
    result = run(site, "import", file)
    assert result.exit_code == 0
    assert result.stdout == f"{questions / 'es.yaml'} is written. New or changed texts: 1.\n"
    assert (questions / "es.yaml").read_text() == before.replace("es: Irlanda\n", "es: República de Irlanda\n")


def test_what_is_nowhere_is_reported(site: Flask, tmp_path: Path) -> None:
    result = run(site, "export", tmp_path)
    assert result.exit_code == 2
    assert (
        f"{tmp_path} is neither a folder with question files nor a questionnaire. Available: ketamine-therapy."
        in result.stderr
    )


def test_a_file_that_cannot_be_read_is_reported_by_its_line(site: Flask, folder: Path) -> None:
    (folder / "topics.yaml").write_text("topics: [")
    for command in (["export", folder], ["export", folder.name]):
        result = run(site, *command)
        assert result.exit_code == 1
        assert "topics.yaml:1:10: Something is missing here." in result.output


def test_what_comes_back_as_it_went_changes_nothing(site: Flask, folder: Path, file: Path) -> None:
    before = (folder / "es.yaml").read_bytes()
    result = run(site, "import", file, folder)
    output = result.stdout.splitlines()[-1]
    assert output == f"{folder / 'es.yaml'} is written. New or changed texts: 0."
    assert (folder / "es.yaml").read_bytes() == before


def test_whose_words_they_are_is_to_be_looked_at_when_they_change(site: Flask, folder: Path, file: Path) -> None:
    was = translation(file, "ask_always/1")
    write(file, was, was.replace('msgstr "', 'msgstr "¿Y además? '))
    result = run(site, "import", file, folder)
    assert "New or changed texts: 1.\n" in result.stdout
    assert 'Check that "translation" in it still names the translator and the reviewer.' in result.stdout
    assert "es: ¿Y además? " in (folder / "es.yaml").read_text()


def test_notes_that_are_not_kept_are_reported(site: Flask, folder: Path, file: Path) -> None:
    write(folder / "es.yaml", "\nfinding:\n", "\n# Ask Ana.\nfinding:\n  # And Ben.\n")
    result = run(site, "import", file, folder)
    assert "Only the comments at its top are kept. Other comment lines, now removed: 2.\n" in result.stdout


def test_a_new_translation_is_made_for_those_who_may_read_the_english(site: Flask, folder: Path, file: Path) -> None:
    (folder / "es.yaml").unlink()
    (folder / "questionnaire.yaml").chmod(0o640)
    assert run(site, "import", file, folder).exit_code == 0
    assert (folder / "es.yaml").stat().st_mode & 0o777 == 0o640
    (folder / "es.yaml").chmod(0o604)
    assert run(site, "import", file, folder).exit_code == 0
    assert (folder / "es.yaml").stat().st_mode & 0o777 == 0o604


@pytest.mark.long
def test_a_link_to_a_translation_stays_a_link(site: Flask, folder: Path, file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"
    (folder / "es.yaml").rename(kept)
    (folder / "es.yaml").symlink_to(kept)
    before = kept.stat().st_ino
    assert run(site, "import", file, folder).exit_code == 0
    assert (folder / "es.yaml").is_symlink()
    assert kept.stat().st_ino != before


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("Usted es candidato. ", '"usted es candidato" must not reach a patient'),
        *(
            pytest.param(*other, marks=pytest.mark.long)
            for other in (
                ("Son 77. ", "The numbers differ: none in English, 77 here. Write the same numbers, in digits."),
                ("<b>Mire</b>. ", '"<b>" would be shown literally. Delete it: texts have no markup.'),
            )
        ),
    ],
)
def test_what_may_not_be_served_replaces_nothing_and_is_reported_by_the_line_of_the_po_file(
    site: Flask, folder: Path, file: Path, added: str, message: str
) -> None:
    was = translation(file, "ask_always/1")
    write(file, was, was.replace('msgstr "', f'msgstr "{added}'))
    before = (folder / "es.yaml").read_bytes()
    result = run(site, "import", file, folder)
    assert result.exit_code == 1
    assert result.stdout == ""
    place = f"{file}:{line_of(file, ASK) + 1}:1: "
    assert result.stderr.startswith(f"{place}{message}")
    assert all(complaint.startswith(place) for complaint in result.stderr.splitlines())
    assert (folder / "es.yaml").read_bytes() == before
    assert [inside.name for inside in folder.iterdir() if inside.name.startswith(".")] == []


@pytest.mark.long
def test_the_other_line_of_a_complaint_is_one_of_the_po_file_too(site: Flask, folder: Path, file: Path) -> None:
    first, second = (translation(file, f"ask_always/{number}") for number in (1, 2))
    write(file, second, first)
    result = run(site, "import", file, folder)
    there = line_of(file, ASK) + 1
    assert result.exit_code == 1
    assert f"Another question has the same words, in {file.name}:{there}." in result.stderr


def test_a_file_that_is_not_right_itself_replaces_nothing(site: Flask, folder: Path, file: Path) -> None:
    write(file, translation(file, "ask_always/1"), 'msgstr ""')
    before = (folder / "es.yaml").read_bytes()
    result = run(site, "import", file, folder)
    assert result.exit_code == 1
    assert result.stderr == f"{file}:{line_of(file, ASK) + 1}:1: This has no translation. Write one in msgstr.\n"
    assert (folder / "es.yaml").read_bytes() == before


def test_english_that_may_not_be_served_is_reported_in_its_own_file(site: Flask, folder: Path, file: Path) -> None:
    (folder / "topics.yaml").write_text((folder / "topics.yaml").read_text().replace("ask_always:", "ask_allways:"))
    file.write_text(sent(site, folder))
    result = run(site, "import", file, folder)
    assert result.exit_code == 1
    assert f"{folder / 'topics.yaml'}:" in result.stderr
    assert '"ask_allways" is not a key here.' in result.stderr


def test_what_is_warned_of_is_reported_and_written(site: Flask, folder: Path, file: Path) -> None:
    english = file.read_text().split(ASK)[1].split('"')[0]
    write(file, translation(file, "ask_always/1"), f'msgstr "{english}"')
    result = run(site, "import", file, folder)
    assert result.exit_code == 0
    assert (
        f"{file}:{line_of(file, ASK) + 1}:1: The Spanish is identical to the English. Translate it, unless it is a "
        "name. (a warning)\n"
    ) in result.stdout


def test_a_disk_that_is_full_leaves_the_old_file(
    site: Flask, folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> NoReturn:
        raise OSError(28, "No space left on device", "the disk")

    was = translation(file, "ask_always/1")
    write(file, was, was.replace('msgstr "', 'msgstr "¿Y además? '))
    before = (folder / "es.yaml").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    result = run(site, "import", file, folder)
    assert result.exit_code == 1
    assert result.stderr == "Error: the disk cannot be used: No space left on device.\n"
    assert (folder / "es.yaml").read_bytes() == before
    assert [inside.name for inside in folder.iterdir() if inside.name.startswith(".")] == []


def test_other_support_lines_are_read_with_the_wording_list_beside_them(
    site: Flask, questions: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(questions, tmp_path / "other")
    file = tmp_path / "support.po"
    file.write_text(sent(site, other))
    write(other / "wording.yaml", "\nrefuse:\n", "\nrefuse:\n  - {id: a-test, reason: It is a test., es: [irlanda]}\n")
    result = run(site, "import", file, other)
    assert result.exit_code == 1
    assert '"irlanda" must not reach a patient: It is a test.' in result.stderr


@pytest.mark.parametrize("command", [["translate", "export", "ketamine-therapy"], ["check"]])
def test_words_are_exported_just_when_the_english_has_changed(
    questions: Path, folder: Path, tmp_path: Path, command: list[str]
) -> None:
    """The site refuses such questions, but translators need them."""
    make_secrets(tmp_path / "instance")
    topics = folder / "topics.yaml"
    text = topics.read_text()
    topics.write_text(text.replace(text.split("ask_always:")[1].split("\n")[1], "  - Is this a new question?", 1))
    environment = {"INSTANCE": str(tmp_path / "instance"), "PATH": os.environ["PATH"], "QUESTIONS": str(questions)}
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "questions", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    if command == ["check"]:
        assert ended.returncode == 1
        assert 'to "Is this a new question?". Translate it again' in ended.stderr
    else:
        assert ended.returncode == 0
        assert '#, fuzzy\n#| msgid "' in ended.stdout
        assert 'msgid "Is this a new question?"\n' in ended.stdout


def test_only_these_commands_run_with_questions_that_are_not_fit(questions: Path) -> None:
    only = create_for_translators(replace(TestConfig(), questions=questions))
    assert run(only, "--help").exit_code == 0
    assert {*only.cli.commands} == {"questions"}
    assert only.test_client().get("/").status_code == 404
