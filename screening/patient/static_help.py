"""/help as one document, which a proxy serves while the site does not answer."""

from __future__ import annotations

from flask import Flask, render_template
from flask_babel import gettext as _
from markupsafe import Markup

from screening.patient.localized import support
from screening.site import site_of


def static_help(app: Flask) -> str:
    """Render whom to call, text or write to, in every language of the site, with this site's support lines."""
    titles, parts = [], {}
    for language in site_of(app).languages:
        # A new application context: that of a command would keep the first language.
        with app.app_context(), app.test_request_context("/help", headers={"Accept-Language": language}):
            component = app.jinja_env.get_template("components/static_help.html").module
            titles.append(_("Help"))
            parts[language] = Markup(component.without_site(support(), site_of(app).exit_page))  # type: ignore[attr-defined]  # noqa: S704  # a macro returns escaped text
    with app.app_context(), app.test_request_context("/help"):
        return render_template("static_help.html", titles=titles, parts=parts)
