"""The authors' guide is correct: its examples form one questionnaire, and it quotes real messages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import AppGroup

from screening.authoring.json_schema import file_schema
from screening.authoring.loader import Collection, load_questionnaire, load_wording
from screening.authoring.schema import QUESTIONNAIRE_FILES
from screening.authoring.translation import TranslatedText, texts, translated_texts
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import BadQuestions, Complaint, Document
from screening.web.questionnaire_limits import LIMITS, RESERVED_SLUGS
from tests.support.spoiled_files import write

QUESTIONS = Path(__file__).parents[2] / "questions"
GUIDE = (QUESTIONS / "README.md").read_text(encoding="utf-8")
# File, place in it, and example. An example without a known file fails below.
EXAMPLES = re.findall(r"^```yaml\n(?:# ([\w.]+)([^\n]*)\n)?(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
SLIPS = [
    pytest.param(instead_of, this, said, id=this)
    for instead_of, this, said in re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \|$", GUIDE, re.MULTILINE)
]
ALLOWED = "Friends often recommend a walk."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Assemble the guide's examples as it says: those of each file, one after the other."""
    folder = tmp_path / "questions" / "sleep"
    folder.mkdir(parents=True)
    for name in QUESTIONNAIRE_FILES:
        pieces = (f"# {file}{where}\n{text}" for file, where, text in EXAMPLES if file == f"{name}.yaml")
        (folder / f"{name}.yaml").write_text("".join(pieces), encoding="utf-8")
    return folder


def complaints(folder: Path, wording: WordingList) -> list[Complaint]:
    with pytest.raises(BadQuestions) as error:
        load_questionnaire(folder, wording, LIMITS)
    return error.value.complaints


def spoil(folder: Path, instead_of: str, this: str) -> None:
    """Replace this in the file that has it."""
    (file,) = (path for path in folder.iterdir() if instead_of in path.read_text(encoding="utf-8"))
    write(file, instead_of, this)


def test_every_example_belongs_to_a_file() -> None:
    assert [(file, where) for file, where, _ in EXAMPLES] == [
        ("questionnaire.yaml", ""),
        ("questionnaire.yaml", ", goes on"),
        ("topics.yaml", ""),
        *[("topics.yaml", ", goes on")] * 2,
        ("sources.yaml", ""),
        ("wording.yaml", ", at the end of recommend-word"),
        ("es.yaml", ""),
    ]


def test_the_examples_are_a_questionnaire_without_a_complaint_or_a_warning(
    folder: Path, collection: Collection
) -> None:
    questionnaire, warnings = load_questionnaire(folder, collection.wording, LIMITS)
    assert warnings == []
    assert (questionnaire.id, questionnaire.slug) == ("sleep", "rest")
    assert [step.id for step in questionnaire.steps] == ["nights", "evening", "a-pause"]
    assert [topic.id for topic in questionnaire.topics] == ["evenings", "open-points"]
    assert [source.id for source in questionnaire.sources] == ["leaflet", "agency"]


@pytest.mark.parametrize("name", QUESTIONNAIRE_FILES)
def test_the_examples_show_every_key_that_an_author_may_write(folder: Path, name: str) -> None:
    made = file_schema(name, RESERVED_SLUGS)
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    for part in (made, *made.get("$defs", {}).values()):
        for key in part["properties"]:
            assert re.search(rf"\b{key}:", text), key


@pytest.mark.parametrize(("instead_of", "this", "message"), SLIPS)
def test_a_slip_is_reported_as_the_guide_says(
    folder: Path, collection: Collection, instead_of: str, this: str, message: str
) -> None:
    spoil(folder, instead_of, this)
    assert [f"{one.wrong} {one.remedy}" for one in complaints(folder, collection.wording)] == [message]


def test_the_complaint_that_is_shown_whole_is_that_of_the_first_slip(
    folder: Path, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parents[1])
    instead_of, this, _ = SLIPS[0].values
    spoil(folder, str(instead_of), str(this))
    (shown,) = re.findall(r"^```text\n(.+)\n```$", GUIDE, re.MULTILINE)
    assert [str(one) for one in complaints(folder, collection.wording)] == [shown]


def test_a_sentence_is_refused_until_it_is_allowed_as_the_guide_says(folder: Path, collection: Collection) -> None:
    spoil(folder, "say: The leaflet says that quiet evenings may make", f"say: {ALLOWED} It says that they may make")
    (complaint,) = complaints(folder, collection.wording)
    (quoted,) = re.findall(r"^> (.+?)\n\n", GUIDE, re.MULTILINE | re.DOTALL)
    assert f"{complaint.wrong} {complaint.remedy}" == quoted.replace("\n> ", " ")
    assert f"`{ALLOWED}`" in GUIDE

    ((where, allowance),) = ((where, text) for file, where, text in EXAMPLES if file == "wording.yaml")
    wording = Path(shutil.copy(QUESTIONS / "wording.yaml", folder.parent))
    entry = re.search(rf"  - id: {where.split()[-1]}\n.+?\n(?=\n)", wording.read_text(encoding="utf-8"), re.DOTALL)
    assert entry is not None
    write(wording, entry[0], entry[0] + allowance)
    assert load_questionnaire(folder, load_wording(wording), LIMITS)[1] == []


def test_the_spanish_example_is_made_from_the_english_that_stands(tmp_path: Path) -> None:
    (example,) = (text for file, _, text in EXAMPLES if file == "es.yaml")
    (tmp_path / "es.yaml").write_text(example, encoding="utf-8")
    english = Document.read(QUESTIONS / "ketamine-therapy" / "questionnaire.yaml").data
    (pair,) = translated_texts(Document.read(tmp_path / "es.yaml").data, "es")
    assert isinstance(pair, TranslatedText)
    assert (pair.key, pair.english) in [(text.key, text.say) for text in texts("questionnaire", english)]


def test_every_file_that_the_guide_lists_is_there_and_the_other_way_round() -> None:
    rows = re.findall(r"^\| (`.+?\.yaml`) \|", GUIDE, re.MULTILINE)
    listed = {file for row in rows for file in re.findall(r"`(.+?)`", row)}
    there = {str(path.relative_to(QUESTIONS)) for path in QUESTIONS.glob("**/*.yaml")}
    assert there <= listed
    assert listed - there <= {"es.yaml", "ketamine-therapy/es.yaml"}


def test_the_guide_names_every_command(app: Flask) -> None:
    group = app.cli.commands["questions"]
    assert isinstance(group, AppGroup)
    assert group.commands.keys() <= set(re.findall(r"^\| `questions (\w+)", GUIDE, re.MULTILINE))
