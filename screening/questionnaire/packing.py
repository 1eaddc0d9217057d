"""The answers of a finished journey as one short text: the form in which they are shared and stored.

One code of a fixed width for each question, in the file's order: the chosen options as a bit set, the first option the
lowest bit, in digits of Crockford's base 32. Nothing chosen, skipped and not asked are the same code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Question, Questionnaire

PACKING_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5


class NotPacked(ValueError):
    """A text does not hold answers to this questionnaire."""


def digits_needed(question: Question) -> int:
    """How many digits the code of a question has."""
    return -(-len(question.options) // BITS)


def pack(journey: Journey) -> str:
    """The answers on the path, of this version's length whatever they are."""
    return "".join(
        _written(_bits(question, journey.answers.get(question.id, ())), digits_needed(question))
        for question in journey.questionnaire.questions
    )


def unpack(questionnaire: Questionnaire, packed: str) -> Answers:
    """Question id -> chosen option ids; empty where nothing was chosen.

    Raises:
        NotPacked: the text was not made by this version.
    """
    if len(packed) != packed_length(questionnaire):
        raise NotPacked
    return {question.id: chosen_options(question, packed[place]) for question, place in question_offsets(questionnaire)}


def packed_length(questionnaire: Questionnaire) -> int:
    """How many digits every text of this version has."""
    return sum(map(digits_needed, questionnaire.questions))


def question_offsets(questionnaire: Questionnaire) -> Iterator[tuple[Question, slice]]:
    """Each question, in the file's order, with the place of its code in every text."""
    start = 0
    for question in questionnaire.questions:
        yield question, slice(start, start + digits_needed(question))
        start += digits_needed(question)


def chosen_options(question: Question, code: str) -> tuple[str, ...]:
    """The option ids that a question's code says, in the file's order.

    Raises:
        NotPacked: it is no code of this question.
    """
    if not code or not set(code) <= set(PACKING_DIGITS):
        raise NotPacked
    bits = 0
    for digit in code:
        bits = bits << BITS | PACKING_DIGITS.index(digit)
    if bits >> len(question.options):
        raise NotPacked
    return tuple(option.id for place, option in enumerate(question.options) if bits >> place & 1)


def option_digits(questionnaire: Questionnaire, question: str, option: str) -> tuple[int, str] | None:
    """Where an option, by the ids, shows in a packed text: the place of its digit, from 0, and every digit that says
    that it was chosen. None if this version has no such option.
    """
    for one, code in question_offsets(questionnaire):
        ids = [other.id for other in one.options]
        if one.id == question and option in ids:
            digit, bit = divmod(ids.index(option), BITS)
            return code.stop - 1 - digit, "".join(
                digit for value, digit in enumerate(PACKING_DIGITS) if value >> bit & 1
            )
    return None


def option_bits(questionnaire: Questionnaire, packed: Sequence[str]) -> Iterator[int]:
    """For each option, in the file's order, who chose it: a bit for each text, that of the first the highest.

    Raises:
        NotPacked: a text was not made by this version.
    """
    long = packed_length(questionnaire)
    if set(map(len, packed)) - {long}:
        raise NotPacked
    # Column by column: a million texts take a second so, and a minute one by one.
    together = "".join(packed).encode("ascii", "replace")
    for question, code in question_offsets(questionnaire):
        for place in range(len(question.options)):
            column = together[code.stop - 1 - place // BITS :: long].translate(_IS_SET[place % BITS])
            try:
                yield int(column or b"0", 2)
            except ValueError:
                raise NotPacked from None


def _is_set(bit: int) -> bytes:
    """What turns a column of digits into one of 0 and 1; other signs into what is no number."""
    digits = {ord(digit): ord("01"[value >> bit & 1]) for value, digit in enumerate(PACKING_DIGITS)}
    return bytes(digits.get(sign, ord("x")) for sign in range(256))


_IS_SET = [_is_set(bit) for bit in range(BITS)]


def _bits(question: Question, chosen: tuple[str, ...]) -> int:
    return sum(1 << place for place, option in enumerate(question.options) if option.id in chosen)


def _written(bits: int, digits: int) -> str:
    return "".join(PACKING_DIGITS[bits >> BITS * place & 31] for place in reversed(range(digits)))
