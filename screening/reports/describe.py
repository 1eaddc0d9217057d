"""Parts of a questionnaire in words, for those who write and publish it."""

from __future__ import annotations

from collections.abc import Sequence

from screening.questionnaire.model import Option, Pause, Question, Questionnaire, Step, Topic


def option_title(step: Step) -> str:
    """What stands at the top of a step's page."""
    return step.title if isinstance(step, Pause) else step.ask


def step_title(step: Step) -> str:
    """A step by its title."""
    return f"{'Pause' if isinstance(step, Pause) else 'Question'} “{option_title(step)}”"


def question_in_words(questionnaire: Questionnaire, step: Step) -> str:
    """All of a step, in lines."""
    if isinstance(step, Pause):
        return "\n".join((step.title, *step.say))
    options = [f"• {option_in_words(questionnaire, option)}" for option in step.options]
    how = f"Choose {'any' if step.many else 'one'} of:"
    lines = (step.ask, step.hint, f"Asked of {asked(questionnaire, step)}", how, *options, f"Why we ask: {step.why}")
    return "\n".join(filter(None, lines))


def option_in_words(questionnaire: Questionnaire, option: Option) -> str:
    """An option with what choosing it does."""
    return f"{option.say} ({'chosen alone, ' if option.alone else ''}{brings(questionnaire, option)})"


def topic_in_words(topic: Topic) -> str:
    """All that a topic tells, in lines."""
    paragraphs = [paragraph.say for paragraph in (*topic.says, *topic.warns, *topic.unknown)]
    return "\n".join((topic.title, *paragraphs, *(fact.say for fact in topic.outside), *topic.ask))


def asked(questionnaire: Questionnaire, question: Question) -> str:
    """Who is asked a question."""
    told = [
        f"{' or '.join(f'“{option.say}”' for option in options)} to “{earlier.ask}”"
        for earlier, options in questionnaire.reads(question)
    ]
    return f"those who answer {' and '.join(told)}" if told else "everyone"


def brings(questionnaire: Questionnaire, option: Option) -> str:
    """What an option brings to the summary."""
    topics = [topic.title for topic in questionnaire.topics if topic.id in option.topics]
    questions = [questionnaire.to_take(reference) for reference in option.questions]
    told = [
        f"{what} {', '.join(f'“{words}”' for words in several)}"
        for what, several in (("brings", topics), ("brings the question", questions))
        if several
    ]
    return " and ".join(told) or "brings nothing"


def cited(questionnaire: Questionnaire, references: Sequence[str]) -> str:
    """The sources and headings that something rests on."""
    return "; ".join(
        ": ".join(filter(None, (citation.source.title, ", ".join(f"“{heading}”" for heading in citation.headings))))
        for citation in questionnaire.citations(tuple(references))
    )
