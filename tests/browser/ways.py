"""Steps that lead to a state: a cookie and an address, then presses, and error pages of a failing server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.browser.clinic import Clinic, Picks
from tests.browser.patient import Patient
from tests.support.page_checker import SPANISH

Go = Callable[[Patient, Clinic], object]
Held = Callable[[Clinic], dict[str, Any]]


@dataclass(frozen=True)
class State:
    """`template`: what the site renders there. `go`: leads there. `is_busy`: at the clinic with much of everything."""

    template: str
    go: Go
    is_busy: bool = False

    def visit(self, patient: Patient, clinics: Mapping[bool, Clinic]) -> None:
        """Lead a patient there, and check that it is this page."""
        clinic = clinics[self.is_busy]
        patient.origin = clinic.origin
        patient.context.clear_cookies()
        self.go(patient, clinic)
        assert clinic.rendered == self.template


def at(path: str, says: str, held: Held | None = None, seconds_ago: float = 0, **more: Any) -> Go:
    """Open an address with this in the cookie, and check the page's words."""

    def go(patient: Patient, clinic: Clinic) -> None:
        lies_there = (held(clinic) if held else {}) | more
        if lies_there:
            patient.bring(clinic.sealed(lies_there, seconds_ago))
        patient.open(path)
        tells(patient, says)

    return go


def draft(picks: Picks, until: str = "", slug: str = "reflection", **more: Any) -> Held:
    """Make the draft of someone who answered like this, up to a question."""
    return lambda clinic: clinic.draft(slug, picks, until, **more)


def then(go: Go, *steps: Callable[[Patient], object], says: str) -> Go:
    """Go there, take these steps, and check the page's words."""

    def further(patient: Patient, clinic: Clinic) -> None:
        go(patient, clinic)
        for step in steps:
            step(patient)
        tells(patient, says)

    return further


def drawn(answer: Callable[[Clinic, str], TestResponse], says: str) -> Go:
    """Show a response that the server would give under a fault, made by the same application in this process."""

    def go(patient: Patient, clinic: Clinic) -> None:
        given = answer(clinic, patient.asks_for)
        address = clinic.origin + given.request.path
        patient.page.route(address, lambda route: route.fulfill(body=given.data, headers=dict(given.headers)))
        patient.open(given.request.path)
        patient.page.unroute(address)
        tells(patient, says)

    return go


def in_trouble(code: int, says: str, path: str, endpoint: str) -> Go:
    """Show the error page of a view that fails."""
    return drawn(lambda clinic, language: clinic.in_trouble(path, endpoint, code, language), says)


def press(name: str) -> Callable[[Patient], object]:
    return lambda patient: patient.press(name)


def too_much(patient: Patient) -> None:
    """Make the page's form larger than the site accepts."""
    patient.page.get_by_role("main").locator("[name=csrf_token]").evaluate("it => { it.value = 'x'.repeat(70000); }")


def tells(patient: Patient, says: str) -> None:
    """Fail unless the page says these words in its language. A %(place)s matches anything."""
    wanted = [says]
    if patient.language == "es":
        wanted = [spanish for english, spanish in SPANISH.items() if says in english]
    patterns = [".*".join(map(re.escape, re.split(r"%\(\w+\)s", " ".join(words.split())))) for words in wanted]
    assert any(re.search(pattern, patient.text) for pattern in patterns), f"{patient.page.url} says {says}"
