"""Conditions of FHIR R4 items: `enableWhen` on the item, and on nested groups where one item cannot express them.

An item combines its conditions with either `all` or `any`. So each clause that several answers can satisfy goes on a
group around the item. Needs are in conjunctive normal form: all clauses must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TypeAlias

from screening.questionnaire.model import Question, Questionnaire
from screening.reports.fhir_elements import Element, option_coding

Clause: TypeAlias = tuple[tuple[str, str], ...]
"""A disjunction: question and option ids, one of which must be picked."""

MAX_CLAUSES = 8
"""Per group. Dropping clauses may leave an empty heading, but never hides a question."""


def needs_of(questionnaire: Questionnaire, question: Question) -> tuple[Clause, ...]:
    """Return what must all hold for a question to be asked, in the file's order; empty if everyone is asked."""
    return tuple(
        tuple((earlier.id, option.id) for option in options) for earlier, options in questionnaire.reads(question)
    )


def needs_of_any(questionnaire: Questionnaire, questions: Sequence[Question]) -> tuple[Clause, ...]:
    """Return what must all hold for at least one of these questions to be asked; empty if one is always asked."""
    ids = {question.id for question in questions}
    # A question that reads another one of them is asked only where that one is, so it adds nothing.
    first = [one for one in questions if ids.isdisjoint(earlier.id for earlier, _ in questionnaire.reads(one))]
    return reduce(_either, (needs_of(questionnaire, question) for question in first))


def enabled_if(questionnaire: Questionnaire, needs: Iterable[Clause], item: Element) -> Element:
    """Return an item that is enabled only if the needs are met, inside groups if one item cannot express them."""
    conditions = [[_condition(questionnaire, *answer) for answer in clause] for clause in needs]
    parts = [([one for clause in conditions if len(clause) == 1 for one in clause], "all")]
    parts += [(clause, "any") for clause in conditions if len(clause) > 1]
    inner, *outer = [part for part in parts if part[0]] or [([], "all")]
    name = item["linkId"]
    item = _with_condition(item, *inner)
    for number, part in enumerate(outer, 1):
        item = _with_condition({"linkId": f"if-{number}.{name}", "type": "group", "item": [item]}, *part)
    return item


def _either(one: tuple[Clause, ...], other: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the disjunction of two needs, again in conjunctive normal form."""
    either = {frozenset((*left, *right)): tuple(dict.fromkeys((*left, *right))) for left in one for right in other}
    # Whatever meets a clause also meets a longer one that contains it.
    return tuple(clause for answers, clause in either.items() if not any(less < answers for less in either))[
        :MAX_CLAUSES
    ]


def _condition(questionnaire: Questionnaire, question: str, option: str) -> Element:
    coding = option_coding(questionnaire.version, question, option)
    return {"question": question, "operator": "=", "answerCoding": coding}


def _with_condition(item: Element, conditions: list[Element], behavior: str) -> Element:
    if not conditions:
        return item
    return item | {"enableWhen": conditions} | ({"enableBehavior": behavior} if len(conditions) > 1 else {})
