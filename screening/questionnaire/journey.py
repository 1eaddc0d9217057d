"""One person's way through a questionnaire, computed from the answers at each request and never stored.

*step*: a question or a pause. *path*: the steps that apply, in the file's order. *number*: the position of a question
among the questions of the path, from 1. A question is *answered* once an option was chosen or it was skipped.
"""

from __future__ import annotations

from functools import cached_property

from screening.questionnaire.model import Answers, Pause, Question, Questionnaire, Section, Step


class Journey:
    """The path that these answers open. Answers to questions off the path are ignored."""

    def __init__(self, questionnaire: Questionnaire, answers: Answers) -> None:
        self.questionnaire = questionnaire
        self.answers: dict[str, tuple[str, ...]] = {}
        path: list[Step] = []
        for step in questionnaire.steps:
            if isinstance(step, Question):
                # Conditions read only earlier answers on the path, so one pass is enough.
                if not step.ask_if.holds(self.answers):
                    continue
                if step.id in answers:
                    self.answers[step.id] = answers[step.id]
            path.append(step)
        self.path = tuple(path)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions on the path."""
        return tuple(step for step in self.path if isinstance(step, Question))

    @cached_property
    def first_open(self) -> Question | None:
        """The first unanswered question on the path."""
        return next((question for question in self.questions if question.id not in self.answers), None)

    @property
    def is_complete(self) -> bool:
        """Whether every question on the path is answered."""
        return self.first_open is None

    def can_visit(self, step: Step) -> bool:
        """Whether a step is on the path and every question before it is answered."""
        if step not in self.path:
            return False
        return self.first_open is None or self.path.index(step) <= self.path.index(self.first_open)

    def at(self, number: int) -> Question | None:
        """Return the question with this number, if there is one."""
        return self.questions[number - 1] if 1 <= number <= len(self.questions) else None

    def number(self, question: Question) -> int:
        """Return the number of a question on the path."""
        return self.questions.index(question) + 1

    @cached_property
    def pause(self) -> Pause | None:
        """The pause on the path, if there is one."""
        return next((step for step in self.path if isinstance(step, Pause)), None)

    def next(self, step: Step) -> Step | None:
        """Return the step after this one; None after the last."""
        following = self.path.index(step) + 1
        return self.path[following] if following < len(self.path) else None

    def previous(self, step: Step) -> Step | None:
        """Return the step before this one; None before the first."""
        index = self.path.index(step)
        return self.path[index - 1] if index else None

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections with at least one question on the path."""
        on_path = {question.section for question in self.questions}
        return tuple(section for section in self.questionnaire.sections if section.id in on_path)

    def progress(self, question: Question) -> tuple[int, int | None]:
        """Return the section number and the total; None in the first, whose answers decide which sections open."""
        number = 1 + [section.id for section in self.sections].index(question.section)
        return number, len(self.sections) if number > 1 else None
