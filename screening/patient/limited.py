"""What is limited both for the whole site and for the network of whoever asks: sharing and saving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, request

from screening.web.client_address import patients_network
from screening.web.limits import Turn


@contextmanager
def turns(kind: str) -> Iterator[tuple[Turn, Turn]]:
    """Hold a place of the whole site's and one of this network's: `shares` or `saves`. Each must be kept."""
    extensions = current_app.extensions
    network = patients_network(request, extensions["proxy_hops"])
    with (
        extensions["limits"][kind].turn() as of_site,
        extensions["network_limits"][kind].turn(network) as of_network,
    ):
        yield of_site, of_network
