"""Which language a page is in: what was chosen, else what the browser asks for, as far as it is there; else English."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, current_app, g, has_request_context, redirect, request, session
from flask_babel import Babel, Domain, get_locale
from werkzeug.wrappers import Response

from screening.questionnaire.translation import ENGLISH, TRANSLATIONS
from screening.web.parts import is_part

DOMAIN = "messages"
CATALOGUES = Path(__file__).parent.parent / "translations"
LOCALES = {language: Locale(language) for language in (ENGLISH, *TRANSLATIONS)}
NAMES = {language: str(locale.get_display_name(language)).capitalize() for language, locale in LOCALES.items()}
"""Each language's name in itself."""


def init_languages(app: Flask, offered: Iterable[str], in_english: str) -> None:
    """Choose the language of each request among those offered; one part of the site stays in English."""
    babel = Babel(app, locale_selector=lambda: LOCALES[_chosen(in_english)])
    babel.domain_instance = Domain(domain=DOMAIN)
    for language in TRANSLATIONS:
        babel.domain_instance.cache[language, DOMAIN] = _catalogue(CATALOGUES / f"{language}.po")
    app.extensions["languages"] = (ENGLISH, *offered)
    app.before_request(_switch)


def language() -> str:
    """The language of this request, as the `lang` attribute writes it."""
    locale = get_locale()
    assert locale is not None
    return str(locale.language)


def offer(languages: Collection[str]) -> str:
    """Say which languages this page is there in, before any of it is made, and return the one that it is in."""
    g.offered = languages
    return language()


def others() -> tuple[tuple[str, str], ...]:
    """The other languages that this page is there in: code, and name in itself."""
    return tuple((code, name) for code, name in NAMES.items() if code in _offered() and code != language())


def name_of(code: str) -> str:
    """The name of a language in that of this page."""
    return str(Locale(code).get_display_name(language()))


def _offered() -> Collection[str]:
    offered: Collection[str] = g.get("offered", current_app.extensions["languages"])
    return offered


def _chosen(in_english: str) -> str:
    if not has_request_context() or is_part(request.path, in_english):
        return ENGLISH
    offered = _offered()
    if session.get("language") in offered:
        return str(session["language"])
    return request.accept_languages.best_match(offered) or ENGLISH


def _switch() -> Response | None:
    """Take the choice of a language, and show the same page again without it in its address."""
    chosen = request.args.get("language")
    if chosen not in current_app.extensions["languages"] or request.method != "GET":
        return None
    session["language"] = chosen
    return redirect(request.path + ("?change=1" if "change" in request.args else ""), 303)


def _catalogue(path: Path) -> Translations:
    """A catalogue as it is written. Compiled ahead, an old one could be read beside the new."""
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)
