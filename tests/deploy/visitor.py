"""Visitors of a site in a machine, through its proxy. Run inside the machine's network; prints one JSON value.

`python -m tests.deploy.visitor WHAT CERTIFICATE [ARGUMENT ...]`
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import sys
import time
from contextlib import suppress
from http.client import HTTPException, HTTPSConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.faults.patient import Sharer

# The machine's own address: it has no names.
SERVER = ("203.0.113.1", 443)
HOST = "screening.clinic.example"
COOKIES = ("__Host-draft", "__Host-staff")


class Connection(HTTPSConnection):
    """A connection to the machine under any host name, from one of its addresses."""

    def __init__(self, host: str, tls: ssl.SSLContext, address: str) -> None:
        super().__init__(host, timeout=20, context=tls)
        self.tls = tls
        self.address = address

    def connect(self) -> None:
        """Open it."""
        self.sock = open_tls(self.tls, self.address, self.host)


def open_tls(tls: ssl.SSLContext, address: str, host: str = HOST) -> ssl.SSLSocket:
    plain = socket.create_connection(SERVER, timeout=20, source_address=(address, 0))
    return tls.wrap_socket(plain, server_hostname=host)


class Visitor(Sharer):
    """A patient, or somebody at the sign-in page, with one of the machine's addresses as their own."""

    def __init__(self, certificate: str, address: str, host: str = HOST, **headers: str) -> None:
        super().__init__(f"https://{host}", **headers)
        self.tls = ssl.create_default_context(cafile=certificate)
        self.address = address
        self.status = 0
        self.cookies: dict[str, str] = {}

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        headers = {**self.headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{self.host}{path}"}
        connection = Connection(self.host, self.tls, self.address)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or ():
                kept = SimpleCookie(line)
                self.cookies |= {name: kept[name].value for name in kept if name in COOKIES}
            self.status = answer.status
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()


def share(certificate: str, host: str = HOST) -> str:
    """Share like a patient, and return the code."""
    visitor = Visitor(certificate, "203.0.113.7", host)
    visitor.walk()
    visitor.share()
    visitor.try_again(reloads=False)
    return visitor.code


def look_up(certificate: str, code: str, host: str = HOST) -> bool:
    """Whether a code opens its record."""
    visitor = Visitor(certificate, "203.0.113.7", host)
    visitor.open("/code")
    visitor.send("/code", code=code)
    return "/code/delete" in visitor.open("/code")


def look_up_in_drill(_certificate: str, code: str) -> bool:
    """Whether a code opens its record on the drill's site, which an operator reaches without a proxy."""
    visitor = Sharer("http://127.0.0.1:8099")
    visitor.open("/code")
    visitor.send("/code", code=code)
    return "/code/delete" in visitor.open("/code")


def sign_in(certificate: str, address: str, tries: str) -> int:
    """Fail to sign in under a new name each time; return how many tries were answered before the limit.

    Each claims to come from elsewhere.
    """
    for number in range(int(tries)):
        visitor = Visitor(certificate, address, X_Forwarded_For=f"198.51.100.{number}")
        visitor.open("/staff/sign-in")
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', visitor.page))
        fields = hidden | {"email": f"nobody{number}@clinic.example", "password": "wrong password"}
        status, _, _ = visitor._ask("POST", "/staff/sign-in", urlencode(fields))
        if status == 429:
            return number
    return int(tries)


def load(certificate: str, seconds: str) -> dict[str, Any]:
    """Request pages, each on a connection of its own; return how many came, and what went wrong."""
    failed: list[object] = []
    came, slowest, until = 0, 0.0, time.monotonic() + float(seconds)
    while time.monotonic() < until:
        for path in ("/", "/help", "/privacy"):
            begun = time.monotonic()
            visitor = Visitor(certificate, "203.0.113.8")
            try:
                status = visitor._ask("GET", path)[0]
            except (OSError, HTTPException) as error:
                failed.append(repr(error))
            else:
                came += status == 200
                failed += [status] if status != 200 else []
            slowest = max(slowest, time.monotonic() - begun)
    return {"came": came, "failed": failed, "slowest": slowest}


def keep_out(certificate: str, number: str, seconds: str) -> dict[str, Any]:
    """Open connections that stop in the middle of a POST, from one address; meanwhile ask for help from another.

    Return how many are open then, and how many are left some seconds later.
    """
    tls = ssl.create_default_context(cafile=certificate)
    slow: list[ssl.SSLSocket] = []
    for _ in range(int(number)):
        with suppress(OSError):
            sock = open_tls(tls, "203.0.113.9")
            sock.sendall(
                f"POST /reflection/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\na".encode()
            )
            slow.append(sock)
    helped = load(certificate, "8")
    held = sum(map(is_open, slow))
    time.sleep(float(seconds))
    return {"opened": len(slow), "held": held, "left": sum(map(is_open, slow)), **helped}


def is_open(slow: ssl.SSLSocket) -> bool:
    """Whether the other side has not ended a connection yet."""
    slow.setblocking(False)
    try:
        while slow.recv(1024):
            pass
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    return False


def stall(certificate: str, cookie: str, number: str) -> dict[str, Any]:
    """Ask for exports as staff and read none of them; meanwhile share, and export as another."""
    clerk = Visitor(certificate, "203.0.113.8")
    clerk.cookies["__Host-staff"] = cookie
    clerk.open("/staff/export")
    body = urlencode({"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', clerk.page)[0], "format": "long"})
    request = (
        f"POST /staff/export HTTP/1.1\r\nHost: {HOST}\r\nCookie: __Host-staff={cookie}\r\n"
        f"Referer: https://{HOST}/staff/export\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
    )
    tls = ssl.create_default_context(cafile=certificate)
    stalled = [open_tls(tls, "203.0.113.9") for _ in range(int(number))]
    for sock in stalled:
        sock.sendall(request.encode())
    time.sleep(2)
    first = clerk._ask("POST", "/staff/export", body)[0]
    found = {"first": first, **load(certificate, "4"), "shared": bool(share(certificate))}
    # The site cuts off whoever has not read for 15 seconds.
    last = time.monotonic() + 45
    while (status := clerk._ask("POST", "/staff/export", body)[0]) != 200 and time.monotonic() < last:
        time.sleep(1)
    for sock in stalled:
        sock.close()
    return {**found, "later": status}


def page(certificate: str, path: str) -> dict[str, Any]:
    """Open a page as a browser does."""
    visitor = Visitor(certificate, "203.0.113.8")
    status, _, text = visitor._ask("GET", path)
    return {"status": status, "text": text}


ACTIONS = {one.__name__: one for one in (share, look_up, look_up_in_drill, sign_in, load, keep_out, stall, page)}

if __name__ == "__main__":
    print(json.dumps(ACTIONS[sys.argv[1]](*sys.argv[2:])))
