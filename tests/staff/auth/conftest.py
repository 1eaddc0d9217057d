"""Here everybody signs in through the pages."""

from tests.support.staff_fixtures import seeded_sessions  # noqa: F401
