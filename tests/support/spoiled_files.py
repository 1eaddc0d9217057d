"""Question files broken on purpose, and the complaints that their author reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from screening.authoring.loader import load_questionnaire
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import BadQuestions, Complaint
from screening.web.questionnaire_limits import LIMITS

NO_WORDS = WordingList(())


def write(file: Path, instead_of: str, this: str) -> None:
    text = file.read_text()
    assert text.count(instead_of) == 1, f"{instead_of!r} stands {text.count(instead_of)} times in {file.name}"
    file.write_text(text.replace(instead_of, this))


def complaint_lines(folder: Path, complaints: list[Complaint]) -> list[str]:
    return [str(complaint).removeprefix(f"{folder}/") for complaint in complaints]


def refused(folder: Path, wording: WordingList = NO_WORDS) -> list[str]:
    with pytest.raises(BadQuestions) as error:
        load_questionnaire(folder, wording, LIMITS)
    assert str(error.value) == "\n".join(map(str, error.value.complaints))
    return complaint_lines(folder, error.value.complaints)


def assert_it_helps(complaint: Complaint) -> None:
    """Fail unless a complaint names a place in its file, in whole sentences, and says what to do."""
    path = Path(complaint.file)
    lines = path.read_text(encoding="utf-8-sig", errors="replace").split("\n") if path.is_file() else [""]
    assert 1 <= complaint.line <= len(lines)
    assert 1 <= complaint.column <= len(lines[complaint.line - 1]) + 1
    assert complaint.wrong.endswith(".")
    # A reading grade ends with texts quoted from the file, and a title has no period.
    assert complaint.remedy.endswith((".", "?", '"'))
