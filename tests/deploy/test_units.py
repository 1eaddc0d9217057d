"""The systemd units: valid, and the site runs under their restrictions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ROOT
from tests.deploy.conftest import visit
from tests.deploy.machine import Machine
from tests.deploy.systemctl import KNOWN

UNITS = sorted([*(ROOT / "deploy").glob("*.service"), *(ROOT / "deploy").glob("*.timer")])
# Mistakes that the daily examination finds, and what it says.
MISTAKES = {
    "chmod 640 /var/lib/screening/code-keys": ["broken   Files: Others can read code-keys."],
    "rm /var/lib/screening/backups/*": ["warning  Backup: There is none."],
    "sed -i /SUPPORT_CONFIRMED/d /etc/screening/screening.env": [
        "warning  Site: It still runs with earlier settings",
        "warning  Support lines: The support lines are not",
    ],
    "systemctl stop screening": ["broken   Site: Nothing answers at 127.0.0.1:8000"],
}
READY = "curl --silent --fail http://127.0.0.1:8000/healthz/ready"


def settings(unit: Path) -> list[tuple[str, str]]:
    return re.findall(r"^([A-Z]\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_setting_is_one_that_the_tests_apply(unit: Path) -> None:
    assert {name for name, _ in settings(unit)} <= KNOWN


def test_one_clinic_and_one_of_many_differ_in_their_names_alone() -> None:
    one, many = (dict(settings(ROOT / "deploy" / f"screening{at}.service")) for at in ("", "@"))
    assert {name: value.replace("screening-%i", "screening") for name, value in many.items()} | {
        "Description": one["Description"]
    } == one
    assert (one["Restart"], one["TimeoutStopSec"], one["UMask"]) == ("always", "15", "0077")
    # Two workers may hold 4,000 connections each, and files.
    assert int(one["LimitNOFILE"]) >= 8192


@pytest.mark.server
def test_systemd_accepts_every_unit(clinic: Machine) -> None:
    copy_units(clinic)
    assert clinic.run("systemd-analyze verify /etc/systemd/system/screening*") == ""
    worst = clinic.run("systemd-analyze security --offline=true --threshold=20 /etc/systemd/system/screening.service")
    assert "OK" in worst


def copy_units(made: Machine) -> None:
    for unit in UNITS:
        made.path(f"/etc/systemd/system/{unit.name}").write_text(unit.read_text())


@pytest.mark.server
def test_the_site_starts_shares_reloads_backs_up_and_stops_under_its_restrictions(clinic: Machine) -> None:
    copy_units(clinic)
    clinic.run("systemctl start screening nginx")
    clinic.until(READY)
    main = clinic.run("cat /run/units/screening.service.pid")
    status = clinic.run(f"cat /proc/{main}/status /proc/{main}/limits")
    assert re.search(r"CapBnd:\s+0{16}\n", status)
    assert re.search(r"NoNewPrivs:\s+1\nSeccomp:\s+2\n", status)
    assert re.search(r"Max open files\s+16384\s", status)
    for path in ("/etc", "/usr", "/var/lib", "/opt/screening", "/var/cache"):
        inside = f"nsenter --target {main} --mount --root touch {path}/x"
        assert "Read-only file system" in clinic.run(inside, may_fail=True)
    code = visit(clinic, "share")
    clinic.run("systemctl reload screening")
    clinic.until("grep -q 'New workers take over' /var/log/screening.service.log")
    assert "A test restore is identical" in clinic.run("systemctl start screening-backup")
    assert clinic.run("stat -c '%U %a' /var/lib/screening/backups/*") == "screening 600\n"
    assert visit(clinic, "look_up", code)
    clinic.run(f"systemctl stop screening; ! test -e /proc/{main}")


@pytest.mark.server
def test_a_site_that_is_killed_comes_back_by_itself(clinic: Machine) -> None:
    copy_units(clinic)
    clinic.run("systemctl start screening")
    clinic.until(READY)
    clinic.run("pkill --signal KILL --uid screening")
    clinic.until(READY, seconds=30)


# There is no journal on this server.
NO_JOURNAL = "printf '#!/bin/sh\\necho said' > /usr/local/bin/journalctl; chmod +x /usr/local/bin/journalctl"


@pytest.mark.server
def test_a_backup_that_fails_reaches_the_operator(clinic: Machine) -> None:
    copy_units(clinic)
    clinic.run(f"{NO_JOURNAL}; chmod 000 /var/lib/screening/audit-key")
    failed = clinic.run("! systemctl start screening-backup")
    assert "audit-key" in failed
    clinic.until("grep -q 'Subject: screening-backup.service failed' /var/mail/mail")


@pytest.mark.server
def test_the_daily_examination_is_quiet_on_a_sound_site_and_reaches_the_operator_otherwise(clinic: Machine) -> None:
    copy_units(clinic)
    clinic.run(f"{NO_JOURNAL}; echo SUPPORT_CONFIRMED=$(date +%F) >> /etc/screening/screening.env")
    clinic.run("systemctl start screening screening-backup")
    clinic.until(READY)
    clinic.run("cp -a /var/lib/screening /etc/screening/screening.env /root")
    clinic.run("systemctl start screening-doctor; ! test -s /var/mail/mail")
    for mistake, expected in MISTAKES.items():
        failed = clinic.run(f"{mistake}; ! systemctl start screening-doctor")
        found = [line for line in failed.splitlines() if not line.startswith("fine ") and ": " in line]
        assert len(found) == len(expected), failed
        assert all(map(str.startswith, found, expected)), found
        clinic.until("grep -q 'Subject: screening-doctor.service failed' /var/mail/mail")
        clinic.run("> /var/mail/mail; cp -a /root/screening/backups /root/screening/*-keys /var/lib/screening")
        clinic.run("cp -a /root/screening.env /etc/screening")
