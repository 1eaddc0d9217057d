"""Account commands as an operator types them."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from config import ROOT, make_secrets
from screening.storage.accounts import User
from screening.storage.database import db
from tests.commands.test_cli import run
from tests.conftest import opened
from tests.support.server import flask, settings
from tests.support.settings import TestConfig
from tests.support.staff_client import PASSWORD, Staff

RANDOM = re.compile("manager-[0-9a-f]{10}@localhost")
ONE_TIME = re.compile(r"one-time password:  ([0-9a-f]{4}(?:-[0-9a-f]{4}){4})\n")


def accounts(app: Flask) -> dict[str, User]:
    with app.app_context():
        return {account.email: account for account in db.session.query(User)}


def test_staff_add_asks_for_name_role_and_purpose(either_clinic: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        code, output = run(either_clinic, "staff", "add", typed="Sam@Clinic.example\nreviewer\nReads for the team.\n")
    assert code == 0
    [password] = ONE_TIME.findall(output)
    assert password not in caplog.text
    assert "sam@" not in caplog.text.lower()
    account = accounts(either_clinic)["sam@clinic.example"]
    assert (account.role, account.purpose) == ("reviewer", "Reads for the team.")
    assert account.active
    assert account.must_change_password
    assert password not in account.password
    staff = Staff(either_clinic)
    staff.email = "sam@clinic.example"
    assert staff.enter(password).path == "/staff/set-up"


def test_a_new_account_is_a_viewer_s_unless_more_is_asked_for_with_a_purpose(clinic: Flask) -> None:
    code, output = run(clinic, "staff", "add", typed="sam@clinic.example\n\n")
    assert code == 0
    assert "Why does" not in output
    assert accounts(clinic)["sam@clinic.example"].role == "viewer"
    code, output = run(clinic, "staff", "add", typed="dan@clinic.example\ndesk\nWelcomes patients.\n")
    assert (code, "Why does this account need the role desk?" in output) == (0, True)
    assert (accounts(clinic)["dan@clinic.example"].role, accounts(clinic)["dan@clinic.example"].purpose) == (
        "desk",
        "Welcomes patients.",
    )
    # Without a purpose it keeps asking, and creates nothing.
    assert run(clinic, "staff", "add", typed="kim@clinic.example\nmanager\n\n  \n")[0] == 1
    assert "kim@clinic.example" not in accounts(clinic)


def test_staff_add_says_what_is_wrong(clinic: Flask) -> None:
    code, output = run(clinic, "staff", "add", typed="sam\nsam@\nsam@clinic.example\nboss\nviewer\n")
    assert code == 0
    assert output.count("Write an e-mail address, such as sam@clinic.example.") == 2
    assert "'boss' is not one of 'viewer', 'desk', 'reviewer', 'manager'" in output
    code, output = run(clinic, "staff", "add", typed="SAM@clinic.example\nviewer\n")
    assert code == 1
    assert "There is already an account sam@clinic.example." in output


def test_the_first_manager_is_made_once(either_clinic: Flask) -> None:
    code, output = run(either_clinic, "staff", "first")
    assert code == 0
    [password] = ONE_TIME.findall(output)
    [(name, account)] = accounts(either_clinic).items()
    assert (account.role, output.count(name)) == ("manager", 1)
    assert run(either_clinic, "staff", "first") == (0, "")
    assert len(accounts(either_clinic)) == 1
    staff = Staff(either_clinic)
    staff.email = name
    staff.enter(password)
    assert staff.set_up().path == "/staff/password"


def test_without_a_name_and_a_terminal_the_first_manager_s_name_is_drawn(clinic: Flask) -> None:
    names: set[str] = set()
    for _ in range(2):
        run(clinic, "staff", "first")
        names |= accounts(clinic).keys()
        with clinic.app_context():
            db.session.execute(delete(User))
            db.session.commit()
    assert len(names) == 2
    assert all(RANDOM.fullmatch(name) for name in names)


def test_the_first_manager_has_the_name_that_is_set(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'screening.sqlite'}"
    for app in opened(url, TestConfig(manager="Kim@clinic.example")):
        assert run(app, "staff", "first")[0] == 0
        assert list(accounts(app)) == ["kim@clinic.example"]


@pytest.mark.long
@pytest.mark.parametrize(("set_to", "prompts"), [("", True), ("kim@clinic.example", False)])
def test_at_a_terminal_the_first_manager_s_name_is_asked_for(tmp_path: Path, set_to: str, prompts: bool) -> None:
    make_secrets(tmp_path)
    assert flask(tmp_path, "database", "upgrade")[0] == 0
    terminal, end = os.openpty()
    try:
        os.write(terminal, b"sam\nsam@clinic.example\n")
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "staff", "first"]
        environment = settings(tmp_path, MANAGER=set_to)
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=end, capture_output=True, text=True, check=True
        )
    finally:
        os.close(terminal)
        os.close(end)
    assert ("E-mail address to sign in with" in ended.stdout) is prompts
    assert f"name:               {set_to or 'sam@clinic.example'}\n" in ended.stdout


def test_who_lost_everything_begins_anew_and_every_session_ends(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.sign_in("reviewer")
    code, output = run(either_clinic, "staff", "renew", typed=f"{staff.email}\n")
    assert code == 0
    [password] = ONE_TIME.findall(output)
    assert staff.open("/staff/").path == "/staff/sign-in"
    assert "password is wrong" in staff.enter(PASSWORD).text
    assert staff.enter(password).path == "/staff/set-up"
    # The time step of the old authenticator's code counts as used.
    staff.change(totp_counter=0)
    assert staff.set_up().path == "/staff/password"
    assert staff.account().role == "reviewer"


def test_staff_renew_of_nobody_says_so(clinic: Flask) -> None:
    code, output = run(clinic, "staff", "renew", typed="nobody@clinic.example\n")
    assert code == 1
    assert "There is no account nobody@clinic.example. Create it with staff add." in output


def test_who_left_is_signed_out_at_once_and_cannot_come_back_until_renewed(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.sign_in("reviewer")
    code, output = run(either_clinic, "staff", "disable", typed=f"{staff.email}\n")
    assert (code, output.splitlines()[-1]) == (0, f"{staff.email} is signed out and cannot sign in again.")
    assert staff.open("/staff/").path == "/staff/sign-in"
    assert "password is wrong" in staff.enter(PASSWORD).text
    [password] = ONE_TIME.findall(run(either_clinic, "staff", "renew", typed=f"{staff.email}\n")[1])
    assert staff.enter(password).path == "/staff/set-up"
    assert "There is no account" in run(either_clinic, "staff", "disable", typed="nobody@clinic.example\n")[1]


def test_patients_pages_load_nothing_of_the_staff() -> None:
    # Of the stored tables, accounts and audit belong to staff.
    asked = (
        "import sys, screening.patient;"
        "staff = ('screening.staff', 'screening.storage.accounts', 'screening.storage.audit',"
        " 'flask_security', 'flask_login', 'qrcode');"
        "print([name for name in sys.modules if name.startswith(staff)])"
    )
    ended = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_a_server_loads_no_program_for_pictures_until_one_is_drawn() -> None:
    asked = "import sys, screening.app, screening.server; print('qrcode' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
