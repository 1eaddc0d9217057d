"""On paper: what is printed of a summary and only by choice, the blank copy, and how many pages either takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from unicodedata import normalize
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader

from screening.questionnaire.loader import Collection
from screening.questionnaire.summary import MOST_TOPICS_ON_PAPER
from tests.browser.conftest import DESK
from tests.browser.patient import Device, Patient

ANSWER = "Discouraging thoughts that come back"
CONSTANT = ("No single answer for everyone", "A full evaluation first", "What is not known in the long run")
WITH_ANSWERS = "Print my answers too"
FORMATS = ("A4", "Letter")
MOST_PAGES = 4
LEAST_SIZE = 9.5
# What there is to write in beside the margins of the narrower format, A4, in CSS pixels.
WIDTH = int((210 - 2 * 14) / 25.4 * 96)
# The topics with the most words, three in all: with the constant ones, what four pages must hold.
LONGEST = ("Low mood", "Hard past experiences", "How it acts in the brain")
SIZES = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const sizes = [];
  for (let node; (node = walker.nextNode()); ) {
    const around = node.parentElement;
    const isSeen = node.data.trim() && around.checkVisibility() && !around.closest(".unseen");
    if (isSeen) sizes.push(parseFloat(getComputedStyle(around).fontSize) * 0.75);
  }
  return sizes;
}"""


@pytest.fixture
def reader(with_or_without_scripts: Patient, finished: str) -> Patient:
    """A patient at their summary, who has told which triggers they would like to talk over."""
    return with_or_without_scripts.bring(finished).open("/reflection/summary")


def pages(patient: Patient, paper: str = "Letter") -> list[PageObject]:
    """The pages of a window's page on paper of this format."""
    return list(PdfReader(BytesIO(patient.page.pdf(format=paper))).pages)


def text(several: list[PageObject]) -> str:
    """The words on paper without the numbers of pages, with single spaces."""
    words = " ".join(page.extract_text().replace(f"{n} / {len(several)}", "") for n, page in enumerate(several, 1))
    # Letters that touch are set as one sign.
    return " ".join(normalize("NFKC", words).split())


def printed(patient: Patient) -> str:
    return text(pages(patient))


def counted(words: str) -> Counter[str]:
    """How often each word comes."""
    return Counter(re.findall(r"\w+", words))


def test_paper_has_the_referral_help_questions_and_topics_and_no_answers(
    reader: Patient, collection: Collection
) -> None:
    referral = collection.questionnaires[0].referral
    paper = printed(reader)
    assert " ".join(["Your summary", *referral.opens, "Need help now?"]) in paper
    assert paper.startswith("Your summary")
    assert paper.endswith(" ".join(referral.closes))
    parts = ("Your summary", "Nobody is watching this form", "Questions to take with you", *CONSTANT)
    places = [paper.index(part) for part in (*parts, "Where this comes from", referral.closes[0])]
    assert places == sorted(places)
    for words in ("call 911", "call 988", "What other choices do I have?", "What to bring", "Someone you trust"):
        assert words in paper
    for words in ("Leave this page", "Print my answers", "Privacy", "Back to your answers", "Go to the content"):
        assert words not in paper
    for words in ("Open the source", "More help", "This page is long", "http"):
        assert words not in paper
    assert ANSWER in reader.text
    assert ANSWER not in paper


def test_answers_are_printed_where_that_was_chosen(reader: Patient, collection: Collection) -> None:
    paper = printed(reader.choose(WITH_ANSWERS))
    assert ANSWER in paper
    assert paper.endswith(" ".join(collection.questionnaires[0].referral.closes))


def test_the_print_button_opens_the_browsers_print_window(patient: Patient, finished: str) -> None:
    for path in ("/reflection/summary", "/reflection/paper"):
        patient.bring(finished).open(path)
        patient.page.evaluate("() => { window.timesPrinted = 0; window.print = () => { window.timesPrinted += 1 } }")
        patient.button("Print or save as PDF").click()
        assert patient.page.evaluate("window.timesPrinted") == 1


def test_where_no_script_runs_the_page_says_how_to_print(reader: Patient) -> None:
    has_button = reader.button("Print or save as PDF").is_visible()
    says_how = reader.page.get_by_text("To print or save this page, use your browser’s menu.").is_visible()
    assert has_button is not says_how


# How many pages, and all of every page.


@pytest.fixture(scope="module")
def drafts(site: str, browser: Browser) -> dict[str, str]:
    """Drafts of people who chose nothing, as many topics as are printed, and everything."""
    with browser.new_context(java_script_enabled=False) as context, Patient(context, site) as patient:
        drafts = {"nothing": str(patient.start().go_on_to("/reflection/check").draft["value"])}
        patient.open("/reflection/2?change=1").answer(*LONGEST)
        drafts["six topics"] = str(patient.draft["value"])
        patient.open("/reflection/1?change=1").answer("Myself")
        while patient.path != "/reflection/check":
            if patient.path == "/reflection/pause":
                patient.follow("Keep going")
            else:
                choose_all(patient)
        patient.open("/reflection/2?change=1")
        choose_all(patient)
        choose_all(patient)
        drafts["everything"] = str(patient.go_on_to("/reflection/check").draft["value"])
    return drafts


def choose_all(patient: Patient) -> None:
    """Choose every answer that goes with the others, and go on."""
    for choice in patient.page.locator(".choice:not(.or + .choice) input").all():
        choice.check()
    patient.press("Continue")


PAPERS = ("nothing", "six topics", "everything", "blank")


@pytest.fixture(params=["en", "es"])
def at_paper(
    request: pytest.FixtureRequest, meet: Callable[[Device], Patient], drafts: dict[str, str]
) -> Callable[[str], Patient]:
    """Open the blank copy, or the summary of a draft, at night, in either language."""

    def open_it(which: str) -> Patient:
        patient = meet(DESK)
        patient.page.set_extra_http_headers({"Accept-Language": request.param})
        patient.page.emulate_media(color_scheme="dark")
        patient.bring(drafts.get(which, "")).open(f"/reflection/{'summary' if which in drafts else 'paper'}")
        assert patient.language == request.param
        return patient

    return open_it


@pytest.mark.parametrize("which", PAPERS)
def test_it_takes_four_pages_at_most_and_loses_no_word(at_paper: Callable[[str], Patient], which: str) -> None:
    patient = at_paper(which)
    patient.page.emulate_media(media="print")
    expected = counted(patient.text)
    patient.page.emulate_media(media="null")
    for paper in FORMATS:
        several = pages(patient, paper)
        assert len(several) <= MOST_PAGES, paper
        assert counted(text(several)) == expected, paper


@pytest.mark.parametrize("which", PAPERS)
def test_it_is_black_and_white_and_large_enough_to_read(at_paper: Callable[[str], Patient], which: str) -> None:
    patient = at_paper(which)
    for page in pages(patient):
        colours = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG)\b", page.get_contents().get_data())  # type: ignore[union-attr]
        assert colours
        assert all(red == green == blue for red, green, blue in colours)
    patient.page.emulate_media(media="print")
    patient.page.set_viewport_size({"width": WIDTH, "height": 1000})
    assert min(patient.page.evaluate(SIZES)) >= LEAST_SIZE - 0.01
    assert patient.page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    patient.page.emulate_media(media="null")


def test_six_topics_are_printed_whole_and_further_ones_named(
    at_paper: Callable[[str], Patient], collection: Collection
) -> None:
    patient = at_paper("everything")
    questionnaire = collection.questionnaires[0].in_language(patient.language)
    paper = printed(patient)
    shown = [topic for topic in questionnaire.topics if patient.page.get_by_role("heading", name=topic.title).count()]
    chosen = [topic for topic in shown if not topic.always]
    constant = [topic for topic in shown if topic.always]
    whole = [*chosen[: MOST_TOPICS_ON_PAPER - len(constant)], *constant]
    assert len(constant) == len(CONSTANT) < len(whole) < len(shown)
    for topic in shown:
        parts = [part.say for part in (*topic.says, *topic.warns, *topic.unknown)]
        assert all(part in patient.text for part in parts), "the screen shows everything"
        # Some say the same of several topics.
        own = [part for part in parts if patient.text.count(part) == 1]
        assert {part in paper for part in own} == {topic in whole}, topic.id
    named = paper[paper.index(patient.spoken("More topics")) :]
    assert f"{urlsplit(patient.origin).netloc}/reflection/topics" in named
    assert [topic for topic in shown if topic.title in named] == [topic for topic in shown if topic not in whole]
    assert patient.spoken("More topics") not in patient.text
