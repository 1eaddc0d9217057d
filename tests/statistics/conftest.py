"""A clinic with records on either database, and those who read them."""

from tests.support.staff_fixtures import reviewer, shelf, unmoved  # noqa: F401
