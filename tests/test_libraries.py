"""The site does not start when a library has lost an undocumented part that it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from ruamel.yaml.error import MarkedYAMLError

from config import Config
from screening import server
from screening.authoring.loader import load_collection
from screening.authoring.yaml_messages import _EXAMPLES, _MESSAGES, YAML_PARTS, require_parser
from screening.libraries import UnsupportedLibrary
from screening.server_libraries import GUNICORN_PARTS, WAITRESS_PARTS, require_server_libraries
from screening.staff.auth.library import FLASK_PARTS, FLASK_SECURITY_PARTS, require_flask_security
from screening.staff.auth.sign_in import init_sign_in
from screening.web.questionnaire_limits import LIMITS


def parts(package: str, of_classes: Mapping[type, str]) -> Iterator[Any]:
    for cls, names in of_classes.items():
        yield from (pytest.param(package, cls, name, id=f"{cls.__name__}.{name}") for name in names.split())


def remove(monkeypatch: pytest.MonkeyPatch, cls: type, name: str) -> None:
    """Remove an attribute from a class, and have `__init__` set another one in its place."""
    for base in cls.__mro__:
        if name in vars(base):
            monkeypatch.delattr(base, name)
        code = getattr(vars(base).get("__init__"), "__code__", None)
        if code and name in code.co_names:
            names = tuple(f"{one}_renamed" if one == name else one for one in code.co_names)
            monkeypatch.setattr(vars(base)["__init__"], "__code__", code.replace(co_names=names))


def sentence(package: str, missing: str) -> str:
    return (
        f"{package} {version(package)} lacks what this site uses: {missing}. "
        "Install the version that requirements.txt names."
    )


@pytest.mark.parametrize(
    ("package", "cls", "name"), [*parts("flask", FLASK_PARTS), *parts("flask-security", FLASK_SECURITY_PARTS)]
)
def test_sign_in_needs_each_part(monkeypatch: pytest.MonkeyPatch, package: str, cls: type, name: str) -> None:
    app, config = Flask("x"), Config.__new__(Config)
    remove(monkeypatch, cls, name)
    with pytest.raises(UnsupportedLibrary) as refusal:
        init_sign_in(app, config)
    assert str(refusal.value) == sentence(package, f"{cls.__name__}.{name}")


@pytest.mark.parametrize(
    ("package", "cls", "name"), [*parts("gunicorn", GUNICORN_PARTS), *parts("waitress", WAITRESS_PARTS)]
)
def test_the_server_needs_each_part(monkeypatch: pytest.MonkeyPatch, package: str, cls: type, name: str) -> None:
    remove(monkeypatch, cls, name)
    with pytest.raises(UnsupportedLibrary) as refusal:
        server.serve(Flask("x"), "", 0, Config.__new__(Config), None)
    # Another class that inherits the part lacks it too.
    assert f"{cls.__name__}.{name}" in str(refusal.value)
    assert str(refusal.value).startswith(f"{package} {version(package)} lacks")


def test_the_installed_libraries_have_every_part() -> None:
    require_server_libraries()
    require_flask_security()
    require_parser()


@pytest.mark.parametrize(("package", "cls", "name"), [*parts("ruamel.yaml", YAML_PARTS)])
def test_question_files_need_each_part(monkeypatch: pytest.MonkeyPatch, package: str, cls: type, name: str) -> None:
    remove(monkeypatch, cls, name)
    with pytest.raises(UnsupportedLibrary) as refusal:
        load_collection(Path(), LIMITS)
    assert str(refusal.value) == sentence(package, f"{cls.__name__}.{name}")


@pytest.mark.parametrize("message", [message for message, *_ in _MESSAGES[:-1]])
def test_question_files_need_each_message_of_the_parser(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    """A message that ruamel.yaml words differently would give authors the remedy of another one, or none."""
    said = "<scalar>" if message == "<scalar> behind" else message

    def problem(error: MarkedYAMLError) -> str:
        return str(vars(error)["worded"]).replace(said, "other words")

    def word(error: MarkedYAMLError, problem: str) -> None:
        vars(error)["worded"] = problem

    monkeypatch.setattr(MarkedYAMLError, "problem", property(problem, word), raising=False)
    with pytest.raises(UnsupportedLibrary) as refusal:
        load_collection(Path(), LIMITS)
    assert f'"{message}"' in str(refusal.value)


def test_each_message_of_the_parser_has_an_example() -> None:
    assert len(_EXAMPLES) == len(_MESSAGES) - 1
