"""A clinic's logo: a small PNG or SVG that can do nothing but be looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

MOST_BYTES = 32 * 1024
MOST_PIXELS = 2000
# How many times as long one side may be as the other.
MOST_STRETCHED = 10
# In CSS pixels; the stylesheet's class `logo` says the same in rem, so that it grows with the text.
SHOWN_HEIGHT = 40
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
SVG = "http://www.w3.org/2000/svg"
# What can be drawn with. Named, since what is left out cannot be forgotten: links, scripts, pictures, other markup, and
# <use>, of which few can be drawn a billion times.
DRAWN = frozenset(
    f"{SVG} {name}"
    for name in "svg g defs title desc style path rect circle ellipse line polyline polygon text tspan linearGradient "
    "radialGradient stop clipPath mask".split()
)
# What is drawn anew for each thing that it is applied to: a few, each applied twice within the next, draw a billion.
_APPLIED = frozenset(("clipPath", "mask"))
_APPLIES = r"(?:clip-path|mask(?!-type)[\w-]*)"
_APPLIES_AS_ATTRIBUTE = re.compile(_APPLIES, re.IGNORECASE)
_APPLIES_IN_STYLE = re.compile(_APPLIES + r"\s*:(?!\s*none\s*(?:[;}!]|$))", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
# A style may name parts of the picture itself, as url(#shade). A backslash could hide anything.
_LEADS_OUT = re.compile(r"\\|(?:url|src|image|image-set)\(\s*+(?!['\"]?#)", re.IGNORECASE)
_NUMBER = r"\d{1,6}(?:\.\d+)?"
_VIEW_BOX = re.compile(rf"-?{_NUMBER}[\s,]+-?{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})")


class BadLogo(Exception):
    """The file cannot be shown; the message says why, and what to do."""


@dataclass(frozen=True)
class Logo:
    """The file as it is served, and the size in which it is shown, in CSS pixels."""

    name: str
    content: bytes
    width: int
    height: int = SHOWN_HEIGHT


def read_logo(path: Path) -> Logo:
    """Read a logo.

    Raises:
        BadLogo: it is not there, too large, neither PNG nor SVG, or an SVG that could do something.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadLogo(
            f"It cannot be read ({error.strerror}). Name a PNG or SVG file that the server may read."
        ) from None
    if len(content) > MOST_BYTES:
        raise BadLogo(
            f"It has more than {MOST_BYTES // 1024} KB. Save it smaller: it is shown {SHOWN_HEIGHT} pixels high."
        )
    kind, (width, height) = ("png", _png(content)) if content.startswith(PNG) else ("svg", _Drawing(content).size)
    if not 1 / MOST_STRETCHED <= width / height <= MOST_STRETCHED:
        remedy = f"Cut it: one side may be at most {MOST_STRETCHED} times the other."
        raise BadLogo(f"It is {width:g} wide and {height:g} high. {remedy}")
    return Logo(f"logo.{kind}", content, round(SHOWN_HEIGHT * width / height))


def _png(content: bytes) -> tuple[float, float]:
    width, height = (int.from_bytes(content[start : start + 4]) for start in (len(PNG), len(PNG) + 4))
    if 1 <= width <= MOST_PIXELS and 1 <= height <= MOST_PIXELS:
        return width, height
    raise BadLogo(f"It is {width} pixels wide and {height} high. Save it with at most {MOST_PIXELS} each way.")


class _Drawing:
    """An SVG file, read by its parts; the first part that could do something ends the reading."""

    def __init__(self, content: bytes) -> None:
        self.size = (0.0, 0.0)
        self.is_styling = False
        self.styles = ""
        # How many masks and clip paths this place lies in, and how many there are.
        self.depth = self.number = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._element
        parser.CharacterDataHandler = self._text
        parser.EndElementHandler = self._end
        try:
            # UTF-8, as it is served, whatever it says of itself: else two readers could read two files.
            parser.Parse(content.decode(), True)
        except (expat.ExpatError, UnicodeDecodeError) as error:
            raise BadLogo(f"It is neither PNG nor SVG ({error}). Save it as one of them.") from None
        if "@" in self.styles or _LEADS_OUT.search(self.styles):
            raise _not_plain("a style that loads something or moves")
        if self.number > 1 and _applies("style", self.styles):
            # The rule may be of what lies within another one.
            raise _not_plain("a style that applies one of several masks or clip paths")

    def _doctype(self, *_: object) -> None:
        raise _not_plain("a DOCTYPE")

    def _instruction(self, target: str, _data: str) -> None:
        raise _not_plain(f"<?{target}?>")

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        if not any(self.size):
            self.size = self._size(name, attributes)
        local = name.rpartition(" ")[2]
        if name not in DRAWN:
            raise _not_plain(f"<{local}>")
        self.is_styling = local == "style"
        self.depth += local in _APPLIED
        self.number += local in _APPLIED
        for attribute, value in attributes.items():
            attribute = attribute.rpartition(" ")[2]
            leads_out = attribute in ("href", "src", "base") and not value.startswith("#")
            if self.depth and _applies(attribute, value):
                raise _not_plain(f'{attribute}="{value[:40]}" within a mask or clip path')
            if leads_out or attribute.lower().startswith("on") or _LEADS_OUT.search(value):
                raise _not_plain(f'{attribute}="{value[:40]}"')

    def _size(self, name: str, attributes: Mapping[str, str]) -> tuple[float, float]:
        if name != f"{SVG} svg":
            raise BadLogo("It is neither PNG nor SVG. Save it as one of them.")
        box = _VIEW_BOX.fullmatch(attributes.get("viewBox", "").strip())
        if box is None or not all(map(float, box.groups())):
            raise BadLogo('Its viewBox does not tell its size. Write one, such as viewBox="0 0 200 50".')
        return float(box[1]), float(box[2])

    def _text(self, text: str) -> None:
        if self.is_styling:
            self.styles += text

    def _end(self, name: str) -> None:
        self.is_styling = False
        self.depth -= name.rpartition(" ")[2] in _APPLIED


def _applies(attribute: str, value: str) -> bool:
    """Whether an attribute, which may be a style, applies a mask or clip path."""
    if attribute.lower() == "style":
        return bool(_APPLIES_IN_STYLE.search(_COMMENT.sub("", value)))
    return bool(_APPLIES_AS_ATTRIBUTE.fullmatch(attribute)) and value.strip() != "none"


def _not_plain(part: str) -> BadLogo:
    return BadLogo(f"It holds {part}. Save it as plain SVG, of shapes and text alone, or as PNG.")
