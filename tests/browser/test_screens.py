"""A summary takes at most 12 screens on a phone for nine in ten people, judged by made-up submissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random

import pytest
from playwright.sync_api import BrowserContext

from screening.commands.demo import simulate_journey
from screening.commands.summary_samples import SAMPLE_SIZE, SEED
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question
from tests.browser.clinic import Clinic
from tests.browser.patient import Device, Patient

USUAL = Device(390, 844, is_touched=True, has_scripts=False)
MAX_SCREENS = 12


@pytest.fixture
def reader(opened: Callable[[Device], BrowserContext], clinics: Mapping[bool, Clinic]) -> Iterator[Patient]:
    with Patient(opened(USUAL), clinics[False].origin) as patient:
        yield patient


def screens(reader: Patient, clinic: Clinic, journeys: list[Journey]) -> list[float]:
    """Return the number of screens of each summary, sorted."""
    heights = []
    for journey in journeys:
        draft = clinic.sealed(clinic.draft("reflection", partial(_answer, journey)))
        reader.bring(draft).open("/reflection/summary")
        heights.append(reader.page.evaluate("document.documentElement.scrollHeight"))
    return sorted(height / USUAL.height for height in heights)


def _answer(journey: Journey, asked: Question) -> tuple[str, ...]:
    return journey.answers[asked.id]


def nine_in_ten(figures: list[float]) -> float:
    return figures[-(-len(figures) * 9 // 10) - 1]


def people(clinic: Clinic, number: int) -> list[Journey]:
    chance = Random(SEED)
    return [simulate_journey(clinic.questionnaire("reflection"), chance) for _ in range(number)]


def is_for_themselves(journey: Journey) -> bool:
    return journey.answers["asking-for"] == ("myself",)


def check(reader: Patient, clinic: Clinic, number: int) -> None:
    everyone = people(clinic, number)
    for who, several in (("all", everyone), ("Myself", list(filter(is_for_themselves, everyone)))):
        found = screens(reader, clinic, several)
        middle, most = found[len(found) // 2], found[-1]
        share = sum(one <= MAX_SCREENS for one in found) / len(found)
        print(f"{who}: {len(found)} summaries, {share:.0%} within {MAX_SCREENS} screens;", end=" ")
        print(f"median {middle:.1f}, nine in ten {nine_in_ten(found):.1f}, most {most:.1f}")
        assert nine_in_ten(found) <= MAX_SCREENS, who


def test_nine_in_ten_summaries_take_12_phone_screens_at_most(reader: Patient, clinics: Mapping[bool, Clinic]) -> None:
    check(reader, clinics[False], 30)


@pytest.mark.long
def test_nine_in_ten_of_2000_summaries_take_12_phone_screens_at_most(
    reader: Patient, clinics: Mapping[bool, Clinic]
) -> None:
    check(reader, clinics[False], SAMPLE_SIZE)
