"""What a single value of a question file may look like, and a kind word for one that does not.

The same words reach an author from the checks and, through the JSON Schema, from an editor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function


def _in_an_editor(pattern: str, remedy: str) -> JsonSchemaValue:
    # The words after which yaml-language-server looks; JSON Schema itself has none.
    return {"type": "string", "pattern": f"^({pattern})$", "errorMessage": remedy}


@dataclass(frozen=True)
class _Shaped:
    """A text that matches a pattern as a whole."""

    pattern: str
    wrong: str
    remedy: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | _in_an_editor(self.pattern, self.remedy)

    def _checked(self, text: str) -> str:
        if re.fullmatch(self.pattern, text):
            return text
        context = {"wrong": self.wrong.format(text), "remedy": self.remedy}
        raise PydanticCustomError("shape", "{wrong}|{remedy}", context)


_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_WRITE_THE_DAY = "Write it as 2026-03-31."


def _day(text: Any) -> date:
    try:
        if re.fullmatch(_DAY, text):
            return date.fromisoformat(text)
    except (TypeError, ValueError):
        pass
    wrong = f'"{text}" is not a date.' if text and isinstance(text, str) else "A date is missing here."
    raise PydanticCustomError("shape", "{wrong}|{remedy}", {"wrong": wrong, "remedy": _WRITE_THE_DAY})


_KEBAB = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_NO_WORDS, _WRITE_WORDS = "Words are missing here.", "Write them after the colon or hyphen."

Id = Annotated[str, _Shaped(_KEBAB, '"{0}" is not an id.', "Use small letters, digits and hyphens, such as low-mood.")]
Reference = Annotated[
    str,
    _Shaped(f"{_KEBAB}(/{_KEBAB})?", '"{0}" is not a source.', "Write source/heading, with the ids of sources.yaml."),
]
Words = Annotated[
    str,
    _Shaped(r"(?s).+", _NO_WORDS, _WRITE_WORDS),
    # An editor reads "call: 988" as a number and "say: true" as a boolean. We keep what was typed, so these are words.
    WithJsonSchema(
        {
            "type": ["string", "number", "boolean"],
            "pattern": r"\S",
            "errorMessage": f"{_NO_WORDS} {_WRITE_WORDS}",
        }
    ),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema(_in_an_editor(_DAY, _WRITE_THE_DAY))]
Address = Annotated[str, _Shaped(r"https://\S+", '"{0}" is not an address.', "Write it whole, from https:// on.")]
Country = Annotated[str, _Shaped(r"[A-Z]{2}", '"{0}" is not a country.', "Write its two capital letters, such as US.")]
Language = Annotated[str, _Shaped(r"[a-z]{2}", '"{0}" is not a language.', "Write its two small letters, such as en.")]
Yes = Literal["true"]
YesOrNo = Literal["true", "false"]
Texts = Annotated[list[Words], Field(min_length=1)]
References = Annotated[list[Reference], Field(min_length=1)]
