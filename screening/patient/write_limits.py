"""What is limited both for the whole site and for the network of whoever asks: sharing and saving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import request

from screening.site import site
from screening.storage import notices
from screening.storage.database import db
from screening.web.client_address import patients_network
from screening.web.limits import Turn

# What is done, as notices to staff name it.
LIMIT_NAMES = {"shares": "sharing", "saves": "saving"}


@dataclass(frozen=True)
class Turns:
    """A place of the whole site's and one of this network's, for `shares` or `saves`."""

    kind: str
    of_site: Turn
    of_network: Turn

    @property
    def is_granted(self) -> bool:
        """Whether it may happen now."""
        return self.of_site.is_granted and self.of_network.is_granted

    def keep(self) -> None:
        """Count it in both: it happened."""
        self.of_site.keep()
        self.of_network.keep()

    def refuse(self, week: int) -> str:
        """Tell staff that a limit was reached in a week, and return which, as the patient's page is told. Commits."""
        reached = "crowded" if self.of_site.is_granted else "paused"
        notices.add_notice(db.session, week, f"{LIMIT_NAMES[self.kind]}-{reached}")
        return reached


@contextmanager
def turns(kind: str) -> Iterator[Turns]:
    """Hold a place in both limits: `shares` or `saves`. Unless they are kept, both are given back."""
    limits = site().limits
    site_limit, network_limit = {
        "shares": (limits.shares, limits.network_shares),
        "saves": (limits.saves, limits.network_saves),
    }[kind]
    network = patients_network(request, site().proxy_hops)
    with site_limit.turn() as of_site, network_limit.turn(network) as of_network:
        yield Turns(kind, of_site, of_network)
