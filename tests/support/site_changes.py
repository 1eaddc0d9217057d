"""Changes to an application's frozen site, for tests that need another setting or limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from screening.site import attach, site_of


def change_site(app: Flask, **fields: Any) -> None:
    """Replace fields of an application's site."""
    attach(app, replace(site_of(app), **fields))


def change_limits(app: Flask, **limits: Any) -> None:
    """Replace limits of an application's site."""
    change_site(app, limits=replace(site_of(app).limits, **limits))


@contextmanager
def temporary_site(app: Flask, **fields: Any) -> Iterator[None]:
    """Replace fields of a shared application's site for the block."""
    before = site_of(app)
    change_site(app, **fields)
    try:
        yield
    finally:
        attach(app, before)
