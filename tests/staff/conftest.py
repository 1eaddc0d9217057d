"""Fixtures: a clinic with submissions on either database, and its staff."""

from tests.support.staff_fixtures import reviewer, shelf, unmoved  # noqa: F401
