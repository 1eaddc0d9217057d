"""Tallies: a cache of selected options per closed week and version, as bit sets that are quick to count.

Each option has one bit per row, in the order of the refs, which is random and reveals nothing about who came first.
`&` and `int.bit_count` count combinations. A tally is built when it is first read, never for an open week. It is
deleted in the transaction that deletes a row of its week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, delete, func, insert, select
from sqlalchemy.orm import Session

from screening.questionnaire.model import Option, Questionnaire
from screening.questionnaire.packing import NotPacked, joined_option_bits, option_bits, packed_length, unpack
from screening.storage import questionnaire_versions, weeks
from screening.storage.column_types import is_undamaged_text
from screening.storage.database import write_alone
from screening.storage.tables import QuestionnaireVersion, Submission, Tally

UNREADABLE_BYTES = 4


class WeekTally(NamedTuple):
    """One week of one version: the number of readable records, and a bit set per option in the file's order.

    `unreadable`: the number of further records that are damaged.
    """

    week: int
    number: int
    chosen: tuple[int, ...]
    unreadable: int = 0


def read_tallies(session: Session, version: str, in_weeks: Collection[int], now: datetime) -> list[WeekTally]:
    """Return a version's tallies (hash in hex) for those closed weeks that have rows of it, oldest first. Commits.

    Raises:
        ValueError: a week is not closed.
    """
    _build(session, in_weeks, now)
    tallies = _stored(session, version, in_weeks)
    if damaged := {week for week, tally in tallies if tally is None}:
        # A damaged cache entry is rebuilt.
        session.execute(delete(Tally).where(Tally.week.in_(damaged)))
        session.commit()
        _build(session, in_weeks, now)
        tallies = _stored(session, version, in_weeks)
    return [tally for _, tally in tallies if tally]


def _stored(session: Session, version: str, in_weeks: Collection[int]) -> list[tuple[int, WeekTally | None]]:
    """Return each week's stored tally; None for a damaged one."""
    query = (
        select(Tally.week, Tally.number, Tally.bits)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Tally.version)
        .where(QuestionnaireVersion.hash == bytes.fromhex(version), Tally.week.in_(in_weeks))
        .order_by(Tally.week)
    )
    rows = session.execute(query).all()
    options = len(_options(questionnaire_versions.load_version(session, version))) if rows else 0
    return [(week, _parse_tally(week, bits, number, options)) for week, number, bits in rows]


def tally_rows(
    session: Session, week: int, version: int, questionnaire: Questionnaire, *conditions: ColumnElement[bool]
) -> WeekTally:
    """Tally those rows of a week and version (row id) that meet these conditions. There must be one. Stores nothing."""
    number, bits = _count_and_bits(session, week, version, questionnaire, *conditions)
    tally = _parse_tally(week, bits, number, len(_options(questionnaire)))
    assert tally
    return tally


class RowTotal(NamedTuple):
    """How many records of one week and version can be read, and how many further ones cannot."""

    week: int
    number: int
    unreadable: int


def row_totals(session: Session, in_weeks: Collection[int], now: datetime) -> dict[int, list[RowTotal]]:
    """Return the totals of each readable version (row id), for those closed weeks that have rows of it. Commits.

    Raises:
        ValueError: a week is not closed.
    """
    _build(session, in_weeks, now)
    length = func.length(Tally.bits)
    # The bits are not parsed, because there are many.
    query = select(
        Tally.version, Tally.week, Tally.number, length, func.substr(Tally.bits, length - UNREADABLE_BYTES + 1)
    )
    totals: dict[int, list[RowTotal]] = defaultdict(list)
    rows = session.execute(query.where(Tally.week.in_(in_weeks))).all()
    questionnaires = {version: _questionnaire(session, version) for version in {row.version for row in rows}}
    for version, week, number, size, last in rows:
        if questionnaire := questionnaires[version]:
            # Damaged bits can be a text or a number.
            is_sound = isinstance(last, bytes) and isinstance(number, int)
            has_unreadable = is_sound and size == len(_options(questionnaire)) * _size(number) + UNREADABLE_BYTES
            totals[version].append(RowTotal(week, number, int.from_bytes(last) if has_unreadable else 0))
    return totals


def versions_in(session: Session, in_weeks: Collection[int], now: datetime) -> list[str]:
    """Return the versions (hashes in hex) with records in these closed weeks, the oldest version first. Commits.

    Raises:
        ValueError: a week is not closed.
        NotPacked: a record has a version that cannot be read.
    """
    _build(session, in_weeks, now)
    tallied = select(Tally.version).where(Tally.week.in_(in_weeks))
    query = (
        select(QuestionnaireVersion.hash).where(QuestionnaireVersion.id.in_(tallied)).order_by(QuestionnaireVersion.id)
    )
    hashes = [version.hex() for version in session.scalars(query)]
    # Versions that cannot be read have no tally.
    uncounted = select(Submission.version).where(Submission.week.in_(in_weeks), Submission.version.not_in(tallied))
    if (
        len(questionnaire_versions.load_versions(session, hashes)) < len(hashes)
        or session.execute(uncounted.limit(1)).first()
    ):
        raise NotPacked
    return hashes


def row_counts(session: Session, in_weeks: Collection[int], now: datetime) -> dict[int, int]:
    """Count the readable records of each of these closed weeks, of any version. Commits.

    Raises:
        ValueError: a week is not closed.
    """
    _build(session, in_weeks, now)
    counts = dict.fromkeys(in_weeks, 0)
    for week, number in session.execute(select(Tally.week, Tally.number).where(Tally.week.in_(in_weeks))):
        counts[week] += max(number, 0)
    return counts


def forget_open(session: Session, now: datetime) -> None:
    """Delete tallies of weeks that are not closed. They were built while the clock was ahead and are incomplete."""
    session.execute(delete(Tally).where(Tally.week > weeks.newest_closed(now)))


def _build(session: Session, in_weeks: Collection[int], now: datetime) -> None:
    if not all(weeks.is_closed(week, now) for week in in_weeks):
        raise ValueError("An open week cannot be counted.")
    _forget_if_damaged(session)
    built = set(session.scalars(select(Tally.week).where(Tally.week.in_(in_weeks)).distinct()))
    for week in sorted({*in_weeks} - built):
        if session.scalar(select(Submission.week).where(Submission.week == week).limit(1)):
            _build_week(session, week)


def _forget_if_damaged(session: Session) -> None:
    """Empty the cache if a row has an invalid version or week, since other tallies may then be missing."""
    known = select(QuestionnaireVersion.id)
    keys = session.execute(select(Tally.week, Tally.version.in_(known)).distinct())
    if not all(has_version and weeks.is_week(week) for week, has_version in keys.all()):
        session.execute(delete(Tally))
        session.commit()


def _build_week(session: Session, week: int) -> None:
    # Without the lock, a row deleted meanwhile could end up in the new tally.
    session.commit()
    write_alone(session, Tally.__tablename__)
    if not session.scalar(select(Tally.week).where(Tally.week == week).limit(1)):
        versions = session.scalars(select(Submission.version).where(Submission.week == week).distinct())
        for version in versions.all():
            questionnaire = _questionnaire(session, version)
            # A version that cannot be read has no tally.
            if questionnaire:
                number, bits = _count_and_bits(session, week, version, questionnaire)
                session.execute(insert(Tally).values(week=week, version=version, number=number, bits=bits))
    session.commit()


def _questionnaire(session: Session, version: int) -> Questionnaire | None:
    hash_ = session.scalar(select(QuestionnaireVersion.hash).where(QuestionnaireVersion.id == version))
    return next(iter(questionnaire_versions.load_versions(session, [hash_.hex()] if hash_ else [])), None)


def _count_and_bits(
    session: Session, week: int, version: int, questionnaire: Questionnaire, *conditions: ColumnElement[bool]
) -> tuple[int, bytes]:
    """Return the number of readable rows of a week and version, and their bits."""
    answers = select(Submission.answers).where(Submission.week == week, Submission.version == version, *conditions)
    answers = answers.order_by(Submission.ref)
    try:
        number, joined = _join(session, answers, packed_length(questionnaire))
        return number, _bits(joined_option_bits(questionnaire, joined), number)
    except NotPacked:
        packed = session.scalars(answers).all()
        readable = [one for one in packed if _is_readable(questionnaire, one)]
        unreadable = (len(packed) - len(readable)).to_bytes(UNREADABLE_BYTES)
        return len(readable), _bits(option_bits(questionnaire, readable), len(readable)) + unreadable


def _join(session: Session, answers: Select[str], length: int) -> tuple[int, str]:
    """Return the number of rows and their answers as one text. The database joins them four times as fast as Python.

    Raises:
        NotPacked: not all answers are texts of this length.
    """
    column = answers.subquery().c.answers
    # In SQLite, bytes are greater than any text.
    query = select(func.count(), func.max(column), func.min(func.length(column)), func.aggregate_strings(column, ""))
    number, greatest, shortest, joined = session.execute(query).one()
    if (shortest, len(joined)) != (length, number * length) or not is_undamaged_text(greatest):
        raise NotPacked
    return number, joined


def _bits(options: Iterable[int], number: int) -> bytes:
    return b"".join(bits.to_bytes(_size(number)) for bits in options)


def _parse_tally(week: int, bits: bytes, number: int, options: int) -> WeekTally | None:
    """Return a tally, or None if the bits do not fit the numbers of rows and options."""
    size = _size(number)
    if number < 0 or len(bits) not in (options * size, options * size + UNREADABLE_BYTES):
        return None
    chosen = tuple(int.from_bytes(bits[index * size : (index + 1) * size]) for index in range(options))
    if any(bit_set.bit_length() > number for bit_set in chosen):
        return None
    return WeekTally(week, number, chosen, int.from_bytes(bits[options * size :]))


def _is_readable(questionnaire: Questionnaire, packed: str) -> bool:
    try:
        unpack(questionnaire, packed)
    except NotPacked:
        return False
    return True


def _options(questionnaire: Questionnaire) -> list[Option]:
    return [option for question in questionnaire.questions for option in question.options]


def _size(number: int) -> int:
    return -(-number // 8)
