"""What is proved of a questionnaire before it is served, put together from the checks of its paths and summaries.

Versions from before there was governance are rebuilt for staff: they are judged by no rule that they never had.

What only follows from another fault is not told beside it: it shows once that one is mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from screening.authoring.checks import balance, path_proof, pick_proof, summary_length, summary_proof
from screening.authoring.checks.summary_length import Extent
from screening.authoring.largest_cases import MOST_CASES
from screening.authoring.reachability import TooMany, Trail, trail_length
from screening.authoring.schema import Finding
from screening.authoring.translation import key_of
from screening.authoring.yaml_document import Fault
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.summary import picked_topics


@dataclass(frozen=True)
class Proof:
    """How much was gone through, and what was found wrong. It proves something only if nothing was refused.

    `states` are what answers can leave open before a question, told apart only as far as its condition does. `cases`
    are the largest cases, `cards` the most that come together, `extents` by language how long summaries are; versions
    from before there was a box have none.
    """

    sections: int
    questions: int
    options: int
    topics: int
    states: int
    summaries: int
    findings: tuple[Finding, ...]
    cases: int = 0
    cards: int = 0
    extents: Mapping[str, Extent] = field(default_factory=dict)

    def __str__(self) -> str:
        covered = f"{self.states} merged states, {self.summaries} summaries"
        return f"{self.questions} questions, {self.options} options, {self.topics} topics, {covered}"

    @property
    def figures(self) -> dict[str, Any]:
        """The counts by name, and the least and most words by language."""
        words = {language: {"least": one.least, "most": one.most} for language, one in self.extents.items()}
        return {name: count for name, count in vars(self).items() if isinstance(count, int)} | {"words": words}


# What was checked need not be proved again to be told: that may take seconds.
_checked: WeakKeyDictionary[Questionnaire, Proof] = WeakKeyDictionary()


def check(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Yield what keeps a questionnaire from being proved."""
    _checked[questionnaire] = prove(questionnaire)
    yield from _checked[questionnaire].findings


def proof_of(questionnaire: Questionnaire) -> Proof:
    """What the check of a questionnaire went through."""
    return _checked.get(questionnaire) or prove(questionnaire)


def prove(questionnaire: Questionnaire) -> Proof:
    """Go through all paths, and all kinds of summary that they lead to."""
    ways, states, wrong = path_proof.check(questionnaire)
    findings = [*wrong]
    chosen = [
        (*way, (name, (option.id,))) for name, way in ways.items() for option in questionnaire.by_id[name].options
    ]
    trails = sorted(chosen, key=trail_length)
    largest, extents = _judge(questionnaire, ways, trails, findings)
    seen, faults = _make_summaries(questionnaire, trails, largest)
    skipped = dict.fromkeys(questionnaire.by_id, ())
    journeys = (Journey(questionnaire, skipped | dict(case)) for case in largest)
    return Proof(
        sections=len(questionnaire.sections),
        questions=len(ways),
        options=len(chosen),
        topics=len(questionnaire.topics),
        states=states,
        summaries=seen,
        findings=(*findings, *faults),
        cases=len(largest),
        cards=max((len(picked_topics(journey)) for journey in journeys), default=0),
        extents=extents,
    )


def _judge(
    questionnaire: Questionnaire, ways: Mapping[str, Trail], trails: Sequence[Trail], findings: list[Finding]
) -> tuple[list[Trail], dict[str, Extent]]:
    """Return the largest cases, and how long summaries are by language; add what is wrong to the findings."""
    largest: list[Trail] = []
    extents: dict[str, Extent] = {}
    if questionnaire.governance is None or questionnaire.box is None:
        return largest, extents
    try:
        largest = summary_length.cases(questionnaire)
        findings += pick_proof.check(questionnaire, ways)
    except TooMany as error:
        findings.append(_too_many(questionnaire, error.question))
    for spoken in (questionnaire, *questionnaire.translations.values()) if largest else ():
        extents[spoken.language] = summary_length.extent(spoken, largest)
        judged = (*balance.check(spoken, trails), *summary_length.check(spoken, extents[spoken.language], trails))
        findings += (_in_its_file(questionnaire, spoken, finding) for finding in judged)
    return largest, extents


def _make_summaries(
    questionnaire: Questionnaire, trails: Sequence[Trail], largest: Sequence[Trail]
) -> tuple[int, list[Finding]]:
    """Return how many summaries were made, and what is wrong in the first language in which anything is."""
    seen = 0
    for spoken in (questionnaire, *questionnaire.translations.values()):
        made, faults = summary_proof.check(spoken, trails, largest)
        seen += made
        if faults:
            return seen, faults
    return seen, []


def _in_its_file(questionnaire: Questionnaire, spoken: Questionnaire, finding: Finding) -> Finding:
    """A finding about a translation at its place there."""
    if spoken is questionnaire:
        return finding
    where = key_of(questionnaire.files()[finding.file], finding.fault.where)
    return finding._replace(file=spoken.language, fault=finding.fault._replace(where=where))


def _too_many(questionnaire: Questionnaire, question: Question) -> Finding:
    where = next(where for where, _, one in path_proof.places(questionnaire) if one is question)
    wrong = f'What comes together cannot be proved: with "{question.id}" too many options exclude one another.'
    remedy = f"Let several be chosen together (at most {MOST_CASES:,} largest cases are gone through)."
    return Finding("questionnaire", Fault(where, wrong, remedy))
