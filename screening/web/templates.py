"""How templates are read, and `once`, by which they render what no visitor changes a single time."""

from __future__ import annotations

from functools import partial
from itertools import combinations

from flask import Flask
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from screening.questionnaire.model import OwnWords
from screening.storage import weeks
from screening.web.cookies import WARNED_AT
from screening.web.languages import LANGUAGE_NAMES, language, name_of, others
from screening.web.slots import Component, filled, flag, slot


class RenderCached:
    """Calls a component's macro once for each language and set of arguments, and remembers what it said.

    A macro sees nothing but its arguments, so what is remembered can hold nothing of a visitor, as long as the
    arguments are things that were there before any visitor came. Others are refused.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.allowed: set[object] = set()
        self.said: dict[tuple[object, ...], Component] = {}

    def allow(self, *things: object) -> None:
        """Name things that live as long as the application and never change."""
        self.allowed.update(things)

    def call(self, language: str, name: str, *arguments: object) -> Markup:
        """What a macro, named `component.macro`, says of these arguments in a language.

        Raises:
            ValueError: an argument was not allowed, or the macro has slots, which only `slotted` leaves to be filled.
        """
        return self.slotted(language, name, *arguments).fill()

    def slotted(self, language: str, name: str, *arguments: object) -> Component:
        """The same with the slots that the macro declares.

        Raises:
            ValueError: an argument was not allowed.
        """
        key = (language, name, *arguments)
        said = self.said.get(key)
        if said is None:
            if not self.allowed.issuperset(arguments):
                raise ValueError(f"{name} was given an argument that may hold something of a visitor.")
            component, _, macro = name.partition(".")
            module = self.environment.get_template(f"components/{component}.html").module
            said = self.said[key] = Component(getattr(module, macro)(*arguments))
        return said


def init_templates(app: Flask) -> RenderCached:
    """Set how templates are read, and give them what they share."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    of_weeks = {"week": weeks.format_week, "monday": weeks.monday, "sunday": weeks.sunday, "is_week": weeks.is_week}
    app.jinja_env.filters |= {"filled": filled, "language_name": name_of} | of_weeks
    app.jinja_env.globals |= {"warned_at": WARNED_AT, "slot": slot, "flag": flag}
    app.jinja_env.tests["own_words"] = lambda title: isinstance(title, OwnWords)
    once = RenderCached(app.jinja_env)
    once.allow(
        True,
        False,
        *LANGUAGE_NAMES,
        *(some for number in range(len(LANGUAGE_NAMES)) for some in combinations(LANGUAGE_NAMES.items(), number)),
    )
    # What of a draft a page shows, as its template says.
    once.allow("", "answers", "code")

    @app.context_processor
    def of_this_language() -> dict[str, object]:
        spoken = language()
        remembered = {"once": partial(once.call, spoken), "slotted": partial(once.slotted, spoken)}
        return {"language": spoken, "other_languages": others(), **remembered}

    return once
