"""The formats in which submissions can be exported: name -> format."""

from __future__ import annotations

from screening.exports.analysis_kit import AnalysisKit
from screening.exports.formats import Format, Lines, Long, Wide
from screening.exports.responses import Responses

FORMATS: dict[str, type[Format]] = {
    "wide": Wide,
    "long": Long,
    "kit": AnalysisKit,
    "ndjson": Lines,
    "fhir": Responses,
}
