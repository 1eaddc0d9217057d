"""Who picked what, week by week, as bit sets: a cache over the rows of closed weeks, by which counting stays quick.

For each closed week and version, each option has one bit set over that week's rows in the order of their refs, which
is random: it tells nothing of who came first. "And" and `int.bit_count` answer what was picked together. A tally is
built from the rows when it is first read, never for an open week, and goes in the transaction that deletes a row of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from screening.questionnaire.model import Option, Questionnaire
from screening.questionnaire.packing import NotPacked, option_bits, unpack
from screening.storage import questionnaire_versions, weeks
from screening.storage.database import write_alone
from screening.storage.tables import QuestionnaireVersion, Submission, Tally

UNREADABLE_BYTES = 4


class WeekTally(NamedTuple):
    """One week of one version: how many shared, and for each option, in the file's order, who chose it.

    `unreadable`: how many beside them hold what the version cannot have made, because something else changed the rows.
    """

    week: int
    number: int
    chosen: tuple[int, ...]
    unreadable: int = 0


def read_tallies(session: Session, version: str, in_weeks: Collection[int], now: datetime) -> list[WeekTally]:
    """The tallies of a version (its hash in hex) in closed weeks with rows of it, oldest first. Commits.

    Raises:
        ValueError: a week is not closed.
    """
    _build(session, in_weeks, now)
    found = _stored(session, version, in_weeks)
    if spoiled := {week for week, counted in found if counted is None}:
        # A cache: what is damaged is counted anew.
        session.execute(delete(Tally).where(Tally.week.in_(spoiled)))
        session.commit()
        _build(session, in_weeks, now)
        found = _stored(session, version, in_weeks)
    return [counted for _, counted in found if counted]


def _stored(session: Session, version: str, in_weeks: Collection[int]) -> list[tuple[int, WeekTally | None]]:
    """Each week's tally as it is stored; None in place of a damaged one."""
    wanted = (
        select(Tally.week, Tally.number, Tally.bits)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Tally.version)
        .where(QuestionnaireVersion.hash == bytes.fromhex(version), Tally.week.in_(in_weeks))
        .order_by(Tally.week)
    )
    rows = session.execute(wanted).all()
    options = len(_options(questionnaire_versions.load_version(session, version))) if rows else 0
    return [(week, _unpacked(week, bits, number, options)) for week, number, bits in rows]


def versions_in(session: Session, in_weeks: Collection[int], now: datetime) -> list[str]:
    """The versions (hashes in hex) that were answered in closed weeks, the oldest version first. Commits.

    Raises:
        ValueError: a week is not closed.
        NotPacked: something was answered to a version that cannot be read.
    """
    _build(session, in_weeks, now)
    there = select(Tally.version).where(Tally.week.in_(in_weeks))
    found = (
        select(QuestionnaireVersion.hash).where(QuestionnaireVersion.id.in_(there)).order_by(QuestionnaireVersion.id)
    )
    hashes = [version.hex() for version in session.scalars(found)]
    # Built only of versions that can be read.
    uncounted = select(Submission.version).where(Submission.week.in_(in_weeks), Submission.version.not_in(there))
    if (
        len(questionnaire_versions.load_versions(session, hashes)) < len(hashes)
        or session.execute(uncounted.limit(1)).first()
    ):
        raise NotPacked
    return hashes


def row_counts(session: Session, in_weeks: Collection[int], now: datetime) -> dict[int, int]:
    """How many shared in each of these closed weeks, of any version, without those that cannot be read. Commits.

    Raises:
        ValueError: a week is not closed.
    """
    _build(session, in_weeks, now)
    found = dict.fromkeys(in_weeks, 0)
    for week, number in session.execute(select(Tally.week, Tally.number).where(Tally.week.in_(in_weeks))):
        found[week] += max(number, 0)
    return found


def forget_open(session: Session, now: datetime) -> None:
    """Delete the tallies of weeks that are not closed: made while the clock was ahead, they miss what comes later."""
    session.execute(delete(Tally).where(Tally.week > weeks.newest_closed(now)))


def _build(session: Session, in_weeks: Collection[int], now: datetime) -> None:
    if not all(weeks.is_closed(week, now) for week in in_weeks):
        raise ValueError("An open week is not counted.")
    _forget_if_damaged(session)
    there = set(session.scalars(select(Tally.week).where(Tally.week.in_(in_weeks)).distinct()))
    for week in sorted({*in_weeks} - there):
        if session.scalar(select(Submission.week).where(Submission.week == week).limit(1)):
            _build_week(session, week)


def _forget_if_damaged(session: Session) -> None:
    """Empty the cache if a row of it is of no version or of no week: which counts it lacks, nobody knows."""
    known = select(QuestionnaireVersion.id)
    keys = session.execute(select(Tally.week, Tally.version.in_(known)).distinct())
    if not all(has_version and weeks.is_week(week) for week, has_version in keys.all()):
        session.execute(delete(Tally))
        session.commit()


def _build_week(session: Session, week: int) -> None:
    # Else a row deleted meanwhile could stay in a tally that is written just after.
    session.commit()
    write_alone(session, Tally.__tablename__)
    if not session.scalar(select(Tally.week).where(Tally.week == week).limit(1)):
        rows: dict[int, list[str]] = defaultdict(list)
        wanted = select(Submission.version, Submission.answers).where(Submission.week == week).order_by(Submission.ref)
        for version, answers in session.execute(wanted):
            rows[version].append(answers)
        for version, packed in rows.items():
            counted = _packed(session, version, packed)
            if counted is None:
                continue
            number, bits = counted
            session.execute(insert(Tally).values(week=week, version=version, number=number, bits=bits))
    session.commit()


def _packed(session: Session, version: int, packed: list[str]) -> tuple[int, bytes] | None:
    """How many rows could be read, and a tally's bits of them; None where the version itself cannot be read."""
    hash_ = session.scalar(select(QuestionnaireVersion.hash).where(QuestionnaireVersion.id == version))
    known = questionnaire_versions.load_versions(session, [hash_.hex()] if hash_ else [])
    if not known:
        return None
    questionnaire = known[0]
    try:
        return len(packed), _bits(option_bits(questionnaire, packed), len(packed))
    except NotPacked:
        readable = [one for one in packed if _is_readable(questionnaire, one)]
        unreadable = (len(packed) - len(readable)).to_bytes(UNREADABLE_BYTES)
        return len(readable), _bits(option_bits(questionnaire, readable), len(readable)) + unreadable


def _bits(options: Iterable[int], number: int) -> bytes:
    return b"".join(bits.to_bytes(_size(number)) for bits in options)


def _unpacked(week: int, bits: bytes, number: int, options: int) -> WeekTally | None:
    """A tally; None where its bits are not those of so many rows and options."""
    size = _size(number)
    if number < 0 or len(bits) not in (options * size, options * size + UNREADABLE_BYTES):
        return None
    chosen = tuple(int.from_bytes(bits[place * size : (place + 1) * size]) for place in range(options))
    if any(one.bit_length() > number for one in chosen):
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
