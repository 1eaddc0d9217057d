"""Rate limits on sharing and saving, for the whole site and for the client's network together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import request

from screening.site import site
from screening.storage import notices
from screening.storage.database import db
from screening.web.client_address import patient_network
from screening.web.limits import Reservation

# The action, as in the names of staff notices.
LIMIT_NAMES = {"shares": "sharing", "saves": "saving"}


@dataclass(frozen=True)
class Reservations:
    """A reservation under the site's limit and one under this network's, for `shares` or `saves`."""

    kind: str
    of_site: Reservation
    of_network: Reservation

    @property
    def is_granted(self) -> bool:
        """Whether both limits grant it."""
        return self.of_site.is_granted and self.of_network.is_granted

    def commit(self) -> None:
        """Count the action in both limits."""
        self.of_site.commit()
        self.of_network.commit()

    def refuse(self, week: int) -> str:
        """Notify staff that a limit was reached in a week, and return which one, as templates name it. Commits.

        "paused" is the limit of the site, "crowded" that of a network. Only for reservations that were not granted.
        """
        reached = "crowded" if self.of_site.is_granted else "paused"
        notices.add_notice(db.session, week, f"{LIMIT_NAMES[self.kind]}-{reached}")
        return reached


@contextmanager
def reservations(kind: str) -> Iterator[Reservations]:
    """Reserve a slot under both limits of `shares` or `saves`. Both are released unless committed."""
    limits = site().limits
    site_limit, network_limit = {
        "shares": (limits.shares, limits.network_shares),
        "saves": (limits.saves, limits.network_saves),
    }[kind]
    network = patient_network(request, site().proxy_hops)
    with site_limit.reserve() as of_site, network_limit.reserve(network) as of_network:
        yield Reservations(kind, of_site, of_network)
