"""Secrets in the instance folder: created completely or not at all, and each broken state is reported with a remedy."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config import ROOT, Config, ConfigError, make_secrets
from screening.settings.keys import LOST
from screening.settings.unix_user import user_name
from tests.support.powerless import let_others_enter, powerless
from tests.support.server import command, flask

BACK = "Restore the key from your backup: without it, "
MAKE = " and run flask --app wsgi keys make to make a new one."


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    make_secrets(tmp_path / "instance")
    return tmp_path / "instance"


def config_errors(instance: Path, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        Config.from_environment({"INSTANCE": str(instance), **environment})
    return str(error.value).splitlines()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


STATES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_text(""), "is empty. "),
    "blank": (lambda path: path.write_text(" \n\t\n"), "is empty. "),
    "a byte order mark alone": (lambda path: path.write_bytes(b"\xef\xbb\xbf\n"), "is empty. "),
    "a folder": (make_folder, "is a folder, not a file. "),
    "in UTF-16": (lambda path: path.write_text(Fernet.generate_key().decode(), "utf-16"), "is not text in UTF-8. "),
    "other bytes": (lambda path: path.write_bytes(os.urandom(30) + b"\xff"), "is not text in UTF-8. "),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("state", STATES)
def test_a_secret_that_is_there_but_unusable_is_reported_with_a_remedy_that_works(
    instance: Path, state: str, name: str
) -> None:
    spoil, what = STATES[state]
    path = instance / name
    spoil(path)
    thing = "the folder" if state == "a folder" else "the file"
    [sentence] = config_errors(instance)
    assert sentence == f"{path} {what}{BACK}{LOST[name]}. If this site has never stored anything, delete {thing}{MAKE}"
    make_secrets(instance)
    assert config_errors(instance) == [sentence], "nothing is written over"
    path.rmdir() if path.is_dir() else path.unlink()
    make_secrets(instance)
    Config.from_environment({"INSTANCE": str(instance)})


@pytest.mark.parametrize("name", ["draft-keys", "code-keys", "staff-keys"])
@pytest.mark.parametrize("key", ["short", "A" * 43, "A" * 60, '"quoted"', "é" * 44, "first=line\nsecond=line"])
def test_a_key_of_a_wrong_form_is_reported_where_it_comes_from(instance: Path, name: str, key: str) -> None:
    variable = name.replace("-", "_").upper()
    [of_variable] = config_errors(instance, **{variable: key})
    (instance / "elsewhere").write_text(key, "utf-8")
    assert config_errors(instance, **{f"{variable}_FILE": str(instance / "elsewhere")}) == [of_variable]
    assert of_variable.startswith(f"A key of {variable} is not 32 bytes in URL-safe base64. Correct it, or make")
    (instance / name).write_text(key, "utf-8")
    [of_file] = config_errors(instance)
    assert of_file.startswith(f"A key in {instance / name} is not 32 bytes in URL-safe base64. {BACK}{LOST[name]}.")
    assert key not in of_variable + of_file
    Config.from_environment({"INSTANCE": str(instance), variable: Fernet.generate_key().decode()})


def test_the_command_that_is_told_makes_a_key(instance: Path) -> None:
    [sentence] = config_errors(instance, DRAFT_KEYS="short")
    made = subprocess.run(
        sentence.partition("make a new one: ")[2].replace("python ", f"{sys.executable} ", 1),
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    Config.from_environment({"INSTANCE": str(instance), "DRAFT_KEYS": made.stdout})


def test_a_byte_order_mark_before_a_secret_is_no_part_of_it(instance: Path) -> None:
    before = Config.from_environment({"INSTANCE": str(instance)})
    for name in LOST:
        (instance / name).write_bytes(b"\xef\xbb\xbf" + (instance / name).read_bytes().replace(b"\n", b"\r\n"))
    assert Config.from_environment({"INSTANCE": str(instance)}) == before


def test_a_blank_variable_leaves_the_secret_to_its_file(instance: Path) -> None:
    before = Config.from_environment({"INSTANCE": str(instance)})
    assert Config.from_environment({"INSTANCE": str(instance), "FORM_KEY": " \n", "DRAFT_KEYS": ""}) == before


def test_a_secret_that_this_user_may_not_read_is_reported(instance: Path) -> None:
    let_others_enter(instance)
    (instance / "form-key").chmod(0)
    for name in set(LOST) - {"form-key"}:
        (instance / name).chmod(0o644)
    with powerless():
        [sentence] = config_errors(instance)
        user = user_name(os.geteuid())
    assert sentence == (
        f"{instance / 'form-key'} cannot be read (Permission denied). "
        f"Run chown {user}: {instance / 'form-key'} and chmod 600 {instance / 'form-key'}, as root."
    )


def test_an_instance_that_is_no_folder_or_closed_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert config_errors(tmp_path / "file") == [
        f'INSTANCE is "{tmp_path / "file"}", which is not a folder. Set it to one, such as /srv/screening.'
    ]
    (tmp_path / "closed").mkdir(0o700)
    tmp_path.chmod(0o700)
    with powerless():
        [sentence] = config_errors(tmp_path / "closed")
    assert sentence.endswith("which cannot be opened. Give this user access to it, or set another folder.")


@pytest.mark.parametrize("at", ["write", "flush", "fsync", "hardlink_to", "unlink"])
def test_a_kill_while_a_secret_is_made_leaves_none_that_is_empty(tmp_path: Path, at: str) -> None:
    script = f"""
import os, sys
from pathlib import Path
import config
from screening.settings import keys
class Killed:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *_): self.file.close()
    def __getattr__(self, name): return os._exit(9) if name == {at!r} else getattr(self.file, name)
opened = os.fdopen
os.fdopen = lambda *given: Killed(opened(*given))
if {at!r} == "fsync": os.fsync = lambda *_: os._exit(9)
if {at!r} in ("hardlink_to", "unlink"): setattr(Path, {at!r}, lambda *_: os._exit(9))
config.make_secrets(Path(sys.argv[1]))
"""
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    assert killed.returncode == 9
    found = {name: (tmp_path / name).read_bytes() for name in LOST if (tmp_path / name).exists()}
    assert all(found.values())
    make_secrets(tmp_path)
    Config.from_environment({"INSTANCE": str(tmp_path)})
    assert {name: (tmp_path / name).read_bytes() for name in found} == found


def test_secrets_that_two_make_at_once_are_one_set(tmp_path: Path) -> None:
    both = [subprocess.Popen(command("keys", "make"), cwd=ROOT, env={"INSTANCE": str(tmp_path)}) for _ in "12"]
    assert [one.wait() for one in both] == [0, 0]
    assert {path.name for path in tmp_path.iterdir()} == set(LOST)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    Config.from_environment({"INSTANCE": str(tmp_path)})


@pytest.mark.parametrize(
    "place",
    ["a file", *(pytest.param(one, marks=pytest.mark.long) for one in ("below a file", "on a full or read-only disk"))],
)
def test_a_folder_in_which_no_secret_can_be_made_is_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    where = {"a file": str(tmp_path / "file"), "below a file": str(tmp_path / "file" / "instance")}
    ended = subprocess.run(
        command("keys", "make"),
        cwd=ROOT,
        env={"INSTANCE": where.get(place, "/proc/instance")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("Error: INSTANCE cannot be used: ")
    assert ended.stderr.endswith("Set it to a folder that this user may write.\n")


def test_keys_make_says_what_it_made_and_replaces_nothing(tmp_path: Path) -> None:
    code, output = flask(
        tmp_path / "instance", "keys", "make", PRODUCTION="1", DRAFT_KEYS="given", CODE_KEYS_FILE="/there"
    )
    assert code == 0
    assert output == (
        f"Made in {tmp_path / 'instance'}, readable only by this user: form-key, staff-keys, audit-key.\n"
        "Keep a copy where only you can read it: no backup of the database holds these keys.\n"
    )
    before = {path: path.read_bytes() for path in (tmp_path / "instance").iterdir()}
    assert {path.name for path in before} == {"form-key", "staff-keys", "audit-key"}
    assert flask(tmp_path / "instance", "keys", "make", DRAFT_KEYS="given", CODE_KEYS="given") == (
        0,
        "Nothing to make: every key exists.\n",
    )
    assert {path: path.read_bytes() for path in (tmp_path / "instance").iterdir()} == before


def test_keys_make_warns_if_a_database_may_need_the_lost_key(instance: Path) -> None:
    (instance / "code-keys").unlink()
    (instance / "screening.sqlite").write_text("")
    code, output = flask(instance, "keys", "make")
    assert code == 0
    assert output.endswith(
        "Warning: this folder already has a database. If you had another code-keys, delete the new one and restore "
        "yours from your backup: without it, patients can no longer see or delete what they shared.\n"
    )


GIVEN = {
    "DRAFT_KEYS": "draft_keys",
    "CODE_KEYS": "code_keys",
    "STAFF_KEYS": "staff_keys",
    "FORM_KEY": "form_key",
    "AUDIT_KEY": "audit_key",
    "DATABASE_URL": "database_url",
    "METRICS_TOKEN": "metrics_token",
}


def secret_for(variable: str) -> str:
    return "postgresql://site:hidden@db/screening" if variable == "DATABASE_URL" else Fernet.generate_key().decode()


def test_the_list_of_secrets_is_whole(instance: Path) -> None:
    """Every setting that the configuration hides may come as a file."""
    hidden = {field.name for field in dataclasses.fields(Config) if not field.repr}
    assert hidden == set(GIVEN.values())


@pytest.mark.parametrize("variable", GIVEN)
def test_every_secret_may_come_from_a_file(instance: Path, variable: str) -> None:
    secret, file = secret_for(variable), instance / "elsewhere"
    file.write_text(f"{secret}\n")
    (instance / variable.lower().replace("_", "-")).unlink(missing_ok=True)
    config = Config.from_environment({"INSTANCE": str(instance), f"{variable}_FILE": str(file)})
    assert getattr(config, GIVEN[variable]) in (secret, (secret,))


@pytest.mark.parametrize("variable", GIVEN)
def test_a_secret_that_is_set_twice_is_refused(instance: Path, variable: str) -> None:
    file, secret = instance / "elsewhere", secret_for(variable)
    file.write_text(secret)
    [sentence] = config_errors(instance, **{variable: secret, f"{variable}_FILE": str(file)})
    assert sentence == f"{variable} and {variable}_FILE are both set. Remove one of them."


NAMED_STATES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "does not exist"),
    "empty": (lambda path: path.write_text(" \n"), "is empty"),
    "a folder": (make_folder, "is a folder"),
    "other bytes": (lambda path: path.write_bytes(b"\xff\xfe\xff"), "is not text in UTF-8"),
    "closed": (lambda path: path.chmod(0), "cannot be read (Permission denied)"),
}


@pytest.mark.parametrize("variable", GIVEN)
@pytest.mark.parametrize("state", NAMED_STATES)
def test_a_file_of_a_secret_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, instance: Path, state: str, variable: str
) -> None:
    spoil, reason = NAMED_STATES[state]
    file = tmp_path / "secret"
    file.write_text(secret_for(variable))
    let_others_enter(instance)
    for own in instance.iterdir():
        own.chmod(0o644)
    spoil(file)
    with powerless():
        [sentence] = config_errors(instance, **{f"{variable}_FILE": str(file)})
    assert sentence == (
        f"{variable}_FILE names {file}, which {reason}. "
        "Write the secret there, readable for the user that runs the site, or correct the path."
    )
