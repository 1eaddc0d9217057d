"""Build the model from the data of files that have passed their checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from screening.authoring import schema
from screening.authoring.field_types import NONE
from screening.authoring.schema import FileName
from screening.authoring.translation import ENGLISH, TRANSLATION
from screening.authoring.yaml_document import Data
from screening.questionnaire import model
from screening.questionnaire.support import Support, SupportLine

FilesData: TypeAlias = Mapping[FileName, Data]


def rebuild_questionnaire(content: str) -> model.Questionnaire:
    """Rebuild the model of an earlier version from its `content`. It was checked then, and is not checked again.

    Raises:
        ValueError: the content does not match the schema.
    """
    data = json.loads(content)
    return build_questionnaire(data, data.pop("translations", {}))


def build_questionnaire(english: FilesData, translations: Mapping[FileName, FilesData]) -> model.Questionnaire:
    """Build the model, with its translations, from files that have passed their checks."""
    data: dict[Any, Any] = {**english}
    if translations:
        data["translations"] = translations
    content = json.dumps(data, ensure_ascii=False, sort_keys=False, separators=(",", ":"))
    version = hashlib.sha256(content.encode()).hexdigest()
    spoken: dict[str, model.Questionnaire] = {
        language: _model(translated, content, version, language, {}) for language, translated in translations.items()
    }
    return _model(english, content, version, ENGLISH, spoken)


def build_support(english: Data, translations: Mapping[FileName, FilesData]) -> dict[str, Support]:
    """Build the support lines by country, with their translations, from a file that has passed its checks."""
    parse = schema.SupportFile.model_validate
    by_language = {language: parse(data["support"]).countries for language, data in translations.items()}
    support: dict[str, Support] = {}
    for code, country in parse(english).countries.items():
        translated: dict[str, Support] = {
            language: _support(code, countries[code], language, {}) for language, countries in by_language.items()
        }
        support[code] = _support(code, country, ENGLISH, translated)
    return support


def _model(
    data: FilesData, content: str, version: str, language: str, translations: Mapping[str, model.Questionnaire]
) -> model.Questionnaire:
    parts = {name: schema.FILE_KINDS[name].model_validate(data[name]) for name in schema.QUESTIONNAIRE_FILES}
    questionnaire, topics, sources = schema.Files(**parts)  # type: ignore[arg-type]
    start, translation = questionnaire.start, data.get(TRANSLATION)
    return model.Questionnaire(
        id=questionnaire.id,
        start=model.StartPage(start.lead, tuple(start.protects), start.fine) if start else None,
        governance=_governance(questionnaire.governance, translation) if questionnaire.governance else None,
        gone=dict(questionnaire.gone),
        risks=tuple(topics.risks),
        box=_box(topics.box) if topics.box else None,
        groups=tuple(model.TopicGroup(group.id, group.title, tuple(group.topics)) for group in topics.groups),
        slug=questionnaire.slug,
        title=questionnaire.title,
        about=tuple(questionnaire.about),
        sections=tuple(map(_section, questionnaire.sections)),
        topics=tuple(map(_topic, topics.topics)),
        referral=model.Referral(tuple(topics.referral.opens), tuple(topics.referral.closes)),
        finding=model.FindProfessional(
            topics.finding.title, _paragraphs(topics.finding.say), tuple(topics.finding.bring)
        ),
        ask_always=tuple(topics.ask_always),
        sources=tuple(map(_source, sources.sources)),
        limits=tuple(sources.limits),
        content=content,
        version=version,
        language=language,
        translations=translations,
    )


def _section(part: schema.SectionPart) -> model.Section:
    return model.Section(part.id, part.title, tuple(_step(item, part.id) for item in part.items), part.icon or "")


def _step(item: schema.QuestionPart | schema.PausePart, section: str) -> model.Step:
    if isinstance(item, schema.PausePart):
        return model.Pause(item.pause.id, section, item.pause.title, tuple(item.pause.say))
    needs = tuple((question, frozenset(options)) for question, options in (item.ask_if or {}).items())
    return model.Question(
        id=item.id,
        section=section,
        ask=item.ask,
        why=item.why,
        sources=tuple(item.sources),
        options=tuple(
            model.Option(
                name,
                option.say,
                tuple(option.topics),
                tuple(option.questions),
                option.alone is not None,
                tuple(option.replaces),
            )
            for name, option in item.options.items()
        ),
        many=item.choose_any is not None,
        hint=item.hint or "",
        ask_if=model.Condition(needs),
        priority=int(item.priority or 0),
        recap=item.recap is not None,
    )


def _governance(part: schema.GovernancePart, translation: Data | None) -> model.Governance:
    stated = {name: value for name, value in _given(part).items() if value != NONE}
    if translation:
        authorship = schema.TranslationAuthorship.model_validate(translation)
        stated["translated_by"] = authorship.translated_by
        stated["translation_reviewed_by"] = "" if authorship.reviewed_by == NONE else authorship.reviewed_by
        stated["translation_reviewed_on"] = authorship.reviewed_on
    return model.Governance(**stated)


def _card(part: schema.CardPart) -> model.Card:
    said, care, unknown = (
        tuple(model.Statement(item.say, kind, tuple(item.sources), tuple(item.risks)) for item in items)
        for kind, items in ((model.SAID, part.said), (model.CARE, part.care), (model.UNKNOWN, part.unknown))
    )
    general = tuple(model.Statement(item.say, model.GENERAL) for item in part.general)
    return model.Card(said, care, unknown, general, _facts(part.outside), part.help or "")


def _box(part: schema.BoxPart) -> model.ConstantBox:
    paragraphs = tuple(
        model.BoxParagraph(tuple(map(_sentence, paragraph.sentences)), paragraph.question or "")
        for paragraph in part.paragraphs
    )
    return model.ConstantBox(paragraphs, _facts(part.outside))


def _sentence(part: schema.SentencePart) -> model.Statement:
    return model.Statement(part.say, part.kind, tuple(part.sources or ()), tuple(part.risks))


def _facts(parts: list[schema.FactPart]) -> tuple[model.Fact, ...]:
    return tuple(model.Fact(fact.say, fact.country, tuple(fact.sources)) for fact in parts)


def _source(part: schema.SourcePart) -> model.Source:
    headings = {name: _title(heading) for name, heading in part.headings.items()} if part.headings else None
    given = _given(part) | {"title": _title(part.title), "headings": headings, "verified": part.verified != "false"}
    return model.Source(**given)


def _title(part: str | schema.OwnWordsPart) -> str:
    return model.OwnWords(part.say) if isinstance(part, schema.OwnWordsPart) else part


def _topic(part: schema.TopicPart) -> model.Topic:
    return model.Topic(
        id=part.id,
        title=part.title,
        says=_paragraphs(part.says),
        warns=_paragraphs(part.warns),
        unknown=_paragraphs(part.unknown),
        outside=_facts(part.outside),
        ask=tuple(part.ask),
        sources=tuple(part.sources),
        always=part.always is not None,
        about=part.about or "",
        card=_card(part.card) if part.card else None,
    )


def _paragraphs(parts: list[str | schema.ParagraphPart]) -> tuple[model.Paragraph, ...]:
    return tuple(
        model.Paragraph(part)
        if isinstance(part, str)
        else model.Paragraph(part.say, part.general is not None, tuple(part.sources or ()))
        for part in parts
    )


def _support(code: str, country: schema.CountryPart, language: str, translations: Mapping[str, Support]) -> Support:
    # Every page shows the first line, so lines that speak the reader's language come first.
    talk, treatment = (
        tuple(sorted((_line(line, language) for line in lines), key=lambda line: language not in line.languages))
        for lines in (country.talk, country.treatment)
    )
    way = country.emergency_ways.get(language)
    return Support(
        country=code,
        name=country.name,
        emergency=tuple(country.emergency),
        talk=talk,
        treatment=treatment,
        ask_for=way.ask_for if way else "",
        language=language,
        translations=translations,
    )


def _line(part: schema.LinePart, language: str) -> SupportLine:
    given = _given(part)
    way = given.pop("ways").get(language, {})
    return SupportLine(**given | way | {"languages": tuple(part.languages), "verified": part.verified == "true"})


def _given(part: schema.SchemaNode) -> dict[str, Any]:
    """Return the fields that the author wrote, without those left out."""
    return part.model_dump(exclude_none=True)
