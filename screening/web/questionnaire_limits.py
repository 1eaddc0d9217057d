"""What this site allows a questionnaire: slugs that are no page of the site's, and drafts that fit their cookie."""

from __future__ import annotations

import json

from screening.authoring.limits import QuestionnaireLimits
from screening.questionnaire.model import ALWAYS, Question, Questionnaire
from screening.questionnaire.summary import MOST_PUT_FIRST, MOST_QUESTIONS
from screening.web.cookies import MOST_COOKIE_BYTES, cookie_size

# The first segments of the site's own URLs. The URL map cannot be asked: it is built with the slugs of questionnaires
# that have passed their checks. A test compares the two.
RESERVED_SLUGS = frozenset(
    ".well-known accessibility code components components.css favicon.ico healthz help keep language leave metrics "
    "paper privacy return robots.txt staff static".split()
)
# What a draft holds in addition to the answers: CSRF token, language, version, codes, week, day, dropped ids.
# What was typed and cannot be a code comes on top, until its page has shown it again.
BESIDE_ANSWERS = 490


def largest_draft(questionnaire: Questionnaire) -> int:
    """Return the bytes of the fullest draft before it is encrypted, never less than there are."""
    fullest = {question.id: _fullest(question) for question in questionnaire.questions}
    # A dropped question's id takes less room than its answer did.
    mistakes = (" ".join((q.id, *(option.id for option in q.options))) for q in questionnaire.questions)
    plain = len(json.dumps(fullest, separators=(",", ":"))) + BESIDE_ANSWERS
    # A reference is a topic's id, or the word for all, with a number behind it; a space parts two.
    reference = max(len(ALWAYS), *(len(topic.id) for topic in questionnaire.topics)) + 3
    put_first = MOST_PUT_FIRST * reference + len(',"first":""')
    too_many_first = len("/first") + MOST_QUESTIONS * reference
    return plain + max(too_many_first, *map(len, mistakes)) + len(questionnaire.id) + put_first


def largest_cookie(questionnaire: Questionnaire) -> int:
    """Return the bytes of the draft cookie at its fullest, with its name."""
    return cookie_size(largest_draft(questionnaire))


def _fullest(question: Question) -> str:
    together = " ".join(option.id for option in question.options if question.many and not option.alone)
    return max(together, *(option.id for option in question.options), key=len)


LIMITS = QuestionnaireLimits(RESERVED_SLUGS, largest_cookie, MOST_COOKIE_BYTES)
