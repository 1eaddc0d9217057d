"""All tables: the complete list of what the site stores."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from screening.storage.column_types import (
    BytesColumn,
    DayColumn,
    LongTextColumn,
    NumberColumn,
    SmallNumberColumn,
    TextColumn,
)


class Base(DeclarativeBase):
    """The declarative base. Constraints have names, so that migrations can change them.

    Types check what is read, so that one damaged value never fails a query: see `column_types`.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {int: NumberColumn, str: LongTextColumn, bytes: BytesColumn, date: DayColumn}


class QuestionnaireVersion(Base):
    """A complete questionnaire that was served, so that old submissions stay readable.

    `hash`: SHA-256 of `content`. `content`: the files' data as JSON, zlib-compressed. `since`: the day (UTC) it was
    first served, which says nothing about any patient.
    """

    __tablename__ = "questionnaire_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire: Mapped[str] = mapped_column(TextColumn(80))
    hash: Mapped[bytes] = mapped_column(BytesColumn(32), unique=True)
    content: Mapped[bytes]
    since: Mapped[date]


class Submission(Base):
    """One patient's shared answers, without identity or time.

    `week`: see `weeks`. `ref`: 16 bytes, a keyed hash of the patient's code. `answers`: see `packing`. `state`: see
    `submissions.ReviewState`. It has no SQLite rowid, which would reveal the order in which records came.
    """

    __tablename__ = "submission"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ref: Mapped[bytes] = mapped_column(BytesColumn(16), primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey(QuestionnaireVersion.id))
    state: Mapped[int] = mapped_column(SmallNumberColumn)
    answers: Mapped[str] = mapped_column(TextColumn(400))

    __table_args__ = (
        Index(
            "ix_submission_unread", "week", "ref", sqlite_where=text("state = 0"), postgresql_where=text("state = 0")
        ),
        {"sqlite_with_rowid": False},
    )


class SavedDraft(Base):
    """An encrypted draft that only its return code opens. See `saved_drafts`.

    `id`: 16 bytes, derived from the code like the key. `sealed`: always of the same length. `last_day` (UTC): the last
    day on which it can be opened. It has no SQLite rowid, like submissions.
    """

    __tablename__ = "saved_draft"

    id: Mapped[bytes] = mapped_column(BytesColumn(16), primary_key=True)
    sealed: Mapped[bytes]
    last_day: Mapped[date]

    __table_args__ = ({"sqlite_with_rowid": False},)


class Tally(Base):
    """A cache of the answers of one closed week and version, as anonymous bit sets. See `tallies`.

    `number`: the number of submissions. `bits`: for each option, in the file's order, one bit per submission; then, if
    some could not be read, their number in 4 bytes.
    """

    __tablename__ = "tally"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(ForeignKey(QuestionnaireVersion.id), primary_key=True, autoincrement=False)
    number: Mapped[int]
    bits: Mapped[bytes]


class Drawn(Base):
    """The figures of a four-week block that are previewed but not yet published. See `published_figures`.

    They are stored as they will be published, without the exact counts and their random offsets.
    """

    __tablename__ = "drawn"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    figures: Mapped[str]


class Published(Base):
    """The published figures of a four-week block, which never change. See `published_figures`.

    `week`: the first of the four. `figures`: drawn and rounded counts by version, question and option, as JSON.
    """

    __tablename__ = "published"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    figures: Mapped[str]


class Notice(Base):
    """A notice to staff about the site, such as that sharing was paused; never about a patient."""

    __tablename__ = "notice"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(TextColumn(40), primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Installation(Base):
    """The installation's own state, in one row with the `id` 1. See `expiry`.

    `purged_on`: the day (UTC) of the last purge, installation or restore. `held_hours`: hours of running for which the
    automatic purge has been held back since. `oldest_code`: the oldest schema revision whose code may still use this
    database, such as 0008; every migration states its own.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purged_on: Mapped[date]
    held_hours: Mapped[int]
    oldest_code: Mapped[str] = mapped_column(TextColumn(20))


# Literals: with bound values, SQLite would not use the index of these entries, of which a newer site writes none.
LINKABLE_LOOK_UP = text("action = 'record looked up' AND length(about) > 0")


class AuditEntry(Base):
    """One audit entry: an account's action and its day (UTC), never the time.

    `account_id`: 0 for the command line; not a foreign key, so that entries outlive accounts. `action`: see
    `audit.Action`. `about`: empty, `audit.LAST_OF_DAY_MARK`, or a 16-byte MAC of the record or account concerned, which
    names neither without the key. `mac`: chains the entry to the one before it.
    """

    __tablename__ = "audit_entry"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int]
    action: Mapped[str] = mapped_column(TextColumn(20))
    day: Mapped[date]
    about: Mapped[bytes] = mapped_column(BytesColumn(16))
    mac: Mapped[bytes] = mapped_column(BytesColumn(32))

    __table_args__ = (
        Index("ix_audit_entry_day", "day", "action", "account_id"),
        Index("ix_audit_entry_linkable", "number", sqlite_where=LINKABLE_LOOK_UP, postgresql_where=LINKABLE_LOOK_UP),
    )


def columns() -> dict[str, list[str]]:
    """Return each table's column names, by table name."""
    return {table.name: table.columns.keys() for table in Base.metadata.sorted_tables}
