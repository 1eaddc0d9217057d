"""Parts of a questionnaire as plain text, for its authors and publishers."""

from __future__ import annotations

from collections.abc import Sequence

from screening.questionnaire.model import Option, Pause, Question, Questionnaire, Step, Topic


def step_heading(step: Step) -> str:
    """Return the heading of a step's page."""
    return step.title if isinstance(step, Pause) else step.ask


def step_label(step: Step) -> str:
    """Name a step by its kind and heading."""
    return f"{'Pause' if isinstance(step, Pause) else 'Question'} “{step_heading(step)}”"


def question_in_words(questionnaire: Questionnaire, step: Step) -> str:
    """Describe a whole step, in lines."""
    if isinstance(step, Pause):
        return "\n".join((step.title, *step.say))
    options = [f"• {option_in_words(questionnaire, option)}" for option in step.options]
    how = f"Choose {'any' if step.many else 'one'} of:"
    lines = (step.ask, step.hint, f"Asked of {asked(questionnaire, step)}", how, *options, f"Why we ask: {step.why}")
    return "\n".join(filter(None, lines))


def option_in_words(questionnaire: Questionnaire, option: Option) -> str:
    """Describe an option and the effect of choosing it."""
    return f"{option.say} ({'chosen alone, ' if option.alone else ''}{brings(questionnaire, option)})"


def topic_in_words(topic: Topic) -> str:
    """Return the full text of a topic, in lines."""
    paragraphs = [paragraph.say for paragraph in (*topic.says, *topic.warns, *topic.unknown)]
    return "\n".join((topic.title, *paragraphs, *(fact.say for fact in topic.outside), *topic.ask))


def asked(questionnaire: Questionnaire, question: Question) -> str:
    """Describe who is asked a question."""
    conditions = [
        f"{' or '.join(f'“{option.say}”' for option in options)} to “{earlier.ask}”"
        for earlier, options in questionnaire.reads(question)
    ]
    return f"those who answer {' and '.join(conditions)}" if conditions else "everyone"


def brings(questionnaire: Questionnaire, option: Option) -> str:
    """Describe what an option brings to the summary."""
    topics = [topic.title for topic in questionnaire.topics if topic.id in option.topics]
    questions = [questionnaire.to_take(reference) for reference in option.questions]
    effects = [
        f"{verb} {', '.join(f'“{text}”' for text in texts)}"
        for verb, texts in (("brings", topics), ("brings the question", questions))
        if texts
    ]
    return " and ".join(effects) or "brings nothing"


def cited(questionnaire: Questionnaire, references: Sequence[str]) -> str:
    """List the sources and headings of some references."""
    return "; ".join(
        ": ".join(filter(None, (citation.source.title, ", ".join(f"“{heading}”" for heading in citation.headings))))
        for citation in questionnaire.citations(tuple(references))
    )
