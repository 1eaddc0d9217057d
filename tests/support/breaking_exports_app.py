"""`wsgi:app` with exports that break off after their first chunk, as if the database were killed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import OperationalError

from screening.exports.formats import Format
from screening.storage.export_rows import Export
from wsgi import app

__all__ = ["app"]

whole = Export.parts


def broken(self: Export, form: type[Format]) -> Iterator[bytes]:
    yield next(whole(self, form))
    raise OperationalError("SELECT secret", {}, Exception("gone"))


Export.parts = broken  # type: ignore[method-assign]
