"""Every summary is balanced as a whole: proved card by card, so it holds for any combination of cards.

- Each main risk is named by a sentence of the box that calls for care. The box is open in every summary.
- On each card, the sentences that call for care and name a risk have at least as many words as those on what is said.
  So the cards of any summary do too. Help, facts of a country and general text count as neither.
- In the box, the sentences that call for care have at least as many words as those on what is said.

Versions without cards or a box are older than this check: what they lack is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.authoring import summary_words
from screening.authoring.reachability import Trail, answers_in_words
from screening.authoring.schema import Finding
from screening.authoring.summary_cases import shortest_to_topics
from screening.authoring.yaml_document import Fault
from screening.questionnaire.model import CARE, SAID, Questionnaire, Statement

BALANCE_REMEDY = "Lengthen the care sentences or shorten the said ones, so that care has at least as many words."


def check(questionnaire: Questionnaire, trails: Iterable[Trail]) -> Iterator[Finding]:
    """Yield where hope outweighs care, in this language. `trails` are answers that bring topics, the shortest first."""
    ways = shortest_to_topics(questionnaire, trails)
    box = questionnaire.box
    if box is not None:
        named = {risk for statement in box.statements if statement.kind == CARE for risk in statement.risks}
        for number, risk in enumerate(questionnaire.risks):
            if risk not in named:
                wrong = f'No care sentence of the box names the risk "{risk}", so a summary may not mention it.'
                remedy = "List it under the risks of a sentence of kind care."
                yield Finding("topics", Fault(("risks", number), _with_answers(questionnaire, wrong, ()), remedy))
        said, care = _words(box.statements, SAID), _words(box.statements, CARE)
        if care < said:
            wrong = f"The box has {said} words in said sentences, but only {care} in care sentences."
            yield Finding(
                "topics", Fault(("box",), _with_answers(questionnaire, wrong, ()), BALANCE_REMEDY, at_key=True)
            )
    for number, topic in enumerate(questionnaire.topics):
        if topic.card:
            said, care = _words(topic.card.said), _words(statement for statement in topic.card.care if statement.risks)
            if care < said:
                wrong = (
                    f'The card of "{topic.id}" has {said} words in said sentences, but only {care} in care '
                    "sentences that name a risk."
                )
                place = ("topics", number, "card", "care")
                wrong = _with_answers(questionnaire, wrong, ways.get(topic.id, ()))
                yield Finding("topics", Fault(place, wrong, BALANCE_REMEDY, at_key=True))


def _with_answers(questionnaire: Questionnaire, wrong: str, trail: Trail) -> str:
    return f"{wrong} Shortest way to see this: {answers_in_words(questionnaire, trail)}."


def _words(statements: Iterable[Statement], kind: str = "") -> int:
    return summary_words.count_words(statement.say for statement in statements if kind in ("", statement.kind))
