"""A journey as a conversation: `walk(q).answer("asking-for", "myself").skip("interests").expect("tried")`."""

from __future__ import annotations

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.questionnaire.summary import questions_to_take, summarize
from tests.support.random_answers import topics


class Walk:
    """One person's way through a questionnaire. An answer leads on, past any pause that the test does not expect."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.answers: dict[str, tuple[str, ...]] = {}
        self.step: Step | None = questionnaire.steps[0]

    @property
    def journey(self) -> Journey:
        return Journey(self.questionnaire, self.answers)

    def answer(self, question: str, *options: str) -> Walk:
        asked = self.asked(question)
        unknown = set(options).difference(option.id for option in asked.options)
        assert not unknown, f"{question} has no option {', '.join(unknown)}"
        return self._take(asked, options)

    def skip(self, *questions: str) -> Walk:
        for question in questions:
            self._take(self.asked(question), ())
        return self

    def skip_the_rest(self) -> Walk:
        while self.step is not None:
            if isinstance(self.step, Question):
                self._take(self.step, ())
            else:
                self._go_on()
        return self

    def back(self) -> Walk:
        """Go back one step; from the end, to the last one."""
        journey = self.journey
        self.step = journey.previous(self.step) if self.step else journey.path[-1]
        assert self.step is not None, "nothing stands before the first step"
        return self

    def expect(self, question: str) -> Walk:
        self.asked(question)
        return self

    def expect_pause(self) -> Walk:
        assert isinstance(self.step, Pause), f"not a pause, but {self._here()}"
        assert self.journey.can_visit(self.step), "the pause cannot be visited"
        return self

    def expect_end(self) -> Walk:
        assert self.step is None, f"not the end, but {self._here()}"
        assert self.journey.is_complete, "the end, but something is still open"
        return self

    def expect_progress(self, section: int, of: int | None) -> Walk:
        assert isinstance(self.step, Question)
        assert self.journey.progress(self.step) == (section, of)
        return self

    def path(self) -> list[str]:
        return [step.id for step in self.journey.path]

    def topics(self) -> list[str]:
        """The ids of the topics that the summary would explain."""
        return [topic.id for topic in topics(self.journey)]

    def questions_to_take(self) -> list[str]:
        return [taken.say for taken in questions_to_take(self.journey)]

    def told(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Section title -> question -> answer, as the summary shows it."""
        summary = summarize(self.journey, "US")
        return {
            section.title: {one.question.ask: one.chosen_texts for one in told} for section, told in summary.answers
        }

    def asked(self, question: str) -> Question:
        if isinstance(self.step, Pause):
            self._go_on()
        assert isinstance(self.step, Question), f"{question} is not asked: {self._here()} is here"
        assert self.step.id == question, f"{question} is not asked: {self._here()} is here"
        assert self.journey.can_visit(self.step), f"{question} cannot be visited"
        return self.step

    def _take(self, asked: Question, options: tuple[str, ...]) -> Walk:
        self.answers[asked.id] = options
        self._go_on()
        return self

    def _go_on(self) -> None:
        assert self.step is not None
        self.step = self.journey.next(self.step)

    def _here(self) -> str:
        return self.step.id if self.step else "the end"


def walk(questionnaire: Questionnaire) -> Walk:
    return Walk(questionnaire)
