"""Host names as operators write them, brought to the form that requests are compared with."""

from __future__ import annotations

import re

HOST_PATTERN = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*")


def host_name(written: str) -> str:
    """Return a host name in lower case and IDNA form, without scheme, port, slash or trailing dot.

    A leading dot, or `*.`, includes every name below.

    Raises:
        ValueError: it is not a host name that a request can be compared with; the message says why.
    """
    name = re.sub(r"^https?://", "", written.lower()).removesuffix("/")
    if name.startswith("[") or name.count(":") > 1:
        raise ValueError("An IPv6 address does not work here: write a host name that leads to it.")
    name, _, port = name.partition(":")
    name = re.sub(r"^\*(?=\.)", "", name).removesuffix(".")
    if port and not port.isdecimal():
        raise ValueError("Write the host name alone, such as clinic.example.")
    try:
        # A leading dot would be an empty label.
        name = ("." if name.startswith(".") else "") + name.removeprefix(".").encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not HOST_PATTERN.fullmatch(name):
        raise ValueError("Write host names, such as clinic.example, or .clinic.example for every name below it.")
    return name
