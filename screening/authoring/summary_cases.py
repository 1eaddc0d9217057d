"""Of which summaries several proofs speak: those of each country, and the shortest that have a topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from screening.authoring.reachability import Trail
from screening.questionnaire.model import Questionnaire

# Stands for all countries that no outside fact is about.
ELSEWHERE = "--"


def shortest_to_topics(questionnaire: Questionnaire, trails: Iterable[Trail]) -> Mapping[str, Trail]:
    """Topic id -> the shortest answers that bring it, of answers that each end with an option, the shortest first."""
    found: dict[str, Trail] = {}
    for trail in trails:
        name, chosen = trail[-1]
        for option in questionnaire.by_id[name].chosen(chosen):
            for topic in option.topics:
                found.setdefault(topic, trail)
    return found


def countries(questionnaire: Questionnaire) -> tuple[str, ...]:
    """The countries that outside facts are about, and one that none is about."""
    boxed = questionnaire.box.outside if questionnaire.box else ()
    of_cards = (fact for topic in questionnaire.topics if topic.card for fact in topic.card.outside)
    facts = (*(fact for topic in questionnaire.topics for fact in topic.outside), *of_cards, *boxed)
    return (*sorted({fact.country for fact in facts}), ELSEWHERE)
