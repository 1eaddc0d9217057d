"""Client addresses in canonical form. All code that compares or counts them uses this module."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Request

# A port that a proxy appends: ":40001", or an obfuscated one (RFC 7239, section 6).
PORT = re.compile(r":(?:[0-9]{1,5}|_[\w.-]+)", re.ASCII)
# Some proxies pad IPv4 numbers with zeros. ipaddress refuses them, because C libraries would read them as octal.
LEADING_ZEROS = re.compile(r"\b0+(?=[0-9])", re.ASCII)
# NAT64: IPv4 clients of an IPv6-only server (RFC 6052). All of them share one /64.
TRANSLATED = IPv6Network("64:ff9b::/96")


def client_address(written: str) -> IPv4Address | IPv6Address | None:
    """Parse an address as servers and proxies write it; None if it is invalid.

    Port, brackets, quotes and zone are dropped. An IPv4 address embedded in IPv6 becomes an IPv4 address.
    """
    text = written.strip().strip('"').strip()
    if text.startswith("["):
        inside, bracket, port = text[1:].partition("]")
        is_whole = bracket and (not port or PORT.fullmatch(port))
        return _parse(inside) if is_whole else None
    before, colon, last = text.rpartition(":")
    return _parse(text) or (_parse(before) if PORT.fullmatch(colon + last) else None)


def client_network(written: str) -> str:
    """Return the network that counts as one client: an IPv4 address, or an IPv6 /64, since a customer gets a whole one.

    "" if the address is invalid.
    """
    address = client_address(written)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")


def requesting_network(request: Request, hops: int) -> str:
    """Return the network that a request comes from; "" if unknown.

    `hops`: the number of our own proxies in front of the site; only the address that they report is trusted.
    """
    return client_network(_address_text(request, hops))


def patient_network(request: Request, hops: int) -> str:
    """Return a patient's network; "" also for loopback: an undeclared local proxy may forward everyone's requests."""
    written = _address_text(request, hops)
    address = client_address(written)
    return "" if address and address.is_loopback else client_network(written)


def _address_text(request: Request, hops: int) -> str:
    if not hops:
        return request.remote_addr or ""
    # Servers join repeated headers into one list. Empty entries count: one of our proxies wrote them.
    listed = request.headers.get("X-Forwarded-For", "").split(",")
    return listed[-hops] if len(listed) >= hops else ""


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    text = text.partition("%")[0]
    try:
        address = ip_address(LEADING_ZEROS.sub("", text) if "." in text else text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or (IPv4Address(address.packed[12:]) if address in TRANSLATED else address)
