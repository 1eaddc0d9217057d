"""A clinic whose database is on one of several servers, as docs/operations.md names them."""

from __future__ import annotations

import pytest

from tests.deploy.conftest import blocks
from tests.deploy.machine import Machine

SETTINGS = "/etc/screening/screening-elm.env"
# Nothing listens on the first port.
SERVERS = "?host=127.0.0.1,127.0.0.1&port=5431,5432&target_session_attrs=read-write"
READY = "curl --silent --fail --retry 30 --retry-all-errors --retry-delay 1 http://127.0.0.1:8001/healthz/ready"


@pytest.mark.server
def test_a_backup_is_restored_with_the_servers_and_the_password_of_the_url(clinic: Machine) -> None:
    install, add = blocks("Many clinics on one machine")[:2]
    (restore,) = blocks("Restore PostgreSQL")
    with clinic.shell() as shell:
        for block in (blocks("Install")[0], install, add):
            shell.run(block)
        shell.run("runuser -u postgres -- psql --quiet --command=\"ALTER ROLE elm PASSWORD 'a@b/%\\$c&d'\"")
        file = clinic.path(SETTINGS)
        settings = [line for line in file.read_text().splitlines() if not line.startswith("DATABASE_URL=")]
        file.write_text("\n".join([*settings, f"DATABASE_URL=postgresql://elm:a%40b%2F%25$c&d@/elm{SERVERS}\n"]))
        shell.run(f"systemctl restart screening@elm; {READY}")
        assert "A test restore is identical" in shell.run("screening @elm database backup")
        assert not clinic.path("/var/lib/screening-elm/screening.sqlite").exists()
        shell.run(restore)
        assert f"DATABASE_URL=postgresql://elm:a%40b%2F%25$c&d@/elm_restored{SERVERS}\n" in file.read_text()
        connected = "SELECT DISTINCT datname FROM pg_stat_activity WHERE application_name LIKE 'screening %'"
        assert "elm_restored" in shell.run(f'runuser -u postgres -- psql -Atc "{connected}"').split()
