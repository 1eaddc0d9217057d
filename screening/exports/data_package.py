"""The analysis kit's datapackage.json: types, labels and missing codes for programs that read Frictionless packages.

Sources: https://specs.frictionlessdata.io/tabular-data-package/ and /table-schema/ (version 1). `title@es` follows
its pattern for languages, and `enumLabels` its pattern for labels of values.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from screening.exports.csv_cells import LINE_END
from screening.exports.formats import Level, short_version
from screening.exports.kit_codebook import KIT_CODEBOOK_HEADER, KitColumn
from screening.exports.kit_words import CELL_WORDS, FIELD_VALUES, FIELD_WORDS, KIT_LANGUAGES, Words
from screening.exports.missing_codes import NOT_PICKED, PICKED, MissingCode
from screening.questionnaire.model import Questionnaire

FIELD_SCHEMAS: dict[str, dict[str, Any]] = {
    "shared_year": {"type": "integer"},
    "shared_week": {"type": "string", "constraints": {"pattern": "[0-9]{4}-W[0-9]{2}"}},
    "week_begins": {"type": "date", "format": "default"},
    "questions_version": {"type": "string", "constraints": {"pattern": "v[0-9a-f]{12}"}},
    "review_state": {"type": "string", "constraints": {"enum": [*FIELD_VALUES["review_state"]]}},
}


def data_package(versions: Sequence[Questionnaire], columns: Sequence[KitColumn], level: Level) -> str:
    """Return the description of data.csv and codebook.csv as JSON."""
    fields = [{"name": name, **FIELD_SCHEMAS[name], **_titles(FIELD_WORDS[name])} for name in level.fields]
    fields += [_option_field(column) for column in columns]
    missing = {f"{code}": CELL_WORDS[f"{code}"].en for code in MissingCode.at_level(level)}
    package = {
        "profile": "tabular-data-package",
        "name": package_name(versions, level),
        "languages": [*KIT_LANGUAGES],
        "versions": [{"name": short_version(one.version), "hash": f"sha256:{one.version}"} for one in versions],
        "missingValueLabels": missing,
        "resources": [
            _resource("data", fields, [*missing], "us-ascii"),
            _resource("codebook", [{"name": name, "type": "string"} for name in KIT_CODEBOOK_HEADER], [""], "utf-8"),
        ],
    }
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"


def package_name(versions: Sequence[Questionnaire], level: Level) -> str:
    """Return the name of the kit, such as `ketamine-therapy-year-only`."""
    return "-".join([*dict.fromkeys(one.id for one in versions), level.value])


def _option_field(column: KitColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": "integer",
        **_titles(column.label),
        "constraints": {"enum": [int(PICKED), int(NOT_PICKED)]},
        "enumLabels": {value: CELL_WORDS[value].en for value in (PICKED, NOT_PICKED)},
    }


def _titles(words: Words) -> dict[str, str]:
    return {"title": words.en, "title@es": words.es}


def _resource(name: str, fields: list[dict[str, Any]], missing: list[str], encoding: str) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": encoding,
        "dialect": {"delimiter": ",", "doubleQuote": True, "lineTerminator": LINE_END, "header": True},
        "schema": {"fields": fields, "missingValues": missing},
    }
