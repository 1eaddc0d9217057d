"""Keys are rotated while servers run: nothing that an older key encrypted or marked is lost before its time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from config import Config, make_secrets
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.commands import keys
from screening.commands.database import upgrade_database
from screening.commands.doctor import machine
from screening.storage import audit
from screening.storage.backups import while_serving
from screening.storage.database import db
from screening.storage.tables import AuditEntry, Installation
from tests.commands.test_cli import run
from tests.support.sharing_patient import Sharer
from tests.support.staff_client import Staff


class Clinic:
    """An installation whose servers are made anew from its files. `ahead`: days by which its clock is ahead."""

    def __init__(self, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make_secrets(instance)
        self.instance = instance
        self.ahead = 0
        self.apps: list[Flask] = []
        monkeypatch.setenv("INSTANCE", str(instance))
        clinic = self

        class Then(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return datetime.now(UTC) + timedelta(days=clinic.ahead)

        monkeypatch.setattr(keys, "datetime", Then)
        with self.server().app_context():
            upgrade_database(self.apps[0])

    def server(self) -> Flask:
        """A server as it is after a reload."""
        self.apps.append(create_app(Config.from_environment({"INSTANCE": str(self.instance)})))
        return self.apps[-1]

    def rotate(self, name: str) -> str:
        code, output = run(self.server(), "keys", "rotate", name)
        assert code == 0, output
        return output

    def refused(self, name: str) -> str:
        code, output = run(self.server(), "keys", "rotate", name)
        assert code == 1
        assert output.startswith("Error: ")
        return output

    def keys(self, name: str) -> list[str]:
        return (self.instance / name).read_text().split()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    made = Clinic(tmp_path / "instance", monkeypatch)
    yield made
    for app in made.apps:
        with app.app_context():
            db.session.close()
            db.engine.dispose()


def moved(patient: Sharer, app: Flask) -> Sharer:
    """The same browser, before another server."""
    there = app.test_client()
    for name in ("draft", "staff"):
        if cookie := patient.client.get_cookie(name):
            there.set_cookie(name, cookie.value)
    patient.client = there
    return patient


def test_a_draft_is_open_on_every_server_through_a_rotation(shop: Clinic, collection: Collection) -> None:
    before = shop.server()
    patient = Sharer(before, collection)
    patient.start()
    patient.answer("Myself")
    (old,) = shop.keys("draft-keys")
    assert "Step 1 of 3" in shop.rotate("DRAFT_KEYS")
    added = shop.server()
    moved(patient, added).open("/reflection/1")
    patient.answer("Someone I care about")
    where = patient.page.path
    # A server that is not reloaded yet reads what a reloaded one has written.
    for server in (before, added):
        assert moved(patient, server).open(where).path == where
    assert "Step 2 of 3" in shop.rotate("DRAFT_KEYS")
    used = shop.server()
    assert shop.keys("draft-keys")[1:] == [old]
    moved(patient, used).open("/reflection/1")
    patient.answer("Myself")
    where = patient.page.path
    for server in (added, used):
        assert moved(patient, server).open(where).path == where
    assert "must stay until" in shop.refused("DRAFT_KEYS")
    assert len(shop.keys("draft-keys")) == 2
    shop.ahead = 2
    assert "Step 3 of 3" in shop.rotate("DRAFT_KEYS")
    (new,) = shop.keys("draft-keys")
    assert new != old
    assert moved(patient, shop.server()).open(where).path == where


def test_a_patient_s_code_opens_its_record_through_a_rotation(shop: Clinic, collection: Collection) -> None:
    patient = Sharer(shop.server(), collection)
    patient.finish()
    code = patient.share()
    for step in ("Step 1 of 3", "Step 2 of 3"):
        assert step in shop.rotate("CODE_KEYS")
        patient = Sharer(shop.server(), collection)
        assert "Cravings and recovery" in patient.look_up(code).text
    patient.finish()
    newer = patient.share()
    shop.ahead = 90 + 15
    assert "patients can no longer see or delete what they shared" in shop.refused("CODE_KEYS")
    assert "Cravings and recovery" in Sharer(shop.server(), collection).look_up(code).text
    shop.ahead += 1
    assert "Step 3 of 3" in shop.rotate("CODE_KEYS")
    assert "Cravings and recovery" in Sharer(shop.server(), collection).look_up(newer).text
    assert "Cravings and recovery" not in Sharer(shop.server(), collection).look_up(code).text


def test_a_clock_that_may_be_wrong_takes_no_code_key(shop: Clinic) -> None:
    shop.rotate("CODE_KEYS")
    shop.rotate("CODE_KEYS")
    shop.ahead = 200
    with shop.server().app_context():
        db.session.execute(update(Installation).values(purged_on=datetime.now(UTC).date() - timedelta(days=120)))
        db.session.commit()
    assert "the server's clock may be wrong" in shop.refused("CODE_KEYS")
    assert len(shop.keys("code-keys")) == 2


def test_authenticators_and_recovery_codes_work_once_the_old_key_is_gone(shop: Clinic) -> None:
    before = shop.server()
    staff = Staff(before)
    staff.join()
    sealed = staff.account()
    (old,) = shop.keys("staff-keys")
    for step in ("Step 1 of 3", "Step 2 of 3", "Encrypted again: the second steps of 1 accounts."):
        assert step in shop.rotate("STAFF_KEYS")
    assert old not in shop.keys("staff-keys")
    after = shop.server()
    resealed = staff.account()
    assert resealed.tf_totp_secret != sealed.tf_totp_secret
    staff.app, staff.client = after, after.test_client()
    assert staff.pass_sign_in_pages().path == "/staff/"
    security = after.extensions["security"]
    with after.app_context():
        codes = security.mf_recovery_codes_util.get_recovery_codes(resealed)
    assert len(codes) == 10


def test_what_only_the_old_staff_key_opens_leaves_the_files(shop: Clinic) -> None:
    staff = Staff(shop.server())
    staff.join()
    account = staff.account()
    sealed = {account.tf_totp_secret or "", *(account.mf_recovery_codes or ())}

    def left() -> set[str]:
        raw = b"".join(file.read_bytes() for file in shop.instance.glob("screening.sqlite*"))
        return {one for one in sealed if one.encode() in raw}

    for _ in range(2):
        shop.rotate("STAFF_KEYS")
        assert left() == sealed
    # A sign-in would clear the files too, so nobody signs in here.
    shop.rotate("STAFF_KEYS")
    assert left() == set()


def test_an_account_that_no_key_opens_is_reported_and_keeps_nobody_from_rotating(shop: Clinic) -> None:
    staff = Staff(shop.server())
    staff.join()
    staff.change(tf_totp_secret="damaged")
    for _ in range(2):
        shop.rotate("STAFF_KEYS")
    assert "Warning: no key opens the second steps of 1 accounts." in shop.rotate("STAFF_KEYS")
    assert staff.account().tf_totp_secret == "damaged"


def test_a_form_that_is_open_fails_once_after_its_key_is_replaced(shop: Clinic, collection: Collection) -> None:
    patient = Sharer(shop.server(), collection)
    patient.start()
    before = (shop.instance / "form-key").read_text()
    assert "Forms that are open now fail once." in shop.rotate("FORM_KEY")
    assert (shop.instance / "form-key").read_text() != before
    moved(patient, shop.server())
    data = {str(field.get("name")): str(field.get("value")) for field in patient.page.find("//form//input")}
    assert patient.client.post(patient.page.path, data=data).status_code == 400
    patient.open("/reflection/1")
    patient.answer("Myself")
    assert patient.page.path == "/reflection/2"


def note(app: Flask, key: str, times: int = 1) -> None:
    """Append entries to the audit trail."""
    with app.app_context():
        for _ in range(times):
            audit.append_entry(db.session, key, audit.COMMAND_LINE, audit.Action.BACKED_UP, datetime.now(UTC).date())


def first_broken(app: Flask, key: str) -> tuple[int | None, int | None]:
    """What the checks of the whole trail and of its newest entries find."""
    with app.app_context():
        return audit.verify_chain(db.session, key), audit.verify_newest(db.session, key, 4)


def test_the_audit_trail_is_verified_across_two_rotations(shop: Clinic) -> None:
    note(shop.server(), (shop.instance / "audit-key").read_text(), 3)
    for number in (4, 6):
        assert f"The audit head is now {number}-" in shop.rotate("AUDIT_KEY")
        assert run(shop.server(), "audit", "verify")[0] == 0
        note(shop.server(), (shop.instance / "audit-key").read_text())
    text = (shop.instance / "audit-key").read_text()
    assert len(text.split()) == 3
    assert first_broken(shop.server(), text) == (None, None)
    assert run(shop.server(), "audit", "verify")[1].startswith("The audit trail is unchanged. Entries: 7.")
    assert "Audit trail: Its newest entries are intact." in run(shop.server(), "doctor")[1]
    oldest_lost = "\n".join(text.split()[:2])
    assert first_broken(shop.server(), oldest_lost)[0] == 1


@pytest.mark.parametrize("cut", [3, 4])
def test_who_has_the_old_audit_key_can_neither_go_on_with_it_nor_cut_off_the_new_one(shop: Clinic, cut: int) -> None:
    old = (shop.instance / "audit-key").read_text()
    note(shop.server(), old, 3)
    shop.rotate("AUDIT_KEY")
    app, both = shop.server(), (shop.instance / "audit-key").read_text()
    with app.app_context():
        db.session.execute(delete(AuditEntry).where(AuditEntry.number > cut))
        db.session.commit()
    assert first_broken(app, both) == ((None, None) if cut == 4 else (4, 4))
    note(app, old)
    assert first_broken(app, both) == (5, 5)


def test_who_has_the_old_audit_key_cannot_change_what_was_before(shop: Clinic) -> None:
    old = (shop.instance / "audit-key").read_text()
    note(shop.server(), old, 3)
    shop.rotate("AUDIT_KEY")
    app, both = shop.server(), (shop.instance / "audit-key").read_text()
    with app.app_context():
        later = db.session.execute(select(AuditEntry.__table__).where(AuditEntry.number == 4)).mappings().one()
        db.session.execute(delete(AuditEntry).where(AuditEntry.number > 2))
        db.session.commit()
        audit.append_entry(db.session, old, 7, audit.Action.PURGED, datetime.now(UTC).date())
        db.session.execute(insert(AuditEntry).values(dict(later)))
        db.session.commit()
    assert first_broken(app, both) == (4, 4)


def test_the_audit_key_is_not_rotated_while_a_server_runs(shop: Clinic) -> None:
    before = (shop.instance / "audit-key").read_text()
    with while_serving(shop.instance, ""):
        assert "The server is running. Stop it first: its entries would break the audit" in shop.refused("AUDIT_KEY")
    assert (shop.instance / "audit-key").read_text() == before


def test_the_audit_page_names_accounts_across_a_rotation(shop: Clinic) -> None:
    manager = Staff(shop.server())
    manager.join()
    with manager.app.app_context():
        key, today = (shop.instance / "audit-key").read_text(), datetime.now(UTC).date()
        about = audit.account_mac(key, manager.email)
        audit.append_entry(db.session, key, audit.COMMAND_LINE, audit.Action.ACCOUNT_ADDED, today, about)
    shop.rotate("AUDIT_KEY")
    manager.app = shop.server()
    manager.client = manager.app.test_client()
    manager.pass_sign_in_pages()
    said = manager.open("/staff/audit").text
    assert "rotated the key of this trail" in said
    assert f"created an account{manager.email}" in said


@pytest.mark.parametrize("name", ["DRAFT_KEYS", "FORM_KEY"])
def test_a_rotated_file_keeps_its_owner_and_is_whole_at_each_moment(
    shop: Clinic, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.instance / name.lower().replace("_", "-")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before = path.read_text()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        assert "The disk is full. Free some space" in shop.refused(name)
    assert path.read_text() == before
    assert {one.name for one in shop.instance.iterdir() if one.name.startswith(".")} == set()
    shop.rotate(name)
    found = path.stat()
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert found.st_uid == (65534 if os.geteuid() == 0 else os.geteuid())


def test_a_key_in_the_environment_is_not_rotated_and_one_in_a_named_file_is(
    shop: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = shop.server()
    (key,) = shop.keys("draft-keys")
    monkeypatch.setenv("DRAFT_KEYS", key)
    code, output = run(app, "keys", "rotate", "DRAFT_KEYS")
    assert code == 1
    assert output.startswith("Error: DRAFT_KEYS is set in the environment, where no command can change it.")
    monkeypatch.delenv("DRAFT_KEYS")
    named = tmp_path / "named"
    named.write_text(key)
    monkeypatch.setenv("DRAFT_KEYS_FILE", str(named))
    assert run(app, "keys", "rotate", "DRAFT_KEYS")[0] == 0
    assert named.read_text().split()[0] == key
    assert len(named.read_text().split()) == 2
    assert shop.keys("draft-keys") == [key]


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("soon", "draft-keys.rotation is damaged. Delete it to begin the rotation again."),
        ("added 0123456789abcdef 2026-13-01", "draft-keys.rotation is damaged."),
        ("added 0123456789abcdef 2026-12-01", "no longer has the key that"),
    ],
)
def test_a_note_that_does_not_fit_the_file_changes_nothing(shop: Clinic, note: str, message: str) -> None:
    before = shop.keys("draft-keys")
    (shop.instance / "draft-keys.rotation").write_text(note)
    assert message in shop.refused("DRAFT_KEYS")
    assert shop.keys("draft-keys") == before


def test_a_rotation_that_has_just_ended_is_not_begun_again_by_mistake(shop: Clinic) -> None:
    for _ in range(2):
        shop.rotate("STAFF_KEYS")
    said = shop.rotate("STAFF_KEYS")
    assert "That completes the rotation. Running this command again would begin another one." in said
    until = datetime.now(UTC).date() + timedelta(days=30)
    assert f"Keep your copy of it until {until}, apart from the backups." in said
    (key,) = shop.keys("staff-keys")
    asked = f"The last rotation of STAFF_KEYS ended on {datetime.now(UTC).date()}. Begin another one? [y/N]: "
    for typed, code, number in (("", 1, 1), ("n\n", 1, 1), ("y\n", 0, 2)):
        assert run(shop.server(), "keys", "rotate", "STAFF_KEYS", typed=typed)[0] == code
        assert len(shop.keys("staff-keys")) == number
        assert shop.keys("staff-keys")[0] == key
    shop.rotate("STAFF_KEYS")
    assert "Step 3 of 3" in shop.rotate("STAFF_KEYS")
    assert asked in run(shop.server(), "keys", "rotate", "STAFF_KEYS")[1]
    shop.ahead = 7
    assert "Step 1 of 3" in shop.rotate("STAFF_KEYS"), "a week later nothing is asked"


def keys_lines(shop: Clinic) -> list[str]:
    said = run(shop.server(), "doctor")[1]
    return [line for line in said.splitlines() if " Keys: " in line and "no two are the same" not in line]


def test_a_rotation_that_stopped_halfway_is_told_by_doctor(shop: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, today = vars(keys)["datetime"], datetime.now(UTC).date()
    monkeypatch.setattr(machine, "datetime", clock)
    before = (shop.instance / "code-keys").read_text()
    told = f"A rotation of CODE_KEYS is at step 1 of 3 since {today}."
    shop.rotate("CODE_KEYS")
    assert keys_lines(shop) == [f"fine     Keys: {told} The next step is possible from {today} on."]
    shop.ahead = 1
    assert keys_lines(shop) == [f"warning  Keys: {told} Reload the site, then run keys rotate CODE_KEYS again."]
    shop.rotate("CODE_KEYS")
    shop.ahead += 90 + 16
    assert keys_lines(shop)[0].startswith("fine     Keys: A rotation of CODE_KEYS is at step 2 of 3")
    shop.ahead += 1
    assert keys_lines(shop)[0].startswith("warning  Keys: A rotation of CODE_KEYS is at step 2 of 3")
    (shop.instance / "code-keys").write_text(before)
    note = shop.instance / "code-keys.rotation"
    [said] = keys_lines(shop)
    assert said.startswith(f"warning  Keys: {shop.instance / 'code-keys'} no longer has the key that {note} names.")
    note.unlink()
    assert keys_lines(shop) == []


def test_a_step_that_was_killed_before_its_note_is_done_again(shop: Clinic) -> None:
    (old,) = shop.keys("draft-keys")
    shop.rotate("DRAFT_KEYS")
    note = shop.instance / "draft-keys.rotation"
    added = note.read_text()
    shop.rotate("DRAFT_KEYS")
    new, _ = shop.keys("draft-keys")
    note.write_text(added)
    shop.rotate("DRAFT_KEYS")
    assert shop.keys("draft-keys") == [new, old]


def test_a_backup_from_before_a_rotation_opens_with_the_old_key_below_the_new_one(shop: Clinic) -> None:
    staff = Staff(shop.server())
    staff.join()
    (old,) = shop.keys("staff-keys")
    backup = shop.instance / "before.sqlite"
    assert run(shop.server(), "database", "backup", str(backup))[0] == 0
    for _ in range(3):
        shop.rotate("STAFF_KEYS")
    app = shop.server()
    assert run(app, "database", "restore", str(backup), "--yes")[0] == 0
    assert "STAFF_KEYS does not open the second steps of 1 accounts." in run(app, "doctor")[1]
    with (shop.instance / "staff-keys").open("a") as file:
        file.write(f"{old}\n")
    said = run(shop.server(), "doctor")[1]
    assert "Accounts: A manager can sign in." in said
    assert keys_lines(shop) == []
