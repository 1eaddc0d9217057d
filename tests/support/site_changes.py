"""Changes to the frozen site of an application, for tests that need another setting or limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from screening.site import attach, site_of


def change_site(app: Flask, **fields: Any) -> None:
    """Give an application a site with other values in these fields."""
    attach(app, replace(site_of(app), **fields))


def change_limits(app: Flask, **limits: Any) -> None:
    """Give an application other limits under these names."""
    change_site(app, limits=replace(site_of(app).limits, **limits))


@contextmanager
def temporary_site(app: Flask, **fields: Any) -> Iterator[None]:
    """Change fields of the site of an application that other tests use too, and put them back."""
    before = site_of(app)
    change_site(app, **fields)
    try:
        yield
    finally:
        attach(app, before)
