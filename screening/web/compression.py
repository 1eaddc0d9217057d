"""Compression of listed pages, and the choice of encoding.

A listed page must never repeat anything that the request brought. Otherwise its compressed length would tell whether
text that an attacker chose matches a secret on the page (BREACH).
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

# In bytes. Smaller answers would save only a few hundred bytes of one packet.
LEAST = 1024
Packing = Mapping[str, Callable[[bytes], bytes]]
# The empty last block that ends each format after a flush to a byte boundary. gzip adds a checksum and a length.
_BR_END, _GZIP_END = b"\x03", b"\x03\x00"
_CHECKS, _LENGTHS = Struct("<II"), Struct("<HH")


def _quick_brotli(content: bytes) -> bytes:
    packer = brotli.Compressor(quality=4)
    return bytes(packer.process(content) + packer.flush() + _BR_END)


def _quick_gzip(content: bytes) -> bytes:
    packer = zlib.compressobj(6, wbits=31)
    checks = _CHECKS.pack(zlib.crc32(content), len(content))
    return packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH) + _GZIP_END + checks


# Per request: half a millisecond for a long summary. Higher levels take longer and save little.
QUICK: Packing = {"br": _quick_brotli, "gzip": _quick_gzip}
# Once, at start-up.
SMALLEST: Packing = {
    "br": partial(brotli.compress, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


def add_unpacked(encoding: str, packed: bytes, more: bytes) -> bytes:
    """Append uncompressed bytes, 65,535 at most, to content that `QUICK` compressed or to plain content."""
    if encoding == "br":
        # RFC 7932, section 9.2: an uncompressed block that is not the last, with its length minus one in 16 bits.
        head = (len(more) - 1 << 3 | 1 << 19).to_bytes(3, "little")
        return packed.removesuffix(_BR_END) + head + more + _BR_END
    if encoding == "gzip":
        # RFC 1951, section 3.2.4: the same, with its length and the complement of its length.
        end = len(packed) - _CHECKS.size
        check, length = _CHECKS.unpack(packed[end:])
        block = b"\0" + _LENGTHS.pack(len(more), len(more) ^ 0xFFFF) + more
        checks = _CHECKS.pack(zlib.crc32(more, check), length + len(more))
        return packed[: end - len(_GZIP_END)] + block + _GZIP_END + checks
    return packed + more


# How many bytes `add_unpacked` adds on top of `more`.
ENCODING_HEADERS = {"br": 3, "gzip": 5, "": 0}


def preferred_encoding(accepted: Accept) -> str:
    """Return the client's preferred encoding, or "" for none. Ties go to the smaller one."""
    encoding = max(QUICK, key=accepted.quality)
    quality = accepted.quality(encoding)
    return encoding if quality > 0 and quality >= accepted.quality("identity") else ""


def compress_pages(app: Flask, endpoints: Iterable[str]) -> None:
    """Compress the pages of these endpoints, and nothing else: neither errors nor redirects."""
    for endpoint in endpoints:
        app.view_functions[endpoint] = _compressing(app.ensure_sync(app.view_functions[endpoint]))


def _compressing(page: Callable[..., ResponseReturnValue]) -> Callable[..., Response]:
    @wraps(page)
    def answer(**values: object) -> Response:
        response = make_response(page(**values))
        if response.status_code == 200:
            _compress(response)
        return response

    return answer


def _compress(response: Response) -> None:
    response.vary.add("Accept-Encoding")
    encoding, content = preferred_encoding(request.accept_encodings), response.get_data()
    if encoding and request.method == "GET" and len(content) >= LEAST:
        response.set_data(QUICK[encoding](content))
        response.headers["Content-Encoding"] = encoding
