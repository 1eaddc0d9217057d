"""The items of a FHIR R4 Questionnaire: referral, help, sections with their questions, pauses, and the referral."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, groupby

from screening.questionnaire.model import Option, Pause, Question, Questionnaire, Section
from screening.questionnaire.support import Support
from screening.reports.fhir_conditions import enabled_if, needs_of, needs_of_any
from screening.reports.fhir_elements import (
    EXTENSIONS,
    Element,
    display_item,
    group_item,
    item_control,
    option_coding,
)
from screening.reports.fhir_help import catalog_words, help_items


def questionnaire_items(questionnaire: Questionnaire, support: Support | None) -> list[Element]:
    """Return all items in the questionnaire's language. `support`: the lines that may be shown; None for none.

    The linkId of a question or a pause is its id. All others have a dot, which no id has.
    """
    spoken = support.in_language(questionnaire.language) if support else None
    return [
        display_item("referral.opens", "\n\n".join(questionnaire.referral.opens)),
        *([_help_now(spoken)] if spoken else []),
        *(item for section in questionnaire.sections for item in _section(questionnaire, section, spoken)),
        display_item("referral.closes", "\n\n".join(questionnaire.referral.closes)),
    ]


def _help_now(support: Support) -> Element:
    language = support.language
    nobody = catalog_words("Nobody is watching this form, and no one will write back.", language)
    items = [*help_items(support, "help.now"), display_item("help.now.nobody", nobody)]
    return group_item("help.now", catalog_words("Need help now?", language), items)


def _section(questionnaire: Questionnaire, section: Section, support: Support | None) -> Iterator[Element]:
    """Yield the questions of a section, in a group before and after each pause. A pause has no condition, so inside
    of the group it would keep a heading above no question.
    """
    numbers = count(2)
    name = f"section.{section.id}"
    for kind, steps in groupby(section.steps, type):
        if kind is Pause:
            yield from (_pause(step, support) for step in steps if isinstance(step, Pause))
        else:
            questions = [step for step in steps if isinstance(step, Question)]
            yield _questions(questionnaire, group_item(name, section.title, []), questions)
            name = f"section.{section.id}.{next(numbers)}"


def _questions(questionnaire: Questionnaire, group: Element, questions: list[Question]) -> Element:
    """Return a group of questions that is enabled if one of them is."""
    shared = needs_of_any(questionnaire, questions)
    items = []
    for question in questions:
        needs = needs_of(questionnaire, question)
        item = _question(questionnaire, question)
        items.append(enabled_if(questionnaire, () if set(needs) == set(shared) else needs, item))
    return enabled_if(questionnaire, shared, group | {"item": items})


def _pause(pause: Pause, support: Support | None) -> Element:
    place = f"pause.{pause.id}"
    says = [display_item(f"{place}.{number}", text) for number, text in enumerate(pause.say, 1)]
    return group_item(pause.id, pause.title, [*says, *(help_items(support, place) if support else ())])


def _question(questionnaire: Questionnaire, question: Question) -> Element:
    alone = [_alone_constraint(option, questionnaire.language) for option in question.options if option.alone]
    why = {"extension": [item_control("help")]} | display_item(f"why.{question.id}", question.why)
    return {
        # Otherwise a program may hide the choices in a drop-down list.
        "extension": [item_control("check-box" if question.many else "radio-button"), *alone],
        "linkId": question.id,
        # Programs show items inside of a question below its choices, and a hint is of no use there.
        "text": " ".join(filter(None, (question.ask, question.hint))),
        "type": "choice",
        "required": False,
        "repeats": question.many,
        "answerOption": [_option(questionnaire, question, option) for option in question.options],
        "item": [why],
    }


def _option(questionnaire: Questionnaire, question: Question, option: Option) -> Element:
    alone = [{"url": f"{EXTENSIONS}/questionnaire-optionExclusive", "valueBoolean": True}]
    coding = option_coding(questionnaire.version, question.id, option.id) | {"display": option.say}
    return ({"extension": alone} if option.alone else {}) | {"valueCoding": coding}


def _alone_constraint(option: Option, language: str) -> Element:
    """Return the rule that an exclusive option excludes the others, for servers that check responses."""
    expression = f"answer.value.where(code = '{option.id}').empty() or answer.count() = 1"
    human = catalog_words(
        "“%(alone)s” does not go together with other answers. Keep only “%(alone)s”, or take it away.",
        language,
        alone=option.say,
    )
    parts = [
        {"url": "key", "valueId": f"{option.id}-alone"},
        {"url": "severity", "valueCode": "error"},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression": expression}},
        {"url": "human", "valueString": human},
    ]
    return {"extension": parts, "url": f"{EXTENSIONS}/targetConstraint"}
