"""The invariants of a FHIR R4 Questionnaire and of SDC's profiles of it, evaluated as FHIRPath.

The keys and expressions are HL7's. Sources: https://hl7.org/fhir/R4/questionnaire.html#invs and domainresource.html
(4.0.1), and the profiles at https://hl7.org/fhir/uv/sdc/ (4.0.0): sdc-questionnaire-common, sdc-questionnaire (base),
sdc-questionnaire-render and sdc-questionnaire-behave.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from fhirpathpy import compile as compile_expression
from fhirpathpy.models import models

from tests.support.fhir_rules import Element

ERROR, WARNING = "error", "warning"
EXTENSION, SDC = "http://hl7.org/fhir/StructureDefinition/", "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
VERSION_ALGORITHM = f"extension.where(url='{EXTENSION}artifact-versionAlgorithm')"
ANSWER_CONSTRAINT = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item.answerConstraint"
ANSWER_EXPRESSION = f"extension('{SDC}sdc-questionnaire-answerExpression')"
CONTROL = (
    f"extension('{EXTENSION}questionnaire-itemControl').value.coding"
    ".where(system='http://hl7.org/fhir/questionnaire-item-control' and {})"
)
PAGE, PAGE_OR_MARGIN = (
    CONTROL.format(codes) for codes in ("code='page'", "(code='page' or code='header' or code='footer')")
)
UNITS = (
    f"(extension('{EXTENSION}questionnaire-unitOption').exists() or "
    f"extension('{EXTENSION}questionnaire-unitValueSet').exists())"
)
CHOICES = "type='choice' or type='open-choice' or type='decimal' or type='integer' or type='date'"
TYPED = "'boolean' | 'decimal' | 'integer' | 'string' | 'text' | 'url' | 'open-choice'"


class Invariant(NamedTuple):
    """A rule. `base`: the path of the elements that it holds for."""

    key: str
    level: str
    base: str
    expression: str


OF_RESOURCE = (
    Invariant("que-0", WARNING, "Questionnaire", "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')"),
    Invariant("que-2", ERROR, "Questionnaire", "descendants().linkId.isDistinct()"),
    Invariant("dom-2", ERROR, "Questionnaire", "contained.contained.empty()"),
    Invariant(
        "dom-4", ERROR, "Questionnaire", "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()"
    ),
    Invariant("dom-5", ERROR, "Questionnaire", "contained.meta.security.empty()"),
    Invariant("dom-6", WARNING, "Questionnaire", "text.`div`.exists()"),
    Invariant("cnl-0", WARNING, "Questionnaire", "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){1,254}$')"),
    Invariant("cnl-1", WARNING, "Questionnaire", "url.exists() implies url.matches('^[^|# ]+$')"),
    # The cardinality of url in the base profile is 1..1.
    Invariant("sdc-base-url", ERROR, "Questionnaire", "url.exists()"),
    Invariant("sdc-2", ERROR, "Questionnaire", f"version.exists() implies {VERSION_ALGORITHM}.exists()"),
    Invariant(
        "sdc-3",
        WARNING,
        "Questionnaire",
        f"{VERSION_ALGORITHM}.all(value.ofType(Coding)"
        ".where(system='http://hl7.org/fhir/version-algorithm' and code='semver').exists())",
    ),
    Invariant(
        "sdc-rend-2",
        ERROR,
        "Questionnaire",
        f"item.where({PAGE}.exists()).exists() implies item.all({PAGE_OR_MARGIN}.exists())",
    ),
)
OF_ITEMS = (
    Invariant(
        "que-1",
        ERROR,
        "Questionnaire.item",
        "(type='group' implies item.empty().not()) and (type='display' implies item.empty())",
    ),
    Invariant("que-3", ERROR, "Questionnaire.item", "type!='display' or code.empty()"),
    Invariant("que-4", ERROR, "Questionnaire.item", "answerOption.empty() or answerValueSet.empty()"),
    Invariant(
        "que-5",
        ERROR,
        "Questionnaire.item",
        f"({CHOICES} or type='dateTime' or type='time' or type='string' or type='quantity') or "
        "(answerValueSet.empty() and answerOption.empty())",
    ),
    Invariant("que-6", ERROR, "Questionnaire.item", "type!='display' or (required.empty() and repeats.empty())"),
    Invariant("que-8", ERROR, "Questionnaire.item", "(type!='group' and type!='display') or initial.empty()"),
    Invariant("que-9", ERROR, "Questionnaire.item", "type!='display' or readOnly.empty()"),
    Invariant("que-10", ERROR, "Questionnaire.item", f"(type in ({TYPED})) or maxLength.empty()"),
    Invariant("que-11", ERROR, "Questionnaire.item", "answerOption.empty() or initial.empty()"),
    # R4 was published with "> 2", which R4B corrects.
    Invariant("que-12", ERROR, "Questionnaire.item", "enableWhen.count() > 1 implies enableBehavior.exists()"),
    Invariant("que-13", ERROR, "Questionnaire.item", "repeats=true or initial.count() <= 1"),
    Invariant(
        "sdc-1",
        ERROR,
        "Questionnaire.item",
        f"{ANSWER_EXPRESSION}.empty().not() implies (answerOption.empty() and answerValueSet.empty())",
    ),
    Invariant(
        "que-1a",
        ERROR,
        "Questionnaire.item",
        "(type='group' and %resource.status='complete') implies item.empty().not()",
    ),
    Invariant("que-1b", WARNING, "Questionnaire.item", "type='group' implies item.empty().not()"),
    Invariant("que-1c", ERROR, "Questionnaire.item", "type='display' implies item.empty()"),
    Invariant(
        "que-14",
        WARNING,
        "Questionnaire.item",
        f"extension('{ANSWER_CONSTRAINT}').exists() implies "
        f"answerOption.exists() or answerValueSet.exists() or {ANSWER_EXPRESSION}.exists()",
    ),
    Invariant("que-15", ERROR, "Questionnaire.item", "linkId.length() <= 255"),
    # HL7 finds the item by %context, which is the resource if all items are evaluated at once.
    Invariant(
        "sdc-rend-1",
        ERROR,
        "Questionnaire.item",
        f"{PAGE}.exists() implies linkId in %resource.item.linkId",
    ),
    Invariant(
        "sdc-behave-1",
        ERROR,
        "Questionnaire.item",
        f"initial.empty() or extension('{SDC}sdc-questionnaire-initialExpression').empty()",
    ),
    Invariant(
        "sdc-behave-2",
        ERROR,
        "Questionnaire.item",
        f"enableWhen.empty() or extension('{SDC}sdc-questionnaire-enableWhenExpression').empty()",
    ),
    Invariant(
        "sdc-behave-3",
        WARNING,
        "Questionnaire.item",
        f"(type='quantity' implies {UNITS}) and (repeat(item).where(type='quantity')).all({UNITS})",
    ),
)
OF_CONDITIONS = (
    Invariant("que-7", ERROR, "Questionnaire.item.enableWhen", "operator = 'exists' implies (answer is boolean)"),
)
OF_EXTENSIONS = (Invariant("ext-1", ERROR, "Extension", "extension.exists() != value.exists()"),)
INVARIANTS = (*OF_RESOURCE, *OF_ITEMS, *OF_CONDITIONS, *OF_EXTENSIONS)


# Where an invariant does not hold: on the resource, on an item (its linkId), or on an extension (its url).
WRONG = {
    "Questionnaire": "iif({}, {{}}, true)",
    "Questionnaire.item": "repeat(item).where(({}).not()).linkId",
    "Questionnaire.item.enableWhen": "repeat(item).where(enableWhen.where(({}).not()).exists()).linkId",
    "Extension": "descendants().extension.where(({}).not()).url",
}


class Violation(NamedTuple):
    """An invariant that does not hold. `place`: an item's linkId, an extension's url, or "" for the resource."""

    key: str
    level: str
    place: str


def violations(resource: Element) -> list[Violation]:
    """Evaluate every invariant on every element that it holds for."""
    found = []
    for one in INVARIANTS:
        for place in _compiled(WRONG[one.base].format(one.expression))(resource, {"resource": resource}):
            found.append(Violation(one.key, one.level, "" if one.base == "Questionnaire" else str(place)))
    return found


@cache
def _compiled(expression: str) -> Any:
    model: Any = models["r4"]
    return compile_expression(expression, model)
