"""Pages that need no answers: topics, a blank copy, help, privacy and more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, session

from screening.patient.draft import Draft
from screening.patient.localized import questionnaires, spoken
from screening.patient.navigation import resume_url, start_page
from screening.questionnaire.model import Questionnaire, Source, Topic
from screening.questionnaire.summary import explain_topic
from screening.site import site

pages = Blueprint("information", __name__)


@dataclass(frozen=True)
class Listed:
    """A topic in the list of all: its number, and for each article, in order, whether it covers the topic."""

    topic: Topic
    number: int
    spoken_of: tuple[bool, ...]

    @property
    def numbers(self) -> str:
        """The numbers of the articles that cover it, for screen readers."""
        return ", ".join(str(number) for number, speaks in enumerate(self.spoken_of, 1) if speaks)


@pages.get("/")
def home() -> str:
    """Show the start page, or the list if there are several questionnaires."""
    several = site().questionnaires
    return start_page(spoken(several[0])) if len(several) == 1 else render_template("patient/questionnaires.html")


@pages.get("/<questionnaire:questionnaire>/topics")
def topics(questionnaire: Questionnaire) -> str:
    """List the topics and their sources."""
    return render_template(
        "patient/topics.html",
        questionnaire=questionnaire,
        articles=articles(questionnaire),
        groups=list(topics_by_group(questionnaire)),
    )


@pages.get("/<questionnaire:questionnaire>/topics/<int:number>")
def topic(questionnaire: Questionnaire, number: int) -> str:
    """Show one topic as in a summary."""
    if not 1 <= number <= len(questionnaire.topics):
        abort(404)
    chosen = questionnaire.topics[number - 1]
    explained = explain_topic(questionnaire, chosen, site().support.country)
    return render_template("patient/topic.html", questionnaire=questionnaire, number=number, explained=explained)


@pages.get("/<questionnaire:questionnaire>/paper")
def paper(questionnaire: Questionnaire) -> str:
    """Show all questions, blank, for printing."""
    return render_template("patient/blank_copy.html", questionnaire=questionnaire)


@pages.get("/help")
def help_lines() -> str:
    """Show whom to call, text or write to, and the way back to the draft."""
    draft = Draft.read_any(session, questionnaires())
    return render_template("patient/help.html", going_on=resume_url(draft) if draft else "", draft=draft)


@pages.get("/privacy")
def privacy() -> str:
    """Say what is kept, where, for how long, and who can see it."""
    current = site()
    return render_template(
        "patient/privacy.html",
        stored=current.data_dictionary,
        days=current.retention_days,
        backup_days=current.backups.days,
    )


@pages.get("/accessibility")
def accessibility() -> str:
    """Say what was tested, and how."""
    return render_template("patient/accessibility.html")


@pages.get("/robots.txt")
def robots() -> Response:
    """Allow crawlers to fetch every page, because only then do they see `noindex`."""
    return Response("User-agent: *\nDisallow:\n", mimetype="text/plain")


def articles(questionnaire: Questionnaire) -> tuple[Source, ...]:
    """Return the articles: the sources that are cited by heading."""
    return tuple(source for source in questionnaire.sources if source.headings)


def topics_by_group(questionnaire: Questionnaire) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """Yield the topics by titled group. Versions from before groups existed have one group without a title."""
    listed = {
        topic.id: Listed(topic, number, tuple(speaks_of(article, topic) for article in articles(questionnaire)))
        for number, topic in enumerate(questionnaire.topics, 1)
    }
    if not questionnaire.groups:
        yield "", tuple(listed.values())
    for group in questionnaire.groups:
        yield group.title, tuple(listed[topic] for topic in group.topics)


def speaks_of(article: Source, topic: Topic) -> bool:
    """Whether a topic cites a heading of an article. A citation without heading means that the article is silent."""
    return any(source.startswith(f"{article.id}/") for source in topic.sources)
