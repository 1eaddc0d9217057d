"""Summaries that several proofs use: one for each country, and the one with the shortest answers for each topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from screening.authoring.reachability import Trail
from screening.questionnaire.model import Questionnaire

# Represents all countries that no outside fact is about.
ELSEWHERE = "--"


def shortest_to_topics(questionnaire: Questionnaire, trails: Iterable[Trail]) -> Mapping[str, Trail]:
    """Return the shortest answers that bring each topic, by topic id.

    `trails` are sorted by length, and each ends with the option that it leads to.
    """
    shortest: dict[str, Trail] = {}
    for trail in trails:
        name, chosen = trail[-1]
        for option in questionnaire.by_id[name].chosen(chosen):
            for topic in option.topics:
                shortest.setdefault(topic, trail)
    return shortest


def countries(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return the countries that outside facts are about, and `ELSEWHERE` for all others."""
    box_facts = questionnaire.box.outside if questionnaire.box else ()
    card_facts = (fact for topic in questionnaire.topics if topic.card for fact in topic.card.outside)
    facts = (*(fact for topic in questionnaire.topics for fact in topic.outside), *card_facts, *box_facts)
    return (*sorted({fact.country for fact in facts}), ELSEWHERE)
