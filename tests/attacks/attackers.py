"""Hostile requests, on raw sockets."""

from __future__ import annotations

import resource
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.soak.crowd import POST, connect

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS, _HEADERS, _END_HEADERS = 4, 1, 4
# From HPACK's static table: method POST, scheme http; then the names of path and authority.
_POST, _HTTP, _PATH, _AUTHORITY = b"\x83", b"\x86", b"\x04", b"\x01"


def http2_post(path: str) -> bytes:
    """Send an HTTP/2 POST without its body, with prior knowledge, on a connection that never used HTTP/1."""
    fields = _POST + _HTTP + _PATH + _literal(path) + _AUTHORITY + _literal("127.0.0.1")
    return PREFACE + _frame(_SETTINGS, 0, 0, b"") + _frame(_HEADERS, _END_HEADERS, 1, fields)


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _literal(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


@contextmanager
def senders(port: int, number: int, path: str, is_trickling: bool) -> Iterator[list[socket.socket]]:
    """Open this many connections, each with the head of a POST and at most a little of its body."""
    socks: list[socket.socket] = []
    try:
        for _ in range(number):
            sock = connect(port)
            socks.append(sock)
            sock.sendall(POST.format(path=path, port=port).encode())
            if is_trickling:
                sock.sendall(b"a")
        yield socks
    finally:
        for sock in socks:
            sock.close()


def trickle(socks: list[socket.socket], seconds: float) -> int:
    """Send one more byte on each connection, spread over this time; return on how many that was possible."""
    sent = 0
    for sock in socks:
        time.sleep(seconds / len(socks))
        with suppress(OSError):
            sock.sendall(b"a")
            sent += 1
    return sent


def reset(sock: socket.socket) -> None:
    """Reset a connection as a crash would: the other side reads an error, not an end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def answer(sock: socket.socket) -> bytes:
    """Read until the other side closes."""
    parts = []
    with suppress(ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def allow_descriptors(number: int) -> None:
    """Raise the limit on open descriptors (RLIMIT_NOFILE) for this process and its children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))
