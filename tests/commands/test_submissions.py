"""`submissions export` as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import OperationalError

from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.storage import audit, weeks
from screening.storage.audit import Action
from screening.storage.export_rows import Export
from tests.support.export_reader import read, table
from tests.support.figure_samples import VERSIONS, Shared, fill
from tests.support.sample_submissions import CLOSED_WEEK, OPEN_WEEK, WEEK_BEFORE, Shelf, actions

SHARED: list[Shared] = [
    (CLOSED_WEEK, 1, {"who": ("myself",), "what": ("bread", "cheese")}),
    (WEEK_BEFORE, 0, {}),
    (OPEN_WEEK, 1, {}),
]


@pytest.fixture
def stocked(clinic: Flask) -> Shelf:
    fill(clinic, SHARED)
    return Shelf(clinic, VERSIONS[0])


def run(shelf: Shelf, *arguments: str) -> Result:
    return shelf.app.test_cli_runner().invoke(args=["submissions", "export", *arguments])


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", FORMATS)
def test_it_writes_to_the_terminal_and_says_how_far_it_is(stocked: Shelf, name: str, level: Level) -> None:
    with stocked.new_entries() as entries:
        result = run(stocked, "--format", name, "--level", level.value)
    assert result.exit_code == 0
    assert actions(entries) == [Action.EXPORTED_YEARS if level is Level.YEAR_ONLY else Action.EXPORTED_WEEKS]
    assert entries[0].account_id == audit.COMMAND_LINE
    assert sum(read(name, result.stdout_bytes, VERSIONS[::-1], level).values()) == 2
    assert result.stderr == "\r0 of 2 submissions (0%)\r2 of 2 submissions (100%)\n"


def test_a_file_is_its_owners_alone_and_never_written_over(stocked: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    assert run(stocked, str(file)).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(table(file.read_bytes())) == 2
    file.write_text("mine")
    with stocked.new_entries() as entries:
        result = run(stocked, str(file))
    assert result.exit_code == 1
    assert "already exists. Name another file." in result.stderr
    assert (entries, file.read_text(), [*tmp_path.glob("answers*")]) == ([], "mine", [file])


def test_what_breaks_off_leaves_no_file(stocked: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        yield b"shared_year"
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(Export, "parts", broken)
    assert run(stocked, str(tmp_path / "answers.csv")).exit_code == 1
    assert [*tmp_path.glob("answers*")] == []


def test_where_it_cannot_be_written_it_says_so(stocked: Shelf, tmp_path: Path) -> None:
    assert "could not be written: No such file or directory." in run(stocked, str(tmp_path / "no" / "a.csv")).stderr


def test_a_weekly_one_can_be_limited(stocked: Shelf) -> None:
    week, version = weeks.format_week(CLOSED_WEEK), VERSIONS[1].version[:12]
    for chosen in (["--from", week], ["--to", week, "--version", f"v{version}"], ["--version", version]):
        result = run(stocked, "--level", "weekly", "--state", "unread", *chosen)
        assert [row["shared_week"] for row in table(result.stdout_bytes)] == [week]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["--from", "2026-W42"], "A year-only export cannot be filtered"),
        (["--level", "weekly", "--from", "2026-42"], '"2026-42" is not a week. Use the form 2026-W42.'),
        (["--level", "weekly", "--version", "zz"], '"zz" does not match exactly one answered version. Available: '),
        (["--questionnaire", "other"], 'No submissions for "other". Available: made.'),
    ],
)
def test_it_says_what_is_wrong(stocked: Shelf, typed: list[str], message: str) -> None:
    result = run(stocked, *typed)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_codebook_and_schema_are_written_and_not_audited(stocked: Shelf) -> None:
    with stocked.new_entries() as entries:
        book, schema = run(stocked, "--format", "codebook"), run(stocked, "--format", "schema")
    assert entries == []
    assert {row["question"] for row in table(book.stdout_bytes)} == {"", "who", "what", "more"}
    assert '"$schema"' in schema.stdout


def test_with_nothing_shared_it_says_so(clinic: Flask) -> None:
    result = run(Shelf(clinic, VERSIONS[0]))
    assert result.exit_code == 1
    assert "There is nothing to export" in result.stderr


def test_nothing_is_exported_that_is_not_written_first(stocked: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    monkeypatch.setattr(audit, "append_entry", fail)
    assert run(stocked).stdout == ""
