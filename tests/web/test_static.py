"""Static files: small on the wire, kept for good, and never a way to another file."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask

from screening.web.static import FOLDER


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_a_file_comes_compressed_to_those_who_can_read_that(app: Flask, name: str) -> None:
    client = app.test_client()
    plain = client.get(f"/static/{name}")
    packed = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip, br"})
    assert plain.data == (FOLDER / name).read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.mimetype == packed.mimetype != "application/octet-stream"
    assert packed.headers["Vary"] == "Accept-Encoding"


def test_pages_name_files_by_their_content(app: Flask) -> None:
    client = app.test_client()
    named = re.findall(r'href="(/static/screening\.css\?v=[0-9a-f]{12})"', client.get("/").text)
    assert len(named) == 1
    assert client.get(named[0]).data == (FOLDER / "screening.css").read_bytes()


@pytest.mark.parametrize("name", ["none.css", "..%2Fapp.py", "../app.py", "", "."])
def test_no_other_file_can_be_had(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{name}").status_code == 404
