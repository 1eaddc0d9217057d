"""Labels that a reader chooses between are distinct: options of a question, questions, sections and topics.

Labels that differ only in punctuation, accents or capitals are not distinct.
"""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.schema import FileName, Finding
from screening.authoring.texts import shown_words
from screening.authoring.yaml_document import Data, Fault, Where
from screening.text.normalization import normalize


def check(file: FileName, data: Data) -> Iterator[Finding]:
    """Yield each label that repeats an earlier one of its group, such as the options of one question.

    Case, accents and punctuation make no difference.
    """
    seen: set[tuple[Where, str, str]] = set()
    for where, text in shown_words(file, data):
        if among := _among(where):
            label = (*among, normalize(text).rstrip(".!?") or text)
            if label in seen:
                remedy = "Reword one so that readers can tell them apart."
                yield Finding(file, Fault(where, f'"{text}" appears twice among the {among[1]}.', remedy))
            seen.add(label)


def _among(where: Where) -> tuple[Where, str] | None:
    """Return the group in which a label must be distinct, and the plural noun for its members; None for other texts."""
    match where:
        case ("sections", _, "items", _, "choose_one" | "choose_any", _, "say"):
            return where[:4], "options of this question"
        case ("sections", _, "items", _, "ask"):
            return ("sections",), "questions"
        case ("sections" | "topics" as kind, _, "title"):
            return (kind,), kind
    return None
