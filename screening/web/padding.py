"""Padding: a patient's pages have few lengths, so that who sees only how long they are learns little of what they say.

Added after compression, as a comment that compression would hardly shorten. A proxy that compresses anew undoes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Mapping

from flask import Flask, Response, request

from screening.web.compression import ENCODING_HEADERS, add_unpacked

# Bytes. Redirects differ by a few letters of where they lead.
STEP, STEP_OF_REDIRECT = 4096, 1024
# A page that could be compressed, and is not, is about so many times as long.
UNPACKED = 6
HTML = "text/html; charset=utf-8"
_LEAST = len(b"<!---->")
# The same in all pages of a process: it must only be hard to compress.
_FILLING = secrets.token_hex(80 * 1024).encode()


def pad_pages(app: Flask, blueprints: Container[str], steps: Mapping[str, int]) -> None:
    """Pad every page and redirect of these blueprints, whatever it says, to a multiple of its endpoint's step or, where
    it has none, of `STEP`.
    """

    @app.after_request
    def padded(response: Response) -> Response:
        if request.blueprint in blueprints and response.headers.get("Content-Type") == HTML:
            _pad(response, steps.get(request.endpoint or "", STEP))
        return response


def _pad(response: Response, step: int) -> None:
    headers, content = response.headers, response.get_data()
    encoding = headers.get("Content-Encoding", "")
    # Where a redirect leads stands in a header too.
    led_to = headers.get("Location", "")
    if led_to:
        step = STEP_OF_REDIRECT
    elif not encoding and "Accept-Encoding" in headers.get("Vary", ""):
        step *= UNPACKED
    short_of = -(len(content) + ENCODING_HEADERS[encoding] + _LEAST + len(led_to)) % step
    response.set_data(add_unpacked(encoding, content, b"<!--%b-->" % _FILLING[:short_of]))
