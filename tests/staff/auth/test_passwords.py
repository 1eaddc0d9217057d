"""Refused passwords: those that anyone would try, especially here, and breached ones."""

from __future__ import annotations

import hashlib
import random
import socket
import string
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import zxcvbn
from flask import Flask
from flask_security import hash_password
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from config import ROOT
from screening.settings.breached_passwords import BreachedPasswords
from screening.staff.auth.passwords import PasswordRules
from tests.conftest import opened
from tests.support.settings import TestConfig
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

COMMON = (Path(__file__).parent / "common-passwords.txt").read_text("utf-8").split()
ORDINARY = [word for word in FREQUENCY_LISTS["english_wikipedia"] if 4 <= len(word) <= 9][:5000]
MANAGER = "manager@localhost"
RULES = PasswordRules(("Riverside Centre", "questions.riverside.example"), None)
NEW = "seven kettles under the violin"


@pytest.mark.parametrize("password", COMMON)
def test_a_common_long_password_is_refused(password: str) -> None:
    assert len(password) >= 12
    assert RULES.why_refused(password, MANAGER).startswith("This password is easy to guess")


def test_the_sample_is_large_and_most_of_it_is_in_no_list_of_zxcvbn() -> None:
    assert len(set(COMMON)) >= 200
    assert len(set(COMMON) - set(FREQUENCY_LISTS["passwords"])) >= 100


def test_every_listed_common_password_of_our_length_is_refused() -> None:
    listed = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= 12]
    assert len(listed) > 200
    assert [word for word in listed if not RULES.why_refused(word, MANAGER)] == []


@pytest.mark.parametrize(
    "password",
    [
        *("riverside2026", "Riverside-Centre-2019", "R1vers1de!2026#Cl1n1c", "questions.riverside", "centreRiverside!"),
        *(
            "kim.sutherland",
            "KimSutherland1",
            "sutherlandsutherland",
            "$utherl@nd2026",
            "kketamineetamine2026!",
            "Clínica2026!!",
        ),
    ],
)
def test_names_of_this_site_and_of_the_account_do_not_count_however_they_are_written(password: str) -> None:
    assert "names of this site" in RULES.why_refused(password, "kim.sutherland@riverside.example")


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=settings().max_examples // 2)
def test_five_random_words_pass(chance: random.Random) -> None:
    assert RULES.why_refused(" ".join(chance.sample(ORDINARY, 5)), MANAGER) == ""


@pytest.mark.parametrize(
    "kinds",
    [
        string.ascii_lowercase,
        string.ascii_uppercase,
        string.digits,
        string.punctuation,
        "ключванедомгр",
        "あいうえおかきくけこさし",
    ],
)
def test_no_rule_says_which_characters_a_password_has(kinds: str) -> None:
    chance = random.Random(kinds)
    for _ in range(5):
        assert RULES.why_refused("".join(chance.choices(kinds, k=20)), MANAGER) == ""


@pytest.mark.parametrize("length", [72, 73, 100, 128])
def test_up_to_128_characters_are_taken(length: int) -> None:
    chance = random.Random(length)
    assert RULES.why_refused("".join(chance.choices(string.ascii_lowercase + " ", k=length)), MANAGER) == ""
    assert RULES.why_refused(("password" * 16)[:length], MANAGER) != ""


def test_nothing_is_asked_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert RULES.why_refused("passwordpassword", MANAGER)
    assert not RULES.why_refused(NEW, MANAGER)


def test_the_word_lists_are_loaded_when_a_password_is_first_looked_at() -> None:
    asked = (
        "import sys; from screening.app import create_app; from tests.support.settings import TestConfig;"
        "create_app(TestConfig());"
        "from screening.staff.auth.passwords import PasswordRules; before = 'zxcvbn' in sys.modules;"
        "PasswordRules((), None).why_refused('x', ''); print(before, 'zxcvbn' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "False True\n"


def test_words_of_one_account_do_not_score_the_password_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0
    really = zxcvbn.zxcvbn

    def watched(*given: object) -> object:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.005)
        scored = really(*given)
        inside -= 1
        return scored

    # zxcvbn stores the given words where all threads share them.
    monkeypatch.setattr(zxcvbn, "zxcvbn", watched)
    with ThreadPoolExecutor(4) as threads:
        told = threads.map(lambda number: RULES.why_refused(NEW, f"kim{number}@clinic.test"), range(8))
        assert set(told) == {""}
    assert most == 1


def stolen(folder: Path, *passwords: str) -> BreachedPasswords:
    """A list of breached passwords."""
    hashes = sorted(hashlib.sha1(password.encode()).hexdigest().upper() for password in passwords)
    (folder / "stolen.txt").write_text("".join(f"{one}:7\r\n" for one in hashes))
    return BreachedPasswords(folder / "stolen.txt")


STOLEN = "four grey stones by a well"


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Flask]:
    """The application with a list of breached passwords."""
    config = replace(TestConfig(), breached_passwords=stolen(tmp_path, STOLEN, "another one of them"))
    yield from opened(f"sqlite:///{tmp_path / 'screening.sqlite'}", config)


def change(staff: Staff, new: str, present: str = PASSWORD) -> str:
    """Try to choose another password, and return the page's text."""
    staff.open("/staff/password")
    return staff.press("Change password", password=present, new_password=new, new_password_confirm=new).text


def test_each_refusal_gives_its_reason(listed: Flask) -> None:
    staff = Staff(listed)
    staff.email = MANAGER
    staff.sign_in("viewer")
    assert "This password is easy to guess. Choose another" in change(staff, "qwertyqwerty")
    assert "names of this site and its people, roles and years do not count" in change(staff, "managerlocalhost")
    assert "This password is in a list of stolen passwords" in change(staff, STOLEN)
    assert staff.page.path == "/staff/password"
    change(staff, NEW)
    assert staff.page.path == "/staff/"


def test_a_one_time_password_is_not_exchanged_for_one_that_is_easy_to_guess(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.begin()
    staff.enter(ONE_TIME)
    staff.set_up()
    assert "easy to guess" in change(staff, "passwordpassword", ONE_TIME)
    assert staff.account().must_change_password


def test_while_the_list_cannot_be_read_nobody_is_kept_out_and_no_password_is_taken(
    listed: Flask, tmp_path: Path
) -> None:
    (tmp_path / "stolen.txt").unlink()
    staff = Staff(listed)
    staff.sign_in("viewer")
    assert staff.page.path == "/staff/"
    assert "the list of stolen passwords cannot be read" in change(staff, NEW)


@pytest.mark.parametrize("old", ["passwordpassword", STOLEN])
def test_who_has_such_a_password_already_chooses_another_at_the_next_sign_in(listed: Flask, old: str) -> None:
    staff = Staff(listed)
    staff.join("viewer")
    with listed.app_context():
        hashed = hash_password(old)
    staff.change(password=hashed)
    staff.enter(old)
    page = staff.press("Continue", code=staff.code())
    assert (page.path, page.heading) == ("/staff/password", "Choose a better password")
    assert "easy to guess, or in a list of stolen passwords" in page.text
    for path in ("/staff/", "/staff/figures", "/staff/recovery-codes"):
        assert staff.open(path).path == "/staff/password"
    change(staff, NEW, old)
    assert staff.page.path == "/staff/"
    staff.press("Sign out")
    staff.enter(NEW)
    assert staff.press("Continue", code=staff.code(later=1)).path == "/staff/"


def test_a_sign_in_that_stops_before_the_second_step_asks_nobody_else_for_another_password(listed: Flask) -> None:
    weak, fine = Staff(listed), Staff(listed)
    weak.join("viewer")
    fine.join("viewer")
    with listed.app_context():
        hashed = hash_password(STOLEN)
    weak.change(password=hashed)
    weak.enter(STOLEN)
    fine.client = weak.client
    fine.enter(PASSWORD)
    assert fine.press("Continue", code=fine.code()).path == "/staff/"
