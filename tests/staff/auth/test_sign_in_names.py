"""Sign-in names: one normalized form, and none that would fail later."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from screening.staff.auth.sign_in_names import can_be_name, canonical_name
from screening.storage.accounts import MANAGER
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from tests.commands.test_cli import run
from tests.conftest import opened
from tests.support.page_checker import text_of
from tests.support.staff_client import PASSWORD, Staff

SIGN = st.characters()
PART = st.text(SIGN, min_size=1, max_size=12)
ANY_NAME = st.one_of(
    st.builds("{}@{}".format, PART, PART),
    # Many letters of two or three bytes each, which an otpauth URI writes as nine characters.
    st.builds("{}@clinic.test".format, st.text(st.characters(categories=["Ll", "Lo"]), min_size=1, max_size=240)),
    st.text(SIGN, max_size=30),
)


@settings(deadline=None)
@given(ANY_NAME)
def test_the_canonical_form_of_a_canonical_form_is_itself(name: str) -> None:
    assert canonical_name(canonical_name(name)) == canonical_name(name)


@settings(deadline=None)
@given(ANY_NAME)
def test_however_a_name_is_written_it_has_one_canonical_form(name: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert canonical_name(unicodedata.normalize(form, name)) == canonical_name(name)
    assert canonical_name(name.casefold()) == canonical_name(name)
    assert canonical_name(f" {name}\t") == canonical_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("JOSÉ@clinic.test", "jose\u0301@clinic.test"),
        ("\uff53\uff41\uff4d@clinic.test", "sam@clinic.test"),
        ("ﬁona@clinic.test", "FIONA@clinic.test"),
        ("STRASSE@clinic.test", "straße@clinic.test"),
        ("ΜΆΡΙΟΣ@clinic.test", "μάριος@clinic.test"),
        ("µ@clinic.test", "μ@clinic.test"),
    ],
)
def test_two_spellings_are_one_name(one: str, other: str) -> None:
    assert canonical_name(one) == canonical_name(other)


@pytest.mark.parametrize(
    "name",
    [
        *("", "sam", "@", "sam@", "@clinic.test", "sam@clinic@test", "a:b@clinic.test", "a b@clinic.test"),
        *("a\u200bb@clinic.test", "a\u00adb@clinic.test", "a\ud800@clinic.test", "a\x1b@clinic.test", "a\u3164@b.test"),
        *(
            "a\ufe0f@clinic.test",
            "Sam@clinic.test",
            " sam@clinic.test",
            "é" * 130 + "@clinic.test",
            "a" * 245 + "@b.example",
        ),
    ],
)
def test_what_something_cannot_use_is_no_name(name: str) -> None:
    assert not can_be_name(name)


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """A signed-in manager."""
    for app in opened(f"sqlite:///{tmp_path_factory.mktemp('names') / 'screening.sqlite'}"):
        staff = Staff(app)
        staff.sign_in(MANAGER)
        yield staff


def invited(manager: Staff, name: str) -> str:
    """Invite an account, and return its link's secret, or "" if the name is refused."""
    manager.open("/staff/accounts/invite")
    page = manager.press("Create the link", email=name, password=PASSWORD)
    if page.status == 422:
        assert "Write an e-mail address" in page.text or "already has an account" in page.text
        return ""
    return str(page.find("//p[@class='link']/code")[0].text).partition("#")[2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=ANY_NAME)
@example("a:b@clinic.example")
@example("\N{HIRAGANA LETTER A}" * 79 + "@clinic.test")
@example("%41&issuer=other#x?@clinic.test")
@example("=cmd@clinic.test")
@example("<b>'\"{{7*7}}@clinic.test")
def test_any_name_is_refused_when_it_is_made_or_can_sign_in_and_set_up(manager: Staff, name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        # No browser can send it, so this calls the rules directly.
        assert not can_be_name(canonical_name(name))
        return
    held = invited(manager, name)
    if not held:
        return
    staff = Staff(manager.app)
    staff.open("/staff/join")
    staff.press("Start", link=held)
    staff.press("Show the QR code")
    assert staff.client.get("/staff/picture").status_code == 200
    staff.secret = text_of(staff.page.find("//code")[0])
    staff.press("Continue", code=staff.code())
    assert staff.press("Save password", new_password=PASSWORD, new_password_confirm=PASSWORD).status == 200
    staff.press("Create recovery codes")
    assert staff.open("/staff/").status == 200
    staff.press("Sign out")
    # As another keyboard writes it.
    staff.email = unicodedata.normalize("NFD", name).upper()
    if canonical_name(staff.email) == canonical_name(name):
        assert staff.enter(PASSWORD).path == "/staff/code"
    for path in ("/staff/accounts", "/staff/audit"):
        assert canonical_name(name) in manager.open(path).tree.text_content()


def test_a_name_in_another_spelling_is_there_already(manager: Staff) -> None:
    assert invited(manager, "José@clinic.test")
    for spelled in ("JOSÉ@clinic.test", "jose\u0301@clinic.test", "\uff2aosé@clinic.test"):
        assert not invited(manager, spelled)
        output = run(manager.app, "staff", "add", typed=f"{spelled}\nviewer\n")[1]
        assert "There is already an account josé@clinic.test." in output


@pytest.fixture
def older(site: Flask) -> Flask:
    """A database from before names were normalized."""
    migrations().downgrade("0010")
    return site


def add(name: str) -> None:
    db.session.execute(
        text(
            "INSERT INTO account (email, password, must_change_password, active, fs_uniquifier, role, purpose,"
            " totp_counter, since) VALUES (:name, 'x', false, true, :unique, 'viewer', '', 0, '2026-01-05')"
        ),
        {"name": name, "unique": uuid.uuid4().hex},
    )
    db.session.commit()


def names() -> list[str]:
    return list(db.session.scalars(text("SELECT email FROM account ORDER BY id")))


def test_the_migration_normalizes_reports_clashes_and_merges_nothing(
    older: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [
        "kim@clinic.test",
        "jose\u0301@clinic.test",
        "straße@clinic.test",
        "strasse@clinic.test",
        "a:b@clinic.test",
    ]
    for name in before:
        add(name)
    migrations().upgrade()
    assert names() == ["kim@clinic.test", "josé@clinic.test", *before[2:]]
    log = capsys.readouterr().err
    assert "straße@clinic.test (/staff/accounts/3) and strasse@clinic.test (/staff/accounts/4) are one sign-in" in log
    assert "a:b@clinic.test (/staff/accounts/5) contains a colon" in log
    assert "kim@" not in log
    assert "josé@" not in log


def test_a_name_that_grows_too_long_is_reported_and_stays(older: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    long = "\ufb03" * 100 + "@clinic.test"
    add(long)
    migrations().upgrade()
    assert names() == [long]
    assert "(/staff/accounts/1) is too long" in capsys.readouterr().err


def test_a_damaged_name_stays_as_it_is(tmp_path: Path, older: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    add("x")
    db.session.execute(text("UPDATE account SET email = x'ff41'"))
    db.session.commit()
    migrations().upgrade()
    assert db.session.scalar(text("SELECT hex(email) FROM account")) == "FF41"
