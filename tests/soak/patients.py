"""Patients who walk, share, retry when they are refused, and keep the code that they are shown."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

from tests.faults.patient import NO_ANSWER, Sharer
from tests.soak.ledger import Deletion, Ledger

# Seconds.
THINKS = 0.05
WAITS = 0.3
FINISHES_WITHIN = 40
DELETES = 0.15
GONE = "Nothing is stored under this code."
# The page for sharing shows the record again, because it is different now: the questions were changed, or a week began.
NOT_YET = "Nothing was shared yet."
ASKED_AGAIN = "asked again"

T = TypeVar("T")


class GaveUp(Exception):
    """The soak is over, and this patient has no code."""


class Stubborn(Sharer):
    """A patient who retries each step until it works."""

    def __init__(self, address: str, source: str, refused: Counter[str], give_up: Event) -> None:
        super().__init__(address, source)
        self.refused, self.give_up = refused, give_up

    def open(self, path: str) -> str:
        return self._until_it_works(lambda: super(Stubborn, self).open(path))

    def send(self, path: str, **more: str) -> str:
        return self._until_it_works(lambda: super(Stubborn, self).send(path, **more))

    def share_until_acknowledged(self) -> None:
        """Press Share until the code is shown."""
        while True:
            self.share()
            if self.code:
                return
            self.wait(ASKED_AGAIN if NOT_YET in self.page else "away")

    def delete(self, code: str, ledger: Ledger) -> None:
        """Look up and delete the record, on the site's own pages."""
        while not self._has_deleted(code, ledger):
            self.wait("away")

    def wait(self, why: str) -> None:
        self.refused[why] += 1
        if self.give_up.wait(WAITS):
            raise GaveUp

    def _has_deleted(self, code: str, ledger: Ledger) -> bool:
        self.open("/code")
        self.send("/code", code=code)
        page = self.open("/code")
        if "/code/delete" in page:
            self.open("/code/delete")
            ledger.note(code, Deletion.UNSURE)
            self.send("/code/delete")
            page = self.open("/code")
            if "Deleted." in page:
                ledger.note(code, Deletion.DONE)
        # A record that is gone before any deletion stays in the ledger as expected, so that it counts as lost.
        return "Deleted." in page or GONE in page

    def _until_it_works(self, step: Callable[[], T]) -> T:
        while True:
            time.sleep(THINKS)
            try:
                return step()
            except NO_ANSWER as error:
                self.wait(type(error).__name__)
            except AssertionError as error:
                self.wait(str(error.args[0][0]))


class Patients:
    """This many patients at once, each followed by the next, until told to finish."""

    def __init__(self, address: str, ledger: Ledger, number: int, chance: random.Random) -> None:
        self.address, self.ledger = address, ledger
        self.refused: Counter[str] = Counter()
        self.closing, self.give_up = Event(), Event()
        self.stuck = 0
        self.threads = [
            Thread(target=self._come, args=(random.Random(chance.random()),), daemon=True) for _ in range(number)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def finish(self, within: float = FINISHES_WITHIN) -> None:
        """Stop new patients, and let those who have begun get their code."""
        self.closing.set()
        until = time.monotonic() + within
        for thread in self.threads:
            thread.join(max(0, until - time.monotonic()))
        self.give_up.set()
        for thread in self.threads:
            thread.join()

    def _come(self, chance: random.Random) -> None:
        while not self.closing.is_set():
            try:
                self._one(chance)
            except GaveUp:
                self.stuck += 1

    def _one(self, chance: random.Random) -> None:
        # The machine's own network for itself, 127.0.0.0/8: each patient has a device with an address.
        source = f"127.{chance.randint(1, 254)}.{chance.randint(1, 254)}.{chance.randint(1, 254)}"
        patient = Stubborn(self.address, source, self.refused, self.give_up)
        patient.walk()
        self.ledger.expect(patient.ref)
        patient.share_until_acknowledged()
        code = self.ledger.acknowledge(patient.codes)
        if chance.random() < DELETES:
            patient.delete(code, self.ledger)
