"""Every table there is, and so everything that is ever written down."""

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
    """Constraints are named, so that migrations can change them.

    Types check what is read, so that one damaged value never fails a query: see `columns`.
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
    """A questionnaire as it was once served, whole, so that old submissions stay readable.

    `hash`: SHA-256 of `content`. `content`: the files' data as JSON, zlib-compressed. `since`: the day (UTC) it was
    first served; it says nothing about any patient.
    """

    __tablename__ = "questionnaire_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire: Mapped[str] = mapped_column(TextColumn(80))
    hash: Mapped[bytes] = mapped_column(BytesColumn(32), unique=True)
    content: Mapped[bytes]
    since: Mapped[date]


class Submission(Base):
    """What one patient chose to share, and nothing of who or when.

    `week`: see `weeks`. `ref`: 16 bytes, a keyed hash of the patient's code. `answers`: see `packing`. `state`: see
    `submissions.ReviewState`. Without row ids, so that on SQLite not even the order of rows tells who came first.
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
    """A draft that somebody saved for later, which only their return code opens. See `saved`.

    `id`: 16 bytes, made of the code as the key is. `sealed`: always of the same length. `last_day` (UTC): the last day
    on which it can be opened. Without row ids, as submissions are.
    """

    __tablename__ = "saved_draft"

    id: Mapped[bytes] = mapped_column(BytesColumn(16), primary_key=True)
    sealed: Mapped[bytes]
    last_day: Mapped[date]

    __table_args__ = ({"sqlite_with_rowid": False},)


class Tally(Base):
    """A cache: who of one closed week and version picked what, as bit sets without names. See `tallies`.

    `number`: how many submissions. `bits`: for each option, in the file's order, a bit for each of them; behind them,
    where some could not be read, how many, in 4 bytes.
    """

    __tablename__ = "tally"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(ForeignKey(QuestionnaireVersion.id), primary_key=True, autoincrement=False)
    number: Mapped[int]
    bits: Mapped[bytes]


class Drawn(Base):
    """The figures of four weeks that a manager has looked at and nobody published yet. See `published`.

    As they will be published: the counts behind them, and how far chance moved each, are not there.
    """

    __tablename__ = "drawn"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    figures: Mapped[str]


class Published(Base):
    """The figures of four weeks as they were published, for good. See `published`.

    `week`: the first of the four. `figures`: drawn and rounded counts by version, question and option, as JSON.
    """

    __tablename__ = "published"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    figures: Mapped[str]


class Notice(Base):
    """Something about the site that staff must know, such as that sharing was paused; never about a patient."""

    __tablename__ = "notice"

    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(TextColumn(40), primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Installation(Base):
    """What this installation knows of itself, in one row whose `id` is 1. See `purging`.

    `purged_on`: the day (UTC) of the last purge, or of installing or restoring. `held_hours`: for how many hours of
    running the automatic purge has been held back since. `oldest_code`: the oldest schema revision whose code may still
    use this database, such as 0008; every migration states its own.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purged_on: Mapped[date]
    held_hours: Mapped[int]
    oldest_code: Mapped[str] = mapped_column(TextColumn(20))


class AuditEntry(Base):
    """That an account did something with what patients shared, and on which day (UTC); never at what time.

    `account_id`: 0 for the command line; not a foreign key, so that entries outlive accounts. `action`: see
    `audit.Action`. `about`: empty, or the 16 bytes of a keyed mark of the record or account that it is about, which
    without the key names neither; or `audit.LAST_OF_DAY_MARK`. `mac`: what chains the entry to the one before it.
    """

    __tablename__ = "audit_entry"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int]
    action: Mapped[str] = mapped_column(TextColumn(20))
    day: Mapped[date]
    about: Mapped[bytes] = mapped_column(BytesColumn(16))
    mac: Mapped[bytes] = mapped_column(BytesColumn(32))

    __table_args__ = (Index("ix_audit_entry_day", "day", "action", "account_id"),)


def columns() -> dict[str, list[str]]:
    """The names of each table's columns, by the table's name."""
    return {table.name: table.columns.keys() for table in Base.metadata.sorted_tables}
