"""This site's limits on a questionnaire: reserved slugs, and a draft that fits its cookie."""

from __future__ import annotations

import json

from screening.authoring.site_constraints import QuestionnaireLimits
from screening.questionnaire.model import ALWAYS, Question, Questionnaire
from screening.questionnaire.summary import MAX_PUT_FIRST, MAX_QUESTIONS
from screening.web.cookies import MAX_COOKIE_BYTES, cookie_size

# The first segments of the site's own URLs. The URL map is not available yet: it needs the slugs of questionnaires that
# passed their checks. A test compares the two.
RESERVED_SLUGS = frozenset(
    ".well-known accessibility code components components.css favicon.ico healthz help keep language leave metrics "
    "paper privacy return robots.txt staff static".split()
)
# Bytes of a draft besides its answers: CSRF token, language, version, codes, week, day, dropped ids.
# An invalid code as typed comes on top, until its page has shown it again.
BESIDE_ANSWERS = 490


def largest_draft(questionnaire: Questionnaire) -> int:
    """Return an upper bound for the bytes of a draft before it is encrypted."""
    fullest = {question.id: _fullest(question) for question in questionnaire.questions}
    # A dropped question's id takes less room than its answer did.
    mistakes = (" ".join((q.id, *(option.id for option in q.options))) for q in questionnaire.questions)
    plain = len(json.dumps(fullest, separators=(",", ":"))) + BESIDE_ANSWERS
    # A reference is a topic's id or `ALWAYS`, a slash and a number; spaces separate references.
    reference = max(len(ALWAYS), *(len(topic.id) for topic in questionnaire.topics)) + 3
    put_first = MAX_PUT_FIRST * reference + len(',"first":""')
    too_many_first = len("/first") + MAX_QUESTIONS * reference
    return plain + max(too_many_first, *map(len, mistakes)) + len(questionnaire.id) + put_first


def largest_cookie(questionnaire: Questionnaire) -> int:
    """Return the most bytes of the draft cookie, with its name."""
    return cookie_size(largest_draft(questionnaire))


def _fullest(question: Question) -> str:
    together = " ".join(option.id for option in question.options if question.many and not option.alone)
    return max(together, *(option.id for option in question.options), key=len)


LIMITS = QuestionnaireLimits(RESERVED_SLUGS, largest_cookie, MAX_COOKIE_BYTES)
