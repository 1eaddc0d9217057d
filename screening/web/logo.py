"""A clinic's logo: a small PNG or SVG."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

MAX_LOGO_BYTES = 32 * 1024
MAX_PIXELS = 2000
# The highest ratio of the longer side to the shorter one.
MAX_STRETCHED = 10
# In CSS pixels; the stylesheet's class `logo` says the same in rem, so that the logo grows with the text.
SHOWN_HEIGHT = 40
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
SVG = "http://www.w3.org/2000/svg"
_NUMBER = r"\d{1,6}(?:\.\d+)?"
_VIEW_BOX = re.compile(rf"-?{_NUMBER}[\s,]+-?{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})")


class BadLogo(Exception):
    """The logo cannot be shown. The message says why and what to do."""


@dataclass(frozen=True)
class Logo:
    """The file as served, and its displayed size in CSS pixels."""

    name: str
    content: bytes
    width: int
    height: int = SHOWN_HEIGHT


def read_logo(path: Path) -> Logo:
    """Read and check a logo.

    Raises:
        BadLogo: it is missing, too large, neither PNG nor SVG, or an SVG with a DOCTYPE or without a size.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_LOGO_BYTES + 1)
    except OSError as error:
        raise BadLogo(
            f"It cannot be read ({error.strerror}). Set the path of a PNG or SVG file that the server may read."
        ) from None
    if len(content) > MAX_LOGO_BYTES:
        raise BadLogo(
            f"It is larger than {MAX_LOGO_BYTES // 1024} KB. Reduce it: it is shown {SHOWN_HEIGHT} pixels high."
        )
    kind, (width, height) = ("png", _png_size(content)) if content.startswith(PNG) else ("svg", _svg_size(content))
    if not 1 / MAX_STRETCHED <= width / height <= MAX_STRETCHED:
        remedy = f"Crop it: the longer side may be at most {MAX_STRETCHED} times the shorter one."
        raise BadLogo(f"It is {width:g} wide and {height:g} high. {remedy}")
    return Logo(f"logo.{kind}", content, round(SHOWN_HEIGHT * width / height))


def _png_size(content: bytes) -> tuple[float, float]:
    width, height = (int.from_bytes(content[start : start + 4]) for start in (len(PNG), len(PNG) + 4))
    if 1 <= width <= MAX_PIXELS and 1 <= height <= MAX_PIXELS:
        return width, height
    raise BadLogo(f"It is {width} pixels wide and {height} high. Resize it to at most {MAX_PIXELS} x {MAX_PIXELS}.")


def _svg_size(content: bytes) -> tuple[float, float]:
    """Return the size in an SVG file's viewBox. The browser restricts what the file may do: D-PAGES-38."""
    size: list[tuple[float, float]] = []

    def read_root(name: str, attributes: Mapping[str, str]) -> None:
        if not size:
            size.append(_view_box_size(name, attributes))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = read_root
    try:
        # Always UTF-8, as it is served, whatever the file declares, so that browsers parse the same text as we do.
        parser.Parse(content.decode(), True)
    except (expat.ExpatError, UnicodeDecodeError) as error:
        raise BadLogo(f"It is neither PNG nor SVG ({error}). Save it in one of these formats.") from None
    return size[0]


def _view_box_size(name: str, attributes: Mapping[str, str]) -> tuple[float, float]:
    if name != f"{SVG} svg":
        raise BadLogo("It is neither PNG nor SVG. Save it in one of these formats.")
    box = _VIEW_BOX.fullmatch(attributes.get("viewBox", "").strip())
    if box is None or not all(map(float, box.groups())):
        raise BadLogo('Its viewBox gives no size. Add one, such as viewBox="0 0 200 50".')
    return float(box[1]), float(box[2])


def _refuse_doctype(*_: object) -> None:
    # Nested entities expand a small file enormously (billion laughs).
    raise BadLogo("It contains a DOCTYPE. Save it as plain SVG without one, or as PNG.")
