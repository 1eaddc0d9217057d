"""The patient's code: forgiving of spelling, not of a wrong character."""

from __future__ import annotations

from unicodedata import combining, normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire.packing import PACKING_DIGITS
from screening.storage import patient_codes
from screening.storage.patient_codes import CodeKind
from tests.support.sharing_patient import slip

KEYS = ("the newest key", "an older key")


def test_a_code_has_twelve_characters_in_three_groups() -> None:
    code = patient_codes.make_code()
    assert len(code) == 12
    assert set(code) <= set(PACKING_DIGITS)
    assert patient_codes.format_code(code).split("-") == [code[:4], code[4:8], code[8:]]


def test_no_two_codes_are_the_same() -> None:
    assert len({patient_codes.make_code() for _ in range(2000)}) == 2000


def test_case_spaces_hyphens_and_look_alike_letters_are_forgiven() -> None:
    code = next(code for code in iter(patient_codes.make_code, "") if "0" in code and code.count("1") > 1)
    typed = code.replace("0", "o").replace("1", "I", 1).replace("1", "l").lower()
    assert patient_codes.parse_code(f"  {typed[:3]} {typed[3:7]}-{typed[7:]}. ") == code
    assert patient_codes.parse_code(patient_codes.format_code(code)) == code


@settings(deadline=None)
@given(st.data())
def test_whatever_stands_between_letters_and_digits_any_code_is_read(data: st.DataObject) -> None:
    # The characters of a patient's code; a recovery code uses only the first sixteen.
    code = data.draw(st.text(st.sampled_from(PACKING_DIGITS), min_size=12, max_size=12))
    signs = st.characters(exclude_categories=("L", "N"))
    between = st.text(signs.filter(lambda sign: not any(map(str.isalnum, normalize("NFKC", sign)))), max_size=3)
    looks = {"0": "0Oo\uff10\uff2f", "1": "1IiLl\uff11\uff29"}
    written = data.draw(between)
    for sign in code:
        wide = chr(ord(sign) - ord("!") + 0xFF01)
        written += data.draw(st.sampled_from(looks.get(sign, sign + sign.lower() + wide)))
        # A combining accent would make the character before it a different letter.
        written += "" if combines(mark := data.draw(between)) else mark
    assert patient_codes.code_characters(written) == code


def combines(text: str) -> bool:
    return normalize("NFKC", "A" + text)[:1] != "A" or any(map(combining, text))


def test_one_wrong_character_is_found_wherever_it_stands() -> None:
    code = patient_codes.make_code()
    for place in range(12):
        for wrong in PACKING_DIGITS.replace(code[place], ""):
            with pytest.raises(patient_codes.NoCode):
                patient_codes.parse_code(code[:place] + wrong + code[place + 1 :])


def test_two_characters_that_changed_places_are_found() -> None:
    code = patient_codes.make_code()
    for one in range(12):
        for other in range(one + 1, 12):
            swapped = list(code)
            swapped[one], swapped[other] = code[other], code[one]
            if code[one] != code[other]:
                with pytest.raises(patient_codes.NoCode):
                    patient_codes.parse_code("".join(swapped))


@pytest.mark.parametrize(("kind", "other"), [(CodeKind.SHARED, CodeKind.RETURN), (CodeKind.RETURN, CodeKind.SHARED)])
def test_no_code_of_one_kind_is_one_of_the_other_and_a_slip_is_none_of_both(kind: CodeKind, other: CodeKind) -> None:
    for _ in range(200):
        code = patient_codes.make_code(kind)
        assert patient_codes.parse_code(patient_codes.format_code(code), kind) == code
        with pytest.raises(patient_codes.OtherKind):
            patient_codes.parse_code(code, other)
        for wanted in CodeKind:
            with pytest.raises(patient_codes.NoCode) as told:
                patient_codes.parse_code(slip(code), wanted)
            assert told.type is patient_codes.NoCode


@pytest.mark.parametrize(
    "typed",
    ["", "ABCD", "U" * 12, "ABCD-EFGH-JKMN-PQRS", "ß" * 6, "\N{ARABIC-INDIC DIGIT ONE}" * 12, "\0" * 12, "a" * 9999],
)
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(patient_codes.NoCode):
        patient_codes.parse_code(typed)


def test_the_ref_of_a_code_stays_the_same_in_every_release() -> None:
    (ref,) = patient_codes.code_refs("0123456789AB", ["a key that a clinic keeps"])
    assert ref.hex() == "99492af650699c8df70fce85593018af"


def test_each_key_has_its_own_hash_of_a_code_and_the_newest_comes_first() -> None:
    code = patient_codes.make_code()
    new, old = patient_codes.code_refs(code, KEYS)
    assert len(new) == len(old) == 16
    assert new != old
    assert patient_codes.code_refs(code, reversed(KEYS)) == (old, new)
    assert patient_codes.code_refs(patient_codes.make_code(), KEYS)[0] != new
