"""The language of a page: the reader's choice, otherwise the browser's preference, otherwise English."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, g, has_request_context, redirect, request, session, url_for
from flask_babel import Babel, Domain, refresh
from werkzeug.wrappers import Response

from screening.authoring.translation import ENGLISH, TRANSLATIONS
from screening.site import site
from screening.web.path_prefix import has_prefix

DOMAIN = "messages"
CATALOGS = Path(__file__).parent.parent / "translations"
LOCALES = {language: Locale(language) for language in (ENGLISH, *TRANSLATIONS)}
LANGUAGE_NAMES = {language: str(locale.get_display_name(language)).capitalize() for language, locale in LOCALES.items()}
"""Language code -> the language's name in that language."""


def init_languages(app: Flask, time_zone: str) -> None:
    """Choose the language of each request among those of the site. One part of the site is always English.

    Pages show hours, if any, in the time zone.
    """
    app.config["BABEL_DEFAULT_TIMEZONE"] = time_zone
    babel = Babel(app, locale_selector=lambda: LOCALES[language()])
    babel.domain_instance = Domain(domain=DOMAIN)
    for spoken in TRANSLATIONS:
        babel.domain_instance.cache[spoken, DOMAIN] = _catalog(CATALOGS / f"{spoken}.po")
    app.before_request(_redirect_to_language)


def language() -> str:
    """Return the language code of this request, for the `lang` attribute."""
    known: str | None = g.get("language")
    return known or choose_language(site().languages)


def choose_language(languages: tuple[str, ...]) -> str:
    """Declare the languages of this page before it is rendered, and return the chosen one."""
    g.offered, g.language = languages, _chosen(languages)
    return str(g.language)


def set_page_language(language: str) -> None:
    """Render the rest of this page in a language, even in the English part of the site."""
    g.offered, g.language = (language,), language
    refresh()


def other_languages() -> tuple[tuple[str, str], ...]:
    """Return the other languages of this page, each as code and name in that language."""
    current = language()
    return tuple([(code, LANGUAGE_NAMES[code]) for code in g.offered if code != current])


def is_switch() -> bool:
    """Switch the language if this form asks for it, and return whether it does. The view must then do nothing else."""
    chosen = request.args.get("language")
    if chosen not in site().languages:
        return False
    session["language"] = chosen
    return True


def name_of(code: str) -> str:
    """Return the name of a language in the language of this page."""
    return str(Locale(code).get_display_name(language()))


def _chosen(offered: tuple[str, ...]) -> str:
    if not has_request_context() or has_prefix(request.path, site().english_part):
        return ENGLISH
    chosen = session.get("language")
    if chosen in offered:
        return str(chosen)
    header = request.headers.get("Accept-Language", "").lower()
    if not any(code in header for code in offered if code != ENGLISH):
        # Most browsers ask for English alone. Parsing the header would cost each of their pages 5 %.
        return ENGLISH
    # Werkzeug's best match would give the Spanish page to a browser that prefers British English, then Spanish.
    asked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((code for code in asked if code in offered), ENGLISH)


def _is_patient_page() -> bool:
    """Whether the request is for a patient page, or for an unknown page outside the English part."""
    if request.endpoint is None:
        return not has_prefix(request.path, site().english_part)
    return request.blueprint in site().patient_blueprints


def _redirect_to_language() -> Response | None:
    """Store the language chosen in the query string, and redirect to the same page without it."""
    if not request.query_string or request.method != "GET" or not _is_patient_page():
        return None
    chosen = request.args.get("language")
    if chosen not in site().languages:
        return None
    session["language"] = chosen
    if request.endpoint is None:
        # The 404 page is now rendered in the chosen language.
        return None
    # Built from the endpoint, because the path as sent may lead to another site (open redirect).
    arguments = {**(request.view_args or {}), **({"change": "1"} if "change" in request.args else {})}
    return redirect(url_for(request.endpoint, **arguments), 303)


def _catalog(path: Path) -> Translations:
    """Compile a catalog at start-up. A precompiled one could be out of date."""
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)
