"""A database that hangs delays no page that needs none, and stores each share made meanwhile exactly once.

Run by itself, with `-s` for the table: `pytest -s tests/attacks/test_frozen.py`.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from config import Config, make_secrets
from tests.attacks.test_attacks import WORKERS, help_answers
from tests.soak.databases import database, rows
from tests.soak.ledger import Comparison, Ledger
from tests.soak.patients import Patients
from tests.support.server import served, settings

pytestmark = pytest.mark.long
PATIENTS, MANY = 12, "1000000"
# Seconds; longer than any timeout for a connection, a statement or the network.
FROZEN_FOR = 20


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_frozen_database_takes_no_page_and_no_share(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Patients think for longer here, so that CPU load does not hide waiting.
    monkeypatch.setattr("tests.soak.patients.THINKS", 0.5)
    instance = tmp_path / "instance"
    make_secrets(instance)
    with (
        database(kind, tmp_path) as hangs,
        served(instance, True, DATABASE_URL=hangs.url, SHARES_PER_HOUR=MANY, WORKERS=str(WORKERS)) as server,
    ):
        config = Config.from_environment(settings(instance, DATABASE_URL=hangs.url))
        ledger = Ledger(config.code_keys)
        patients = Patients(server.address, ledger, PATIENTS, random.Random(1))
        patients.start()
        with hangs.frozen(), help_answers(server, f"{PATIENTS} patients, {kind} frozen", tmp_path):
            time.sleep(FROZEN_FOR)
        patients.finish()
        assert patients.stuck == 0
        assert patients.refused["away"] >= PATIENTS, "they shared while it was frozen"
        told = ledger.compare(rows(hangs.url))
    assert told.acknowledged >= PATIENTS
    assert told == Comparison(told.acknowledged, told.deleted, lost=0, doubled=0, present=0)
