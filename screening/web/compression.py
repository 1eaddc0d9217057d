"""Compression: which form a browser would rather have, and pages that are compressed.

Knows no page. Whoever lists one here answers for it that it never repeats anything that a request brought: its length
would else tell whether text that somebody else chose is the same as a secret that stands beside it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from struct import Struct

import brotli
from flask import Flask, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Accept

# Below this, what is saved is a few hundred bytes of one packet.
LEAST = 1024
Packing = Mapping[str, Callable[[bytes], bytes]]
# How each format ends after a flush, which ends a byte: with an empty last block; gzip adds its checks.
_BR_END, _GZIP_END = b"\x03", b"\x03\x00"
_CHECKS, _LENGTHS = Struct("<II"), Struct("<HH")


def _quick_brotli(content: bytes) -> bytes:
    packer = brotli.Compressor(quality=4)
    return bytes(packer.process(content) + packer.flush() + _BR_END)


def _quick_gzip(content: bytes) -> bytes:
    packer = zlib.compressobj(6, wbits=31)
    checks = _CHECKS.pack(zlib.crc32(content), len(content))
    return packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH) + _GZIP_END + checks


# While somebody waits: half a millisecond for a long summary. Beyond these levels time grows, and size hardly falls.
QUICK: Packing = {"br": _quick_brotli, "gzip": _quick_gzip}
# Once, at start.
SMALLEST: Packing = {
    "br": partial(brotli.compress, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


def add_unpacked(encoding: str, packed: bytes, more: bytes) -> bytes:
    """Add to what `QUICK` packed, or to plain content, bytes that are sent as they are: 65,535 at most."""
    if encoding == "br":
        # RFC 7932, section 9.2: a block that is not the last and not compressed, its length less one in 16 bits.
        head = (len(more) - 1 << 3 | 1 << 19).to_bytes(3, "little")
        return packed.removesuffix(_BR_END) + head + more + _BR_END
    if encoding == "gzip":
        # RFC 1951, section 3.2.4: the same, its length and the complement of that.
        end = len(packed) - _CHECKS.size
        check, length = _CHECKS.unpack(packed[end:])
        block = b"\0" + _LENGTHS.pack(len(more), len(more) ^ 0xFFFF) + more
        checks = _CHECKS.pack(zlib.crc32(more, check), length + len(more))
        return packed[: end - len(_GZIP_END)] + block + _GZIP_END + checks
    return packed + more


# By how much more than that it grows.
ENCODING_HEADERS = {"br": 3, "gzip": 5, "": 0}


def preferred_encoding(accepted: Accept) -> str:
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
    encoding, content = preferred_encoding(request.accept_encodings), response.get_data()
    if encoding and request.method == "GET" and len(content) >= LEAST:
        response.set_data(QUICK[encoding](content))
        response.headers["Content-Encoding"] = encoding
