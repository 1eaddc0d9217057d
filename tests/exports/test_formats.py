"""Export formats: each round-trips the answers of any versions, and defuses formulas."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring.builder import rebuild_questionnaire
from screening.authoring.loader import Collection
from screening.exports.codebook import BYTE_ORDER_MARK, codebook
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level, RecordFields, merged_questions, short_version
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import NotPacked, pack, unpack
from tests.support.export_reader import Read, read, table
from tests.support.made_questionnaires import made, question, questionnaires

ABOUT: dict[Level, list[RecordFields]] = {
    Level.YEAR_ONLY: [(2026,), (2027,)],
    Level.WEEKLY: [
        (2026, "2026-W41", "2026-10-05", "", "unread"),
        (2027, "2027-W01", "2027-01-04", "", "set-aside"),
    ],
}
OLD = made([question("who", {"myself": {}, "other": {}}, kind="one"), question("what", {"bread": {}, "cheese": {}})])
NEW = made([question("what", {"apples": {}, "bread": {}}), question("more", {"yes": {}, "no": {}})])


def anything(questionnaire: Questionnaire, chance: Random) -> str:
    """Generate any answers that forms accept, packed, which drops what is off the path."""
    answers: dict[str, tuple[str, ...]] = {}
    for asked in questionnaire.questions:
        most = len(asked.options) if asked.many else 1
        picked = chance.sample([option.id for option in asked.options], chance.randint(0, most))
        picked = next(([option.id] for option in asked.chosen(tuple(picked)) if option.alone), picked)
        answers[asked.id] = tuple(option.id for option in asked.options if option.id in picked)
    return pack(Journey(questionnaire, answers))


def picked(questionnaire: Questionnaire, packed: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, option) for name, several in unpack(questionnaire, packed).items() for option in several)


def about(level: Level, version: Questionnaire, number: int = 0) -> RecordFields:
    """Return one of the made-up records, of this version."""
    year, *more = ABOUT[level][number]
    return (year, *more[:2], short_version(version.version), *more[3:]) if more else (year,)


def written(
    name: str, versions: list[Questionnaire], level: Level, records: list[tuple[RecordFields, str, str]]
) -> bytes:
    form = FORMATS[name](versions, level, len(records))
    told = [form.format_row(number, *record) for number, record in enumerate(records, 1)]
    return form.encode(form.header_row()) + form.encode("".join(told)) + form.footer()


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=3 * settings().max_examples // 5)
@given(data=st.data())
def test_what_was_answered_is_read_back(name: str, level: Level, data: st.DataObject) -> None:
    several = {one.version: one for one in data.draw(st.lists(questionnaires(), min_size=1, max_size=3))}
    chance = data.draw(st.randoms(use_true_random=True))
    records, expected = [], Counter[Read]()
    for _ in range(chance.randint(0, 12)):
        questionnaire = chance.choice([*several.values()])
        fields, packed = about(level, questionnaire, chance.randint(0, 1)), anything(questionnaire, chance)
        records.append((fields, questionnaire.version, packed))
        expected[tuple(map(str, fields)), picked(questionnaire, packed)] += 1
    assert read(name, written(name, [*several.values()], level, records), [*several.values()], level) == expected


def test_a_file_of_several_versions_has_the_columns_of_all(collection: Collection) -> None:
    assert [column for asked in merged_questions([NEW, OLD]) for column in asked.columns] == [
        "what.apples",
        "what.bread",
        "what.cheese",
        "more.yes",
        "more.no",
        "who",
    ]


def cells(level: Level, version: Questionnaire, **answers: tuple[str, ...]) -> str:
    """Return the answers of one record as cells of the wide format."""
    packed = pack(Journey(version, answers))
    lines = written("wide", [NEW, OLD], level, [(about(level, version), version.version, packed)]).decode().splitlines()
    return lines[1].split(",", len(level.fields))[-1]


def test_what_a_version_lacks_is_an_empty_cell_where_the_version_is_told() -> None:
    assert cells(Level.WEEKLY, OLD, who=("other",), what=("bread",)) == ",1,0,,,other"
    assert cells(Level.WEEKLY, NEW, what=("bread",), more=("no",)) == "0,1,,0,1,"
    assert cells(Level.WEEKLY, OLD) == cells(Level.YEAR_ONLY, NEW) == ",,,,,"


def test_where_the_year_alone_is_told_a_cell_does_not_tell_the_version() -> None:
    assert cells(Level.YEAR_ONLY, OLD, what=("bread",)) == cells(Level.YEAR_ONLY, NEW, what=("bread",)) == "0,1,0,,,"


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_version_did_not_pack_is_refused(name: str) -> None:
    form = FORMATS[name]([OLD], Level.YEAR_ONLY, 1)
    for spoiled in ("0", "000", "Z0", "é0"):
        with pytest.raises(NotPacked):
            form.format_row(1, (2026,), OLD.version, spoiled)


def test_words_of_a_questionnaire_are_no_formulas() -> None:
    files: Any = OLD.files()
    asked = files["questionnaire"]["sections"][0]["items"][0]
    asked["ask"] = '=HYPERLINK("https://evil.test"),\r\n'
    asked["choose_one"]["myself"]["say"] = "  ＋1"  # noqa: RUF001
    files["questionnaire"]["sections"][0]["title"] = "@SUM(A1)"
    nasty = rebuild_questionnaire(json.dumps(files))
    rows = table(codebook([nasty]).encode())
    assert {row["question_words"] for row in rows if row["question"] == "who"} == {"'" + asked["ask"]}
    assert {row["option_words"] for row in rows if row["option"] == "myself"} == {"'  ＋1"}  # noqa: RUF001
    assert {row["section"] for row in rows if row["question"]} == {"'@SUM(A1)"}


def test_the_codebook_says_what_each_column_and_value_means(collection: Collection) -> None:
    content = codebook([NEW, OLD])
    assert content.startswith(BYTE_ORDER_MARK)
    rows = {(row["version"], row["question"], row["option"], row["value"]): row for row in table(content.encode())}
    single = rows[f"v{OLD.version[:12]}", "who", "other", "other"]
    assert (single["column"], single["type"], single["option_words"]) == ("who", "choose one", "Other")
    several = rows[f"v{NEW.version[:12]}", "what", "apples", "1"]
    assert (several["column"], several["type"]) == ("what.apples", "choose any")
    skipped = rows[f"v{NEW.version[:12]}", "what", "", ""]
    assert "skipped the question and somebody who was not asked" in skipped["option_words"]
    alone = {row["option"] for row in table(codebook([collection.questionnaires[0]]).encode()) if row["alone"] == "yes"}
    questions = collection.questionnaires[0].questions
    assert alone == {option.id for one in questions for option in one.options if option.alone}


def test_every_column_is_in_the_codebook() -> None:
    told = {column for row in table(codebook([NEW, OLD]).encode()) for column in row["column"].split()}
    for level in Level:
        for name in ("wide", "long"):
            head = FORMATS[name]([NEW, OLD], level, 1).header_row().strip().split(",")
            assert {*head} - {"question", "option"} <= told


@pytest.mark.parametrize("name", FORMATS)
def test_the_order_of_what_was_picked_does_not_tell_the_version(name: str) -> None:
    turned = made([question("what", {"bread": {}, "apples": {}})])
    several, both = [NEW, turned], {"what": ("apples", "bread")}
    one, other = (
        written(name, several, Level.YEAR_ONLY, [((2026,), version.version, pack(Journey(version, both)))])
        for version in several
    )
    assert one == other
