"""A clinical lead reads what changed, previews it in Spanish, tries answers and reads the summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK
from tests.browser.patient import Device, Patient
from tests.browser.staff_states import CHANGES, QUESTIONS
from tests.pages import SPANISH


def test_a_clinical_lead_looks_at_a_new_version(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    lead = meet(replace(DESK, has_scripts=False))
    QUESTIONS["staff, what changed"].visit(lead, clinics)
    assert clinics[False].rendered == CHANGES
    assert "Before: ¿Para quién pregunta?" in lead.text

    lead.follow("All questionnaires").page.locator(".versions h3 a").filter(has_text="In use now").click()
    lead.follow("Preview: walk through it as a patient")
    lead.page.get_by_label("Language").select_option("es")
    lead.press("Show")
    for words in ("Start", "Continue"):
        lead.press(SPANISH[words])
    assert SPANISH["Choose an answer, or press Skip."] in lead.text
    lead.choose(SPANISH["Myself"]).press(SPANISH["Continue"])
    while lead.heading != SPANISH["Check your answers"]:
        is_pause = lead.button(SPANISH["Keep going"]).count()
        lead.press(SPANISH["Keep going" if is_pause else "Skip / I’d rather not say"])
    lead.press(SPANISH["See your summary"])
    assert lead.heading == SPANISH["Your summary"]
    assert lead.text.startswith("Preview. Nothing is kept.")
    assert lead.draft == {}

    lead.follow("Stop the preview").follow("Try answers: what would the summary say?")
    lead.choice("Cravings and recovery").check()
    lead.choice("Talking therapy").check()
    lead.press("Show the summary")
    why = lead.page.get_by_role("region", name="Why it says this").inner_text()
    assert "What would you like to read about? “Cravings and recovery”." in " ".join(why.split())
    assert "What have you tried so far?" in why
    assert "This page cannot tell you if ketamine therapy is right for you." in lead.text
    assert "?" not in lead.page.url
