"""What cites each source, and how long an outside source may go unchecked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from screening.authoring.checks.sources import LOOK_AGAIN_AFTER, out_of_date
from screening.authoring.loader import load_questionnaire
from screening.questionnaire.model import Questionnaire
from screening.reports.citations import Claim, citation_report, citations_by_source
from screening.web.questionnaire_limits import LIMITS
from tests.support.spoiled_files import NO_WORDS, write

ASKING = Claim("question", "asking-for", "Who are you asking for?")
TRIED = Claim("question", "tried", "What have you tried?")
UNSURE = Claim("question", "unsure", "What are you unsure about?")
WALKING = Claim("topic", "walking", "Walking")
CARING = Claim("topic", "caring", "Caring")
CONSTANT = Claim("topic", "constant", "What stays")
NOTICE = Claim("outside fact of", "constant", "An agency wrote about it.")


def test_everything_that_cites_a_heading_is_listed(tiny: Questionnaire) -> None:
    found = [(one.source.id, one.heading, one.title, one.claims) for one in citations_by_source(tiny)]
    assert found == [
        (
            "article",
            "opening",
            "The opening",
            (
                *(ASKING, TRIED, UNSURE),
                Claim("sentence of", "box", "The article likes walks."),
                Claim("sentence of", "box", "It warns of much rain."),
                WALKING,
                Claim("card of", "walking", "The article likes to walk."),
                Claim("card of", "walking", "It warns of the rain."),
                Claim("card of", "caring", "The article speaks of caring."),
                Claim("card of", "caring", "As ever, it warns of rain."),
                CONSTANT,
                Claim("card of", "constant", "The article says it differs."),
                Claim("card of", "constant", "It warns of haste, and of rain."),
            ),
        ),
        ("article", "middle", "The middle", (CARING, CONSTANT)),
        ("agency", "", "A notice", (NOTICE,)),
    ]


def test_headings_on_which_nothing_rests_are_named_after_the_others(folder: Path) -> None:
    write(folder / "sources.yaml", "{opening", "{start: The start, opening")
    write(
        folder / "sources.yaml",
        "  - id: agency",
        "  - {id: other, title: Another, about: It is made up., url: https://other.test/, checked: 2026-11-20}\n"
        "  - id: agency",
    )
    assert list(citation_report(load_questionnaire(folder, NO_WORDS, LIMITS)[0])) == [
        "article: A made-up article",
        "  opening: The opening",
        "    question asking-for: Who are you asking for?",
        "    question tried: What have you tried?",
        "    question unsure: What are you unsure about?",
        "    sentence of box: The article likes walks.",
        "    sentence of box: It warns of much rain.",
        "    topic walking: Walking",
        "    card of walking: The article likes to walk.",
        "    card of walking: It warns of the rain.",
        "    card of caring: The article speaks of caring.",
        "    card of caring: As ever, it warns of rain.",
        "    topic constant: What stays",
        "    card of constant: The article says it differs.",
        "    card of constant: It warns of haste, and of rain.",
        "  middle: The middle",
        "    topic caring: Caring",
        "    topic constant: What stays",
        "  Nothing cites:",
        "    start: The start",
        "other: Another (checked 2026-11-20)",
        "  Nothing cites it.",
        "agency: A notice (checked 2026-11-21)",
        "    outside fact of constant: An agency wrote about it.",
    ]


def test_every_citation_of_the_real_files_rests_somewhere(real: Questionnaire) -> None:
    """An exception is an article cited for its silence, which cites none of its headings."""
    articles = {source.id for source in real.sources if source.headings}
    cited = [set(question.sources) for question in real.questions] + [set(topic.sources) for topic in real.topics]
    for topic in real.topics:
        cited += [set(one.sources) for one in (*topic.says, *topic.warns, *topic.unknown)]
        cited += [set(one.sources) for one in topic.outside]
    for part in (real.box, *(topic.card for topic in real.topics)):
        assert part
        cited += [set(one.sources) for one in part.statements] + [set(one.sources) for one in part.outside]
    silent = [reference for references in cited for reference in references if reference in articles]
    assert silent
    assert sum(len(ground.claims) for ground in citations_by_source(real)) == sum(map(len, cited)) - len(silent)
    headings = sum(len(source.headings or {"": ""}) for source in real.sources)
    assert len(citations_by_source(real)) == headings


@pytest.mark.parametrize(("days", "count"), [(0, 0), (365, 0), (366, 1), (3_600, 1)])
def test_an_outside_source_is_to_be_looked_at_every_year(tiny: Questionnaire, days: int, count: int) -> None:
    assert timedelta(days=365) == LOOK_AGAIN_AFTER
    warning = (
        'tiny: nobody has checked the outside source "agency" since 2026-11-21. Check that it still says the same, '
        'then update its "checked" date in sources.yaml.'
    )
    assert list(out_of_date(tiny, date(2026, 11, 21) + timedelta(days=days))) == [warning] * count


@pytest.mark.parametrize(("days", "count"), [(0, 0), (-1, 0), (-2, 1)])
def test_a_day_that_has_not_come_is_reported(tiny: Questionnaire, days: int, count: int) -> None:
    warning = (
        'tiny: the "checked" date of the source "agency" is in the future, 2026-11-21. Correct it in sources.yaml.'
    )
    assert list(out_of_date(tiny, date(2026, 11, 21) + timedelta(days=days))) == [warning] * count


@pytest.mark.parametrize(("day", "count"), [(date(2036, 11, 30), 0), (date(2036, 12, 1), 1)])
def test_a_review_that_is_overdue_is_reported(folder: Path, day: date, count: int) -> None:
    write(folder / "sources.yaml", "checked: 2026-11-21", "checked: 2036-11-21")
    questionnaire = load_questionnaire(folder, NO_WORDS, LIMITS)[0]
    warning = (
        "tiny: the words should have been reviewed by 2036-11-30, a date that patients see. Have a clinician review "
        "them, then update the dates in questionnaire.yaml."
    )
    assert list(out_of_date(questionnaire, day)) == [warning] * count
