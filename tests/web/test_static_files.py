"""Static files: small, cached forever only under their hashed name, and no path to other files."""

from __future__ import annotations

import gzip
import re
from urllib.parse import unquote

import brotli
import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from screening.web.compression import LEAST
from screening.web.static_files import FOLDER, StaticFile, strip_comments

UNPACKED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
FILES = sorted(path.name for path in FOLDER.iterdir())
AN_OLD_HASH = "0123456789ab"


def address(name: str) -> str:
    return StaticFile(name, sent(name)).address


def sent(name: str) -> bytes:
    return strip_comments(name, (FOLDER / name).read_bytes())


def asked(app: Flask, path: str, accepted: str = "") -> tuple[bytes, Headers]:
    answer = app.test_client().get(path, headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    return answer.data, answer.headers


@pytest.mark.parametrize("encoding", ["br", "gzip"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_compressed_to_those_who_can_read_that(app: Flask, name: str, encoding: str) -> None:
    whole, headers = asked(app, address(name))
    packed, packed_headers = asked(app, address(name), encoding)
    assert whole == sent(name)
    assert packed_headers.get("Content-Encoding") == (encoding if len(whole) >= LEAST else None)
    assert UNPACKED[packed_headers.get("Content-Encoding")](packed) == whole
    assert headers["Content-Type"] == packed_headers["Content-Type"] != "application/octet-stream"
    assert headers["Vary"] == packed_headers["Vary"] == "Accept-Encoding"
    assert int(packed_headers["Content-Length"]) == len(packed) <= len(whole)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("identity, br;q=0.5", None),
        ("br;q=0, gzip;q=0", None),
        ("deflate", None),
    ],
)
def test_what_a_browser_would_rather_have_is_respected(app: Flask, accepted: str, encoding: str | None) -> None:
    assert asked(app, address("screening.css"), accepted)[1].get("Content-Encoding") == encoding


def test_pages_name_files_by_their_content(app: Flask) -> None:
    page = app.test_client().get("/").text
    assert re.findall(r'"(/static/[^"]+\.css)"', page) == [address("screening.css")]
    assert re.fullmatch(r"/static/screening\.[0-9a-f]{12}\.css", address("screening.css"))
    assert asked(app, address("screening.css"))[1]["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_stylesheet_is_sent_whole_but_for_its_comments() -> None:
    assert strip_comments("a.css", b"/* One\n   comment. */\n\na { b: c; }\n/* Two */ d { e: f; } /* Three */\n") == (
        b"a { b: c; }\nd { e: f; } "
    )
    assert strip_comments("a.js", b"a = 1; /* kept */") == b"a = 1; /* kept */"
    assert all(b"/*" not in sent(name) for name in FILES if name.endswith(".css"))


@pytest.mark.parametrize("path", ["/help", "/reflection/topics", "/reflection/topics/1", "/reflection/paper"])
def test_how_paper_looks_is_asked_for_where_somebody_may_print(app: Flask, path: str) -> None:
    page = app.test_client().get(path).text
    assert f'<link rel="stylesheet" href="{address("print.css")}" media="print">' in page


def test_a_page_from_before_an_upgrade_gets_todays_file_and_keeps_it_for_no_other(app: Flask) -> None:
    content, headers = asked(app, f"/static/screening.{AN_OLD_HASH}.css", "br")
    assert brotli.decompress(content) == sent("screening.css")
    assert headers["Cache-Control"] == "no-store"


def test_the_icon_stands_in_the_page_itself_and_where_browsers_look_for_it(app: Flask) -> None:
    icon = (FOLDER / "icon.svg").read_text().strip()
    href = re.findall(r'<link rel="icon" href="data:image/svg\+xml,([^"]+)"', app.test_client().get("/").text)
    assert [unquote(one) for one in href] == [icon]
    content, headers = asked(app, "/favicon.ico")
    assert content.decode().strip() == icon
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    [
        "none.css",
        f"none.{AN_OLD_HASH}.css",
        "screening.css",
        "screening.0123.css",
        f"screening.{AN_OLD_HASH}.py",
        "..%2Fapp.py",
        f"..%2Fapp.{AN_OLD_HASH}.py",
        "../app.py",
        "",
        ".",
    ],
)
def test_no_other_file_can_be_had(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{name}").status_code == 404
