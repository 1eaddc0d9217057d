"""Column names are legal in R, SPSS, Stata and SAS, and no two options share one."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import settings

from screening.text.column_names import column_name

# From each program's own manual, in lowercase. Stata also reserves str1, str2 and so on.
RESERVED = {
    *"if else repeat while function for next break true false null inf nan na in".split(),  # R: ?Reserved
    *"all and by eq ge gt le lt ne not or to with".split(),  # SPSS: Variable Names
    *"_all _b byte _coef _cons double float if in int long _n _pi _pred _rc _skip str strl using with".split(),  # Stata
    *"_n_ _error_ _file_ _infile_ _msg_ _iorc_ _cmd_ _numeric_ _character_ _all_ _null_ _data_ _last_".split(),  # SAS
}
FIELDS = {"record_number", "shared_year", "shared_week", "week_begins", "questions_version", "review_state"}
# Short words give ids that differ in their hyphens alone; long ones must be shortened.
WORDS = ["a", "b", "all", "if", "na", "n", "x1", "1", "what-people-say", "recovery", "q" * 30]


def some_ids(chance: Random, number: int) -> set[str]:
    """Make up to this many ids."""
    words = WORDS[: chance.choice((3, len(WORDS)))]
    ids = ("-".join(chance.choices(words, k=chance.randint(1, 4))) for _ in range(number))
    return {name for name in ids if name[0].isalpha()}


def is_legal(name: str) -> bool:
    return bool(
        re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name)
        and not name.endswith("_")
        and name.lower() not in RESERVED
        and not re.fullmatch(r"str[0-9]+", name)
    )


def test_names_of_any_questionnaire_are_legal_and_distinct() -> None:
    for seed in range(10 * settings().max_examples):
        chance = Random(seed)
        picks = {(question, option) for question in some_ids(chance, 12) for option in some_ids(chance, 9)}
        names = [column_name(*pick) for pick in picks]
        assert [name for name in names if not is_legal(name)] == []
        assert len({name.lower() for name in names} - FIELDS) == len(picks)


@pytest.mark.parametrize(
    ("question", "option", "name"),
    [
        ("a", "b-c", "a__b_c"),
        ("a-b", "c", "a_b__c"),
        ("bring-up", "low-mood", "bring_up__low_mood"),
        ("q" * 15, "o" * 15, f"{'q' * 15}__{'o' * 15}"),
        ("q" * 15, "o" * 16, f"{'q' * 15}__oooo___d9c4cc82"),
        ("a-long-question-about", "it", "a_long_question_about__it"),
        ("a-long-question-abou", "it-all-and-more", "a_long_question_abou___daf09a52"),
    ],
)
def test_a_name_depends_on_its_own_ids_alone(question: str, option: str, name: str) -> None:
    assert column_name(question, option) == name


def test_a_field_is_never_an_option() -> None:
    assert {name for name in FIELDS if "__" in name or not is_legal(name)} == set()
