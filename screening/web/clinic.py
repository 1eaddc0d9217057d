"""What a clinic shows of itself: its name, its color, its logo, and how to reach it. Refuses what would not serve."""

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

# Two lines of a phone; more would push help out of the first screen.
LONGEST_CLINIC_NAME = 60
SECURITY_LASTS = timedelta(days=180)


@dataclass(frozen=True)
class Clinic:
    """What is empty is not shown. Name and phone are the clinic's own words, in every language as they are."""

    name: str
    accent: str
    logo: Logo | None
    phone: str
    security_contact: str

    @property
    def dialed(self) -> str:
        """The phone number as a phone takes it."""
        return re.sub(r"[^+0-9]", "", self.phone)


def read_clinic(config: Config, wording: WordingList) -> Clinic:
    """Read what a clinic set of its own look.

    Raises:
        ConfigError: with everything that cannot be shown, each with what to set instead.
    """
    wrong = [*_wrong_name(config.clinic_name, wording), *_wrong_accent(config.accent)]
    logo = None
    if config.logo:
        try:
            logo = read_logo(config.logo)
        except BadLogo as reason:
            wrong.append(f'LOGO is "{config.logo}". {reason}')
        if not config.clinic_name:
            wrong.append("LOGO is set, but CLINIC_NAME is not. Set it too: who cannot see the logo is told the name.")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Clinic(config.clinic_name, config.accent, logo, config.clinic_phone, config.security_contact)


def dressed(files: dict[str, bytes], clinic: Clinic) -> dict[str, bytes]:
    """The static files as this clinic shows them: the stylesheet in its color, and its logo."""
    own = {clinic.logo.name: clinic.logo.content} if clinic.logo else {}
    if clinic.accent:
        name = color.STYLESHEET.name
        own[name] = color.painted(files[name].decode(), clinic.accent).encode()
    return files | own


def init_clinic(app: Flask, clinic: Clinic) -> None:
    """Give templates the clinic, and tell whoever found a weakness whom to write to."""
    app.jinja_env.globals["clinic"] = clinic

    @app.get("/.well-known/security.txt")
    def security() -> Response:
        """Say it as RFC 9116 does."""
        if not clinic.security_contact:
            abort(404)
        # Counted anew at each request: it is right for as long as the site serves it.
        expires = datetime.now(UTC) + SECURITY_LASTS
        lines = (
            f"Contact: {clinic.security_contact}",
            f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
            "Preferred-Languages: en",
        )
        return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _wrong_name(name: str, wording: WordingList) -> Iterator[str]:
    if len(name) > LONGEST_CLINIC_NAME:
        yield f'CLINIC_NAME is "{name}". Shorten it: at most {LONGEST_CLINIC_NAME} letters fit.'
    if not name.isprintable():
        yield f"CLINIC_NAME is {name!a}. Type it again: it holds signs that nobody sees."
    for hit in wording.find(name):
        if hit.is_refused:
            yield f'CLINIC_NAME is "{name}". Leave out "{hit.found}", which no patient may read: {hit.reason}'


def _wrong_accent(accent: str) -> Iterator[str]:
    if not accent:
        return
    light, _ = color.modes(color.STYLESHEET.read_text())
    found, nearest = color.least_contrast(accent, light), color.nearest_readable(accent, light)
    if nearest != accent:
        # Cut, not rounded: 6.96 is not enough, and must not be told as 7.
        has = f"{int(found * 10) / 10}:1, and needs {color.LEAST_CONTRAST:g}:1 for everyone to read it"
        yield f'ACCENT is "{accent}". It has a contrast of {has}. The nearest that has it: ACCENT={nearest}'
