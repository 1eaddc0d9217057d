"""On paper: a whole summary within its sheets, parts that are printed only by choice, and the blank copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest
from playwright.sync_api import BrowserContext

from screening.commands.demo import simulate_journey
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.summary import questions_to_take
from tests.browser.clinic import Clinic, Picks, everything, nothing
from tests.browser.conftest import DESK
from tests.browser.paper import (
    ANSWERS,
    DPI,
    ENGLISH,
    FEW,
    FORMATS,
    MIN_SIZE,
    Answers,
    Paper,
    Printed,
    longest_first,
    print_page,
    print_summary,
    topics_of,
)
from tests.browser.patient import Device, Patient
from tests.browser.staff_states import STAFF

BLANK = "/reflection/paper"
MAX_BLANK = 4
WALKS = 200
# Picks next to five interests and one matter, and the number of topics that all bring.
CROWDED = (
    ("", 9),
    ("conditions", 10),
    ("conditions science", 11),
    ("conditions science new", 12),
    ("conditions science new usual", 15),
)
# Vertical lines at both sides of the grid, in mm from the sheet's edge.
SIDE = 10
# The least distance of a bullet from its line, in CSS pixels.
HANGS = 12
BULLETS = """() => [...document.querySelectorAll("main li")]
  .filter((item) => item.checkVisibility() && getComputedStyle(item).listStyleType === "disc")
  .map((item) => item.getBoundingClientRect().left - document.querySelector("main").getBoundingClientRect().left)"""


def picking(**picks: str) -> Picks:
    """A person who asks for themselves, picks these options of each question, and skips the others."""
    chosen = {"asking-for": "myself"} | {question.replace("_", "-"): options for question, options in picks.items()}

    def pick(asked: Question) -> tuple[str, ...]:
        picked = tuple(chosen.get(asked.id, "").split())
        assert set(picked) <= {option.id for option in asked.options}
        return picked

    return pick


def all_to_bring_up(asked: Question) -> tuple[str, ...]:
    """A person with as much as possible to bring up, and nothing else: eight own questions next to the four."""
    return everything(asked) if asked.id in ("asking-for", "bring-up") else ()


TYPICAL = picking(
    interests="cravings mood",
    triggers="stress places",
    tried="talking-therapy helped",
    bring_up="opioids seizures health",
    around_you="people",
    hopes="mood cravings",
    worries="wears-off cost",
    matters_most="clear-head",
    ask_about="feels long-term",
)


@dataclass(frozen=True)
class Case:
    """`puts_first`: whether the three longest questions are put first."""

    picks: Picks
    language: str = "en"
    puts_first: bool = False
    chosen: tuple[str, ...] = ()


CASES = {
    "nothing": Case(nothing),
    "two topics": Case(picking(interests="mood", bring_up="opioids")),
    "typical": Case(TYPICAL, puts_first=True),
    "twelve questions": Case(all_to_bring_up, puts_first=True),
    "everything": Case(everything),
    "everything in Spanish": Case(everything, "es", puts_first=True, chosen=(ANSWERS, ENGLISH)),
}
EACH = [(name, size) for name in CASES for size in FORMATS]
IN_SPANISH = "everything in Spanish"


def answered(questionnaire: Questionnaire, picks: Picks) -> Answers:
    answers: dict[str, tuple[str, ...]] = {}
    while asked := Journey(questionnaire, answers).first_open:
        answers[asked.id] = picks(asked)
    return answers


@pytest.fixture(scope="module")
def printed(
    clinics: Mapping[bool, Clinic], opened: Callable[[Device], BrowserContext]
) -> Callable[[str, str], Printed]:
    """Return a summary of this name on paper of this format, printed once."""
    clinic = clinics[False]
    questionnaire = clinic.questionnaire("reflection")

    def make(name: str, size: str) -> Printed:
        case = CASES[name]
        answers = answered(questionnaire, case.picks)
        first = longest_first(Journey(questionnaire.in_language(case.language), answers)) if case.puts_first else ()
        with Patient(opened(DESK), clinic.origin) as patient:
            return print_summary(patient, clinic, answers, size, case.language, first, case.chosen)

    return cache(make)


@pytest.fixture(params=EACH, ids="-".join)
def summary(request: pytest.FixtureRequest, printed: Callable[[str, str], Printed]) -> Printed:
    """Each of the extreme summaries on either paper."""
    return printed(*request.param)


# What every summary holds, and on how many sheets.


def test_it_keeps_to_its_sheets_and_loses_nothing(summary: Printed) -> None:
    assert list(summary.faults()) == []


def test_twelve_questions_are_twelve_and_three_of_them_come_first(printed: Callable[[str, str], Printed]) -> None:
    for size in FORMATS:
        for name in ("twelve questions", IN_SPANISH):
            assert len(printed(name, size).summary.questions) == 12
            assert printed(name, size).summary.put_first == 3


def test_there_are_lines_to_write_on_two_for_those_put_first(summary: Printed) -> None:
    first = summary.paper.pictures[0]
    assert first.rules == len(summary.summary.questions) + summary.summary.put_first + 2


def test_it_opens_and_closes_with_the_referral(summary: Printed) -> None:
    referral, sheets = summary.summary.referral, summary.paper.sheets
    assert sheets[0].startswith(" ".join([summary.spoken("Your summary"), *referral.opens]))
    last = sheets[-2 if ENGLISH in summary.chosen else -1]
    assert last.endswith(" ".join(referral.closes))


def test_the_box_is_the_same_on_every_summary_and_begins_the_second_sheet(summary: Printed) -> None:
    known = summary.summary.worth_knowing
    assert known
    assert summary.paper.sheets[1].startswith(summary.spoken("Worth knowing, whatever you picked"))
    for paragraph in known.box.paragraphs:
        assert " ".join(statement.say for statement in paragraph.statements) in summary.paper.sheets[1]
    assert all(fact.say in summary.paper.sheets[1] for fact, _ in known.outside)


def test_the_screens_own_parts_are_not_on_paper(summary: Printed) -> None:
    for words in ("Leave this page", "Print my answers too", "Privacy", "Saving and sharing", "Change your answers"):
        assert summary.spoken(words) not in summary.paper.text
    assert "http" not in summary.paper.text


# Parts printed by choice.


def test_answers_are_printed_by_choice_alone(summary: Printed) -> None:
    told = [one for _, several in summary.summary.answers for one in several]
    assert told
    text = summary.paper.text
    if ANSWERS in summary.chosen:
        assert all(words in text for one in told for words in (one.question.ask, *one.chosen_texts))
    else:
        assert not any(one.question.ask in text for one in told)
        assert summary.spoken("What you picked") not in text


def test_the_questions_in_english_are_a_sheet_of_their_own_by_choice_alone(summary: Printed) -> None:
    last = summary.paper.sheets[-1]
    if ENGLISH in summary.chosen:
        assert last.startswith("The same questions in English")
        numbered = [f"{number}. {taken.say}" for number, taken in enumerate(summary.english.questions, 1)]
        assert " ".join(numbered) in last
        assert all(explained.topic.title in last for explained in summary.english.topics)
    else:
        assert "The same questions in English" not in summary.paper.text


def test_a_reader_of_spanish_is_given_no_english_and_no_answers_unasked(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    clinic = clinics[False]
    answers = answered(clinic.questionnaire("reflection"), TYPICAL)
    summary = print_summary(meet(DESK), clinic, answers, "Letter", "es")
    assert list(summary.faults()) == []
    assert "The same questions in English" not in summary.paper.text
    assert summary.english.questions[0].say not in summary.paper.text
    assert summary.spoken("What you picked") not in summary.paper.text


# The most picked topics that three sheets hold, and what gives way for them.


@pytest.mark.long
def test_what_to_bring_gives_way_where_three_sheets_are_full(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    clinic, patient = clinics[False], meet(DESK)
    questionnaire = clinic.questionnaire("reflection")
    interests = "cravings risks mood past thoughts"
    for more, number in CROWDED:
        answers = answered(questionnaire, picking(interests=f"{interests} {more}", bring_up="health"))
        for language in ("en", "es"):
            for size in FORMATS:
                summary = print_summary(patient, clinic, answers, size, language)
                assert topics_of(summary.journey) == number
                assert list(summary.faults()) == []
                is_full = language == "en" and 10 <= number <= 12
                for words in (summary.summary.finding.title, *summary.summary.finding.bring):
                    assert (words in summary.paper.text) is not is_full


# Appearance.


def in_print(paper: Paper) -> Iterator[str]:
    """Describe what is wrong with the picture of any page."""
    assert len(paper.pictures) == len(paper.sheets)
    for number, picture in enumerate(paper.pictures, 1):
        if not picture.is_gray:
            yield f"color on sheet {number}"
        if not picture.has_clear_edges:
            yield f"ink at the edge of sheet {number}"


def test_it_is_black_and_white_and_nothing_is_cut_at_an_edge(summary: Printed) -> None:
    assert list(in_print(summary.paper)) == []
    gridded = [n for n, sheet in enumerate(summary.paper.sheets) if summary.paper.heads in sheet]
    assert gridded
    for number in gridded:
        assert summary.paper.pictures[number].sides == pytest.approx((SIDE, SIDE), abs=2 * 25.4 / DPI)


# Staff.


@pytest.mark.parametrize("name", ["staff, walk, summary", "staff, try, summary"])
def test_staff_print_what_they_see(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic], name: str
) -> None:
    patient = meet(DESK)
    STAFF[name].visit(patient, clinics)
    seen = [one for one in patient.page.locator(".told, .cards, .worth-knowing").all() if one.is_visible()]
    assert seen
    patient.page.emulate_media(media="print")
    assert all(one.is_visible() for one in seen)
    patient.page.emulate_media(media="null")


# The buttons.


def test_the_print_button_opens_the_browsers_print_window(patient: Patient, finished: str) -> None:
    for path in ("/reflection/summary", BLANK):
        patient.bring(finished).open(path)
        patient.page.evaluate("() => { window.timesPrinted = 0; window.print = () => { window.timesPrinted += 1 } }")
        patient.button("Print or save as PDF").click()
        assert patient.page.evaluate("window.timesPrinted") == 1


def test_where_no_script_runs_the_page_says_how_to_print(with_or_without_scripts: Patient, finished: str) -> None:
    reader = with_or_without_scripts.bring(finished).open("/reflection/summary")
    has_button = reader.button("Print or save as PDF").is_visible()
    says_how = reader.page.get_by_text("To print or save this page, use your browser’s menu.").is_visible()
    assert has_button is not says_how


# The blank copy.


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_blank_copy_is_whole_on_its_sheets(meet: Callable[[Device], Patient], language: str) -> None:
    patient = meet(DESK)
    patient.page.set_extra_http_headers({"Accept-Language": language})
    patient.open(BLANK)
    assert patient.language == language
    for size in FORMATS:
        paper = print_page(patient, size)
        assert len(paper.sheets) <= MAX_BLANK
        assert (paper.lost, paper.added) == ({}, {})
        assert paper.least_size >= MIN_SIZE - 0.01
        assert list(in_print(paper)) == []
    patient.page.emulate_media(media="print")
    hanging = patient.page.evaluate(BULLETS)
    patient.page.emulate_media(media="null")
    assert len(hanging) > 20
    assert min(hanging) >= HANGS


# Random summaries.


@pytest.mark.long
def test_random_summaries_keep_to_their_sheets_and_lose_nothing(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    clinic, patient = clinics[False], meet(DESK)
    questionnaire = clinic.questionnaire("reflection")
    sheets: dict[tuple[str, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    misses = []
    for seed in range(WALKS):
        chance = Random(seed)
        journey = simulate_journey(questionnaire, chance)
        taken = [one.reference for one in questions_to_take(journey)]
        first = tuple(chance.sample(taken, chance.randint(0, 3)))
        language, possible = (("en", (ANSWERS,)), ("es", (ANSWERS, ENGLISH)))[seed % 2]
        chosen = tuple(one for one in possible if chance.random() < 0.25)
        size = FORMATS[seed // 2 % 2]
        printed = print_summary(patient, clinic, journey.answers, size, language, first, chosen)
        misses += [f"{seed}, {language}, {size}: {fault}" for fault in printed.faults()]
        sheets[language, topics_of(journey)][len(printed.paper.sheets) - len(chosen)] += 1
    for (language, topics), several in sorted(sheets.items()):
        print(f"{language}, {topics} topics: {dict(sorted(several.items()))} sheets, less one for each choice")
    print(f"{WALKS} walks, {len(misses)} misses")
    assert max(topics for _, topics in sheets) > FEW
    assert misses == []
