"""Fixtures of the core's tests, which refuse the application and the database."""

from tests.support.core_fixtures import (  # noqa: F401
    bilingual,
    crowded,
    folder,
    neither_app_nor_database,
    real,
    tiny,
)
