"""How templates are read, and `once`, by which they render what no visitor changes a single time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import combinations

from flask import Flask
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from screening.questionnaire.model import OwnWords
from screening.storage import weeks
from screening.web.cookies import WARNED_AT
from screening.web.languages import NAMES, language, name_of, others


class Once:
    """Calls a component's macro once for each language and set of arguments, and remembers what it said.

    A macro sees nothing but its arguments, so what is remembered can hold nothing of a visitor, as long as the
    arguments are things that were there before any visitor came. Others are refused.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.allowed: set[object] = set()
        self.said: dict[tuple[object, ...], Markup] = {}

    def allow(self, *things: object) -> None:
        """Name things that live as long as the application and never change."""
        self.allowed.update(things)

    def call(self, language: str, name: str, *arguments: object) -> Markup:
        """What a macro, named `component.macro`, says of these arguments in a language.

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
            said = self.said[key] = getattr(module, macro)(*arguments)
        return said


def filled(form: Markup, token: str, chosen: Iterable[str]) -> Markup:
    """Put a visitor's token into a question's form, which is written once and blank, and tick what they chose."""
    form = form.replace('name="csrf_token" value=""', Markup('name="csrf_token" value="{}"').format(token))
    for option in chosen:
        ticked = Markup('name="choice" value="{}" checked').format(option)
        form = form.replace(f'name="choice" value="{option}"', ticked)
    return form


def init_templates(app: Flask) -> Once:
    """Set how templates are read, and give them what they share."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    of_weeks = {"week": weeks.written, "monday": weeks.monday, "sunday": weeks.sunday, "is_week": weeks.is_week}
    app.jinja_env.filters |= {"filled": filled, "language_name": name_of} | of_weeks
    app.jinja_env.globals["warned_at"] = WARNED_AT
    app.jinja_env.tests["own_words"] = lambda title: isinstance(title, OwnWords)
    once = Once(app.jinja_env)
    once.allow(
        True, False, *NAMES, *(some for number in range(len(NAMES)) for some in combinations(NAMES.items(), number))
    )
    # What of a draft a page shows, as its template says.
    once.allow("", "answers", "code")

    @app.context_processor
    def of_this_language() -> dict[str, object]:
        spoken = language()
        return {"language": spoken, "other_languages": others(), "once": partial(once.call, spoken)}

    return once
