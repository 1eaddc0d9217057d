"""In YAML brackets, a comma starts another text: no sentence is split at its comma unnoticed."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.schema import FileName, Finding
from screening.authoring.texts import shown_words
from screening.authoring.yaml_document import Document, Fault


def check(file: FileName, document: Document) -> Iterator[Finding]:
    """Yield each text after a comma that begins with a small letter or a digit, as no whole text does."""
    for where, text in shown_words(file, document.data):
        if where in document.after_comma and (text[:1].islower() or text[:1].isdigit()):
            wrong = f'The comma before "{text}" makes it a separate text.'
            remedy = "Put quotes around the whole text, or around this part if it is complete."
            yield Finding(file, Fault(where, wrong, remedy))
