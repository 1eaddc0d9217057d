"""The formats in which submissions can be exported: name -> format."""

from __future__ import annotations

from screening.exports.formats import Format, Lines, Long, Wide
from screening.exports.responses import Responses

FORMATS: dict[str, type[Format]] = {"wide": Wide, "long": Long, "ndjson": Lines, "fhir": Responses}
