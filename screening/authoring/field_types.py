"""The types of single values in a question file, with a helpful message for each that is invalid.

Authors see the same messages from the checks and, through the JSON Schema, from an editor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from babel.localedata import locale_identifiers
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function

from screening.text.characters import find_markup, has_words

AUTHORED = {"authored": True}
"""The validation context of authors' files. A version that was served is rebuilt without it, so that rules added since
then cannot refuse it."""


def _editor_schema(pattern: str, remedy: str, *also: str) -> JsonSchemaValue:
    # "errorMessage" is an extension of yaml-language-server; JSON Schema itself has no custom messages.
    return {"type": ["string", *also] if also else "string", "pattern": f"^({pattern})$", "errorMessage": remedy}


def authoring_error(wrong: str, remedy: str) -> PydanticCustomError:
    """Return an exception for a validator to raise, so that its message and remedy reach an author."""
    return PydanticCustomError("shape", "{wrong}|{remedy}", {"wrong": wrong, "remedy": remedy})


@dataclass(frozen=True)
class _Pattern:
    """A text that matches a pattern completely."""

    pattern: str
    wrong: str
    remedy: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | _editor_schema(self.pattern, self.remedy)

    def _validate(self, text: str) -> str:
        if re.fullmatch(self.pattern, text):
            return text
        raise authoring_error(self.wrong.format(text) if text else "Something is missing here.", self.remedy)


_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_WRITE_THE_DAY = "Write year-month-day, such as 2026-03-31."
_WRITE_THE_DAY_OR_NONE = "Write year-month-day, such as 2026-03-31, or none."


def _day(text: Any, remedy: str = _WRITE_THE_DAY) -> date:
    try:
        if re.fullmatch(_DAY, text):
            return date.fromisoformat(text)
    except (TypeError, ValueError):
        pass
    wrong = f'"{text}" is not a date.' if text and isinstance(text, str) else "A date is missing here."
    raise authoring_error(wrong, remedy)


NONE = "none"
"""What an author writes for nobody, or for no day."""

_KEBAB = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_NO_WORDS, _WRITE_WORDS = "Text is missing here.", "Write it after the colon or hyphen."


def _words(text: str, info: ValidationInfo) -> str:
    is_authored = info.context is AUTHORED
    if not (has_words(text) if is_authored else text):
        raise authoring_error(_NO_WORDS, _WRITE_WORDS)
    if is_authored and (fault := find_markup(text)):
        raise authoring_error(fault.wrong, fault.remedy)
    return text


_NUMBER, _A_NUMBER = r"\+?[0-9]+([ -][0-9]+)*", "Write digits, with a space or hyphen between groups."
_KEY, _A_KEY = "[0-9*#]", "Write a single phone key, in quotes."
# The codes of languages whose names Babel knows, so that pages can show them.
_LANGUAGE = "|".join(sorted(code for code in locale_identifiers() if len(code) == 2))

Id = Annotated[
    str,
    _Pattern(_KEBAB, '"{0}" is not an id.', "Use lowercase letters, digits and hyphens, such as low-mood."),
]
Reference = Annotated[
    str,
    _Pattern(f"{_KEBAB}(/{_KEBAB})?", '"{0}" is not a source.', "Write source/heading, with ids from sources.yaml."),
]
AuthoredText = Annotated[
    str,
    AfterValidator(_words),
    # An editor parses "name: 988" as a number and "say: true" as a boolean. We keep what was typed, so both are texts.
    WithJsonSchema(
        {
            "type": ["string", "number", "boolean"],
            "pattern": "[0-9A-Za-z\u00c0-\u024f]",
            "errorMessage": f"{_NO_WORDS} {_WRITE_WORDS}",
        }
    ),
]
NumberText = Annotated[
    str,
    _Pattern(_NUMBER, '"{0}" is not a number.', _A_NUMBER),
    WithJsonSchema(_editor_schema(_NUMBER, _A_NUMBER, "integer")),
]
Key = Annotated[
    str,
    _Pattern(_KEY, '"{0}" is not a key.', _A_KEY),
    WithJsonSchema(_editor_schema(_KEY, _A_KEY, "integer") | {"maximum": 9}),
]
Letters = Annotated[str, _Pattern("[A-Za-z]+", '"{0}" is not a word.', "Write letters only.")]
DayText = Annotated[date, BeforeValidator(_day), WithJsonSchema(_editor_schema(_DAY, _WRITE_THE_DAY))]
Address = Annotated[
    str, _Pattern(r"https://\S+", '"{0}" is not an address.', "Write it in full, starting with https://.")
]
Country = Annotated[
    str, _Pattern(r"[A-Z]{2}", '"{0}" is not a country code.', "Write two capital letters, such as US.")
]
Language = Annotated[
    str,
    _Pattern(_LANGUAGE, '"{0}" is not a language code.', "Write a code such as en for English or es for Spanish."),
]
QuestionReference = Annotated[
    str,
    _Pattern(rf"{_KEBAB}(/[1-9])?", '"{0}" is not a question to take along.', "Write a topic, topic/2 or always/1."),
]
PickReference = Annotated[
    str,
    _Pattern(
        f"{_KEBAB}/{_KEBAB}", '"{0}" is not a pick.', "Write question/option, with the ids from the earlier version."
    ),
]
Gone = Annotated[str, _Pattern(f"{_KEBAB}(/{_KEBAB})?", '"{0}" is not an id.', "Write question or question/option.")]
DayOrNone = Annotated[
    date | None,
    BeforeValidator(lambda text: None if text == NONE else _day(text, _WRITE_THE_DAY_OR_NONE)),
    WithJsonSchema(_editor_schema(f"none|{_DAY}", _WRITE_THE_DAY_OR_NONE)),
]
Icon = Literal["door", "eye", "path", "speech", "heart", "pen"]
Yes = Literal["true"]
YesOrNo = Literal["true", "false"]
Texts = Annotated[list[AuthoredText], Field(min_length=1)]
References = Annotated[list[Reference], Field(min_length=1)]
