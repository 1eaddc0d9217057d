"""Validation of a document's data against its schema, with a helpful message for each fault."""

from __future__ import annotations

from difflib import get_close_matches
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from screening.authoring.field_types import AUTHORED
from screening.authoring.schema import SchemaNode
from screening.authoring.yaml_document import Data, Fault, Where

_File = TypeVar("_File", bound=SchemaNode)


def validate(kind: type[_File], data: Data) -> tuple[_File | None, list[Fault]]:
    """Validate a document's data against its schema. Return the file and no faults, or None and the faults.

    A missing key is not reported if a misspelled key explains it.
    """
    try:
        return kind.model_validate(data, context=AUTHORED), []
    except ValidationError as error:
        details = error.errors()
        explained = {
            key
            for error_details in details
            if error_details["type"] == "extra_forbidden"
            for key in _likely_keys(kind, error_details, details)
        }
        return None, [
            _fault(kind, data, error_details)
            for error_details in details
            if error_details["type"] != "missing" or error_details["loc"] not in explained
        ]


def _likely_keys(kind: type[SchemaNode], extra: ErrorDetails, others: list[ErrorDetails]) -> set[tuple[str | int, ...]]:
    """Return missing keys that an unknown key explains: one is misspelled, or text was parsed as a key.

    Reporting them as missing too would mislead.
    """
    *around, name = extra["loc"]
    if " " in str(name):
        return {other["loc"] for other in others if other["loc"][:-1] == tuple(around)}
    return {(*around, near) for near in get_close_matches(str(name), _keys(kind, tuple(around)), n=1)}


_QUOTE = "Put quotes around text that contains a colon or comma."


def _fault(kind: type[SchemaNode], data: Data, details: ErrorDetails) -> Fault:
    loc, given, context = details["loc"], details["input"], details.get("ctx", {})
    where, at_key = _where(data, loc)
    name = str(loc[-1]) if loc else ""
    match details["type"]:
        case "shape":
            return Fault(where, context["wrong"], context["remedy"], at_key)
        case "missing":
            return Fault(where, f'"{name}" is missing here.', f'Add "{name}:{_example(kind, loc)}".')
        case "extra_forbidden":
            remedy = suggest(name, _keys(kind, loc[:-1])) if " " not in name else _QUOTE
            return Fault(where, f'"{name}" is not a key here.', remedy, at_key=True)
        case "too_short":
            return Fault(where, f"Too few entries here: {context['actual_length']}.", _at_least(context))
        case "too_long":
            return Fault(where, "Too many entries here.", f"Write at most {context['max_length']}.")
        case "literal_error":
            expected = context["expected"].replace("'", "")
            remedy = f"Write {expected}." if " or " in expected else f"Write {expected}, or delete it."
            wrong = f'"{given}" is not allowed here.' if isinstance(given, str) else "This is not allowed here."
            return Fault(where, wrong, remedy, at_key)
        case "list_type":
            return Fault(where, "This must be a list.", "Start each line with a hyphen and a space.")
        case "string_type":
            remedy = "Write it without a hyphen or brackets." if isinstance(given, list) else _QUOTE
            return Fault(where, "This must be text.", remedy)
        case "model_type":
            remedy = f"Use these keys: {', '.join(_keys(kind, loc))}."
            return Fault(where, "This must have keys with values.", remedy)
        case _:
            remedy = 'Write "key: value" lines below it, indented.'
            if isinstance(given, list):
                remedy = f"Delete the hyphens or brackets. {remedy}"
            return Fault(where, "This must have keys with values.", remedy)


def _example(kind: type[SchemaNode], loc: tuple[str | int, ...]) -> str:
    """Return what to write for a missing key, if the schema has an example; otherwise an empty string."""
    for step in loc[:-1]:
        kind = _inside(kind, step)
    fields = _unwrap(kind).model_fields.items()
    examples = next((field.examples for name, field in fields if loc[-1] in (name, field.alias)), None)
    return f" {examples[0]}" if examples else ""


def _at_least(context: dict[str, Any]) -> str:
    return f"Write at least {context['min_length']}."


def suggest(word: str, known: list[str]) -> str:
    """Suggest what to write instead of an unknown word: the nearest known one, or a list of all."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else f"Available: {', '.join(dict.fromkeys(known))}."


def _where(data: Data, loc: tuple[str | int, ...]) -> tuple[Where, bool]:
    """Return the part of pydantic's location that is in the data, and whether the fault is at a key.

    The location also names the members of unions, which are not in the data.
    """
    where: list[str | int] = []
    for step in loc:
        if step == "[key]":
            return tuple(where), True
        inside: Any = data if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
        if step in inside:
            data = inside[step]
            where.append(step)
    return tuple(where), False


def _keys(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the schema knows at a location."""
    for step in loc:
        kind = _inside(kind, step)
    return [field.alias or name for name, field in _unwrap(kind).model_fields.items()]


def _inside(kind: Any, step: str | int) -> Any:
    """Return the type one step down: of a key of a mapping, an item of a list, or a member of a union by its tag."""
    kind = _unwrap(kind)
    if isinstance(kind, type) and issubclass(kind, SchemaNode):
        return next(field.annotation for name, field in kind.model_fields.items() if step in (name, field.alias))
    members = get_args(kind)
    if get_origin(kind) is list:
        return members[0]
    if get_origin(kind) is dict:
        return members[1]
    tagged = (member for member in members if any(getattr(mark, "tag", "") == step for mark in get_args(member)))
    return next(tagged, None) or _inside(members[0], step)


def _unwrap(kind: Any) -> Any:
    """Unwrap a type from `Annotated` and from an optional union with None."""
    if get_origin(kind) is Annotated:
        return _unwrap(get_args(kind)[0])
    members = [member for member in get_args(kind) if member is not NoneType]
    return _unwrap(members[0]) if len(members) == 1 and NoneType in get_args(kind) else kind
