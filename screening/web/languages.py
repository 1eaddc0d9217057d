"""Which language a page is in: what was chosen, else what the browser asks for, as far as it is there; else English."""

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
"""Each language's name in itself."""


def init_languages(app: Flask, time_zone: str) -> None:
    """Choose the language of each request among those of the site; one part of it stays in English.

    Hours, where a page tells any, are those of the time zone.
    """
    app.config["BABEL_DEFAULT_TIMEZONE"] = time_zone
    babel = Babel(app, locale_selector=lambda: LOCALES[language()])
    babel.domain_instance = Domain(domain=DOMAIN)
    for spoken in TRANSLATIONS:
        babel.domain_instance.cache[spoken, DOMAIN] = _catalog(CATALOGS / f"{spoken}.po")
    app.before_request(_switch)


def language() -> str:
    """The language of this request, as the `lang` attribute writes it."""
    known: str | None = g.get("language")
    return known or offer(site().languages)


def offer(languages: tuple[str, ...]) -> str:
    """Say which languages this page is there in, before any of it is made, and return the one that it is in."""
    g.offered, g.language = languages, _chosen(languages)
    return str(g.language)


def speak(language: str) -> None:
    """Make the rest of this page in a language, whatever its part of the site is in."""
    g.offered, g.language = (language,), language
    refresh()


def others() -> tuple[tuple[str, str], ...]:
    """The other languages that this page is there in: code, and name in itself."""
    spoken = language()
    return tuple([(code, LANGUAGE_NAMES[code]) for code in g.offered if code != spoken])


def is_switch() -> bool:
    """Whether this form was sent for its page in another language, which is taken. Then it must do nothing else."""
    chosen = request.args.get("language")
    if chosen not in site().languages:
        return False
    session["language"] = chosen
    return True


def name_of(code: str) -> str:
    """The name of a language in that of this page."""
    return str(Locale(code).get_display_name(language()))


def _chosen(offered: tuple[str, ...]) -> str:
    if not has_request_context() or has_prefix(request.path, site().english_part):
        return ENGLISH
    chosen = session.get("language")
    if chosen in offered:
        return str(chosen)
    header = request.headers.get("Accept-Language", "").lower()
    if not any(code in header for code in offered if code != ENGLISH):
        # Most ask for English alone; taking the header apart would cost each of their pages a twentieth.
        return ENGLISH
    # Not Werkzeug's own best match: it would give whoever asks for British English, then Spanish, the Spanish page.
    asked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((code for code in asked if code in offered), ENGLISH)


def _is_patients() -> bool:
    """Whether a page of the patients' was asked for, or one that is not here."""
    if request.endpoint is None:
        return not has_prefix(request.path, site().english_part)
    return request.blueprint in site().patient_blueprints


def _switch() -> Response | None:
    """Take the choice of a language, and show the same page again without it in its address."""
    if not request.query_string or request.method != "GET" or not _is_patients():
        return None
    chosen = request.args.get("language")
    if chosen not in site().languages:
        return None
    session["language"] = chosen
    if request.endpoint is None:
        # The page that is not here says so in the language now.
        return None
    # Built anew, never repeated: a path as it was sent may lead to another site.
    arguments = {**(request.view_args or {}), **({"change": "1"} if "change" in request.args else {})}
    return redirect(url_for(request.endpoint, **arguments), 303)


def _catalog(path: Path) -> Translations:
    """A catalog as it is written. Compiled ahead, an old one could be read beside the new."""
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)
