"""The answers of a finished journey as one short text: the form in which they are shared and stored.

One code of a fixed width for each question, in the file's order: the chosen options as a bit set, the first option the
lowest bit, in digits of Crockford's base 32. Nothing chosen, skipped and not asked are the same code.
"""

from __future__ import annotations

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Question, Questionnaire

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5


class NotPacked(ValueError):
    """A text does not hold answers to this questionnaire."""


def width(question: Question) -> int:
    """How many digits the code of a question has."""
    return -(-len(question.options) // BITS)


def pack(journey: Journey) -> str:
    """The answers on the path, of this version's length whatever they are."""
    return "".join(
        _written(_bits(question, journey.answers.get(question.id, ())), width(question))
        for question in journey.questionnaire.questions
    )


def unpack(questionnaire: Questionnaire, packed: str) -> Answers:
    """Question id -> chosen option ids; empty where nothing was chosen.

    Raises:
        NotPacked: the text was not made by this version.
    """
    answers: dict[str, tuple[str, ...]] = {}
    start = 0
    for question in questionnaire.questions:
        code = packed[start : start + width(question)]
        start += width(question)
        answers[question.id] = _chosen(question, code)
    if len(packed) != start:
        raise NotPacked
    return answers


def _bits(question: Question, chosen: tuple[str, ...]) -> int:
    return sum(1 << place for place, option in enumerate(question.options) if option.id in chosen)


def _written(bits: int, digits: int) -> str:
    return "".join(DIGITS[bits >> BITS * place & 31] for place in reversed(range(digits)))


def _chosen(question: Question, code: str) -> tuple[str, ...]:
    if not code or not set(code) <= set(DIGITS):
        raise NotPacked
    bits = 0
    for digit in code:
        bits = bits << BITS | DIGITS.index(digit)
    if bits >> len(question.options):
        raise NotPacked
    return tuple(option.id for place, option in enumerate(question.options) if bits >> place & 1)
