"""Host names: how settings are normalized for comparison with requests, and how a URL writes a host."""

from __future__ import annotations

import re

HOST_PATTERN = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*")


def host_name(written: str) -> str:
    """Return a host name in lower case and IDNA form, without scheme, port, slash or trailing dot.

    A leading dot, or `*.`, includes every name below.

    Raises:
        ValueError: it is not a valid host name; the message says what to write.
    """
    name = re.sub(r"^https?://", "", written.lower()).removesuffix("/")
    if name.startswith("[") or name.count(":") > 1:
        raise ValueError("An IPv6 address does not work here. Write a host name that resolves to it.")
    name, _, port = name.partition(":")
    name = re.sub(r"^\*(?=\.)", "", name).removesuffix(".")
    if port and not port.isdecimal():
        raise ValueError("Write the host name alone, such as clinic.example.")
    try:
        # The IDNA codec would reject a leading dot as an empty label.
        name = ("." if name.startswith(".") else "") + name.removeprefix(".").encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not HOST_PATTERN.fullmatch(name):
        raise ValueError("Write host names, such as clinic.example, or .clinic.example for every name below it.")
    return name


def network_location(host: str, port: int) -> str:
    """Return a host and a port as a URL has them: an IPv6 address is in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
