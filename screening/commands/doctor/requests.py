"""Requests that `doctor` sends to the site, directly or through its proxy."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult

SECONDS = 10
# Seconds between two parts of a body. A proxy that buffers passes it on whole.
PAUSE = 1.5


class SiteAnswer(NamedTuple):
    """Status, headers and body of an answer, and the address from which it was asked."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    own_address: str


def ask_site(
    url: SplitResult,
    method: str,
    path: str,
    body: Sequence[bytes] = (),
    tls: ssl.SSLContext | None = None,
    **headers: str,
) -> SiteAnswer:
    """Send a request, its body in parts with pauses between them. `tls`: how to check the certificate.

    Raises:
        OSError: nothing answers.
        HTTPException: what answers speaks no HTTP.
    """
    host, port = url.hostname or "", url.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=SECONDS, context=tls)
        if url.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=SECONDS)
    )
    try:
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if method == "POST":
            connection.putheader("Content-Length", str(sum(map(len, body))))
        connection.endheaders()
        for number, part in enumerate(body):
            time.sleep(PAUSE if number else 0)
            connection.send(part)
        assert isinstance(connection.sock, socket.socket)
        own = connection.sock.getsockname()[0]
        answer = connection.getresponse()
        return SiteAnswer(answer.status, answer.headers, answer.read(), own)
    finally:
        connection.close()


def certificate_error(url: SplitResult) -> ssl.SSLCertVerificationError | None:
    """Return why browsers would refuse the certificate at an address, or None.

    Raises:
        OSError: nothing answers.
    """
    host = url.hostname or ""
    with socket.create_connection((host, url.port or 443), SECONDS) as connection:
        try:
            ssl.create_default_context().wrap_socket(connection, server_hostname=host).close()
        except ssl.SSLCertVerificationError as error:
            return error
    return None


def unverified_tls() -> ssl.SSLContext:
    """Return a context that accepts any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
