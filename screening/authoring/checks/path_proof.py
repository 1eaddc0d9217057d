"""Every path ends at a summary: proved for the very files that are served, before anyone sees them.

- *No dead end.* The file's order is finite and every question takes a skip. `Journey` itself is walked, answer by
  answer, to the end: for each question along the shortest answers with which it is asked, and for each part of its
  condition along those that miss that part alone. Whether a question is asked or passed over depends on its condition
  and on nothing else, so each step is seen to lead on in both ways.
- *Nothing that nobody can reach.* Each question is asked with some answers; with it its section, and each of its
  options, since any one option can be chosen alone. Each topic is explained with some answers.
- *No condition always or never true.* Some answers meet it. Every question can be skipped, so that none is always true
  as a whole; but each part of it must matter: some answers miss that part and meet all the others.

What its summaries promise is the matter of `promises`, `balance`, `lengths` and `whole`. Versions from before there was
governance are rebuilt for staff: they are judged by no rule that they never had.

What only follows from another fault is not told beside it: it shows once that one is mended.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from screening.authoring.checks import balance, pick_proof, summary_length, summary_proof
from screening.authoring.checks.summary_length import Extent
from screening.authoring.largest_cases import MOST_CASES
from screening.authoring.reachability import MOST_STATES, Reach, TooMany, Trail, in_words, length, reach
from screening.authoring.schema import Finding
from screening.authoring.translation import key_of
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire, Section, Step
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
    findings: list[Finding] = []
    ways: dict[str, Trail] = {}
    states = 0
    for where, section, question in _places(questionnaire):
        # A question that rests on one which nobody is asked, or of which that is not proved, is told of there.
        if all(name in ways for name, _ in question.ask_if.needs):
            found, wrong = _one(questionnaire, where, section, question)
            findings += wrong
            states += found.states
            if found.asked is not None:
                ways[question.id] = found.asked
    findings += _never_explained(questionnaire)
    chosen = [
        (*way, (name, (option.id,))) for name, way in ways.items() for option in questionnaire.by_id[name].options
    ]
    trails = sorted(chosen, key=length)
    largest: list[Trail] = []
    extents: dict[str, Extent] = {}
    if questionnaire.governance is not None and questionnaire.box is not None:
        try:
            largest = summary_length.cases(questionnaire)
            findings += pick_proof.check(questionnaire, ways)
        except TooMany as error:
            findings.append(_too_many(questionnaire, error.question))
        for spoken in (questionnaire, *questionnaire.translations.values()) if largest else ():
            extents[spoken.language] = summary_length.extent(spoken, largest)
            judged = (*balance.check(spoken, trails), *summary_length.check(spoken, extents[spoken.language], trails))
            findings += (_in_its_file(questionnaire, spoken, finding) for finding in judged)
    seen = 0
    for spoken in (questionnaire, *questionnaire.translations.values()):
        # What is wrong in English too is told once.
        made, faults = summary_proof.check(spoken, trails, largest)
        seen += made
        if faults:
            break
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


def _in_its_file(questionnaire: Questionnaire, spoken: Questionnaire, finding: Finding) -> Finding:
    """A finding about a translation at its place there."""
    if spoken is questionnaire:
        return finding
    where = key_of(questionnaire.files()[finding.file], finding.fault.where)
    return finding._replace(file=spoken.language, fault=finding.fault._replace(where=where))


def _too_many(questionnaire: Questionnaire, question: Question) -> Finding:
    where = next(where for where, _, one in _places(questionnaire) if one is question)
    wrong = f'What comes together cannot be proved: with "{question.id}" too many options exclude one another.'
    remedy = f"Let several be chosen together (at most {MOST_CASES:,} largest cases are gone through)."
    return Finding("questionnaire", Fault(where, wrong, remedy))


def _one(
    questionnaire: Questionnaire, where: Where, section: Section, question: Question
) -> tuple[Reach, list[Finding]]:
    """How one question is reached, and what is wrong with that."""
    try:
        found = reach(questionnaire, question)
    except TooMany as error:
        return Reach(None, {}, 0), [_unproved(where, error.question)]
    if found.asked is None:
        return found, [_never(questionnaire, where, section, question, found)]
    always = _always(questionnaire, where, question, found.asked, found.missing_one)
    return found, [*always, *_dead_ends(questionnaire, where, question, found)]


def _places(questionnaire: Questionnaire) -> Iterator[tuple[Where, Section, Question]]:
    for number, section in enumerate(questionnaire.sections):
        for place, step in enumerate(section.steps):
            if isinstance(step, Question):
                yield ("sections", number, "items", place), section, step


def _unproved(where: Where, question: Question) -> Finding:
    wrong = f'Who is asked this cannot be proved: answers to "{question.id}" meet too many sets of conditions.'
    remedy = f"Let conditions tell fewer of its options apart (at most {MOST_STATES:,} sets are gone through)."
    return Finding("questionnaire", Fault((*where, "ask_if"), wrong, remedy))


def _never(questionnaire: Questionnaire, where: Where, section: Section, question: Question, found: Reach) -> Finding:
    wrong = f'Nobody is ever asked "{question.id}"'
    if section.steps == (question,):
        wrong += f', and nobody sees the section "{section.id}"'
    wrong += ": its conditions cannot hold together."
    for part, trail in sorted(found.missing_one.items(), key=lambda one: length(one[1]))[:1]:
        wrong += f' Nearest answers: {in_words(questionnaire, trail)}; then only "{part}" is in its way.'
    remedy = "Change what it asks for, or what the questions before it do."
    return Finding("questionnaire", Fault((*where, "ask_if"), wrong, remedy))


def _always(
    questionnaire: Questionnaire, where: Where, question: Question, asked: Trail, missing_one: Container[str]
) -> Iterator[Finding]:
    for part, _ in question.ask_if.needs:
        if part not in missing_one:
            wrong = f'"{part}" is always met where the rest is. Shortest answers: {in_words(questionnaire, asked)}.'
            yield Finding("questionnaire", Fault((*where, "ask_if", part), wrong, "Take it away.", at_key=True))


def _dead_ends(questionnaire: Questionnaire, where: Where, question: Question, found: Reach) -> Iterator[Finding]:
    ways = [(trail, False) for trail in found.missing_one.values()]
    if found.asked is not None:
        ways.append((found.asked, True))
    for trail, is_asked in sorted(ways, key=lambda way: length(way[0])):
        walked = _walked(questionnaire, trail)
        if walked is None or (question in walked) is not is_asked:
            wrong = f"This leads to no summary. Shortest answers: {in_words(questionnaire, trail)}."
            remedy = "The program is at fault, not the file: tell its makers."
            yield Finding("questionnaire", Fault(where, wrong, remedy))
            return


def _walked(questionnaire: Questionnaire, trail: Trail) -> tuple[Step, ...] | None:
    """The steps that somebody who gives these answers, one by one, comes by; None if they do not lead to the end."""
    answers, given = dict(trail), dict[str, tuple[str, ...]]()
    journey = Journey(questionnaire, given)
    for _ in questionnaire.questions:
        if journey.first_open is None:
            break
        given[journey.first_open.id] = answers.get(journey.first_open.id, ())
        journey = Journey(questionnaire, given)
    walked = list(journey.path[:1])
    for _ in questionnaire.steps:
        following = journey.next(walked[-1])
        if following is None:
            break
        walked.append(following)
    in_order = [step for step in questionnaire.steps if step in walked]
    is_whole = journey.is_complete and journey.next(walked[-1]) is None and list(journey.path) == walked == in_order
    return tuple(walked) if is_whole and all(map(journey.can_visit, walked)) else None


def _never_explained(questionnaire: Questionnaire) -> Iterator[Finding]:
    """A topic that only unreachable options bring is passed over here: those have their own complaint."""
    brought = {topic for question in questionnaire.questions for option in question.options for topic in option.topics}
    for number, topic in enumerate(questionnaire.topics):
        if not topic.always and topic.id not in brought:
            wrong = f'No summary ever explains "{topic.id}": no option brings it.'
            remedy = "Name it under the topics of an option, or take it away."
            yield Finding("topics", Fault(("topics", number, "id"), wrong, remedy))
