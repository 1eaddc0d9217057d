"""The entries of wording.yaml are consistent, and all their forms are usable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from screening.authoring.schema import Finding
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import Fault


def check(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield ids that are used twice, allowed sentences that have no effect, and forms that cannot be used."""
    ids: set[str] = set()
    for tier, entries in data.items():
        for number, entry in enumerate(entries):
            if entry["id"] in ids:
                wrong = f'The id "{entry["id"]}" is used twice.'
                yield Finding("wording", Fault((tier, number, "id"), wrong, "Give each its own id."))
            ids.add(entry["id"])
            if tier == "refuse" and entry["allow"]:
                wrong = 'An entry under refuse cannot have "allow".'
                remedy = "Delete it, or move the entry to refuse-unless-allowed."
                yield Finding("wording", Fault((tier, number, "allow"), wrong, remedy, at_key=True))
            try:
                WordingList.from_data({tier: [entry]})
            except ValueError as error:
                remedy = "Correct it as the comment at the top of the file says."
                yield Finding("wording", Fault((tier, number), str(error), remedy))
