"""Column types that never fail to read: what a column cannot hold is read as a value that the site never writes there.

SQLite stores anything in any column, and one value that cannot be converted would keep every other row of the same
query from being read. PostgreSQL checks what it stores; of its values, only dates can lie outside what Python knows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import Date, Dialect, Integer, LargeBinary, SmallInteger, String, Text, TypeDecorator

_T = TypeVar("_T")

NO_NUMBER = -1
NO_TEXT = "\N{REPLACEMENT CHARACTER}"
"""Also stands for each part of a text that is not UTF-8."""
NO_BYTES = b""
NO_DAY = date.min


def text_of(stored: bytes) -> str:
    """A text as SQLite hands it over, with `NO_TEXT` for what is not UTF-8."""
    return str(stored, "utf-8", "replace")


def is_text(value: str) -> bool:
    """Whether a text was read whole."""
    return NO_TEXT not in value


class _Lenient(TypeDecorator[_T], Generic[_T]):
    """A type that checks what SQLite returns instead of converting it."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], _T | None] | None:
        """Return the check on SQLite, and the wrapped type's own conversion elsewhere."""
        # Not `process_result_value`: that comes after the wrapped type's own conversion, which is what fails.
        return self.checked if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    @staticmethod
    def checked(value: Any) -> Any:
        """Return a stored value, NULL as None, or the value that stands for a damaged one."""
        raise NotImplementedError


class NumberColumn(_Lenient[int]):
    """A whole number; a damaged one is read as `NO_NUMBER`."""

    impl, cache_ok = Integer, True

    @staticmethod
    def checked(value: Any) -> int | None:
        """See `_Lenient`."""
        return value if value.__class__ is int or value is None else NO_NUMBER


class SmallNumberColumn(NumberColumn):
    """A whole number of two bytes."""

    impl, cache_ok = SmallInteger, True


class TextColumn(_Lenient[str]):
    """A text; a damaged one is read with `NO_TEXT` in it."""

    impl, cache_ok = String, True

    @staticmethod
    def checked(value: Any) -> str | None:
        """See `_Lenient`."""
        return value if value.__class__ is str or value is None else NO_TEXT


class LongTextColumn(TextColumn):
    """A text without a greatest length."""

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
    """Make a PostgreSQL connection read days that Python does not know as `NO_DAY`: `infinity`, years after 9999."""
    # Only PostgreSQL needs its driver, and loading it costs memory.
    from psycopg import DataError
    from psycopg.types.datetime import DateLoader

    class LenientLoader(DateLoader):
        def load(self, data: Any) -> date:
            try:
                return super().load(data)
            except DataError:
                return NO_DAY

    connection.adapters.register_loader("date", LenientLoader)
