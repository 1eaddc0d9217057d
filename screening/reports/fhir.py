"""A questionnaire as a FHIR R4 Questionnaire, for programs of a clinic that fill in, compare or store forms.

It carries the questions, the words of every language and who is asked what. What answers bring to the summary is not
carried over: FHIR has no place for it, and a program that knew it could turn it into a result.
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
# Drawn once. Whoever has the same question files makes the same names of them.
NAMESPACE = UUID("61da31f0-e8fe-4472-9252-24bf00001514")
# These elements hold words that are translated.
TRANSLATED_ELEMENTS = ("title", "description", "text", "display")
FOR_INFORMATION = {
    "en": "For information and reflection. It has no score and no result, and it recommends nothing. Whether a "
    "treatment is right for someone is a question for a qualified health professional.",
    "es": "Para informarse y reflexionar. No tiene puntaje ni resultado, y no recomienda nada. Si un tratamiento es "
    "adecuado para alguien es una pregunta para un profesional de la salud calificado.",
}


def questionnaire_resource(questionnaire: Questionnaire, since: date | None, is_served: bool) -> Element:
    """The Questionnaire resource as data that `json.dumps` takes, with every translation in `translation` extensions.

    `since`: the day on which this version was first served, None if it never was. `is_served`: whether it is the one
    that patients are given now. Give it in its own language; its topics, sources and referral are left out.

    Source: https://hl7.org/fhir/R4/questionnaire.html (4.0.1).
    """
    others = {language: _resource(one) for language, one in questionnaire.translations.items()}
    status = ("active" if is_served else "retired") if since else "draft"
    made: Element = _translated(_resource(questionnaire), others)
    return made | {"status": status} | ({"date": since.isoformat()} if since else {})


def _resource(questionnaire: Questionnaire) -> Element:
    """The resource in one language."""
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
        # Else a program may hide the choices in a list to be opened.
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
    # A system of its own for each question of each version: elsewhere the same id stands for an answer to other words.
    return {"system": _urn(f"{questionnaire.version} {question.id}"), "code": option.id}


def _asked_if(questionnaire: Questionnaire, question: Question, item: Element) -> Element:
    """An item with the question's condition. FHIR takes conditions of one item all together or any of them: where a
    part of ours can be met by several answers, a group around the item takes the next part.
    """
    wanted = [
        [
            {"question": earlier.id, "operator": "=", "answerCoding": _coding(questionnaire, earlier, option)}
            for option in options
        ]
        for earlier, options in questionnaire.reads(question)
    ]
    parts = [([one for part in wanted if len(part) == 1 for one in part], "all")]
    parts += [(part, "any") for part in wanted if len(part) > 1]
    inner, *outer = [part for part in parts if part[0]] or [([], "all")]
    item = _when(item, *inner)
    for number, part in enumerate(outer, 1):
        item = _when({"linkId": f"if-{number}.{question.id}", "type": "group", "item": [item]}, *part)
    return item


def _when(item: Element, conditions: list[Element], behavior: str) -> Element:
    if not conditions:
        return item
    return item | {"enableWhen": conditions} | ({"enableBehavior": behavior} if len(conditions) > 1 else {})


def _translated(made: Any, others: Mapping[str, Any]) -> Any:
    """Data with its words' translations beside them, out of the same data in other languages."""
    if isinstance(made, list):
        return [
            _translated(one, {language: other[place] for language, other in others.items()})
            for place, one in enumerate(made)
        ]
    return dict(_elements(made, others)) if isinstance(made, dict) else made


def _elements(made: Element, others: Mapping[str, Element]) -> Iterator[tuple[str, Any]]:
    for name, value in made.items():
        said = {language: other[name] for language, other in others.items()}
        yield name, _translated(value, said)
        if name in TRANSLATED_ELEMENTS and said:
            yield f"_{name}", {"extension": [_translation(*one) for one in said.items()]}


def _translation(language: str, words: str) -> Element:
    parts = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": words}]
    return {"url": f"{EXTENSIONS}/translation", "extension": parts}


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE, name)}"
