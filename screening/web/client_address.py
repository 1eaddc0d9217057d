"""Client addresses in one form. All code that compares or counts them uses this module."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Request

# What proxies append: ":40001", or a made-up name for a port (RFC 7239, section 6).
PORT = re.compile(r":(?:[0-9]{1,5}|_[\w.-]+)", re.ASCII)
# Some proxies pad the numbers of IPv4; ipaddress refuses that, because C libraries would read them as octal.
LEADING_ZEROS = re.compile(r"\b0+(?=[0-9])", re.ASCII)
# IPv4 clients of a server that speaks only IPv6 (RFC 6052). All of them are in one /64.
TRANSLATED = IPv6Network("64:ff9b::/96")


def client_address(written: str) -> IPv4Address | IPv6Address | None:
    """Parse an address as servers and proxies write it; None if it is not one.

    Port, brackets, quotes and zone are dropped. An IPv4 address that is written as IPv6 is an IPv4 address.
    """
    text = written.strip().strip('"').strip()
    if text.startswith("["):
        inside, bracket, port = text[1:].partition("]")
        is_whole = bracket and (not port or PORT.fullmatch(port))
        return _parsed(inside) if is_whole else None
    before, colon, last = text.rpartition(":")
    return _parsed(text) or (_parsed(before) if PORT.fullmatch(colon + last) else None)


def client_network(written: str) -> str:
    """Name what one client is counted as: an IPv4 address, or a /64 of IPv6, since a customer gets a whole one.

    "" if it is not an address.
    """
    address = client_address(written)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")


def network_asking(request: Request, hops: int) -> str:
    """Name the network that a request comes from; "" if unknown.

    `hops`: how many proxies of our own stand before the site; only what they say of an address is believed.
    """
    return client_network(_written(request, hops))


def patients_network(request: Request, hops: int) -> str:
    """The same for a patient; "" also for this machine: a proxy on it may stand for everyone, though none is set."""
    written = _written(request, hops)
    address = client_address(written)
    return "" if address and address.is_loopback else client_network(written)


def _written(request: Request, hops: int) -> str:
    if not hops:
        return request.remote_addr or ""
    # Servers join repeated headers into one list. Empty entries keep their place: a proxy of ours wrote them.
    listed = request.headers.get("X-Forwarded-For", "").split(",")
    return listed[-hops] if len(listed) >= hops else ""


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    text = text.partition("%")[0]
    try:
        address = ip_address(LEADING_ZEROS.sub("", text) if "." in text else text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or (IPv4Address(address.packed[12:]) if address in TRANSLATED else address)
