"""Diff of two versions of a questionnaire: what a patient would see differently, for readers who know no YAML.

Items match by id or, if an id was changed, by their words. Ids, the order of keys, line breaks and spaces do not count,
because patients do not see them. Compares one language at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from textwrap import shorten
from typing import NamedTuple, TypeVar

from screening.questionnaire.model import (
    ALWAYS,
    Card,
    ConstantBox,
    Fact,
    Governance,
    Option,
    Paragraph,
    Pause,
    Question,
    Questionnaire,
    Source,
    StartPage,
    Statement,
    Step,
    Topic,
    TopicGroup,
)
from screening.reports import describe
from screening.reports.matching import Matched, match, moves

_Thing = TypeVar("_Thing")


class DifferenceKind(StrEnum):
    """The way in which something differs, as staff and authors read it."""

    ADDED = "added"
    GONE = "removed"
    MOVED = "moved"
    REWORDED = "reworded"
    ASKED = "asked of different people"
    CHOSEN = "chosen differently"
    BRINGS = "brings something different to the summary"
    SHOWN = "shown differently"
    CITES = "cites something different"
    MARKED = "marked differently"


class Difference(NamedTuple):
    """One difference. `where` names the item in its newer words, or in the older ones if it was removed.

    `before` and `after` are what a patient saw and would see; "" if the item was added or removed.
    """

    kind: DifferenceKind
    where: str
    before: str
    after: str


def differences(before: Questionnaire, after: Questionnaire) -> tuple[Difference, ...]:
    """List all differences, from the start page to the sources."""
    return tuple(_Comparison(before, after).all_differences())


START = {
    "lead": "The start page, first sentence",
    "protects": "The start page, in bold",
    "fine": "The start page, last line",
}
GOVERNANCE = {
    "written_by": "Who wrote the words",
    "written_on": "When they were written",
    "reviewed_by": "Who reviewed the words",
    "reviewed_on": "When they were reviewed",
    "next_review": "The next review",
    "paid_by": "Who paid",
    "interest": "What the clinic gains",
    "translated_by": "Who translated",
    "translation_reviewed_by": "Who reviewed the translation",
    "translation_reviewed_on": "When the translation was reviewed",
}
PRIORITY = {
    0: "its picks bring their topics and questions after the others",
    1: "each of its picks owns a question to take along, and its topics come first",
    2: "questions of its picks come second",
    3: "questions of its picks come third",
}
RECAP = {False: "its picks are not repeated", True: "its picks are repeated as matters to bring up"}
EMPTY = Card((), (), ())


class _Comparison:
    """Two versions, and the newer id for each id of the older one."""

    def __init__(self, before: Questionnaire, after: Questionnaire) -> None:
        self.before, self.after = before, after
        self.sections = match(before.sections, after.sections, lambda one: one.id, lambda one: _plain(one.title))
        self.steps = match(before.steps, after.steps, lambda one: (type(one), one.id), _kind_and_words)
        self.topics = match(before.topics, after.topics, lambda one: one.id, lambda one: _plain(one.title))
        self.groups = match(before.groups, after.groups, lambda one: one.id, lambda one: _plain(one.title))
        self.sources = match(before.sources, after.sources, lambda one: one.id, lambda one: _plain(one.title))
        self.topic_ids = {pair.old.id: pair.new.id for pair in self.topics.pairs}
        self.option_ids: dict[tuple[str, str], tuple[str, str]] = {}
        for step in self.steps.pairs:
            for pair in _options(step.old, step.new).pairs:
                self.option_ids[step.old.id, pair.old.id] = step.new.id, pair.new.id
        self.references: dict[str, str] = {}
        for source in self.sources.pairs:
            self.references[source.old.id] = source.new.id
            for heading in _headings(source.old, source.new).pairs:
                self.references[f"{source.old.id}/{heading.old[0]}"] = f"{source.new.id}/{heading.new[0]}"

    def all_differences(self) -> Iterator[Difference]:
        before, after = self.before, self.after
        yield from _words("The title", before.title, after.title)
        yield from _words("The address", f"/{before.slug}/", f"/{after.slug}/")
        yield from _parts(before.start, after.start, START)
        yield from _texts("The start page", before.about, after.about)
        yield from _parts(before.governance, after.governance, GOVERNANCE)
        yield from _texts("What is said of parts that have gone", [*before.gone.values()], [*after.gone.values()])
        yield from _listed(self.sections, lambda one: f"Section “{one.title}”", lambda one: one.title)
        yield from _listed(replace(self.steps, pairs=()), describe.step_label, describe.step_heading, self._whole)
        yield from self._places()
        for section in self.sections.pairs:
            where = f"Section “{section.new.title}”, picture"
            yield from _words(where, section.old.icon, section.new.icon)
        for pair in self.steps.pairs:
            yield from self._step(pair.old, pair.new)
        yield from _texts("How every summary opens", before.referral.opens, after.referral.opens)
        yield from _texts("The questions in every summary", before.ask_always, after.ask_always)
        yield from self._box()
        yield from _listed(self.groups, lambda one: f"Group of topics “{one.title}”", lambda one: one.title)
        for group in self.groups.pairs:
            if [self.topic_ids.get(topic, "") for topic in group.old.topics] != [*group.new.topics]:
                titles = (", ".join(self._titles(*side)) for side in ((before, group.old), (after, group.new)))
                yield Difference(DifferenceKind.SHOWN, f"Group of topics “{group.new.title}”", *titles)
        yield from _listed(
            self.topics, lambda one: f"Topic “{one.title}”", lambda one: one.title, describe.topic_in_words
        )
        for topic in self.topics.pairs:
            yield from self._topic(topic.old, topic.new)
        yield from self._end()

    def _end(self) -> Iterator[Difference]:
        before, after = self.before, self.after
        finding = f"“{after.finding.title}”"
        yield from _words(finding, before.finding.title, after.finding.title)
        yield from _paragraphs(finding, before.finding.say, after.finding.say)
        yield from self._statements(finding, before.finding.say, after.finding.say, only_sources=True)
        yield from _texts(f"{finding}, what to bring", before.finding.bring, after.finding.bring)
        yield from _texts("How every summary closes", before.referral.closes, after.referral.closes)
        yield from _texts("Where this comes from", before.limits, after.limits)
        yield from _listed(self.sources, lambda one: f"Source “{one.title}”", lambda one: one.title)
        for source in self.sources.pairs:
            yield from _source(source.old, source.new)

    def _places(self) -> Iterator[Difference]:
        """Yield the steps that moved within their section, or to another one."""
        sections = {pair.old.id: pair.new.id for pair in self.sections.pairs}
        staying = [pair for pair in self.steps.pairs if sections.get(pair.old.section) == pair.new.section]
        for section in self.after.sections:
            of_section = Matched(tuple(pair for pair in staying if pair.new.section == section.id), (), ())
            yield from _moved(of_section, describe.step_label, describe.step_heading)
        for pair in self.steps.pairs:
            if pair not in staying:
                was, now = self.before.section_of[pair.old.section], self.after.section_of[pair.new.section]
                yield Difference(
                    DifferenceKind.MOVED,
                    describe.step_label(pair.new),
                    f"in section “{was.title}”",
                    f"in section “{now.title}”",
                )

    def _whole(self, step: Step) -> str:
        return describe.question_in_words(self.after if step in self.after.steps else self.before, step)

    def _step(self, old: Step, new: Step) -> Iterator[Difference]:
        where = describe.step_label(new)
        yield from _words(where, describe.step_heading(old), describe.step_heading(new))
        if isinstance(old, Pause) and isinstance(new, Pause):
            yield from _texts(where, old.say, new.say)
        if isinstance(old, Question) and isinstance(new, Question):
            yield from _words(f"{where}, hint", old.hint, new.hint)
            if self._needs(old) != {(name, option) for name, options in new.ask_if.needs for option in options}:
                yield Difference(
                    DifferenceKind.ASKED, where, describe.asked(self.before, old), describe.asked(self.after, new)
                )
            many = {False: "one answer", True: "any number of answers"}
            yield from _changed(DifferenceKind.CHOSEN, where, many[old.many], many[new.many])
            yield from self._choices(where, old, new)
            yield from _changed(DifferenceKind.BRINGS, where, PRIORITY[old.priority], PRIORITY[new.priority])
            yield from _changed(DifferenceKind.SHOWN, where, RECAP[old.recap], RECAP[new.recap])
            yield from _words(f"{where}, why we ask", old.why, new.why)
            yield from self._rests(f"{where}, why we ask", old.sources, new.sources)

    def _needs(self, old: Question) -> set[tuple[str, str]]:
        """Translate an older condition to newer ids. Removed options become ("", "")."""
        named = ((name, option) for name, options in old.ask_if.needs for option in options)
        return {self.option_ids.get(option, ("", "")) for option in named}

    def _choices(self, where: str, old: Question, new: Question) -> Iterator[Difference]:
        options = _options(old, new)
        in_words = {option: describe.option_in_words(self.before, option) for option in old.options}
        in_words |= {option: describe.option_in_words(self.after, option) for option in new.options}
        yield from _listed(
            options, lambda one: f"{where}, option “{one.say}”", lambda one: one.say, in_words.__getitem__
        )
        for pair in options.pairs:
            of_option = f"{where}, option “{pair.new.say}”"
            alone = {False: "together with others", True: "alone"}
            yield from _changed(DifferenceKind.CHOSEN, of_option, alone[pair.old.alone], alone[pair.new.alone])
            topics = {self.topic_ids.get(topic, "") for topic in pair.old.topics}
            questions = [self._newer_reference(reference) for reference in pair.old.questions]
            if topics != set(pair.new.topics) or questions != [*map(_canonical, pair.new.questions)]:
                yield Difference(
                    DifferenceKind.BRINGS,
                    of_option,
                    describe.brings(self.before, pair.old),
                    describe.brings(self.after, pair.new),
                )

    def _newer_reference(self, reference: str) -> str:
        """Translate an older reference to a question to take along: replace its topic's id by the newer one."""
        name, slash, number = _canonical(reference).partition("/")
        return f"{name if name == ALWAYS else self.topic_ids.get(name, '')}{slash}{number}"

    def _topic(self, old: Topic, new: Topic) -> Iterator[Difference]:
        where = f"Topic “{new.title}”"
        when = {False: "only where an answer brings it", True: "in every summary"}
        yield from _changed(DifferenceKind.SHOWN, where, when[old.always], when[new.always])
        yield from _words(f"{where}, in the list of topics", old.about, new.about)
        yield from self._card(f"{where}, card", old.card or EMPTY, new.card or EMPTY)
        for part, was, now in (
            (f"{where}, what the articles say", old.says, new.says),
            (f"{where}, what they warn of", old.warns, new.warns),
            (f"{where}, what is not known", old.unknown, new.unknown),
        ):
            yield from _paragraphs(part, was, now)
            yield from self._statements(part, was, now, only_sources=True)
        yield from self._facts(f"{where}, from outside the articles", old.outside, new.outside)
        yield from _texts(f"{where}, questions to take along", old.ask, new.ask)
        yield from self._rests(where, old.sources, new.sources)

    def _card(self, where: str, old: Card, new: Card) -> Iterator[Difference]:
        yield from _words(f"{where}, help", old.help, new.help)
        yield from self._statements(f"{where}, what the articles say", old.said, new.said)
        yield from self._statements(f"{where}, what calls for care", old.care, new.care)
        yield from self._statements(f"{where}, what is not known", old.unknown, new.unknown)
        yield from self._statements(f"{where}, general information", old.general, new.general)
        yield from self._facts(f"{where}, from outside the articles", old.outside, new.outside)

    def _box(self) -> Iterator[Difference]:
        old, new = self.before.box or ConstantBox(()), self.after.box or ConstantBox(())
        where = "What is worth knowing, whatever was picked"
        yield from self._statements(where, old.statements, new.statements)
        if _is_regrouped(old, new):
            # Patients see where a paragraph begins, so that is a difference too.
            yield Difference(DifferenceKind.MOVED, f"{where}, paragraphs", _as_paragraphs(old), _as_paragraphs(new))
        asked = [
            [questionnaire.to_take(paragraph.question) for paragraph in box.paragraphs if paragraph.question]
            for questionnaire, box in ((self.before, old), (self.after, new))
        ]
        yield from _texts(f"{where}, questions", *asked)
        yield from self._facts(f"{where}, from outside the articles", old.outside, new.outside)

    def _titles(self, questionnaire: Questionnaire, group: TopicGroup) -> Iterator[str]:
        return (questionnaire.topic_of[topic].title for topic in group.topics)

    def _statements(
        self,
        where: str,
        old: Sequence[Statement | Paragraph],
        new: Sequence[Statement | Paragraph],
        only_sources: bool = False,
    ) -> Iterator[Difference]:
        """Compare sentences and their sources. `only_sources`: the caller compares their words and order."""
        matched = match(old, new, _said, words=_said)
        if not only_sources:
            yield from _listed(matched, lambda _: where, _said)
        for pair in matched.pairs:
            yield from self._rests(f"{where}, “{shorten(pair.new.say, 60)}”", pair.old.sources, pair.new.sources)

    def _facts(self, outside: str, old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[Difference]:
        facts = match(old, new, _said, words=_said)
        yield from _listed(facts, lambda _: outside, _said)
        for pair in facts.pairs:
            if pair.old.country != pair.new.country:
                texts = (f"in {fact.country}: {fact.say}" for fact in (pair.old, pair.new))
                yield Difference(DifferenceKind.SHOWN, outside, *texts)
            yield from self._rests(outside, pair.old.sources, pair.new.sources)

    def _rests(self, where: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
        # As patients see them: by source, with headings in the author's order.
        mapped = sorted((self.references.get(reference, "") for reference in old), key=_source_of)
        if mapped != sorted(new, key=_source_of):
            yield Difference(
                DifferenceKind.CITES, where, describe.cited(self.before, old), describe.cited(self.after, new)
            )


def _listed(
    matched: Matched[_Thing],
    where: Callable[[_Thing], str],
    words: Callable[[_Thing], str],
    whole: Callable[[_Thing], str] | None = None,
) -> Iterator[Difference]:
    """Yield added, removed, moved and reworded items. `whole` describes added and removed ones in full."""
    for item in matched.added:
        yield Difference(DifferenceKind.ADDED, where(item), "", (whole or words)(item))
    for item in matched.gone:
        yield Difference(DifferenceKind.GONE, where(item), (whole or words)(item), "")
    yield from _moved(matched, where, words)
    for pair in matched.pairs:
        yield from _words(where(pair.new), words(pair.old), words(pair.new))


def _moved(
    matched: Matched[_Thing], where: Callable[[_Thing], str], words: Callable[[_Thing], str]
) -> Iterator[Difference]:
    for move in moves(matched.pairs):
        places = [
            f"“{words(one)}” " + ("at the beginning" if other is None else f"after “{shorten(words(other), 60)}”")
            for one, other in ((move.pair.old, move.was_behind), (move.pair.new, move.is_behind))
        ]
        yield Difference(DifferenceKind.MOVED, where(move.pair.new), *places)


def _words(where: str, old: str, new: str) -> Iterator[Difference]:
    kind = DifferenceKind.REWORDED if old and new else DifferenceKind.ADDED if new else DifferenceKind.GONE
    if _plain(old) != _plain(new):
        yield Difference(kind, where, old, new)


def _changed(kind: DifferenceKind, where: str, old: str, new: str) -> Iterator[Difference]:
    if old != new:
        yield Difference(kind, where, old, new)


def _texts(where: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    return _listed(match(old, new, _plain, words=_plain), lambda _: where, str)


def _parts(
    old: StartPage | Governance | None, new: StartPage | Governance | None, names: Mapping[str, str]
) -> Iterator[Difference]:
    """Compare named fields (attribute -> name)."""
    for attribute, where in names.items():
        values = (getattr(part, attribute, None) or "" for part in (old, new))
        yield from _words(where, *("\n".join(text) if isinstance(text, tuple) else str(text) for text in values))


def _is_regrouped(old: ConstantBox, new: ConstantBox) -> bool:
    """Say whether the sentences that both boxes contain are grouped into different paragraphs."""
    was, now = (
        {sentence: number for number, paragraph in enumerate(box.paragraphs) for sentence in paragraph.statements}
        for box in (old, new)
    )
    pairs = match(old.statements, new.statements, _said, words=_said).pairs
    places = {(was[pair.old], now[pair.new]) for pair in pairs}
    return any(len(set(side)) < len(places) for side in zip(*places, strict=True))


def _as_paragraphs(box: ConstantBox) -> str:
    return "\n\n".join(" ".join(statement.say for statement in paragraph.statements) for paragraph in box.paragraphs)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "not yet"


def _paragraphs(where: str, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[Difference]:
    matched = match(old, new, _said, words=_said)
    yield from _listed(matched, lambda _: where, lambda one: one.say)
    for pair in matched.pairs:
        if pair.old.general != pair.new.general:
            mark = {False: "from the articles", True: "general information"}
            texts = (f"{mark[paragraph.general]}: {paragraph.say}" for paragraph in (pair.old, pair.new))
            yield Difference(DifferenceKind.MARKED, where, *texts)


def _source(old: Source, new: Source) -> Iterator[Difference]:
    where = f"Source “{new.title}”"
    for name, was, now in (
        ("by", old.by, new.by),
        ("published", old.published, new.published),
        ("about", old.about, new.about),
        ("checked", old.checked, new.checked),
        ("compared with the live page", _yes(old.verified), _yes(new.verified)),
        ("address", old.url, new.url),
    ):
        yield from _words(f"{where}, {name}", str(was or ""), str(now or ""))
    for pair in _headings(old, new).pairs:
        yield from _words(f"{where}, heading", pair.old[1], pair.new[1])


def _options(old: Step, new: Step) -> Matched[Option]:
    if isinstance(old, Question) and isinstance(new, Question):
        return match(old.options, new.options, lambda one: one.id, lambda one: _plain(one.say))
    return Matched((), (), ())


def _headings(old: Source, new: Source) -> Matched[tuple[str, str]]:
    was, now = (old.headings or {}).items(), (new.headings or {}).items()
    return match(was, now, lambda one: one[0], lambda one: _plain(one[1]))


def _canonical(reference: str) -> str:
    return reference.removesuffix("/1")


def _source_of(reference: str) -> str:
    return reference.partition("/")[0]


def _kind_and_words(step: Step) -> tuple[type[Step], str]:
    return type(step), _plain(describe.step_heading(step))


def _said(sentence: Paragraph | Fact | Statement) -> str:
    return _plain(sentence.say)


def _plain(text: str) -> str:
    """Collapse whitespace, as a browser does."""
    return " ".join(text.split())
