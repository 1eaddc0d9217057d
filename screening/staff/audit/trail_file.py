"""The audit trail as a CSV file: what the page shows of each entry, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy.orm import Session

from screening.exports.codebook import BYTE_ORDER_MARK
from screening.exports.csv_cells import LINE_END, csv_line
from screening.staff.audit.trail_words import DAMAGED_DAY, TrailNames, action_words
from screening.storage import audit
from screening.storage.audit import AuditQuery, TrailEntry
from screening.storage.column_types import NO_DAY

HEADER = ("number", "day", "who", "did", "about")
# An account does few kinds of things on one day, but with many submissions.
CACHED_CELLS = 4096


class TrailFile:
    """A file of the entries that a query chooses, up to the last one at this moment. It can be read repeatedly."""

    def __init__(self, session: Session, query: AuditQuery, names: TrailNames) -> None:
        self.session = session
        self.query = query
        self.names = names
        self.last = audit.chain_head(session)
        self.day_who_did = lru_cache(CACHED_CELLS)(self._day_who_did)

    def size(self) -> int:
        """Return the file's size in bytes, by formatting and discarding every entry."""
        return sum(map(len, self.chunks()))

    def chunks(self) -> Iterator[bytes]:
        """Yield the header, then the entries in batches."""
        yield f"{BYTE_ORDER_MARK}{csv_line(HEADER)}{LINE_END}".encode()
        for batch in audit.batches_of(self.session, self.query, self.last):
            yield "".join(map(self._line, batch)).encode()

    def _line(self, entry: TrailEntry) -> str:
        cached = self.day_who_did(entry._replace(number=0, about=b""))
        return f"{entry.number},{cached},{csv_line((self.names.about(entry.about),))}{LINE_END}"

    def _day_who_did(self, entry: TrailEntry) -> str:
        day = DAMAGED_DAY if entry.day == NO_DAY else str(entry.day)
        return csv_line((day, self.names.account(entry.account_id), action_words(entry)))
