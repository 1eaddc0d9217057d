"""Checks through the proxy: what a request to the site's public address becomes on its way."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from config import Config
from screening.commands.doctor.diagnosis import Diagnosis, broken, fine, warning
from screening.web.client_address import client_address, client_network
from screening.web.proxy_check import SEEN, doctor_token

SECONDS = 10
# Seconds that the body of the request pauses. A proxy that buffers passes it on whole.
PAUSE = 1.5
BODY = b"1234"
# An address for documentation (RFC 5737). A proxy must not let a client claim it.
CLAIMED = "192.0.2.77"
# What a proxy answers while the site does not. For /help it may have a page of its own.
UNREACHED = (502, 503, 504)


class ProxyAnswer(NamedTuple):
    """Status, headers and body of an answer, and the address from which it was asked."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    own_address: str


def check_proxy(config: Config, written: str) -> Iterator[Diagnosis]:
    """Check scheme, host, client address and buffering by requests to the public address."""
    url = _parsed(written)
    if url is None:
        yield broken("Proxy", f'"{written}" is not an address. Write one such as https://clinic.example.')
        return
    try:
        helped = _ask(url, "GET", "/help")
        seen = _ask(url, "POST", SEEN, Authorization=f"Bearer {doctor_token(config.form_key)}", X_Forwarded_For=CLAIMED)
    except ssl.SSLError as error:
        yield broken("Proxy", f"The certificate of {url.hostname} is refused ({error.reason or 'invalid'}). Renew it.")
        return
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        yield broken("Proxy", f"{written} does not answer ({reason}). Correct the address, or start the proxy.")
        return
    if seen.status in UNREACHED:
        yield broken(
            "Proxy", f"It does not reach the site ({seen.status}). Start the site, or point it to HOST and PORT."
        )
        return
    yield from _check_page(url, helped)
    yield from _check_seen(config, url, seen)
    yield from _check_plain(url)


def _parsed(written: str) -> SplitResult | None:
    try:
        url = urlsplit(written)
        # `port` raises ValueError if it is not a number.
        is_complete = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return None
    return url if is_complete else None


def _check_page(url: SplitResult, helped: ProxyAnswer) -> Iterator[Diagnosis]:
    if helped.status == 400:
        yield broken(
            "Proxy", f"The site does not answer to {url.hostname}. Add it to TRUSTED_HOSTS, or let the proxy pass Host."
        )
    elif helped.status != 200:
        yield broken("Proxy", f"/help answers {helped.status}. Point the proxy to HOST and PORT of the site.")
    elif helped.headers.get_all("Content-Security-Policy", []) == []:
        yield warning("Proxy", "The site's Content-Security-Policy does not arrive. Let the proxy pass every header.")


def _check_seen(config: Config, url: SplitResult, answer: ProxyAnswer) -> Iterator[Diagnosis]:
    try:
        seen = dict(json.loads(answer.body)) if answer.status == 200 else None
    except ValueError:
        seen = None
    if seen is None:
        yield broken(
            "Proxy", f"{SEEN} answers {answer.status}: this is another site, or it has another FORM_KEY. Compare them."
        )
        return
    yield from _check_scheme(config, url, seen)
    yield from _check_client(config, answer.own_address, str(seen["network"]))
    if seen["received_in"] is not None and seen["received_in"] > PAUSE / 2:
        yield warning(
            "Proxy",
            "Requests are passed on before they are whole, so slow senders reach the site. Turn on request buffering: "
            "proxy_request_buffering in nginx, buffer_requests in Caddy 2.6, request_buffers in a newer one.",
        )
    elif seen["received_in"] is not None:
        yield fine("Proxy", "Requests are buffered until they are whole.")


def _check_scheme(config: Config, url: SplitResult, seen: dict[str, Any]) -> Iterator[Diagnosis]:
    if config.is_production and url.scheme != "https":
        yield broken("Proxy", "Cookies need https, and this address has none. Check the https address of the site.")
    elif seen["scheme"] != url.scheme:
        yield warning("Proxy", f"The site sees {seen['scheme']}. Send X-Forwarded-Proto, and set PROXY_HOPS.")
    else:
        yield fine("Proxy", f"The site sees {url.scheme}.")


def _check_client(config: Config, own: str, network: str) -> Iterator[Diagnosis]:
    address = client_address(network.partition("/")[0])
    if network == CLAIMED:
        yield broken(
            "Proxy",
            "A client can choose the address that counts. Let the proxy append its client's address to "
            "X-Forwarded-For, and set PROXY_HOPS to the number of your own proxies.",
        )
    elif not network:
        yield broken(
            "Proxy",
            f"PROXY_HOPS is {config.proxy_hops}, and fewer proxies send X-Forwarded-For. Let each append to it.",
        )
    elif network != client_network(own) and (address is None or not address.is_global):
        yield warning(
            "Proxy",
            f"The site counts this request as {network}, and it came from {own}: if {network} is a proxy, all patients "
            "count as one. Set PROXY_HOPS to the number of your own proxies.",
        )
    else:
        yield fine("Proxy", f"This request counts as {network}.")


def _check_plain(url: SplitResult) -> Iterator[Diagnosis]:
    """Check that the address without https leads to the one with it."""
    if url.scheme != "https" or url.port not in (None, 443):
        return
    try:
        answer = _ask(urlsplit(f"http://{url.hostname}"), "GET", "/help")
    except (OSError, http.client.HTTPException):
        return
    if answer.status not in (301, 302, 307, 308) or not answer.headers.get("Location", "").startswith("https:"):
        yield warning("Proxy", f"http://{url.hostname} does not lead to https. Redirect it in the proxy.")


def _ask(url: SplitResult, method: str, path: str, **headers: str) -> ProxyAnswer:
    """Send a request, its body in two parts with a pause between them."""
    is_tls = url.scheme == "https"
    kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=SECONDS)
    try:
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if method == "POST":
            connection.putheader("Content-Length", str(len(BODY)))
            connection.endheaders(BODY[:1])
            time.sleep(PAUSE)
            connection.send(BODY[1:])
        else:
            connection.endheaders()
        assert isinstance(connection.sock, socket.socket)
        own = connection.sock.getsockname()[0]
        answer = connection.getresponse()
        return ProxyAnswer(answer.status, answer.headers, answer.read(), own)
    finally:
        connection.close()
