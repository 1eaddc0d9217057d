"""One person's way through a questionnaire, worked out from the answers each time and never stored.

*step*: a question or a pause. *path*: the steps that apply, in the file's order. *number*: a question's place
among the questions of the path, counted from 1. A question is *answered* once something was chosen or it was skipped.
"""

from __future__ import annotations

from functools import cached_property

from screening.questionnaire.model import Answers, Pause, Question, Questionnaire, Section, Step


class Journey:
    """The path that these answers lead along. Answers off the path are passed over."""

    def __init__(self, questionnaire: Questionnaire, answers: Answers) -> None:
        self.questionnaire = questionnaire
        self.answers: dict[str, tuple[str, ...]] = {}
        path: list[Step] = []
        for step in questionnaire.steps:
            if isinstance(step, Question):
                # Only answers on the path can open a later question, so one pass settles it.
                if not step.ask_if.holds(self.answers):
                    continue
                if step.id in answers:
                    self.answers[step.id] = answers[step.id]
            path.append(step)
        self.path = tuple(path)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions of the path."""
        return tuple(step for step in self.path if isinstance(step, Question))

    @cached_property
    def first_open(self) -> Question | None:
        """The first question of the path that is not answered yet."""
        return next((question for question in self.questions if question.id not in self.answers), None)

    @property
    def is_complete(self) -> bool:
        """Whether every question of the path is answered."""
        return self.first_open is None

    def can_visit(self, step: Step) -> bool:
        """Whether a step is on the path with every question before it answered."""
        if step not in self.path:
            return False
        return self.first_open is None or self.path.index(step) <= self.path.index(self.first_open)

    def at(self, number: int) -> Question | None:
        """The question of this number."""
        return self.questions[number - 1] if 1 <= number <= len(self.questions) else None

    def number(self, question: Question) -> int:
        """The number of a question on the path."""
        return self.questions.index(question) + 1

    @cached_property
    def pause(self) -> Pause | None:
        """The pause of the path."""
        return next((step for step in self.path if isinstance(step, Pause)), None)

    def next(self, step: Step) -> Step | None:
        """The step after this one; None after the last."""
        following = self.path.index(step) + 1
        return self.path[following] if following < len(self.path) else None

    def previous(self, step: Step) -> Step | None:
        """The step before this one; None before the first."""
        here = self.path.index(step)
        return self.path[here - 1] if here else None

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections with a question on the path: those open to this person."""
        open_to_them = {question.section for question in self.questions}
        return tuple(section for section in self.questionnaire.sections if section.id in open_to_them)

    def progress(self, question: Question) -> tuple[int, int | None]:
        """Which section of how many; no total in the first, whose answers still decide which sections open."""
        number = 1 + [section.id for section in self.sections].index(question.section)
        return number, len(self.sections) if number > 1 else None
