"""Fixtures: a clinic with submissions on either database, and its staff."""

from tests.support.staff_fixtures import manager, reviewer, shelf, stopped_clock, unmoved  # noqa: F401
