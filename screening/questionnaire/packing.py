"""Fixed-width packing of a finished journey's answers into one short text, as they are shared and stored.

Each question, in the file's order, has a code of fixed width: a bit set of the chosen options in digits of Crockford's
base 32, the first option in the lowest bit. Skipped and not asked have the same code, all zeros.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Question, Questionnaire

PACKING_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5


class NotPacked(ValueError):
    """The text is not a packing of answers to this questionnaire."""


def digits_needed(question: Question) -> int:
    """Return the number of digits in a question's code."""
    return -(-len(question.options) // BITS)


def pack(journey: Journey) -> str:
    """Pack the answers on the path. All texts of a version have the same length."""
    return "".join(
        _to_digits(_bit_set(question, journey.answers.get(question.id, ())), digits_needed(question))
        for question in journey.questionnaire.questions
    )


def unpack(questionnaire: Questionnaire, packed: str) -> Answers:
    """Return question id -> chosen option ids, empty if nothing was chosen.

    Raises:
        NotPacked: this version cannot have produced the text.
    """
    if len(packed) != packed_length(questionnaire):
        raise NotPacked
    return {question.id: chosen_options(question, packed[place]) for question, place in question_offsets(questionnaire)}


def packed_length(questionnaire: Questionnaire) -> int:
    """Return the number of digits in every text of this version."""
    return sum(map(digits_needed, questionnaire.questions))


def question_offsets(questionnaire: Questionnaire) -> Iterator[tuple[Question, slice]]:
    """Yield each question, in the file's order, with the slice that its code takes in every text."""
    start = 0
    for question in questionnaire.questions:
        yield question, slice(start, start + digits_needed(question))
        start += digits_needed(question)


def chosen_options(question: Question, code: str) -> tuple[str, ...]:
    """Decode a question's code to the chosen option ids, in the file's order.

    Raises:
        NotPacked: the text is not a code of this question.
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
    """Return the index of an option's digit in a packed text, from 0, and the digits in which its bit is set.

    `question` and `option` are ids. None if this version has no such option.
    """
    for candidate, code in question_offsets(questionnaire):
        ids = [known.id for known in candidate.options]
        if candidate.id == question and option in ids:
            digit, bit = divmod(ids.index(option), BITS)
            return code.stop - 1 - digit, "".join(one for n, one in enumerate(PACKING_DIGITS) if n >> bit & 1)
    return None


def option_bits(questionnaire: Questionnaire, packed: Sequence[str]) -> Iterator[int]:
    """Yield for each option, in the file's order, who chose it: one bit per text, the first text in the highest bit.

    Raises:
        NotPacked: this version cannot have produced a text.
    """
    if set(map(len, packed)) - {packed_length(questionnaire)}:
        raise NotPacked
    return joined_option_bits(questionnaire, "".join(packed))


def joined_option_bits(questionnaire: Questionnaire, joined: str) -> Iterator[int]:
    """Yield the same as `option_bits`, and raise the same, for texts of the right length that are joined."""
    # Column by column, a million texts take a second; one by one, a minute.
    texts, length = joined.encode("ascii", "replace"), packed_length(questionnaire)
    for question, code in question_offsets(questionnaire):
        column = b""
        for place in range(len(question.options)):
            digit, bit = divmod(place, BITS)
            if not bit:
                column = texts[code.stop - 1 - digit :: length]
            try:
                yield int(column.translate(_IS_SET[bit]) or b"0", 2)
            except ValueError:
                raise NotPacked from None


def _is_set(bit: int) -> bytes:
    """Return the translation table that maps digits to 0 or 1 by one bit, and any other byte to "x"."""
    digits = {ord(digit): ord("01"[value >> bit & 1]) for value, digit in enumerate(PACKING_DIGITS)}
    return bytes(digits.get(byte, ord("x")) for byte in range(256))


_IS_SET = [_is_set(bit) for bit in range(BITS)]


def _bit_set(question: Question, chosen: tuple[str, ...]) -> int:
    return sum(1 << place for place, option in enumerate(question.options) if option.id in chosen)


def _to_digits(bits: int, digits: int) -> str:
    return "".join(PACKING_DIGITS[bits >> BITS * place & 31] for place in reversed(range(digits)))
