"""Jinja settings, and `once`, which templates use to render visitor-independent components only once."""

from __future__ import annotations

from functools import partial
from itertools import combinations

from flask import Flask
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from screening.questionnaire.model import OwnWords
from screening.storage import weeks
from screening.web.cookies import WARNED_AT
from screening.web.languages import LANGUAGE_NAMES, language, name_of, other_languages
from screening.web.slots import Component, filled, flag, slot
from screening.web.week_words import week_label, week_words


class ComponentCache:
    """A cache of component macros, rendered once for each language and set of arguments.

    A macro sees only its arguments. So the cache holds nothing about a visitor as long as all arguments existed before
    any visitor came. Other arguments are refused.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.allowed: set[object] = set()
        self.cache: dict[tuple[object, ...], Component] = {}

    def allow(self, *arguments: object) -> None:
        """Allow arguments that live as long as the application and never change."""
        self.allowed.update(arguments)

    def call(self, language: str, name: str, *arguments: object) -> Markup:
        """Render a macro, named `component.macro`, with these arguments in a language.

        Raises:
            ValueError: an argument is not allowed, or the macro has slots; use `slotted` for those.
        """
        return self.slotted(language, name, *arguments).fill()

    def slotted(self, language: str, name: str, *arguments: object) -> Component:
        """Render a macro that declares slots, and return the component to fill.

        Raises:
            ValueError: an argument is not allowed.
        """
        key = (language, name, *arguments)
        component = self.cache.get(key)
        if component is None:
            if not self.allowed.issuperset(arguments):
                raise ValueError(f"{name} has an argument that may depend on a visitor.")
            file, _, macro = name.partition(".")
            module = self.environment.get_template(f"components/{file}.html").module
            component = self.cache[key] = Component(getattr(module, macro)(*arguments))
        return component


def init_templates(app: Flask) -> ComponentCache:
    """Configure Jinja, and give templates their shared filters and globals."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    of_weeks = {"week": weeks.format_week, "monday": weeks.monday, "is_week": weeks.is_week}
    of_weeks |= {"week_words": week_words, "week_label": week_label}
    app.jinja_env.filters |= {"filled": filled, "language_name": name_of} | of_weeks
    app.jinja_env.globals |= {"warned_at": WARNED_AT, "slot": slot, "flag": flag}
    app.jinja_env.tests["own_words"] = lambda title: isinstance(title, OwnWords)
    once = ComponentCache(app.jinja_env)
    once.allow(
        True,
        False,
        *LANGUAGE_NAMES,
        *(some for number in range(len(LANGUAGE_NAMES)) for some in combinations(LANGUAGE_NAMES.items(), number)),
    )
    # Which content of a draft a page shows, as its template says.
    once.allow("", "answers", "code")

    @app.context_processor
    def language_context() -> dict[str, object]:
        current = language()
        cached = {"once": partial(once.call, current), "slotted": partial(once.slotted, current)}
        return {"language": current, "other_languages": other_languages(), **cached}

    return once
