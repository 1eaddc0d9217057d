"""Padding of patient pages to few distinct lengths, so that an observer of lengths learns little about their content.

It is added after compression, as an incompressible comment. A proxy that recompresses pages removes its effect.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Mapping

from flask import Flask, Response, request

from screening.web.compression import ENCODING_HEADERS, add_unpacked

# Bytes. Redirects differ only by a few letters of their target.
STEP, STEP_OF_REDIRECT = 4096, 1024
# An uncompressed page is about this many times as long as a compressed one.
UNPACKED = 6
HTML = "text/html; charset=utf-8"
_LEAST = len(b"<!---->")
# The same in all pages of a process; it must only be incompressible.
_FILLING = secrets.token_hex(80 * 1024).encode()


def pad_pages(app: Flask, blueprints: Container[str], steps: Mapping[str, int]) -> None:
    """Pad every page and redirect of these blueprints to a multiple of its endpoint's step, in bytes.

    Endpoints without a step use `STEP`.
    """

    @app.after_request
    def padded(response: Response) -> Response:
        if request.blueprint in blueprints and response.headers.get("Content-Type") == HTML:
            _pad(response, steps.get(request.endpoint or "", STEP))
        return response


def _pad(response: Response, step: int) -> None:
    headers, content = response.headers, response.get_data()
    encoding = headers.get("Content-Encoding", "")
    # A redirect repeats its target in a header.
    target = headers.get("Location", "")
    if target:
        step = STEP_OF_REDIRECT
    elif not encoding and "Accept-Encoding" in headers.get("Vary", ""):
        step *= UNPACKED
    missing = -(len(content) + ENCODING_HEADERS[encoding] + _LEAST + len(target)) % step
    response.set_data(add_unpacked(encoding, content, b"<!--%b-->" % _FILLING[:missing]))
