"""Rude clients: slow senders that may never finish, and stalled readers that request much and read nothing."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

# Seconds.
TRICKLES_EVERY = 2
STALLS_FOR = 25
RESTS = 5
GONE = select.POLLHUP | select.POLLERR | select.POLLRDHUP
POST = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-For: 203.0.113.77\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
)
PATHS = ("/reflection/1?soakmark", "/staff/sign-in?soakmark")


def connect(port: int, receives: int = 0) -> socket.socket:
    """Open a connection with this receive buffer size in bytes."""
    sock = socket.socket()
    if receives:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    sock.settimeout(5)
    try:
        sock.connect(("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    return sock


def is_gone(sock: socket.socket) -> bool:
    """Return whether the other side has closed the connection, without reading."""
    poll = select.poll()
    poll.register(sock, GONE)
    return bool(poll.poll(0))


class Crowd:
    """This many connections, reopened whenever the server ends them."""

    def __init__(self, number: int, step: Callable[[int, socket.socket], None], begin: Callable[[int], socket.socket]):
        self.places: list[socket.socket | None] = [None] * number
        self.step, self.begin = step, begin
        self.over = Event()
        self.thread = Thread(target=self._go_on, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def finish(self) -> None:
        self.over.set()
        self.thread.join()
        for sock in filter(None, self.places):
            sock.close()

    def _go_on(self) -> None:
        while not self.over.wait(0.5):
            for number, sock in enumerate(self.places):
                with suppress(OSError):
                    self.places[number] = self._kept(number, sock)

    def _kept(self, number: int, sock: socket.socket | None) -> socket.socket | None:
        if sock is None:
            return self.begin(number)
        try:
            if not is_gone(sock):
                self.step(number, sock)
                return sock
        except OSError:
            pass
        sock.close()
        return None


def slow_senders(port: int, number: int) -> Crowd:
    """Half of them send a byte every few seconds, the others nothing after the head of the request."""
    due: dict[int, float] = {}

    def begin(place: int) -> socket.socket:
        sock = connect(port)
        sock.sendall(POST.format(path=PATHS[place // 2 % 2], port=port).encode())
        return sock

    def step(place: int, sock: socket.socket) -> None:
        if place % 2 and due.get(place, 0) < time.monotonic():
            due[place] = time.monotonic() + TRICKLES_EVERY
            sock.sendall(b"a")

    return Crowd(number, step, begin)


def stalled_readers(port: int, requests: list[bytes]) -> Crowd:
    """One connection for each request, whose response is not read. They rest before they ask again."""
    rested: dict[int, float] = {}
    begun: dict[int, float] = {}

    def begin(place: int) -> socket.socket:
        if time.monotonic() < rested.get(place, 0):
            raise OSError("resting")
        sock = connect(port, receives=4096)
        sock.sendall(requests[place])
        begun[place] = time.monotonic()
        rested[place] = begun[place] + STALLS_FOR + RESTS
        return sock

    def step(place: int, _sock: socket.socket) -> None:
        if time.monotonic() > begun[place] + STALLS_FOR:
            raise OSError("stalled for long enough")

    return Crowd(len(requests), step, begin)
