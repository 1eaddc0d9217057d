"""Checks of settings that are valid but likely mistakes: production, host names, proxies, support lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import make_url

from config import Config
from screening.authoring.loader import Collection
from screening.commands.doctor.diagnosis import Diagnosis, broken, or_fine, warning
from screening.commands.serve import warnings
from screening.web.client_address import client_address


def check_settings(config: Config) -> Iterator[Diagnosis]:
    """Check what a site that is open to patients needs."""
    yield from or_fine("Settings", _unusual(config), f"Production, for {', '.join(config.trusted_hosts)}.")


def check_support_lines(config: Config, collection: Collection, today: date) -> Iterator[Diagnosis]:
    """Check that support lines and outside sources were compared with their sources lately."""
    found = (warning("Support lines", text) for text in warnings(config, collection, today))
    yield from or_fine("Support lines", found, f"Confirmed on {config.support_confirmed}.")


def check_address(url: str) -> Iterator[Diagnosis]:
    """Check the parts of DATABASE_URL that matter once there is more than one machine."""
    yield from or_fine("DATABASE_URL", _risky_address(url), "It can be used.")


def _unusual(config: Config) -> Iterator[Diagnosis]:
    if not config.is_production:
        yield warning("Settings", "PRODUCTION is not set, so cookies travel without https. Set PRODUCTION=1.")
        return
    if not config.proxy_hops:
        yield warning(
            "Settings",
            "PROXY_HOPS is 0, but https needs a proxy in front: all patients count as one network. "
            "Set it to the number of your own proxies, and restart.",
        )
    for host in config.trusted_hosts:
        if host == "localhost" or client_address(host):
            yield warning("Settings", f"TRUSTED_HOSTS has {host}, which no patient can open. Name the site's host.")


def _risky_address(address: str) -> Iterator[Diagnosis]:
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return
    hosts = str(url.query.get("host", "") or url.host or "").split(",")
    if len(hosts) > 1 and url.query.get("target_session_attrs") not in ("read-write", "primary"):
        yield broken(
            "DATABASE_URL", "Several hosts are named, and one may be read-only. Add target_session_attrs=read-write."
        )
    far = [host for host in hosts if host and not host.startswith("/") and not _is_here(host)]
    if far and "sslmode" not in url.query:
        yield warning(
            "DATABASE_URL",
            "Answers may cross the network unencrypted. Add sslmode=verify-full, or sslmode=disable if the network is "
            "private.",
        )


def _is_here(host: str) -> bool:
    address = client_address(host)
    return host == "localhost" or bool(address and address.is_loopback)
