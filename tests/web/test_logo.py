"""A logo: PNG or SVG, small, with declared dimensions. tests/browser/test_logo.py tests what it may do."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from screening.web.logo import MAX_LOGO_BYTES, MAX_PIXELS, BadLogo, Logo, read_logo

SHAPES = '<g fill="url(#a)"><path d="M0 0h9v9z" style="fill: url( \'#a\' )"/></g><linearGradient id="a" href="#b"/>'


def svg(inside: str = SHAPES, root: str = 'viewBox="0 0 120 60"', before: str = "") -> bytes:
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {spaces} {root}>{inside}</svg>".encode()


def png(width: int = 1, height: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def read(tmp_path: Path, content: bytes) -> Logo:
    (tmp_path / "file").write_bytes(content)
    return read_logo(tmp_path / "file")


def test_a_png_and_an_svg_are_known_by_what_they_hold(tmp_path: Path) -> None:
    assert read(tmp_path, png(300, 100)) == Logo("logo.png", png(300, 100), 120)
    assert read(tmp_path, svg()) == Logo("logo.svg", svg(), 80)


@pytest.mark.parametrize(
    "fine",
    [
        svg(
            '<style>.a { fill: url(#a) }</style><mask id="a"/><image href="data:image/png;base64,AA"/><use href="#a"/>'
        ),
        svg(root='viewBox=" -10,-10, 120.5 60.25 "'),
        svg(before='<?xml version="1.0" encoding="UTF-8"?>\n'),
    ],
)
def test_an_ordinary_drawing_is_taken(tmp_path: Path, fine: bytes) -> None:
    assert read(tmp_path, fine).content == fine


ENTITY = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize("doctype", ['<!DOCTYPE svg SYSTEM "file:///etc/passwd">', ENTITY])
def test_a_doctype_is_refused(tmp_path: Path, doctype: str) -> None:
    with pytest.raises(BadLogo, match=r"It contains a DOCTYPE\. Save it as plain SVG without one, or as PNG\."):
        read(tmp_path, svg("<text>&b;</text>", before=doctype))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "It is neither PNG nor SVG"),
        (b"GIF89a", "It is neither PNG nor SVG"),
        (b"<html/>", "It is neither PNG nor SVG"),
        (svg()[:-1], "It is neither PNG nor SVG"),
        (svg().decode().encode("utf-16"), "It is neither PNG nor SVG"),
        (svg("<text>\xe9</text>").decode().encode("latin-1"), "It is neither PNG nor SVG"),
        (png()[:16], "It is 0 pixels wide and 0 high. Resize it to at most 2000 x 2000."),
        (png(0, 9), "It is 0 pixels wide and 9 high."),
        (png(MAX_PIXELS + 1, 1000), "It is 2001 pixels wide and 1000 high."),
        (
            png(MAX_PIXELS, 10),
            "It is 2000 wide and 10 high. Crop it: the longer side may be at most 10 times the shorter one.",
        ),
        (svg(root='viewBox="0 0 1 11"'), "It is 1 wide and 11 high. Crop it"),
        (png() + bytes(MAX_LOGO_BYTES), "It is larger than 32 KB. Reduce it: it is shown 40 pixels high."),
        *(
            (svg(root=root), "Its viewBox gives no size. Add one, such as viewBox=")
            for root in ("", 'width="9" height="9"', 'viewBox="0 0 0 9"', 'viewBox="0 0 9"', 'viewBox="0 0 1e9 inf"')
        ),
    ],
)
def test_a_file_of_another_kind_or_size_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BadLogo) as refused:
        read(tmp_path, content)
    assert str(refused.value).startswith(message)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(
            BadLogo, match=r"It cannot be read .* Set the path of a PNG or SVG file that the server may read"
        ):
            read_logo(path)
