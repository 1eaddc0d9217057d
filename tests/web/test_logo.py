"""A logo: PNG or SVG, small, and nothing that could do anything but be looked at."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from screening.web.logo import MOST_BYTES, MOST_PIXELS, BadLogo, Logo, read_logo

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
        svg("<style>.a { fill: url(#a); stroke: #fff }</style><title>a@b</title><text>url(x)</text>"),
        svg('<clipPath id="a"><rect width="1" height="1"/></clipPath><!-- made by hand --><g clip-path="url(#a)"/>'),
        svg('<mask id="a" style="mask-type:luminance"><rect clip-path="none"/></mask><g mask="url(#a)" class="b"/>'),
        svg('<style>.b { clip-path: url(#a); }</style><clipPath id="a"><path d="M0 0"/></clipPath><g class="b"/>'),
        svg('<style>.b { mask: none }</style><mask id="a"/><mask id="b"/><g mask="url(#a)"><g mask="url(#b)"/></g>'),
        svg(root='viewBox=" -10,-10, 120.5 60.25 "'),
        svg(before='<?xml version="1.0" encoding="UTF-8"?>\n'),
    ],
)
def test_an_ordinary_drawing_is_taken(tmp_path: Path, fine: bytes) -> None:
    assert read(tmp_path, fine).content == fine


NESTED = '<mask id="m0"><rect width="9" height="9"/></mask>' + "".join(
    f'<mask id="m{n}">{f"""<rect width="9" height="9" mask="url(#m{n - 1})"/>""" * 4}</mask>' for n in range(1, 12)
)
ENTITY = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (svg(before='<!DOCTYPE svg SYSTEM "file:///etc/passwd">'), "a DOCTYPE"),
        (svg("<text>&b;</text>", before=ENTITY), "a DOCTYPE"),
        (svg(before='<?xml-stylesheet href="https://elsewhere.test/a.css"?>'), "<?xml-stylesheet?>"),
        (svg("<script>alert(1)</script>"), "<script>"),
        (svg('<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>'), "<script>"),
        (svg('<g xmlns="http://www.w3.org/1999/xhtml"/>'), "<g>"),
        (svg("<foreignObject/>"), "<foreignObject>"),
        (svg('<image href="data:image/png;base64,AA"/>'), "<image>"),
        (svg('<use href="#a"/>'), "<use>"),
        (svg('<a href="#a"/>'), "<a>"),
        (svg('<animate attributeName="x" dur="1s" repeatCount="indefinite"/>'), "<animate>"),
        (svg('<set attributeName="href" to="javascript:alert(1)"/>'), "<set>"),
        (svg('<g onload="alert(1)"/>'), 'onload="alert(1)"'),
        (svg('<g ONCLICK="alert(1)"/>'), 'ONCLICK="alert(1)"'),
        (svg(root='viewBox="0 0 9 9" onload="alert(1)"'), 'onload="alert(1)"'),
        (svg('<linearGradient href="https://elsewhere.test/a.svg#a"/>'), "href="),
        (svg('<linearGradient xlink:href="other.svg#a"/>'), "href="),
        (svg('<g xml:base="https://elsewhere.test/"/>'), "base="),
        (svg('<g fill="url(https://elsewhere.test/a)"/>'), "fill="),
        (svg("<g fill=\"URL( '//elsewhere.test/#a')\"/>"), "fill="),
        (svg('<g style="fill:u\\72l(//elsewhere.test)"/>'), "style="),
        (svg('<g style="fill:&#117;rl(//elsewhere.test)"/>'), "style="),
        (svg('<g style="mask-image: image-set(&quot;//elsewhere.test/a&quot; 1x)"/>'), "style="),
        (svg('<style>@import "https://elsewhere.test/a.css";</style>'), "a style that loads something or moves"),
        (svg(NESTED), 'mask="url(#m0)" within a mask or clip path'),
        (svg('<clipPath id="a"/><clipPath id="b" clip-path="url(#a)"/>'), "clip-path="),
        (svg('<mask id="a"/><clipPath id="b"><g><rect MASK="url(#a)"/></g></clipPath>'), "MASK="),
        (
            svg('<mask id="a"/><mask id="b"><g style="fill:red; -webkit-mask/**/-image/**/ : var(--a)"/></mask>'),
            "style=",
        ),
        (svg('<g mask="url(#a)"><mask id="b" style="mask:inherit"/></g>'), "style="),
        (svg('<mask id="b"><g style="mask: none, url(#a)"/></mask>'), "style="),
        (
            svg('<style>rect { mask: url(#a) }</style><mask id="a"/><mask id="b"><rect/></mask>'),
            "a style that applies one",
        ),
        (svg("<style><![CDATA[@import 'a.css']]></style>"), "a style that loads something or moves"),
        (svg("<style>@keyframes a { to { rotate: 1turn } }</style>"), "a style that loads something or moves"),
        (svg("<style>a { fill: url(//elsewhere.test) }</style>"), "a style that loads something or moves"),
        (svg("<style>a { fill: u&#x5c;72l(//elsewhere.test) }</style>"), "a style that loads something or moves"),
    ],
)
def test_what_could_do_something_is_refused_and_named(tmp_path: Path, attack: bytes, told: str) -> None:
    with pytest.raises(BadLogo) as refused:
        read(tmp_path, attack)
    assert str(refused.value).startswith(f"It holds {told}")
    assert str(refused.value).endswith(". Save it as plain SVG, of shapes and text alone, or as PNG.")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "It is neither PNG nor SVG"),
        (b"GIF89a", "It is neither PNG nor SVG"),
        (b"<html/>", "It is neither PNG nor SVG"),
        (svg()[:-1], "It is neither PNG nor SVG"),
        (svg().decode().encode("utf-16"), "It is neither PNG nor SVG"),
        (svg("<text>\xe9</text>").decode().encode("latin-1"), "It is neither PNG nor SVG"),
        (png()[:16], "It is 0 pixels wide and 0 high. Save it with at most 2000 each way."),
        (png(0, 9), "It is 0 pixels wide and 9 high."),
        (png(MOST_PIXELS + 1, 1000), "It is 2001 pixels wide and 1000 high."),
        (png(MOST_PIXELS, 10), "It is 2000 wide and 10 high. Cut it: one side may be at most 10 times the other."),
        (svg(root='viewBox="0 0 1 11"'), "It is 1 wide and 11 high. Cut it"),
        (png() + bytes(MOST_BYTES), "It has more than 32 KB. Save it smaller: it is shown 40 pixels high."),
        *(
            (svg(root=root), "Its viewBox does not tell its size. Write one, such as viewBox=")
            for root in ("", 'width="9" height="9"', 'viewBox="0 0 0 9"', 'viewBox="0 0 9"', 'viewBox="0 0 1e9 inf"')
        ),
    ],
)
def test_a_file_of_another_kind_or_size_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(BadLogo) as refused:
        read(tmp_path, content)
    assert str(refused.value).startswith(told)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(BadLogo, match=r"It cannot be read .* Name a PNG or SVG file that the server may read"):
            read_logo(path)
