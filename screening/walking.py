"""A questionnaire answered and its summary read in a terminal, for those who write one. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

import click

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.questionnaire.summary import Explained, Summary, summarize
from screening.questionnaire.support import Support

HOW_TO_ANSWER = "Numbers, Enter to skip, b to go back"


def walk(questionnaire: Questionnaire, support: Support) -> None:
    """Ask each question of the path, then show the summary."""
    answers: dict[str, tuple[str, ...]] = {}
    step: Step | None = questionnaire.steps[0]
    while step is not None:
        journey = Journey(questionnaire, answers)
        if isinstance(step, Pause):
            click.echo(f"\n-- {step.title} --\n" + "\n".join(map(_wrapped, step.say)))
        else:
            section, of = journey.progress(step)
            click.echo(f"\n[{section}{f' of {of}' if of else ''}: {questionnaire.section_of[step.section].title}]")
            chosen = _ask(step)
            if chosen is None:
                step = journey.previous(step) or step
                continue
            answers[step.id] = chosen
            journey = Journey(questionnaire, answers)
        step = journey.next(step)
    click.echo("\n".join(lines(summarize(Journey(questionnaire, answers), support.country), support)))


def lines(summary: Summary, support: Support) -> Iterator[str]:
    """The summary as plain text, in its order."""
    yield from ("", *map(_wrapped, summary.referral.opens))
    yield from ("", "HELP NOW", f"  In danger, or after too much of something: {' or '.join(support.emergency)}")
    for line in support.talk:
        ways = (f"{way} {number}" for way, number in (("call", line.call), ("text", line.text)) if number)
        yield f"  To talk at any hour: {' or '.join(ways)} ({line.name})"
    yield from ("", "QUESTIONS TO TAKE WITH YOU", *(f"  - {taken.say}" for taken in summary.questions))
    for explained in summary.topics:
        yield from _topic(explained)
    yield from ("", "WHAT YOU TOLD US")
    for section, told in summary.told:
        yield section.title
        yield from (f"  {one.question.ask} {', '.join(one.said) or '(skipped)'}" for one in told)
    yield from ("", summary.finding.title.upper(), *(_wrapped(paragraph.say) for paragraph in summary.finding.say))
    yield from (f"  - {thing}" for thing in summary.finding.bring)
    yield from ("", *map(_wrapped, summary.referral.closes))


def _topic(explained: Explained) -> Iterator[str]:
    topic = explained.topic
    yield from ("", topic.title.upper())
    for heading, paragraphs in (
        ("What the articles say", topic.says),
        ("What they warn of", topic.warns),
        ("What is not known", topic.unknown),
    ):
        yield from (heading, *(_wrapped(paragraph.say) for paragraph in paragraphs))
    yield from (_wrapped(f"Not from the articles: {fact.say}") for fact, _ in explained.outside)


def _ask(question: Question) -> tuple[str, ...] | None:
    """The chosen option ids; empty for a skip, None to go back."""
    click.echo(question.ask)
    numbered = {str(number): option for number, option in enumerate(question.options, 1)}
    for number, option in numbered.items():
        click.echo(f"  {number}. {option.say}")
    while True:
        typed = click.prompt(HOW_TO_ANSWER, default="", show_default=False).replace(",", " ").split()
        if typed == ["b"]:
            return None
        chosen = [option for number, option in numbered.items() if number in typed]
        is_fit = numbered.keys() >= set(typed) and (question.many or len(chosen) <= 1)
        if is_fit and not (len(chosen) > 1 and any(option.alone for option in chosen)):
            return tuple(option.id for option in chosen)
        click.echo("That does not fit: " + ("some answers stand alone." if question.many else "choose one number."))


def _wrapped(text: str) -> str:
    return fill(text, 100)
