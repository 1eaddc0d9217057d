"""The proof that a questionnaire passes before it is served, combined from the checks of its paths and summaries.

Versions older than the governance rules are rebuilt for staff. They are exempt from rules that did not exist then.

A fault that only follows from another one is not reported with it. It appears once the first one is fixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from screening.authoring.checks import balance, no_pick_lost, path_proof, summary_length, summary_proof
from screening.authoring.checks.summary_length import Extent
from screening.authoring.maximal_answers import MAX_CASES
from screening.authoring.reachability import ProofTooLarge, Trail, trail_length
from screening.authoring.schema import Finding
from screening.authoring.translation import key_of
from screening.authoring.yaml_document import Fault
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.summary import picked_topics


@dataclass(frozen=True)
class Proof:
    """What a proof covered, and its findings. It proves something only if no finding is an error.

    `states` counts the merged states of `reachability`, and `cases` the largest cases. `cards` is the most cards in one
    summary. `extents` is the length of summaries by language. Versions without a box have no cases, cards or extents.
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
        """Return the counts by name, and the least and most words by language."""
        words = {language: {"least": extent.least, "most": extent.most} for language, extent in self.extents.items()}
        return {name: count for name, count in vars(self).items() if isinstance(count, int)} | {"words": words}


# Memoized, since a proof may take seconds.
_proofs: WeakKeyDictionary[Questionnaire, Proof] = WeakKeyDictionary()


def check(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Prove a questionnaire, and yield the findings of the proof."""
    _proofs[questionnaire] = prove(questionnaire)
    yield from _proofs[questionnaire].findings


def proof_of(questionnaire: Questionnaire) -> Proof:
    """Return the proof from the check of a questionnaire, or prove it now."""
    return _proofs.get(questionnaire) or prove(questionnaire)


def prove(questionnaire: Questionnaire) -> Proof:
    """Check all paths, and all kinds of summaries that they lead to. It takes seconds: prefer `proof_of`."""
    ways, states, path_findings = path_proof.check(questionnaire)
    findings = [*path_findings]
    chosen = [
        (*way, (name, (option.id,))) for name, way in ways.items() for option in questionnaire.by_id[name].options
    ]
    trails = sorted(chosen, key=trail_length)
    largest, extents = _check_largest_cases(questionnaire, ways, trails, findings)
    summaries, faults = _check_summaries(questionnaire, trails, largest)
    skipped = dict.fromkeys(questionnaire.by_id, ())
    journeys = (Journey(questionnaire, skipped | dict(case)) for case in largest)
    return Proof(
        sections=len(questionnaire.sections),
        questions=len(ways),
        options=len(chosen),
        topics=len(questionnaire.topics),
        states=states,
        summaries=summaries,
        findings=(*findings, *faults),
        cases=len(largest),
        cards=max((len(picked_topics(journey)) for journey in journeys), default=0),
        extents=extents,
    )


def _check_largest_cases(
    questionnaire: Questionnaire, ways: Mapping[str, Trail], trails: Sequence[Trail], findings: list[Finding]
) -> tuple[list[Trail], dict[str, Extent]]:
    """Return the largest cases and the extents of summaries by language, and append to `findings`."""
    largest: list[Trail] = []
    extents: dict[str, Extent] = {}
    if questionnaire.governance is None or questionnaire.box is None:
        return largest, extents
    try:
        largest = summary_length.fullest_cases(questionnaire)
        findings += no_pick_lost.check(questionnaire, ways)
    except ProofTooLarge as error:
        findings.append(_too_many(questionnaire, error.question))
    for spoken in (questionnaire, *questionnaire.translations.values()) if largest else ():
        extents[spoken.language] = summary_length.extent(spoken, largest)
        found = (*balance.check(spoken, trails), *summary_length.check(spoken, extents[spoken.language], trails))
        findings += (_in_own_file(questionnaire, spoken, finding) for finding in found)
    return largest, extents


def _check_summaries(
    questionnaire: Questionnaire, trails: Sequence[Trail], largest: Sequence[Trail]
) -> tuple[int, list[Finding]]:
    """Return the number of summaries checked, and the findings of the first language that has any.

    So a fault of all languages is reported once.
    """
    summaries = 0
    for spoken in (questionnaire, *questionnaire.translations.values()):
        count, faults = summary_proof.check(spoken, trails, largest)
        summaries += count
        if faults:
            return summaries, faults
    return summaries, []


def _in_own_file(questionnaire: Questionnaire, spoken: Questionnaire, finding: Finding) -> Finding:
    """Move a finding about a translation to its place in the translation file."""
    if spoken is questionnaire:
        return finding
    where = key_of(questionnaire.files()[finding.file], finding.fault.where)
    return finding._replace(file=spoken.language, fault=finding.fault._replace(where=where))


def _too_many(questionnaire: Questionnaire, question: Question) -> Finding:
    where = next(where for where, _, other in path_proof.question_positions(questionnaire) if other is question)
    wrong = (
        f'The check cannot prove what can be chosen together: in "{question.id}", too many options exclude each other.'
    )
    remedy = f"Allow several to be chosen together (the check covers at most {MAX_CASES:,} largest cases)."
    return Finding("questionnaire", Fault(where, wrong, remedy))
