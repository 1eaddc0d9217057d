"""Compressed pages are small, and contain nothing that an attacker could choose (BREACH)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import brotli
import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from screening.authoring.loader import Collection
from screening.web.compression import LEAST, compress_pages
from tests.support.sharing_patient import Sharer

MARK = "kilroy-was-here"
UNPACKED = {"br": brotli.decompress, "gzip": gzip.decompress}
COMPRESSED = {
    "information.accessibility",
    "information.help_lines",
    "information.home",
    "information.paper",
    "information.privacy",
    "information.topic",
    "information.topics",
    "journey.check",
    "journey.start",
    "journey.summary",
}
HEADERS = {
    **dict.fromkeys(("User-Agent", "Referer", "Origin", "From", "X-Anything", "Authorization"), MARK),
    **dict.fromkeys(("X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-For", "Forwarded"), MARK),
    "Accept": f"text/html, {MARK}/{MARK}",
    "Accept-Language": f"en, {MARK}",
    "Accept-Encoding": f"br, {MARK}",
}


@pytest.fixture
def finished(clinic: Flask, collection: Collection) -> FlaskClient:
    """A browser that has answered everything."""
    patient = Sharer(clinic, collection)
    patient.start()
    while not patient.page.path.endswith("/check"):
        patient.step()
    return patient.client


def asked(client: FlaskClient, path: str, accepted: str = "br") -> TestResponse:
    return client.get(path, headers={"Accept-Encoding": accepted})


def unpadded(page: bytes) -> bytes:
    """Return a page without its padding comment, and without the seconds until its draft lapses, which vary."""
    content, _, padding = page.rpartition(b"<!--")
    assert re.fullmatch(rb"[0-9a-f]*-->", padding)
    return re.sub(rb'(?<=name="lapses-in" content=")\d+', b"", content)


@pytest.mark.parametrize("accepted", ["br", "gzip"])
@pytest.mark.parametrize("path", ["/", "/privacy", "/reflection/topics", "/reflection/check", "/reflection/summary"])
def test_a_page_is_the_same_for_those_who_read_it_compressed(finished: FlaskClient, path: str, accepted: str) -> None:
    plain, packed = finished.get(path), asked(finished, path, accepted)
    assert packed.headers["Content-Encoding"] == accepted
    assert unpadded(UNPACKED[accepted](packed.data)) == unpadded(plain.data)
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) * 0.6
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers


def test_nothing_is_compressed_that_is_short_leads_on_or_is_headers_only() -> None:
    app = Flask("small")
    app.add_url_rule("/<int:length>", "page", lambda length: "a" * length if length else redirect("/a" * LEAST))
    compress_pages(app, ["page"])
    client = app.test_client()
    assert asked(client, f"/{LEAST}").headers["Content-Encoding"] == "br"
    headers_only = client.head(f"/{LEAST}", headers={"Accept-Encoding": "br"})
    assert headers_only.headers["Vary"] == "Accept-Encoding"
    for answer in (asked(client, f"/{LEAST - 1}"), asked(client, "/0"), headers_only):
        assert "Content-Encoding" not in answer.headers
        assert int(answer.headers["Content-Length"]) >= LEAST - 1


def test_the_compressed_pages_are_these_and_none_holds_what_a_request_brought(
    clinic: Flask, finished: FlaskClient
) -> None:
    seen = set()
    for client in (clinic.test_client(), finished):
        for name in ("other", "language", "csrf_token", "staff", "__Host-draft"):
            client.set_cookie(name, MARK)
        draft = client.get_cookie("draft")
        for endpoint, method, path in addresses(clinic):
            if draft:
                # The way out deleted it.
                client.set_cookie("draft", draft.value)
            for answer in answers(client, method, path):
                encoding = answer.headers.get("Content-Encoding")
                if encoding:
                    seen.add(endpoint)
                    assert answer.status_code == 200
                    assert MARK not in UNPACKED[encoding](answer.data).decode(), path
    assert seen == COMPRESSED


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Return every page: endpoint, method and address."""
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<questionnaire:questionnaire>", "reflection").replace("<int:number>", "1")
        for method in {"GET", "POST"} & (rule.methods or set()):
            if not rule.build_only and rule.endpoint != "static":
                yield rule.endpoint, method, path


def answers(client: FlaskClient, method: str, path: str) -> Iterator[TestResponse]:
    """Return a response when the mark was typed before, and is in the query, the path, a form and headers."""
    for typed_at in ("/code", "/return"):
        client.post(typed_at, data={"csrf_token": token(client), "code": MARK})
    query = f"?change={MARK}&language={MARK}&{MARK}={MARK}"
    form = {"code": MARK, MARK: MARK} if method == "POST" else None
    for address in (path, f"{path.rstrip('/')}/{MARK}"):
        yield client.open(address + query, method=method, headers=HEADERS, data=form)


def token(client: FlaskClient) -> str:
    page = client.get("/return").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_the_mark_is_shown_where_a_page_repeats_what_was_typed(finished: FlaskClient) -> None:
    for path in ("/code", "/return"):
        finished.post(path, data={"csrf_token": token(finished), "code": MARK})
        assert MARK in finished.get(path).text
