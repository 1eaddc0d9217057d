"""Each translation names its translator and reviewer."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring import validation
from screening.authoring.schema import FileName, Finding, TranslationAuthorship
from screening.authoring.translation import TRANSLATION
from screening.authoring.yaml_document import Data, Fault


def check(language: FileName, data: Data) -> Iterator[Finding]:
    """Yield what is wrong with the part of a translation file that says who translated and reviewed it."""
    if not isinstance(data, dict):
        return  # `translations` reports a file that is not a translation at all.
    if TRANSLATION not in data:
        fields = TranslationAuthorship.model_fields.items()
        lines = ", ".join(f"{name}: {field.examples[0]}" for name, field in fields if field.examples)
        wrong = f'"{TRANSLATION}" is missing: it says who is responsible for this translation.'
        yield Finding(language, Fault((), wrong, f'Add "{TRANSLATION}:", for example with {lines}.'))
        return
    _, faults = validation.validate(TranslationAuthorship, data[TRANSLATION])
    yield from (Finding(language, fault._replace(where=(TRANSLATION, *fault.where))) for fault in faults)
