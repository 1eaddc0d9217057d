"""A printed summary: real PDFs with their words, letter sizes, and a picture of each sheet."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any
from unicodedata import normalize

from pypdf import PdfReader

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option
from screening.questionnaire.summary import OWNS, Explained, Summary, picked_topics, questions_to_take, summarize
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.support.page_checker import SPANISH

FORMATS = ("A4", "Letter")
ANSWERS = "Print my answers too"
ENGLISH = "Print my questions in English too, on a sheet of their own"
MIN_SIZE = 9.0
# As many picked topics as fit on three sheets in English, next to the constant ones.
FEW = 12
DPI = 100
WHITE = 255
# No printer reaches the edge; only the sheet number is lower than the bottom margin.
MARGIN, BELOW = 8, 4

NUMBERS = """() => [...document.querySelectorAll("main ol > li")]
  .filter((item) => item.checkVisibility())
  .map((item) => [...item.parentElement.children].indexOf(item) + 1)"""

Answers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Picture:
    """A picture of a sheet, at DPI dots an inch."""

    width: int
    height: int
    colors: bytes

    @property
    def is_gray(self) -> bool:
        return self.colors[0::3] == self.colors[1::3] == self.colors[2::3]

    @cached_property
    def _gray(self) -> bytes:
        return self.colors[0::3]

    def _row(self, y: int) -> bytes:
        return self._gray[y * self.width : (y + 1) * self.width]

    def _column(self, x: int) -> bytes:
        return self._gray[x :: self.width]

    @property
    def has_clear_edges(self) -> bool:
        side, bottom = dots(MARGIN), dots(BELOW)
        beside = [*range(side), *range(self.width - side, self.width)]
        rows = [*range(side), *range(self.height - bottom, self.height)]
        return all(set(self._column(x)) == {WHITE} for x in beside) and all(set(self._row(y)) == {WHITE} for y in rows)

    @property
    def rules(self) -> int:
        """Count the lines to write on: those that cross nearly the whole sheet."""
        are_long = [sum(dot < 225 for dot in self._row(y)) > dots(140) for y in range(self.height)]
        return sum(one and not before for before, one in zip([False, *are_long], are_long, strict=False))

    @property
    def sides(self) -> tuple[float, float]:
        """Return the distances of the first and the last vertical line from the nearer edge of the sheet, in mm."""
        upright = [x for x in range(self.width) if sum(dot < 225 for dot in self._column(x)) > dots(15)]
        return millimeters(upright[0]), millimeters(self.width - 1 - upright[-1])


def dots(length: float) -> int:
    """Convert mm to dots."""
    return round(length / 25.4 * DPI)


def millimeters(length: int) -> float:
    """Convert dots to mm."""
    return length / DPI * 25.4


@dataclass(frozen=True)
class Paper:
    """A printed page. `shown`: the words meant for paper; `heads`: the header words of the grid."""

    pdf: bytes
    shown: str
    heads: str

    @cached_property
    def _read(self) -> tuple[list[str], float]:
        """Return the words of each sheet without its number, and the smallest printed letter size in pt."""
        sizes: list[float] = []

        def note(text: str, around: list[float], matrix: list[float], _font: object, size: float) -> None:
            if text.strip():
                sizes.append(size * math.hypot(*matrix[2:4]) * math.hypot(*around[2:4]))

        pages = PdfReader(BytesIO(self.pdf)).pages
        words = [page.extract_text(visitor_text=note) for page in pages]
        return [spaced(sheet.replace(f"{n} / {len(pages)}", "")) for n, sheet in enumerate(words, 1)], min(sizes)

    @property
    def sheets(self) -> list[str]:
        return self._read[0]

    @property
    def least_size(self) -> float:
        return self._read[1]

    @property
    def text(self) -> str:
        return " ".join(self.sheets)

    @cached_property
    def pictures(self) -> list[Picture]:
        """Parse PPM pictures, one per sheet: format, width, height and maximum value, then three bytes a dot."""
        drawn = subprocess.run(("pdftoppm", "-r", str(DPI), "-"), input=self.pdf, stdout=subprocess.PIPE, check=True)
        left, pictures = drawn.stdout, []
        while head := re.match(rb"P6\n(\d+) (\d+)\n255\n", left):
            width, height = int(head[1]), int(head[2])
            end = head.end() + 3 * width * height
            pictures.append(Picture(width, height, left[head.end() : end]))
            left = left[end:]
        return pictures

    @property
    def lost(self) -> Counter[str]:
        """Return words that are meant for paper but are not on it."""
        return counted(self.shown) - counted(self.text)

    @property
    def added(self) -> Counter[str]:
        """Return words on paper that are not meant for it; a grid's header repeats on each further sheet."""
        again = max(0, sum(self.heads in sheet for sheet in self.sheets) - 1) if self.heads else 0
        return counted(self.text) - counted(self.shown) - counted(" ".join([self.heads] * again))


def spaced(words: str) -> str:
    """Normalize to single spaces, without one after a line-end hyphen; split ligatures into letters."""
    return " ".join(normalize("NFKC", words).split()).replace("- ", "-")


def counted(words: str) -> Counter[str]:
    """Count each word."""
    return Counter(re.findall(r"\w+", words))


def print_page(patient: Patient, size: str) -> Paper:
    """Print the page in a patient's window on paper of this format, in dark mode."""
    patient.page.emulate_media(media="print", color_scheme="dark")
    heads = patient.page.locator(".grid thead")
    shown, over = spaced(patient.text), spaced(heads.inner_text()) if heads.count() else ""
    # List numbers are generated content, not text of the page.
    shown += " ".join(["", *map(str, patient.page.evaluate(NUMBERS))])
    patient.page.emulate_media(media="null", color_scheme="dark")
    return Paper(patient.page.pdf(format=size), shown, over)


@dataclass(frozen=True)
class Printed:
    """A patient's printed summary. `help`: the words of help; `chosen`: what they chose to print too."""

    paper: Paper
    help: str
    journey: Journey
    summary: Summary
    english: Summary
    language: str
    chosen: tuple[str, ...]

    @property
    def most_sheets(self) -> int:
        few = len(self.summary.cards) <= FEW
        return (3 if few else 4) + (self.language == "es") + len(self.chosen)

    def spoken(self, words: str) -> str:
        """Translate the site's words into the language of the summary."""
        return SPANISH[words] if self.language == "es" else words

    @property
    def owned(self) -> Iterator[Option]:
        """Return the picks that bring up something of the reader's own."""
        for question in self.journey.questions:
            if question.priority == OWNS:
                yield from question.chosen(self.journey.answers.get(question.id, ()))

    def faults(self) -> Iterator[str]:
        """Describe everything that is wrong with it."""
        paper, text = self.paper, self.paper.text
        if len(paper.sheets) > self.most_sheets:
            yield f"{len(paper.sheets)} sheets, not {self.most_sheets}"
        if paper.lost or paper.added:
            yield f"lost {dict(paper.lost)}, added {dict(paper.added)}"
        if paper.least_size < MIN_SIZE - 0.01:
            yield f"letters of {paper.least_size} pt"
        yield from (f"not on the first sheet: {part}" for part in self.first_parts() if part not in paper.sheets[0])
        for option in self.owned:
            if option.own_question and self._question(option.own_question) not in paper.sheets[0]:
                yield f"no question: {option.id}"
            topics = [topic for topic in self.journey.questionnaire.topics if topic.id in option.topics]
            yield from (f"no topic: {topic.id}" for topic in topics if topic.title not in text)
        yield from (f"not whole: {one.topic.id}" for one in self.summary.topics if not self._is_whole(one))

    def first_parts(self) -> Iterator[str]:
        """Return all parts that the first sheet must hold."""
        yield from self.summary.referral.opens
        yield self.help
        for number, taken in enumerate(self.summary.questions, 1):
            yield f"{number}. {taken.say}"
        own = self.spoken("My own question")
        yield f"{own} {own}"

    def _question(self, reference: str) -> str:
        return self.journey.questionnaire.to_take(reference)

    def _is_whole(self, explained: Explained) -> bool:
        """Return whether a topic's row has all of its words; its columns may be extracted one by one."""
        card = explained.topic.card
        assert card
        said = [one.say for one in (*card.said, *card.general, *card.care, *card.unknown)]
        facts = [fact.say for fact, _ in explained.on_card]
        parts = (explained.topic.title, explained.topic.ask[0], *said, *facts)
        return all(spaced(part) in self.paper.text for part in parts)


def print_summary(
    patient: Patient,
    clinic: Clinic,
    answers: Answers,
    size: str,
    language: str = "en",
    first: tuple[str, ...] = (),
    chosen: tuple[str, ...] = (),
) -> Printed:
    """Print the summary of these answers on paper of this format."""
    english = clinic.questionnaire("reflection")
    spoken = english.in_language(language)
    journey = Journey(spoken, answers)
    held: dict[str, Any] = clinic.draft("reflection", lambda asked: answers[asked.id], first=first)
    patient.context.clear_cookies()
    patient.page.set_extra_http_headers({"Accept-Language": language})
    patient.bring(clinic.sealed(held)).open("/reflection/summary").choose(*chosen)
    assert patient.language == language
    return Printed(
        print_page(patient, size),
        spaced(patient.page.locator(".help-now").inner_text()),
        journey,
        summarize(journey, clinic.config.country, first),
        summarize(Journey(english, answers), clinic.config.country, first),
        language,
        chosen,
    )


def longest_first(journey: Journey) -> tuple[str, ...]:
    """Return references of the three longest questions, since questions put first are bold."""
    taken = sorted(questions_to_take(journey), key=lambda one: -len(one.say))
    return tuple(one.reference for one in taken[:3])


def topics_of(journey: Journey) -> int:
    return len(picked_topics(journey))
