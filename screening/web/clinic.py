"""A clinic's branding: name, accent color, logo and contacts, validated at start-up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask, Response, abort

from config import Config, ConfigError
from screening.authoring.wording_list import WordingList
from screening.web import color
from screening.web.logo import BadLogo, Logo, read_logo

# In characters: two lines on a phone. More would push help off the first screen.
LONGEST_CLINIC_NAME = 60
SECURITY_LASTS = timedelta(days=180)


@dataclass(frozen=True)
class Clinic:
    """The clinic's settings; empty ones are not shown. Name and phone are the same in every language."""

    name: str
    accent: str
    logo: Logo | None
    phone: str
    security_contact: str

    @property
    def dialed(self) -> str:
        """The phone number for a `tel:` link: digits and +."""
        return re.sub(r"[^+0-9]", "", self.phone)


def read_clinic(config: Config, wording: WordingList) -> Clinic:
    """Validate the clinic's settings and read its logo.

    Raises:
        ConfigError: lists every invalid setting, each with what to set instead.
    """
    errors = [*_name_errors(config.clinic_name, wording), *_accent_errors(config.accent)]
    logo = None
    if config.logo:
        try:
            logo = read_logo(config.logo)
        except BadLogo as reason:
            errors.append(f'LOGO is "{config.logo}". {reason}')
        if not config.clinic_name:
            errors.append(
                "LOGO is set, but CLINIC_NAME is not. Set it too: screen readers read it in place of the logo."
            )
    if errors:
        raise ConfigError("\n".join(errors))
    return Clinic(config.clinic_name, config.accent, logo, config.clinic_phone, config.security_contact)


def with_clinic_style(files: dict[str, bytes], clinic: Clinic) -> dict[str, bytes]:
    """Return the static files with the clinic's logo, and its accent in the stylesheet."""
    own = {clinic.logo.name: clinic.logo.content} if clinic.logo else {}
    if clinic.accent:
        name = color.STYLESHEET.name
        own[name] = color.recolor(files[name].decode(), clinic.accent).encode()
    return files | own


def init_clinic(app: Flask, clinic: Clinic) -> None:
    """Give templates the clinic, and serve security.txt."""
    app.jinja_env.globals["clinic"] = clinic

    @app.get("/.well-known/security.txt")
    def security() -> Response:
        """Say whom to contact about a vulnerability (RFC 9116)."""
        if not clinic.security_contact:
            abort(404)
        # Computed per request, so that it never expires while the site runs.
        expires = datetime.now(UTC) + SECURITY_LASTS
        lines = (
            f"Contact: {clinic.security_contact}",
            f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
            "Preferred-Languages: en",
        )
        return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _name_errors(name: str, wording: WordingList) -> Iterator[str]:
    if len(name) > LONGEST_CLINIC_NAME:
        yield f'CLINIC_NAME is "{name}". Shorten it to at most {LONGEST_CLINIC_NAME} characters.'
    if not name.isprintable():
        yield f"CLINIC_NAME is {name!a}. Retype it: it contains invisible characters."
    for hit in wording.find(name):
        if hit.is_refused:
            yield f'CLINIC_NAME is "{name}". Remove "{hit.found}", which the wording list forbids: {hit.reason}'


def _accent_errors(accent: str) -> Iterator[str]:
    if not accent:
        return
    light, _ = color.modes(color.STYLESHEET.read_text())
    contrast, nearest = color.least_contrast(accent, light), color.nearest_readable(accent, light)
    if nearest != accent:
        # Truncated, not rounded: 6.96 is too little and must not be reported as 7.
        ratio = f"{int(contrast * 10) / 10}:1, but readable text needs {color.MIN_CONTRAST:g}:1"
        yield f'ACCENT is "{accent}". Its contrast is {ratio}. Use the nearest color that passes: ACCENT={nearest}'
