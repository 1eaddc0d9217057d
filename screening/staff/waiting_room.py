"""Waiting-room page: a poster with a QR code of the site's address, slips for patients' codes, and blank copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup

from screening.authoring.translation import ENGLISH
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.support import Support
from screening.site import site
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.storage.accounts import DESK, MANAGER, REVIEWER

# Rows of slips that fit on one sheet, A4 or Letter.
SLIP_ROWS = 3


class PosterLanguage(NamedTuple):
    """What the poster says in one language: the questionnaires that exist in it, and the support lines."""

    code: str
    questionnaires: tuple[Questionnaire, ...]
    support: Support


class QrCode(NamedTuple):
    """A QR code as an SVG path of squares one unit wide. `size`: how many units it is wide, without its margin."""

    size: int
    path: str


@staff.get("/waiting-room")
@allowed(DESK, REVIEWER, MANAGER)
def waiting_room() -> str:
    """Show what to print for the waiting room. It shows no patient data, so nothing is recorded."""
    address = site().site_address
    return render_template(
        "staff/waiting-room.html",
        address=address,
        host=address.removeprefix("https://").rstrip("/"),
        qr_code=draw_qr_code(address) if address else None,
        languages=_languages(),
        said_in=_said_in,
        rows=SLIP_ROWS,
    )


def draw_qr_code(text: str) -> QrCode:
    """Draw a QR code that can be read with 15 % of it damaged."""
    # Imported late to save memory: few processes ever draw one.
    import qrcode

    code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return QrCode(len(rows), path)


def _languages() -> list[PosterLanguage]:
    """Return the languages in which this site can be read."""
    current = site()
    return [
        PosterLanguage(
            code,
            tuple(one.in_language(code) for one in current.questionnaires if code in (ENGLISH, *one.translations)),
            current.support.in_language(code),
        )
        for code in current.languages
    ]


def _said_in(language: str, caller: Callable[[], Markup]) -> Markup:
    """Render a template's block in another language than the page's."""
    with force_locale(language):
        return caller()
