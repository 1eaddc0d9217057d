"""Padding: added after compression within the format, and the same for every patient page."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from screening.authoring.loader import Collection
from screening.patient import PADDING_STEPS
from screening.web.compression import ENCODING_HEADERS, QUICK, add_unpacked, compress_pages
from screening.web.padding import STEP, STEP_OF_REDIRECT, UNPACKED, pad_pages
from tests.support.sharing_patient import Sharer
from tests.web.test_compression import UNPACKED as UNPACK

LONGEST = 65_535


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_what_is_added_is_sent_as_it_is_and_read_as_part_of_the_page(encoding: str) -> None:
    dice = random.Random(1)
    for length in (1, 2, 7, 255, 256, 4096, 50_000):
        content = bytes(dice.choices(b"<p>some words </p>", k=length))
        for more in (b"!", b"\0" * 4096, dice.randbytes(4095), dice.randbytes(LONGEST)):
            packed = QUICK[encoding](content)
            padded = add_unpacked(encoding, packed, more)
            assert len(padded) == len(packed) + len(more) + ENCODING_HEADERS[encoding]
            assert UNPACK[encoding](padded) == content + more
            assert more in padded


def test_another_reader_takes_it_piece_by_piece() -> None:
    content, more = b"<p>Some words</p>" * 300, random.Random(2).randbytes(3000)
    gzipped, brotlied = (add_unpacked(name, QUICK[name](content), more) for name in ("gzip", "br"))
    inflating, reading = zlib.decompressobj(wbits=31), brotli.Decompressor()
    assert b"".join(inflating.decompress(gzipped[at : at + 7]) for at in range(0, len(gzipped), 7)) == content + more
    assert inflating.eof, "the checks at the end are right"
    assert b"".join(reading.process(brotlied[at : at + 7]) for at in range(0, len(brotlied), 7)) == content + more
    assert reading.is_finished()


def page(length: int, accepted: str = "") -> tuple[Response, bytes]:
    """Return the response of a site with one page."""
    app = Flask("one")

    def one() -> str:
        return "".join(random.Random(length).choices("abcdef", k=length))

    app.add_url_rule("/", "one", one)
    compress_pages(app, ["one"] if accepted else [])
    pad_pages(app, {None}, {})  # type: ignore[arg-type]  # a page of no blueprint has None for its blueprint
    answer = app.test_client().get("/", headers={"Accept-Encoding": accepted})
    return answer, one().encode()


@pytest.mark.parametrize("length", [0, 1, STEP - 8, STEP - 7, STEP - 6, STEP, 5000])
def test_every_length_comes_to_the_next_step(length: int) -> None:
    answer, content = page(length)
    assert len(answer.data) == (STEP if length <= STEP - 7 else 2 * STEP)
    assert answer.data.startswith(content + b"<!--")
    assert answer.data.endswith(b"-->")
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize(("accepted", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_compressed_page_comes_to_a_step_and_a_plain_one_to_a_longer_one(
    accepted: str, unpack: Callable[[bytes], bytes]
) -> None:
    answer, content = page(20_000, accepted)
    assert answer.headers["Content-Encoding"] == accepted
    assert len(answer.data) % STEP == 0
    assert unpack(answer.data).startswith(content + b"<!--")
    assert len(page(20_000, "identity")[0].data) == UNPACKED * STEP
    assert len(page(UNPACKED * STEP, "identity")[0].data) == 2 * UNPACKED * STEP


def test_redirects_are_as_long_wherever_they_lead() -> None:
    app = Flask("leading")
    app.add_url_rule("/<int:length>", "leading", lambda length: redirect("/" + "a" * length))
    pad_pages(app, {None}, {})  # type: ignore[arg-type]
    answers = [app.test_client().get(f"/{length}") for length in range(1, 60)]
    assert {len(answer.data) + len(answer.headers["Location"]) for answer in answers} == {STEP_OF_REDIRECT}


def test_the_padding_would_hardly_be_shorter_if_a_proxy_compressed_it(app: Flask) -> None:
    padding = app.test_client().get("/code").data.partition(b"</html>")[2]
    assert len(brotli.compress(padding, quality=11)) > 0.45 * len(padding) > STEP / 4


def lengths(client: FlaskClient, path: str) -> list[int]:
    return [len(client.get(path, headers={"Accept-Encoding": encoding}).data) for encoding in ("br", "gzip", "")]


def test_the_steps_are_those_of_pages_that_there_are_and_others_have_the_usual_one(
    clinic: Flask, collection: Collection
) -> None:
    assert clinic.view_functions.keys() > PADDING_STEPS.keys()
    patient = Sharer(clinic, collection)
    patient.finish()
    assert lengths(patient.client, "/reflection/summary") == [24_576, 24_576, 147_456]
    assert lengths(patient.client, "/reflection/1") == [8192] * 3
    assert all(length % STEP == 0 for path in ("/", "/help", "/privacy") for length in lengths(patient.client, path))
    assert b"<!--" not in patient.client.get("/staff/sign-in").data, "staff's pages hold no answers of the reader's"
