"""One network that shares or saves as fast as it can leaves half of each hour's limit to others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from config import make_secrets
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.storage import notices
from screening.storage.database import db
from tests.faults.patient import Sharer as FarSharer
from tests.support.page_checker import text_of
from tests.support.saving_patient import SAVE, Saver, quick
from tests.support.server import served
from tests.support.settings import TestConfig
from tests.support.sharing_patient import SHARE

__all__ = ["quick"]

PER_HOUR = TestConfig.shares_per_hour
WAITING_ROOM = 30
CROWDED = "from the same network as yours within an hour"


def shares_from(address: str, network: str) -> str:
    """Walk and share from a network, and return the resulting page."""
    patient = FarSharer(address, X_Forwarded_For=network)
    patient.walk()
    patient.share()
    return patient.page


def test_one_network_at_full_speed_leaves_half_of_the_hour_to_others(tmp_path: Path) -> None:
    make_secrets(tmp_path / "instance")
    with (
        served(tmp_path / "instance", app="tests.support.one_hour_app", WORKERS="2", PROXY_HOPS="1") as server,
        ThreadPoolExecutor(4) as pool,
    ):

        def accepted(networks: list[str]) -> int:
            pages = list(pool.map(shares_from, [server.address] * len(networks), networks))
            assert all("This is your code" in page or CROWDED in page for page in pages)
            return sum("This is your code" in page for page in pages)

        assert accepted(["203.0.113.8"] * WAITING_ROOM) == WAITING_ROOM, "a waiting room behind one address"
        assert accepted([f"203.0.113.8:{port}" for port in range(40_000, 40_010)]) == 0, "the same, at full speed"
        others = [f"203.0.113.{number}" for number in range(100, 114)] + [f"2001:db8:0:{n:x}::1" for n in range(16)]
        assert accepted(others) == PER_HOUR - WAITING_ROOM
        assert "Sharing is paused" in shares_from(server.address, "198.51.100.1"), (
            "many networks reach the site's limit"
        )


@pytest.mark.parametrize("kind", ["sharing", "saving"])
def test_a_network_that_has_had_its_part_is_told_so_and_staff_are_too(
    clinic: Flask, collection: Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setattr("screening.web.limits.monotonic", lambda: 0.0)
    url = f"sqlite:///{tmp_path / 'screening.sqlite'}"
    app = create_app(TestConfig(database_url=url, shares_per_hour=4, proxy_hops=1))
    told = []
    for network in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1", ""):
        patient = Saver(app, collection)
        patient.client.environ_base["HTTP_X_FORWARDED_FOR"] = network
        patient.finish() if kind == "sharing" else patient.begin()
        patient.press(SHARE if kind == "sharing" else SAVE)
        told += [text_of(notice) for notice in patient.page.find("//main//*[@role='status']")] or ["done"]
    assert [CROWDED in words for words in told] == [False, False, True, False, False]
    assert told.count("done") == 4
    with app.app_context():
        (notice,) = notices.notices_since(db.session, 0)
        assert notice[1] == f"{kind}-crowded"
        db.session.close()
        db.engine.dispose()


@pytest.mark.parametrize(("address", "is_limited"), [("203.0.113.8", True), ("127.0.0.1", False), ("::1", False)])
def test_without_a_known_proxy_this_machine_stands_for_nobody(
    clinic: Flask,
    collection: Collection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    address: str,
    is_limited: bool,
) -> None:
    monkeypatch.setattr("screening.web.limits.monotonic", lambda: 0.0)
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}", shares_per_hour=2))
    headings = []
    for _ in range(2):
        patient = Saver(app, collection)
        patient.client.environ_base["REMOTE_ADDR"] = address
        # What a client puts into these headers disables nothing.
        patient.client.environ_base["HTTP_X_FORWARDED_FOR"] = "127.0.0.1"
        patient.finish()
        headings.append(patient.press(SHARE).heading)
    assert headings[0] == "Your answers were shared"
    assert (headings[1] != headings[0]) is is_limited
    with app.app_context():
        db.engine.dispose()
