"""Column types that never fail to read: an invalid value is read as a placeholder that the site never writes.

SQLite stores anything in any column, and one value that cannot be converted would fail the whole query. PostgreSQL
checks what it stores; only its dates can be outside Python's range.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import Date, Dialect, Integer, LargeBinary, SmallInteger, String, Text, TypeDecorator

_T = TypeVar("_T")

NO_NUMBER = -1
NO_TEXT = "\N{REPLACEMENT CHARACTER}"
"""It also replaces each part of a text that is not UTF-8."""
NO_BYTES = b""
NO_DAY = date.min


def text_of(stored: bytes) -> str:
    """Decode SQLite's bytes, with `NO_TEXT` in place of invalid UTF-8."""
    return str(stored, "utf-8", "replace")


def is_undamaged_text(value: str) -> bool:
    """Whether a text was read undamaged from its column: it does not contain `NO_TEXT`."""
    return NO_TEXT not in value


class _Lenient(TypeDecorator[_T], Generic[_T]):
    """A type that checks SQLite's values instead of converting them."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], _T | None] | None:
        """Return the check for SQLite, or the wrapped type's own conversion otherwise."""
        # `process_result_value` would run after the wrapped type's conversion, which is what fails.
        return self.checked if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    @staticmethod
    def checked(value: Any) -> Any:
        """Return the stored value, None for NULL, or the placeholder for a damaged value."""
        raise NotImplementedError


class NumberColumn(_Lenient[int]):
    """An integer; a damaged one is read as `NO_NUMBER`."""

    impl, cache_ok = Integer, True

    @staticmethod
    def checked(value: Any) -> int | None:
        """See `_Lenient`."""
        return value if value.__class__ is int or value is None else NO_NUMBER


class SmallNumberColumn(NumberColumn):
    """A two-byte integer."""

    impl, cache_ok = SmallInteger, True


class TextColumn(_Lenient[str]):
    """A text; a damaged one contains `NO_TEXT`."""

    impl, cache_ok = String, True

    @staticmethod
    def checked(value: Any) -> str | None:
        """See `_Lenient`."""
        return value if value.__class__ is str or value is None else NO_TEXT


class LongTextColumn(TextColumn):
    """A text without a maximum length."""

    impl, cache_ok = Text, True


class BytesColumn(_Lenient[bytes]):
    """Bytes; damaged ones are read as `NO_BYTES`."""

    impl, cache_ok = LargeBinary, True

    @staticmethod
    def checked(value: Any) -> bytes | None:
        """See `_Lenient`."""
        return value if value.__class__ is bytes or value is None else NO_BYTES


class DayColumn(_Lenient[date]):
    """A day; a damaged one is read as `NO_DAY`."""

    impl, cache_ok = Date, True

    @staticmethod
    def checked(value: Any) -> date | None:
        """See `_Lenient`."""
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return NO_DAY


def read_days_leniently(connection: Any, _record: object) -> None:
    """Make a PostgreSQL connection read days outside Python's range as `NO_DAY`: `infinity`, years after 9999."""
    # Imported here to save installations on SQLite the driver's memory.
    from psycopg import DataError
    from psycopg.types.datetime import DateLoader

    class LenientLoader(DateLoader):
        def load(self, data: Any) -> date:
            try:
                return super().load(data)
            except DataError:
                return NO_DAY

    connection.adapters.register_loader("date", LenientLoader)
