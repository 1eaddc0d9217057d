"""`make pictures`: every page in every state, on a phone and at a desk, in light and dark mode.

Not a test: no program can tell whether a page looks right. Look at the pictures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import pytest

from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK, PHONE
from tests.browser.patient import Device, Patient
from tests.browser.staff_states import STAFF
from tests.browser.states import PATIENTS

IN_SPANISH = ("start", "question, error, many choices", "check, full", "summary, everything picked", "share", "shared")
STATES = PATIENTS | STAFF | {f"{name}, in Spanish": PATIENTS[name] for name in IN_SPANISH}
MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHEET = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Pictures</title>
<style>h2, img {{ margin: 1rem }} div {{ display: flex; align-items: start }}</style>
{rows}
</html>
"""
IMAGE = '<a href="{file}"><img src="{file}" alt="{file}" width="{width}" loading="lazy"></a>'


@pytest.fixture(scope="session")
def rows() -> Iterator[list[str]]:
    """A row of pictures for each state, collected into one HTML page."""
    made: list[str] = []
    yield made
    (folder() / "index.html").write_text(SHEET.format(rows="\n".join(made)))


@pytest.mark.parametrize("name", STATES)
def test_pictures(
    name: str, meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic], rows: list[str]
) -> None:
    patient = meet(PHONE)
    if name not in PATIENTS | STAFF:
        patient.ask_for_spanish()
    STATES[name].visit(patient, clinics)
    images = []
    for device in (PHONE, DESK):
        patient.page.set_viewport_size({"width": device.width, "height": device.height})
        for mode in MODES:
            patient.page.emulate_media(color_scheme=mode)
            file = f"{name.replace(', ', '_').replace(' ', '-')}_{device.width}_{mode}.png"
            patient.page.screenshot(path=folder() / file, full_page=True)
            images.append(IMAGE.format(file=file, width=device.width // 2))
    rows.append(f"<h2>{name}</h2>\n<div>{''.join(images)}</div>")


def folder() -> Path:
    made = Path(os.environ["PICTURES"])
    made.mkdir(parents=True, exist_ok=True)
    return made
