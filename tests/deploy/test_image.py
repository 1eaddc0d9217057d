"""The image, built from the release, and compose.yaml: read-only, as its own user, without capabilities."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from config import ROOT
from tests.deploy.conftest import CERTIFICATE, server, visit
from tests.deploy.machine import MACHINES, Machine, release

COMPOSE = YAML(typ="safe").load(ROOT / "deploy" / "compose.yaml")
SERVICES: Mapping[str, Any] = COMPOSE["services"]
USER = "10001"
READY = "curl --silent --fail http://127.0.0.1:8000/healthz/ready"
# Megabytes of the site with all that it imports.
LARGEST = 170


def buildah(*words: str) -> str:
    store = ("--root", f"{MACHINES}/images", "--runroot", f"{MACHINES}/run", "--storage-driver", "vfs")
    ended = subprocess.run(("buildah", *store, *words), check=False, capture_output=True, text=True, timeout=1200)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.fixture(scope="session")
def image() -> Iterator[Path]:
    """The disk of the image, built without a registry, on the bare Debian."""
    bare = buildah("from", "scratch")
    buildah("copy", "--quiet", bare, f"{MACHINES}/base", "/")
    buildah("commit", "--quiet", bare, "localhost/screening-base")
    buildah("rm", bare)
    file = str(ROOT / "deploy" / "Containerfile")
    base = ("--build-arg", "BASE=localhost/screening-base")
    buildah("bud", "--quiet", "--isolation", "chroot", *base, "--file", file, "--tag", "screening", str(release()))
    made = buildah("from", "localhost/screening")
    try:
        yield Path(buildah("mount", made))
    finally:
        buildah("rm", made)


@pytest.fixture
def host(tmp_path: Path, image: Path) -> Iterator[Machine]:
    """A server with the image's disk at /image, and folders for its volumes and secrets."""
    with server(tmp_path / "host", mounts={"image": image}) as made:
        made.run(
            f"install -d -o {USER} -g {USER} -m 700 /srv/data /srv/secrets; install -d -o {USER} -g {USER} /srv/help"
        )
        yield made


def contained(words: list[str], environment: Mapping[str, str]) -> str:
    """The command that runs words as a container would: see compose.yaml for what it may not."""
    site = SERVICES["site"]
    assert site["read_only"]
    assert site["cap_drop"] == ["ALL"]
    assert site["security_opt"] == ["no-new-privileges:true"]
    values = {"PATH": "/opt/screening/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "INSTANCE": "/data", **environment}
    inside = shlex.join(["env", "-i", *(f"{name}={value}" for name, value in values.items()), *words])
    limits = f"--reuid={USER} --regid={USER} --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs"
    script = f"""set -eu
mount --bind /image /image
mkdir -p /image/run/secrets
mount --bind /srv/data /image/data
mount --bind /srv/help /image/help
mount --bind /srv/secrets /image/run/secrets
mount --bind /etc/hosts /image/etc/hosts
mount -t proc proc /image/proc
mount --rbind /dev /image/dev
mount -t tmpfs tmpfs /image/tmp
mount -o remount,bind,ro /image
exec chroot /image setpriv {limits} {inside}"""
    return shlex.join(["unshare", "--mount", "bash", "-c", script])


def secrets(made: Machine, url: str) -> None:
    """Make what compose.yaml lists under `secrets`."""
    made.run(contained(["flask", "--app", "wsgi", "keys", "make"], {"INSTANCE": "/run/secrets"}))
    made.run(f"echo '{url}' > /srv/secrets/database-url; chown {USER} /srv/secrets/*; chmod 600 /srv/secrets/*")


@pytest.mark.server
def test_the_image_is_small_and_has_neither_pip_nor_wheels(image: Path) -> None:
    def size(path: Path) -> int:
        return int(subprocess.run(("du", "-smx", path), check=True, capture_output=True, text=True).stdout.split()[0])

    print(f"The image has {size(image)} MB, the site in it {size(image / 'opt/screening')} MB.")
    assert size(image / "opt/screening") <= LARGEST
    assert not list((image / "opt/screening").rglob("pip"))
    assert not (image / "release").exists()


@pytest.mark.server
def test_it_starts_shares_and_backs_up_on_a_disk_that_it_cannot_write(host: Machine) -> None:
    settings = {"PRODUCTION": "1", "COUNTRY": "US", "TRUSTED_HOSTS": "screening.clinic.example", "PROXY_HOPS": "1"}
    flask = ["flask", "--app", "wsgi"]
    for words in (["keys", "make"], ["database", "upgrade"], ["staff", "first"]):
        host.run(contained([*flask, *words], settings))
    assert "Read-only file system" in host.run(contained(["touch", "/opt/x"], settings), may_fail=True)
    host.start("bash", "-c", contained([*flask, "serve"], settings))
    host.until(READY)
    host.path("/etc/nginx/nginx.conf").write_text((ROOT / "deploy" / "nginx.conf").read_text())
    host.run("nginx")
    assert visit(host, "look_up", visit(host, "share"))
    assert "A test restore is identical" in host.run(contained([*flask, "database", "backup"], settings))
    found = host.run("for pid in $(pgrep flask); do cat /proc/$pid/status; done")
    # Of the site's main process, and of its workers.
    assert len(re.findall(r"^Pid:", found, re.MULTILINE)) >= 3
    assert set(re.findall(r"^(Uid|CapBnd|NoNewPrivs):\s+(\S+)", found, re.MULTILINE)) == {
        ("Uid", USER),
        ("CapBnd", "0" * 16),
        ("NoNewPrivs", "1"),
    }


def order() -> list[str]:
    """The services, each after those that it depends on."""
    done: list[str] = []
    while len(done) < len(SERVICES):
        done += [
            name for name, one in SERVICES.items() if name not in done and set(one.get("depends_on", ())) <= set(done)
        ]
    return done


def test_the_site_starts_after_its_upgrade_and_alone_reaches_the_proxy() -> None:
    assert order() == ["database", "proxy", "upgrade", "site"]
    assert SERVICES["site"]["network_mode"] == "service:proxy"
    assert SERVICES["site"]["depends_on"]["upgrade"]["condition"] == "service_completed_successfully"
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        named = {value for name, value in service.get("environment", {}).items() if name.endswith("_FILE")}
        assert named == {f"/run/secrets/{name}" for name in service.get("secrets", ())}


@pytest.mark.server
def test_the_commands_of_compose_run_in_their_order(host: Machine) -> None:
    host.run("mkdir /root/deploy")
    for name in ("compose.yaml", "database.sql"):
        host.path(f"/root/deploy/{name}").write_text((ROOT / "deploy" / name).read_text())
    host.run("docker-compose --file /root/deploy/compose.yaml config --quiet")
    host.run("sed -i 's/^127.0.0.1 /127.0.0.1 database /' /etc/hosts")
    secrets(host, "postgresql://screening:secret@database/screening")
    for service in order():
        one = SERVICES[service]
        if service == "database":
            # What the image of PostgreSQL does with these variables, and with the files that it finds.
            assert "./database.sql:/docker-entrypoint-initdb.d/database.sql:ro" in one["volumes"]
            psql = "runuser -u postgres -- env POSTGRES_PASSWORD=secret psql -v ON_ERROR_STOP=1 --no-psqlrc"
            host.run(f"service postgresql start; {psql} -c \"ALTER ROLE postgres PASSWORD 'secret'\"")
            host.run(f"{psql} < /root/deploy/database.sql")
            roles = "SELECT rolname, rolsuper, rolpassword IS NULL FROM pg_authid WHERE rolcanlogin ORDER BY 1"
            assert host.run(f"{psql} -Atc '{roles}'") == "postgres|t|t\nscreening|f|f\n"
            host.until(shlex.join(one["healthcheck"]["test"][1:]))
        elif service == "upgrade":
            host.run(contained([*one["entrypoint"], *one["command"]], one["environment"]))
        elif service == "proxy":
            host.run("rmdir /var/cache/screening 2> /dev/null || true; ln -s /srv/help /var/cache/screening")
            host.path("/etc/nginx/nginx.conf").write_text((ROOT / "deploy" / "nginx.conf").read_text())
            host.run("nginx")
        else:
            words = ["flask", "--app", "wsgi", *one["command"]]
            host.start("bash", "-c", contained(words, one["environment"]))
    # Until the site answers, and whenever it does not, the proxy has the page that the upgrade wrote.
    assert "tel:988" in visit(host, "page", "/help")["text"]
    host.until(READY)
    host.until(f"curl --silent --fail --cacert {CERTIFICATE} --output /dev/null https://screening.clinic.example/help")
    assert visit(host, "look_up", visit(host, "share"))
    backup = contained(["flask", "--app", "wsgi", "database", "backup"], SERVICES["site"]["environment"])
    assert "A test restore is identical" in host.run(backup)
