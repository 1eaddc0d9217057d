"""Reading is audited, and the audit trail re-identifies nobody.

A colleague read every submission from the list and looked one up for the patient at the desk, whose name is in the
appointment book. The adversary is a manager who opens every page, takes every export, sees every address in the
colleague's browser and has the audit table, but not its key. They must not learn whose record it was.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute
from sqlalchemy import delete, text

from screening.authoring.loader import Collection
from screening.questionnaire.model import Questionnaire
from screening.staff.review import lookup
from screening.storage import patient_codes
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.database import db
from screening.storage.submissions import Submitted
from screening.storage.tables import Submission
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE, Shelf, path
from tests.support.staff_client import Staff

NUMBER = 26
WORLDS, LOOK_UPS = 10, 100
LOOK_UP = "/staff/look-up"
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
# Each file numbers its records anew, in random order.
NUMBERED = re.compile(r"^\d+,", re.ASCII)
HANDLE = re.compile(r"/[\w-]{43}(?=/|$)", re.ASCII)
FORMS = ("wide", "long", "ndjson")

Row: TypeAlias = tuple[int, str, str, bytes]
"""Account, action, day and mark of an entry."""


@dataclass(frozen=True)
class Desk:
    """Knowledge of one look-up: the entries up to it and after it, and the addresses that the browser then showed.

    `readings`: the address of each record, by the mark in the entry for the adversary's own reading.
    """

    before: Sequence[Row]
    entry: Row
    after: Sequence[Row]
    addresses: Sequence[str]
    readings: Mapping[bytes, str]
    account: int

    def of_account(self, entries: Sequence[Row]) -> list[bytes]:
        """Return the marks in the colleague's entries that name a record."""
        return [row[3] for row in entries if row[0] == self.account and row[3] in self.readings]


Adversary: TypeAlias = Callable[[Desk], list[str]]
"""Names the records that it might be."""


def by_its_mark(desk: Desk) -> list[str]:
    return [desk.readings[desk.entry[3]]] if desk.entry[3] in desk.readings else []


def by_the_address(desk: Desk) -> list[str]:
    parts = {part for address in desk.addresses for part in re.split(r"[/?&=.]", address)}
    return [path for path in desk.readings.values() if path.rpartition("/")[2] in parts]


def by_the_next_entry(desk: Desk) -> list[str]:
    return [desk.readings[mark] for mark in desk.of_account(desk.after)[:1]]


def by_the_entry_before(desk: Desk) -> list[str]:
    return [desk.readings[mark] for mark in desk.of_account(desk.before)[-1:]]


def by_most_entries(desk: Desk) -> list[str]:
    count = Counter(desk.of_account([*desk.before, desk.entry, *desk.after]))
    return [desk.readings[mark] for mark, number in count.items() if number == max(count.values())]


def by_fewest_entries(desk: Desk) -> list[str]:
    count = Counter(desk.of_account([*desk.before, desk.entry, *desk.after]))
    return [path for mark, path in desk.readings.items() if count[mark] == min(count[one] for one in desk.readings)]


ADVERSARIES: tuple[Adversary, ...] = (
    by_its_mark,
    by_the_address,
    by_the_next_entry,
    by_the_entry_before,
    by_most_entries,
    by_fewest_entries,
)


class World:
    """A clinic with 26 submissions, each read from the list by a colleague and the adversary."""

    def __init__(self, shelf: Shelf, manager: Staff, chance: random.Random) -> None:
        self.shelf, self.manager, self.chance = shelf, manager, chance
        with shelf.app.app_context():
            db.session.execute(delete(Submission))
            db.session.commit()
        self.colleague = Staff(shelf.app)
        self.colleague.sign_in(REVIEWER)
        self.account = self.colleague.account().id
        self.codes = [patient_codes.make_code() for _ in range(NUMBER)]
        self.records = [
            shelf.put(chance.choice([CLOSED_WEEK, WEEK_BEFORE]), code, **made_up(shelf.questionnaire, chance))
            for code in self.codes
        ]
        self.token = self.colleague.hidden("Sign out")

    def read(self, record: Submitted) -> None:
        assert self.colleague.client.get(path(record)).status_code == 200

    def look_up(self, number: int) -> list[str]:
        """Look a patient's code up, and return the addresses that the browser showed."""
        client = self.colleague.client
        there = client.post(LOOK_UP, data=self.token | {"code": self.codes[number]}).location
        assert client.get(there).status_code == 200
        return [LOOK_UP, there]

    def readings(self) -> dict[bytes, str]:
        """Read all records of the list as the adversary, and find the adversary's own entries."""
        found = {}
        for record in self.records:
            before = len(self.entries())
            assert self.manager.client.get(path(record)).status_code == 200
            found[self.entries()[before][3]] = path(record)
        assert len(found) == NUMBER, "marks tell records apart"
        return found

    def entries(self) -> list[Row]:
        """Return the audit table."""
        with self.shelf.app.app_context():
            rows = db.session.execute(text("SELECT account_id, action, day, about FROM audit_entry ORDER BY number"))
            return [(account, action, str(day), bytes(about)) for account, action, day, about in rows]

    def seen(self, readings: Sequence[tuple[bytes, str]]) -> Iterator[tuple[str, str]]:
        """Return every page and file that could reveal something, without what is random in each response."""
        pages = ["/staff/", "/staff/insights", "/staff/accounts", f"/staff/accounts/{self.account}", "/staff/retention"]
        pages += [f"/staff/submissions?state={state}" for state in ("unread", "reviewed", "set-aside")]
        pages += ["/staff/audit", f"/staff/audit?account={self.account}", "/staff/audit?action=record+looked+up"]
        for mark, there in readings:
            pages += [f"/staff/audit?about={mark.hex()}", there]
        for page in pages:
            yield page, TOKEN.sub("", self.manager.client.get(page).text)
        download = self.manager.client.post("/staff/audit", data=self.token_of_manager)
        yield "trail", download.text
        for form in FORMS:
            for level in ("year-only", "weekly"):
                file = self.manager.client.post(
                    "/staff/export", data=self.token_of_manager | {"format": form, "level": level}
                )
                yield f"{form} {level}", "\n".join(sorted(NUMBERED.sub("", line) for line in file.text.splitlines()))

    @property
    def token_of_manager(self) -> dict[str, str]:
        return self.manager.hidden("Sign out")


def made_up(questionnaire: Questionnaire, chance: random.Random) -> dict[str, str]:
    """Generate answers to the first question, which everybody is asked."""
    first = questionnaire.questions[0]
    return {first.id.replace("-", "_"): chance.choice(first.options).id}


@pytest.fixture
def shelf(clinic: Flask, collection: Collection) -> Shelf:
    return Shelf(clinic, collection.questionnaires[0])


@pytest.fixture
def manager(shelf: Shelf) -> Staff:
    staff = Staff(shelf.app)
    staff.sign_in(MANAGER)
    return staff


def test_all_that_a_manager_sees_is_the_same_whichever_record_was_looked_up(shelf: Shelf, manager: Staff) -> None:
    world = World(shelf, manager, random.Random(1))
    for record in world.records:
        world.read(record)
    readings = world.readings()
    before = len(world.entries())
    found = []
    # A few suffice: what is the same for these depends on no record.
    candidates = range(0, NUMBER, 6)
    for number in candidates:
        addresses = [HANDLE.sub("/handle", address) for address in world.look_up(number)]
        pages = world.seen([list(readings.items())[one] for one in candidates])
        found.append((addresses, world.entries(), dict(pages)))
        with shelf.app.app_context():
            db.session.execute(text("DELETE FROM audit_entry WHERE number > :before"), {"before": before})
            db.session.commit()
    assert "looked up a patient’s code" in found[0][2]["/staff/audit"], "this test would prove nothing"
    for addresses, entries, seen in found[1:]:
        assert addresses == found[0][0]
        assert entries == found[0][1]
        for page, told in seen.items():
            assert told == found[0][2][page], page


@pytest.mark.long
def test_no_adversary_names_the_record_better_than_by_chance(
    shelf: Shelf, manager: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One colleague serves as many patients as a desk does in a month.
    monkeypatch.setattr(lookup, "LOOK_UPS_PER_ACCOUNT", RateLimitItemPerMinute(10 * LOOK_UPS))
    chance = random.Random(2)
    hits = Counter({adversary.__name__: 0 for adversary in ADVERSARIES})
    for _ in range(WORLDS):
        world = World(shelf, manager, chance)
        begun = len(world.entries())
        # Reading from the list and look-ups for patients come in any order.
        work = [*range(NUMBER), *[-1] * LOOK_UPS]
        chance.shuffle(work)
        looked_up, visits = [], []
        for number in work:
            if number >= 0:
                world.read(world.records[number])
            else:
                looked_up.append(chance.randrange(NUMBER))
                visits.append(world.look_up(looked_up[-1]))
        rows, readings = world.entries(), world.readings()
        places = [place for place, row in enumerate(rows) if place >= begun and row[1] == "record looked up"]
        for number, addresses, place in zip(looked_up, visits, places, strict=True):
            desk = Desk(rows[begun:place], rows[place], rows[place + 1 :], addresses, readings, world.account)
            for adversary in ADVERSARIES:
                suspects = adversary(desk) or list(readings.values())
                hits[adversary.__name__] += chance.choice(suspects) == path(world.records[number])
    runs = WORLDS * LOOK_UPS
    by_chance, spread = runs / NUMBER, sqrt(runs / NUMBER * (1 - 1 / NUMBER))
    assert max(hits.values()) <= by_chance + 5 * spread, hits
