"""The FHIR form in LHC-Forms, as the patients of another clinic would see it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from screening.authoring.loader import Collection
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Questionnaire
from screening.reports.fhir import Publication, questionnaire_resource
from tests.browser import lhc_forms
from tests.browser.lhc_forms import RenderedForm
from tests.support.fhir_rules import Element, items
from tests.support.made_questionnaires import made, question

ABC: dict[str, Element] = {"a": {}, "b": {}, "c": {}}
NESTED = made(
    [
        question("one", ABC, kind="one"),
        question("two", ABC, {"one": ["a", "b"]}),
        question("three", ABC, {"one": ["a", "b"], "two": ["b", "c"]}),
        question("four", ABC, {"one": ["a", "b"], "two": ["a"], "three": ["a", "c"]}),
        question("five", ABC, {"two": ["c"]}, kind="one"),
        question("six", ABC, {"four": ["a", "b"]}),
        question("seven", ABC, {"one": ["b", "c"], "five": ["a", "b"]}),
    ]
)


@pytest.fixture(scope="module")
def lhc(browser: Browser) -> Iterator[Callable[[Element], RenderedForm]]:
    """Return what shows a form on a phone. LHC-Forms is loaded once, and reports no error."""
    with lhc_forms.served() as address, browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.add_script_tag(content=lhc_forms.SCRIPT)
        rendered = RenderedForm(page)
        yield rendered.show
        assert errors == []


@pytest.fixture(scope="module")
def form(collection: Collection) -> Callable[[str], Element]:
    """Return the real form in a language, with the lines of the United States that are shown without confirmation."""
    publication = Publication(collection.support["US"].shown(confirmed=False))
    (real,) = collection.questionnaires
    return lambda language: questionnaire_resource(real, None, True, publication, language)


def for_myself(rendered: RenderedForm) -> RenderedForm:
    """Answer so that as many questions as possible are in view: all but the one for those who care for somebody."""
    rendered.click("asking-for", "myself")
    rendered.click("interests", "cravings")
    return rendered


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_and_the_last_text_in_view_is_the_referral(
    lhc: Callable[[Element], RenderedForm], form: Callable[[str], Element], real: Questionnaire, language: str
) -> None:
    spoken = real.in_language(language)
    for rendered in (lhc(form(language)), for_myself(lhc(form(language)))):
        assert rendered.title == spoken.title
        first, *_, last = rendered.texts
        assert first == " ".join(spoken.referral.opens)
        assert last == " ".join(spoken.referral.closes)


@pytest.mark.parametrize(
    ("language", "ways"),
    [
        ("en", ("call 911.", "988 Suicide and Crisis Lifeline: call 988 or text 988 or")),
        ("es", ("llame al 911 y diga “español”.", "Crisis: llame al 988 y oprima 2, o mande AYUDA al 988, o")),
    ],
)
def test_whom_to_call_is_in_view_before_the_first_question_and_in_the_pause(
    lhc: Callable[[Element], RenderedForm], form: Callable[[str], Element], language: str, ways: tuple[str, ...]
) -> None:
    rendered = lhc(form(language))
    written = {item["linkId"]: item.get("text", "") for item in items(form(language))}
    pause, *_ = (written[name] for name in rendered.names if name == "a-pause")
    texts = rendered.texts
    question_, pause_ = texts.index(written["asking-for"]), texts.index(pause)
    for way in ways:
        first, second = (number for number, text in enumerate(texts) if way in text)
        assert first < question_ < pause_ < second


def test_the_spanish_form_is_entirely_in_spanish(
    lhc: Callable[[Element], RenderedForm], form: Callable[[str], Element]
) -> None:
    spanish, english = (
        {" ".join(text.split()) for item in items(form(language)) for text in texts_of(item)}
        for language in ("es", "en")
    )
    rendered = for_myself(lhc(form("es")))
    shown = {*rendered.texts, *rendered.help_texts}
    assert shown <= spanish
    assert shown.isdisjoint(english)
    # The question for those who care for somebody, four of its options, and why it is asked.
    assert len(spanish - shown) == 6


def texts_of(item: Element) -> Iterator[str]:
    yield item.get("text", "")
    yield from (option["valueCoding"]["display"] for option in item.get("answerOption", []))


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_hint_is_above_the_choices(
    lhc: Callable[[Element], RenderedForm], form: Callable[[str], Element], real: Questionnaire, language: str
) -> None:
    rendered = for_myself(lhc(form(language)))
    hinted = [asked for asked in real.in_language(language).questions if asked.hint]
    assert len(hinted) == 3
    for asked in hinted:
        hint_ends, choices_begin = rendered.above(asked.id, asked.hint)
        assert 0 < hint_ends <= choices_begin


@pytest.mark.parametrize("clicks", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_random_clicks_show_the_same_questions_as_the_site(
    lhc: Callable[[Element], RenderedForm], form: Callable[[str], Element], real: Questionnaire, clicks: int
) -> None:
    """Also if answers are changed later, and with conditions that need groups inside of groups."""
    for number, (questionnaire, shown) in enumerate(
        ((real, form("en")), (NESTED, questionnaire_resource(NESTED, None, True)))
    ):
        compare(questionnaire, lhc(shown), random.Random(number), clicks)


def compare(questionnaire: Questionnaire, rendered: RenderedForm, chance: random.Random, clicks: int) -> None:
    steps = {step.id for step in questionnaire.steps}
    sections = {f"section.{section.id}": section for section in questionnaire.sections}
    seen = set()
    for _ in range(clicks):
        answers = rendered.answers
        asked = questionnaire.by_id[chance.choice([name for name in answers if name in questionnaire.by_id])]
        rendered.click(asked.id, chance.choice(asked.options).id)
        names = rendered.names
        answers = {name: chosen for name, chosen in rendered.answers.items() if name in questionnaire.by_id}
        path = Journey(questionnaire, answers).path
        assert [name for name in names if name in steps] == [step.id for step in path], answers
        # Each heading has a question below it, and each question has its heading.
        headed = {f"section.{step.section}" for step in path if not isinstance(step, Pause)}
        assert {name for name in names if name in sections} == headed
        seen.update(names)
    assert seen >= steps
