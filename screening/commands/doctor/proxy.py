"""Checks through the proxy: what a request to the site's public address becomes on its way."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from config import Config
from screening.commands.doctor.diagnosis import Diagnosis, broken, fine, warning
from screening.commands.doctor.requests import PAUSE, SiteAnswer, ask_site, certificate_error, unverified_tls
from screening.web.client_address import client_address, client_network
from screening.web.proxy_check import SEEN, doctor_token

BODY = (b"1", b"234")
# An address for documentation (RFC 5737). A proxy must not let a client claim it.
CLAIMED = "192.0.2.77"
# What a proxy answers while the site does not. For /help it may have a page of its own.
UNREACHED = (502, 503, 504)
# By OpenSSL's codes: expired, not valid yet, another host name or address.
CERTIFICATE_ERRORS = {
    (10,): "The certificate of {host} has expired. Renew it, then reload the proxy.",
    (9,): "The certificate of {host} is not valid yet. Correct this machine's clock, or get another certificate.",
    (62, 64): "The certificate is not for {host}. Get one for that name, or name it in the proxy.",
}


def check_proxy(config: Config, written: str) -> Iterator[Diagnosis]:
    """Check scheme, host, client address and buffering by requests to the public address."""
    url = _parsed(written)
    if url is None:
        yield broken("Proxy", f'"{written}" is not an address. Write one such as https://clinic.example.')
        return
    tls = None
    headers = {"Authorization": f"Bearer {doctor_token(config.form_key)}", "X_Forwarded_For": CLAIMED}
    try:
        if url.scheme == "https" and (error := certificate_error(url)):
            yield broken("Proxy", _explain_certificate(str(url.hostname), error))
            # Whoever is in between learns a token that works for two minutes and opens nothing about patients.
            tls = unverified_tls()
        helped = ask_site(url, "GET", "/help", tls=tls)
        seen = ask_site(url, "POST", SEEN, BODY, tls, **headers)
    except (OSError, http.client.HTTPException) as failure:
        reason = getattr(failure, "strerror", None) or str(failure) or type(failure).__name__
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


def _explain_certificate(host: str, error: ssl.SSLCertVerificationError) -> str:
    for codes, sentence in CERTIFICATE_ERRORS.items():
        if error.verify_code in codes:
            return sentence.format(host=host)
    return (
        f"The certificate of {host} is not trusted ({error.verify_message}). Get one from an authority that browsers "
        "trust, and let the proxy send its whole chain."
    )


def _check_page(url: SplitResult, helped: SiteAnswer) -> Iterator[Diagnosis]:
    if helped.status == 400:
        yield broken(
            "Proxy",
            f"The site does not answer to {url.hostname}. Add it to TRUSTED_HOSTS and restart, or let the proxy pass "
            "Host.",
        )
    elif helped.status != 200:
        yield broken("Proxy", f"/help answers {helped.status}. Point the proxy to HOST and PORT of the site.")
    elif helped.headers.get_all("Content-Security-Policy", []) == []:
        yield warning("Proxy", "The site's Content-Security-Policy does not arrive. Let the proxy pass every header.")


def _check_seen(config: Config, url: SplitResult, answer: SiteAnswer) -> Iterator[Diagnosis]:
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
        yield warning("Proxy", f"The site sees {seen['scheme']}. Send X-Forwarded-Proto, set PROXY_HOPS and restart.")
    else:
        yield fine("Proxy", f"The site sees {url.scheme}.")


def _check_client(config: Config, own: str, network: str) -> Iterator[Diagnosis]:
    address = client_address(network.partition("/")[0])
    if network == CLAIMED:
        yield broken(
            "Proxy",
            "A client can choose the address that counts. Let the proxy append its client's address to "
            "X-Forwarded-For, and set PROXY_HOPS to the number of your own proxies and restart.",
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
            "count as one. Set PROXY_HOPS to the number of your own proxies and restart.",
        )
    else:
        yield fine("Proxy", f"This request counts as {network}.")


def _check_plain(url: SplitResult) -> Iterator[Diagnosis]:
    """Check that the address without https leads to the one with it."""
    if url.scheme != "https" or url.port not in (None, 443):
        return
    try:
        answer = ask_site(urlsplit(f"http://{url.hostname}"), "GET", "/help")
    except (OSError, http.client.HTTPException):
        return
    if answer.status not in (301, 302, 307, 308) or not answer.headers.get("Location", "").startswith("https:"):
        yield warning("Proxy", f"http://{url.hostname} does not lead to https. Redirect it in the proxy.")
