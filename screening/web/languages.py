"""Which language a page is in. English is the only one so far."""

from __future__ import annotations

from babel import Locale
from flask import Flask
from flask_babel import Babel, get_locale

ENGLISH = Locale("en")


def init_languages(app: Flask) -> None:
    """Choose the language of each request."""
    Babel(app, locale_selector=lambda: ENGLISH)


def language() -> str:
    """The language of this request, as the `lang` attribute writes it."""
    locale = get_locale()
    assert locale is not None
    return str(locale.language)
