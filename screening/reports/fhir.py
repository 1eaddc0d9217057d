"""A FHIR Questionnaire (R4), for a clinic's programs that fill in, compare or store forms.

It contains the questions in every language and their conditions. It leaves out what answers bring to the summary: FHIR
has no element for that, and a program that knew it could turn it into a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from screening.questionnaire.model import Option, Pause, Question, Questionnaire, Section, Step

Element: TypeAlias = dict[str, Any]

EXTENSIONS = "http://hl7.org/fhir/StructureDefinition"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
# Drawn at random once, then fixed, so that the same question files always give the same URNs.
NAMESPACE = UUID("61da31f0-e8fe-4472-9252-24bf00001514")
# Elements whose text is translated.
TRANSLATED_ELEMENTS = ("title", "description", "text", "display")
FOR_INFORMATION = {
    "en": "For information and reflection. It has no score and no result, and it recommends nothing. Whether a "
    "treatment is right for someone is a question for a qualified health professional.",
    "es": "Para informarse y reflexionar. No tiene puntaje ni resultado, y no recomienda nada. Si un tratamiento es "
    "adecuado para alguien es una pregunta para un profesional de la salud calificado.",
}


def questionnaire_resource(questionnaire: Questionnaire, since: date | None, is_served: bool) -> Element:
    """Return the Questionnaire resource as data for `json.dumps`, with all translations in `translation` extensions.

    `questionnaire` must be in its original language; topics, sources and referral are left out. `since`: the day on
    which this version was first served, or None if it never was. `is_served`: whether patients get this version now.

    Source: https://hl7.org/fhir/R4/questionnaire.html (4.0.1).
    """
    others = {language: _resource(translated) for language, translated in questionnaire.translations.items()}
    status = ("active" if is_served else "retired") if since else "draft"
    resource: Element = _translated(_resource(questionnaire), others)
    return resource | {"status": status} | ({"date": since.isoformat()} if since else {})


def _resource(questionnaire: Questionnaire) -> Element:
    """Return the resource in one language."""
    about = (FOR_INFORMATION.get(questionnaire.language, FOR_INFORMATION["en"]), *questionnaire.about)
    return {
        "resourceType": "Questionnaire",
        "language": questionnaire.language,
        "url": _urn(questionnaire.id),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": _urn(questionnaire.version)}],
        "version": questionnaire.version,
        "name": questionnaire.id.title().replace("-", ""),
        "title": questionnaire.title,
        "status": "draft",
        "experimental": False,
        "subjectType": ["Patient"],
        "description": "\n\n".join(about),
        "item": [_section(questionnaire, section) for section in questionnaire.sections],
    }


def _section(questionnaire: Questionnaire, section: Section) -> Element:
    items = [_step(questionnaire, step) for step in section.steps]
    return {"linkId": f"section.{section.id}", "text": section.title, "type": "group", "item": items}


def _step(questionnaire: Questionnaire, step: Step) -> Element:
    if isinstance(step, Pause):
        return {"linkId": step.id, "text": "\n\n".join((step.title, *step.say)), "type": "display"}
    return _asked_if(questionnaire, step, _question(questionnaire, step))


def _question(questionnaire: Questionnaire, question: Question) -> Element:
    hint = [{"linkId": f"hint.{question.id}", "text": question.hint, "type": "display"}] if question.hint else []
    why = {
        "extension": [_control("help")],
        "linkId": f"why.{question.id}",
        "text": question.why,
        "type": "display",
    }
    return {
        # Otherwise a program may hide the choices in a drop-down list.
        "extension": [_control("check-box" if question.many else "radio-button")],
        "linkId": question.id,
        "text": question.ask,
        "type": "choice",
        "required": False,
        "repeats": question.many,
        "answerOption": [_option(questionnaire, question, option) for option in question.options],
        "item": [*hint, why],
    }


def _control(code: str) -> Element:
    concept = {"coding": [{"system": CONTROLS, "code": code}]}
    return {"url": f"{EXTENSIONS}/questionnaire-itemControl", "valueCodeableConcept": concept}


def _option(questionnaire: Questionnaire, question: Question, option: Option) -> Element:
    alone = [{"url": f"{EXTENSIONS}/questionnaire-optionExclusive", "valueBoolean": True}]
    coding = {**_coding(questionnaire, question, option), "display": option.say}
    return ({"extension": alone} if option.alone else {}) | {"valueCoding": coding}


def _coding(questionnaire: Questionnaire, question: Question, option: Option) -> Element:
    # Each question of each version has its own code system: elsewhere the same id means an answer to other words.
    return {"system": _urn(f"{questionnaire.version} {question.id}"), "code": option.id}


def _asked_if(questionnaire: Questionnaire, question: Question, item: Element) -> Element:
    """Add the question's condition to an item.

    FHIR needs either all conditions of an item or any of them. So each part of ours that several answers can meet goes
    on a group around the item.
    """
    needs = [
        [
            {"question": earlier.id, "operator": "=", "answerCoding": _coding(questionnaire, earlier, option)}
            for option in options
        ]
        for earlier, options in questionnaire.reads(question)
    ]
    parts = [([answer for need in needs if len(need) == 1 for answer in need], "all")]
    parts += [(need, "any") for need in needs if len(need) > 1]
    inner, *outer = [part for part in parts if part[0]] or [([], "all")]
    item = _with_condition(item, *inner)
    for number, part in enumerate(outer, 1):
        item = _with_condition({"linkId": f"if-{number}.{question.id}", "type": "group", "item": [item]}, *part)
    return item


def _with_condition(item: Element, conditions: list[Element], behavior: str) -> Element:
    if not conditions:
        return item
    return item | {"enableWhen": conditions} | ({"enableBehavior": behavior} if len(conditions) > 1 else {})


def _translated(data: Any, others: Mapping[str, Any]) -> Any:
    """Add translations to the texts in some data. `others`: the same data in each other language."""
    if isinstance(data, list):
        return [
            _translated(item, {language: other[index] for language, other in others.items()})
            for index, item in enumerate(data)
        ]
    return dict(_elements(data, others)) if isinstance(data, dict) else data


def _elements(data: Element, others: Mapping[str, Element]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        translations = {language: other[name] for language, other in others.items()}
        yield name, _translated(value, translations)
        if name in TRANSLATED_ELEMENTS and translations:
            yield f"_{name}", {"extension": [_translation(*item) for item in translations.items()]}


def _translation(language: str, text: str) -> Element:
    parts = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": text}]
    return {"url": f"{EXTENSIONS}/translation", "extension": parts}


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE, name)}"
