"""Compression: which form a browser would rather have, and pages that are compressed.

Knows no page. Whoever lists one here answers for it that it never repeats anything that a request brought: its length
would else tell whether text that somebody else chose is the same as a secret that stands beside it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps

import brotli
from flask import Flask, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Accept

# Below this, what is saved is a few hundred bytes of one packet.
LEAST = 1024
Packing = Mapping[str, Callable[[bytes], bytes]]
# While somebody waits: half a millisecond for a long summary. Beyond these levels time grows, and size hardly falls.
QUICK: Packing = {
    "br": partial(brotli.compress, quality=5),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}
# Once, at start.
SMALL: Packing = {
    "br": partial(brotli.compress, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


def rather(accepted: Accept) -> str:
    """The encoding that a browser would rather have, the smaller one where it does not mind; empty for none."""
    encoding = max(QUICK, key=accepted.quality)
    quality = accepted.quality(encoding)
    return encoding if quality > 0 and quality >= accepted.quality("identity") else ""


def compress_pages(app: Flask, endpoints: Iterable[str]) -> None:
    """Compress what these pages answer, and nothing else: neither errors nor what leads on."""
    for endpoint in endpoints:
        app.view_functions[endpoint] = _compressed(app.ensure_sync(app.view_functions[endpoint]))


def _compressed(page: Callable[..., ResponseReturnValue]) -> Callable[..., Response]:
    @wraps(page)
    def answer(**values: object) -> Response:
        response = make_response(page(**values))
        if response.status_code == 200:
            _pack(response)
        return response

    return answer


def _pack(response: Response) -> None:
    response.vary.add("Accept-Encoding")
    encoding, content = rather(request.accept_encodings), response.get_data()
    if encoding and request.method == "GET" and len(content) >= LEAST:
        response.set_data(QUICK[encoding](content))
        response.headers["Content-Encoding"] = encoding
