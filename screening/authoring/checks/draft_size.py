"""The draft must fit its cookie, however much is chosen: browsers drop a cookie over 4,096 bytes without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator

from screening.authoring.schema import Finding
from screening.authoring.yaml_document import Fault
from screening.questionnaire.model import ALWAYS, Question, Questionnaire
from screening.questionnaire.summary import MOST_PUT_FIRST, MOST_QUESTIONS

MOST_BYTES = 3500
# What lies beside the answers: CSRF token, language, version, codes, week, day, dropped ids.
# What was typed and cannot be a code comes on top, until its page has shown it again.
BESIDE_ANSWERS = 490
NAME = "__Host-draft="


def check(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Yield a finding if the fullest draft of this questionnaire could be too large for its cookie."""
    size = cookie_size(questionnaire)
    if size > MOST_BYTES:
        wrong = f"With everything chosen, the draft would take {size} bytes of its cookie; {MOST_BYTES} is the most."
        yield Finding("questionnaire", Fault(("sections",), wrong, "Shorten ids, or ask less."))


def cookie_size(questionnaire: Questionnaire) -> int:
    """The bytes of the draft cookie and its name at its fullest, never less than what is sent: a token in base64."""
    sealed = 57 + (draft_size(questionnaire) // 16 + 1) * 16
    return len(NAME) + (sealed + 2) // 3 * 4


def draft_size(questionnaire: Questionnaire) -> int:
    """The bytes of what is sealed into that cookie at its fullest, never less than there are."""
    fullest = {question.id: _fullest(question) for question in questionnaire.questions}
    # A dropped question's id takes less room than its answer did.
    mistakes = (" ".join((q.id, *(option.id for option in q.options))) for q in questionnaire.questions)
    plain = len(json.dumps(fullest, separators=(",", ":"))) + BESIDE_ANSWERS
    # A reference is a topic's id, or the word for all, with a number behind it; a space parts two.
    reference = max(len(ALWAYS), *(len(topic.id) for topic in questionnaire.topics)) + 3
    put_first = MOST_PUT_FIRST * reference + len(',"first":""')
    too_many_first = len("/first") + MOST_QUESTIONS * reference
    return plain + max(too_many_first, *map(len, mistakes)) + len(questionnaire.id) + put_first


def _fullest(question: Question) -> str:
    together = " ".join(option.id for option in question.options if question.many and not option.alone)
    return max(together, *(option.id for option in question.options), key=len)
