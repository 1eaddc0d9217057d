"""Check results of a version, for the version page: figures, and faults by today's wording list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screening.authoring import proofs
from screening.authoring.checks import listed_words, readability
from screening.authoring.proofs import Proof
from screening.authoring.texts import read_words
from screening.authoring.wording_list import WordingList
from screening.questionnaire.model import Questionnaire
from screening.reports import citations

# Names of parts without a title.
PART_NAMES = {
    "about": "the start page",
    "referral": "the referral",
    "finding": "how to find a professional",
    "ask_always": "the questions in every summary",
    "limits": "the limits of the sources",
}


class ReadabilityRange(NamedTuple):
    """Reading difficulty of one language, on its own scale. `hardest`: the hardest part."""

    language: str
    lowest: float
    highest: float
    limit: int
    hardest: str


class QualityReport(NamedTuple):
    """Check results. `forbidden`: words that today's list refuses; the list may have grown since."""

    proof: Proof
    forbidden: Sequence[str]
    readings: Sequence[ReadabilityRange]
    claims: int
    sources: int


class QualityChecks:
    """Checks versions by today's wording list and memoizes the reports, because a version never changes."""

    def __init__(self, word_list: WordingList) -> None:
        self.word_list = word_list
        self.reports: dict[str, QualityReport] = {}

    def of(self, questionnaire: Questionnaire) -> QualityReport:
        """Return the report of a version. The first call takes about a second."""
        if questionnaire.version not in self.reports:
            self.reports[questionnaire.version] = _check(questionnaire, self.word_list)
        return self.reports[questionnaire.version]


def _check(questionnaire: Questionnaire, word_list: WordingList) -> QualityReport:
    spoken = (questionnaire, *questionnaire.translations.values())
    claims = [claim for ground in citations.citations_by_source(questionnaire) for claim in ground.claims]
    return QualityReport(
        proofs.proof_of(questionnaire),
        [text for one in spoken for text in _forbidden(one, word_list)],
        [found for one in spoken for found in _readings(one)],
        len(set(claims)),
        len(questionnaire.sources),
    )


def _forbidden(questionnaire: Questionnaire, word_list: WordingList) -> list[str]:
    """Return what the wording list refuses, in the check's words."""
    return [
        found.fault.wrong
        for file, data in questionnaire.files().items()
        for found in listed_words.check(file, read_words(file, data), word_list, questionnaire.language)
        if not found.is_warning
    ]


def _readings(questionnaire: Questionnaire) -> list[ReadabilityRange]:
    """Grade the parts; return nothing if no text is a whole sentence."""
    language, scale = questionnaire.language, readability.SCALES[questionnaire.language]
    files = questionnaire.files().items()
    scores = {name: score for file, data in files for name, score in readability.grades(file, data, language).items()}
    if not scores:
        return []
    hardest = max(scores, key=lambda name: scale.hardness(scores[name]))
    titled = {one.id: one.title for one in questionnaire.sections}
    titled |= {one.id: one.title for one in questionnaire.topics}
    titled |= {one.id: one.title for one in questionnaire.sources}
    label = f"“{titled[hardest]}”" if hardest in titled else PART_NAMES.get(hardest, hardest)
    return [ReadabilityRange(language, min(scores.values()), max(scores.values()), scale.limit, label)]
