"""Export of a questionnaire as a FHIR R4 Questionnaire, for programs that fill in, compare or store forms.

It contains the referral, help lines, and the questions with their conditions, in every language. It omits how answers
select topics for the summary: FHIR has no element for that, and a program could turn it into a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from screening.questionnaire.model import Governance, Questionnaire
from screening.questionnaire.support import Support
from screening.reports.fhir_elements import EXTENSIONS, Element, urn
from screening.reports.fhir_help import catalog_words, day_in_language
from screening.reports.fhir_items import questionnaire_items

# Elements whose text is translated. Values of extensions are not: FHIR allows it, but fhir.resources, which many Python
# programs read FHIR with, refuses them.
TRANSLATED_ELEMENTS = ("title", "description", "publisher", "copyright", "text", "display")
FOR_INFORMATION = {
    "en": "For information and reflection. It has no score and no result, and it does not recommend any treatment. "
    "Whether a treatment is right for someone is a question for a qualified health professional.",
    "es": "Para informarse y reflexionar. No lleva ningún puntaje, no da ningún resultado y no recomienda ningún "
    "tratamiento. Si un tratamiento es adecuado para alguien es una pregunta para un profesional de la salud "
    "calificado.",
}
# A version is a hash, which no algorithm of FHIR orders. Instead of one, this FHIRPath says of any two versions that
# their order is unknown (https://hl7.org/fhir/extensions/StructureDefinition-artifact-versionAlgorithm.html).
UNORDERED_VERSIONS = {"url": f"{EXTENSIONS}/artifact-versionAlgorithm", "valueString": "0"}


@dataclass(frozen=True)
class Publication:
    """The clinic that publishes a questionnaire; what is empty is left out.

    `support`: the support lines that may be shown. `address`: the site's.
    """

    support: Support | None = None
    name: str = ""
    phone: str = ""
    address: str = ""


NO_PUBLISHER = Publication()


def questionnaire_resource(
    questionnaire: Questionnaire,
    since: date | None,
    is_served: bool,
    publication: Publication = NO_PUBLISHER,
    language: str = "",
) -> Element:
    """Return the Questionnaire resource as data for `json.dumps`, with all translations in `translation` extensions.

    `questionnaire` must be in its original language; topics and sources are left out. `since`: the day on which this
    version was first served, or None if it never was. `is_served`: whether patients get this version now. `language`:
    the one that texts outside of extensions are in, by default the original one; linkIds and codes are the same in all.

    Source: https://hl7.org/fhir/R4/questionnaire.html (4.0.1).

    Raises:
        KeyError: the questionnaire is not in that language.
    """
    spoken = {questionnaire.language: questionnaire, **questionnaire.translations}
    resources = {code: _resource(one, publication) for code, one in spoken.items()}
    resource: Element = _translated(resources.pop(language or questionnaire.language), resources)
    status = ("active" if is_served else "retired") if since else "draft"
    reviewed = _last_review([one.governance for one in spoken.values()])
    return (
        resource
        | {"extension": [UNORDERED_VERSIONS], "status": status}
        | ({"date": since.isoformat()} if since else {})
        | ({"lastReviewDate": reviewed.isoformat()} if reviewed else {})
        | _publisher(publication)
    )


def _resource(questionnaire: Questionnaire, publication: Publication) -> Element:
    """Return the resource in one language."""
    about = (FOR_INFORMATION.get(questionnaire.language, FOR_INFORMATION["en"]), *questionnaire.about)
    governance = questionnaire.governance
    return {
        "resourceType": "Questionnaire",
        "language": questionnaire.language,
        "url": urn(questionnaire.id),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(questionnaire.version)}],
        "version": questionnaire.version,
        "name": questionnaire.id.title().replace("-", ""),
        "title": questionnaire.title,
        "status": "draft",
        "experimental": False,
        "subjectType": ["Patient"],
        **({"publisher": governance.written_by} if governance and not publication.name else {}),
        "description": "\n\n".join(about),
        **({"copyright": _authors(governance, questionnaire.language)} if governance else {}),
        "item": questionnaire_items(questionnaire, publication.support),
    }


def _authors(governance: Governance, language: str) -> str:
    written_on = day_in_language(governance.written_on, language)
    authors = catalog_words("Words by %(who)s, %(day)s.", language, who=governance.written_by, day=written_on)
    if governance.translated_by:
        authors += " " + catalog_words("Translated by %(who)s.", language, who=governance.translated_by)
    return authors


def _last_review(languages: list[Governance | None]) -> date | None:
    """Return the day by which the words of all languages had been reviewed, or None if those of one never were."""
    days = [
        one and (one.translation_reviewed_on if number else one.reviewed_on) for number, one in enumerate(languages)
    ]
    reviewed = [day for day in days if day]
    return min(reviewed) if len(reviewed) == len(days) else None


def _publisher(publication: Publication) -> Element:
    """Return who publishes the resource and how to reach them. Without a clinic's name, its authors publish it."""
    systems = {"phone": publication.phone, "url": publication.address}
    telecom = [{"system": system, "value": value} for system, value in systems.items() if value]
    return ({"publisher": publication.name} if publication.name else {}) | (
        {"contact": [{"telecom": telecom}]} if telecom else {}
    )


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
