"""Parts that a questionnaire must have to go live. The schema does not require them, since old versions lack them."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.schema import Files, Finding, GovernancePart
from screening.authoring.yaml_document import Fault, Where


def check(files: Files) -> Iterator[Finding]:
    """Yield each required part that is missing."""
    if files.questionnaire.governance is None:
        fields = GovernancePart.model_fields.items()
        lines = ", ".join(f"{name}: {field.examples[0].rstrip('.')}" for name, field in fields if field.examples)
        wrong = '"governance" is missing: it says who is responsible for these texts.'
        yield Finding("questionnaire", Fault((), wrong, f'Add "governance:", for example with {lines}.'))
    if not files.topics.risks:
        yield _missing("risks", "the ids of the main risks, which every summary names")
    if files.topics.box is None:
        yield _missing("box", "what is worth knowing, whatever was picked")
    for number, topic in enumerate(files.topics.topics):
        if topic.card is None:
            yield _missing("card", "its said, care and unknown", ("topics", number))


def _missing(name: str, what: str, where: Where = ()) -> Finding:
    return Finding("topics", Fault(where, f'"{name}" is missing here.', f'Add "{name}:" with {what}.'))
