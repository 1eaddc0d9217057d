"""The component gallery is complete, and only for developers."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from screening.app import create_app
from screening.patient.component_gallery import SHOWN_AS, tokens
from screening.web.color import MIN_CONTRAST, contrast, modes
from screening.web.static_files import FOLDER
from tests.support.settings import TestConfig

GROUNDS = ("--ground", "--surface", "--warm", "--accent-soft")
# Its tokens come first.
MAIN = FOLDER / "screening.css"
STYLES = "".join(path.read_text() for path in (MAIN, *sorted({*FOLDER.glob("*.css")} - {MAIN})))
NAMES = [name for _, _, names in tokens() for name, _ in names]


def test_it_shows_every_token_and_is_well_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    client = create_app(TestConfig()).test_client()
    page = client.get("/components").text
    swatches = client.get("/components.css").text
    assert "What is wrong, and what to do." in page
    for group, _, names in tokens():
        for name, value in names:
            assert f"<dt>--{name}</dt>" in page
            assert value in page.replace("&#34;", '"')
            assert (f".swatch.{name} " in swatches) == (group in SHOWN_AS)


def test_patients_never_meet_it(app: Flask) -> None:
    assert app.test_client().get("/components").status_code == 404


def test_each_token_stands_in_a_group_and_is_used() -> None:
    assert set(re.findall(r"^\s*--([a-z-]+):", STYLES, re.MULTILINE)) <= set(NAMES)
    assert set(re.findall(r"var\(--([a-z-]+)\)", STYLES)) == set(NAMES)


def test_colors_stand_in_the_tokens_alone() -> None:
    """Paper is black on white and an authenticator's QR code is dark on light, whatever the tokens say."""
    after = STYLES.split("*, ::before")[1]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", after.lower())) <= {"#fff", "#000", "#999", "#555"}


@pytest.mark.parametrize("tokens", modes(MAIN.read_text()), ids=["light", "dark"])
def test_text_stands_out_on_every_ground_and_so_do_edges(tokens: dict[str, str]) -> None:
    for ground in GROUNDS:
        for ink in ("--ink", "--quiet", "--accent", "--wrong"):
            assert contrast(tokens[ink], tokens[ground]) >= MIN_CONTRAST, f"{ink} on {ground}"
        for edge in ("--edge", "--focus"):
            assert contrast(tokens[edge], tokens[ground]) >= 3, f"{edge} on {ground}"
