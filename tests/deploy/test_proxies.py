"""The real proxies, in front of the real site, with the files of deploy/ as they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import ROOT, Config
from screening.app import create_app
from tests.deploy.conftest import CERTIFICATE, HOST, visit
from tests.deploy.machine import Machine
from tests.soak.site import stock
from tests.support.server import settings

pytestmark = pytest.mark.server

READY = "curl --silent --fail http://127.0.0.1:8000/healthz/ready"
# Seconds. A shared machine is slower than a clinic's.
SLOWEST_HELP = 2.0
CONNECTIONS_PER_ADDRESS = 64
# What `doctor` says of the shipped files, and of each mistake in them: what is replaced, and by what.
FINE = ["The site sees https.", "This request counts as 127.0.0.1.", "Requests are buffered until they are whole."]
MISTAKES = {
    "nginx": [
        ("For $remote_addr;", "For $http_x_forwarded_for;", "broken   Proxy: A client can choose the address"),
        ("For $remote_addr;", 'For "";', "broken   Proxy: PROXY_HOPS is 1, and fewer proxies"),
        ("Host $host;", "Host other.example;", f"broken   Proxy: The site does not answer to {HOST}."),
        ("request_buffering on;", "request_buffering off;", "warning  Proxy: Requests are passed on before"),
        ("return 301 https://$host$request_uri;", "return 404;", f"warning  Proxy: http://{HOST} does not lead to"),
        ("127.0.0.1:8000 ", "127.0.0.1:8001 ", "broken   Proxy: It does not reach the site (502)."),
    ],
    "caddy": [
        ("buffer_requests", "header_up -X-Forwarded-For", "broken   Proxy: PROXY_HOPS is 1, and fewer proxies"),
        (
            "buffer_requests",
            "header_up Host other.example\nheader_up X-Forwarded-Host other.example",
            f"broken   Proxy: The site does not answer to {HOST}.",
        ),
        ("buffer_requests", "", "warning  Proxy: Requests are passed on before"),
        ("127.0.0.1:8000", "127.0.0.1:8001", "broken   Proxy: It does not reach the site (502)."),
    ],
}
LOG, TAKE_OVER = "/var/log/screening.service.log", "New workers take over"


def start_nginx(made: Machine) -> None:
    made.run("cp /root/deploy/nginx.conf /etc/nginx/nginx.conf")
    # In the foreground, so that what it says is kept.
    made.start("nginx", "-g", "daemon off;")


def start_caddy(made: Machine) -> None:
    """Start Caddy, with the machine's certificate in place of one that it would get itself."""
    own = f"{HOST} {{\n\ttls {CERTIFICATE} {Path(CERTIFICATE).parent}/privkey.pem"
    caddy = made.path("/root/deploy/Caddyfile")
    text = caddy.read_text().replace("servers {\n", "servers {\n", 1)
    assert f"\n{HOST} {{" in text
    caddy.write_text(text.replace(f"\n{HOST} {{", f"\n{own}"))
    made.start("caddy", "run", "--config", "/root/deploy/Caddyfile")


@pytest.fixture(params=[start_nginx, start_caddy], ids=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, clinic: Machine) -> Iterator[Machine]:
    """The site behind a proxy, both running. Whatever a test does, no log has an address or a page."""
    start: Callable[[Machine], None] = request.param
    clinic.run("rm -rf /root/deploy; mkdir /root/deploy")
    for file in (ROOT / "deploy").iterdir():
        if file.is_file():
            clinic.path(f"/root/deploy/{file.name}").write_bytes(file.read_bytes())
    clinic.run("cp /root/deploy/*.service /etc/systemd/system/; systemctl start screening")
    start(clinic)
    clinic.until(READY)
    clinic.until(f"curl --silent --fail --cacert {CERTIFICATE} --output /dev/null https://{HOST}/help")
    yield clinic
    said = clinic.said + clinic.run("cat /var/log/nginx/* /var/log/screening.service.log")
    assert "203.0.113" not in said
    assert "/reflection" not in said


def test_a_patient_shares_and_finds_the_record_again(proxied: Machine) -> None:
    code = visit(proxied, "share")
    assert visit(proxied, "look_up", code)


def test_failed_sign_ins_are_counted_by_the_visitors_own_address(proxied: Machine) -> None:
    """Two workers count 20 each. What a visitor claims about itself changes nothing, and others may go on."""
    assert 20 <= visit(proxied, "sign_in", "203.0.113.9", "45") <= 41
    assert visit(proxied, "sign_in", "203.0.113.8", "3") == 3


def test_a_reload_loses_no_request(proxied: Machine) -> None:
    with ThreadPoolExecutor() as threads:
        loading = threads.submit(visit, proxied, "load", "40")
        for number in ("1", "2"):
            proxied.run("systemctl reload screening")
            proxied.until(f"test $(grep -c '{TAKE_OVER}' {LOG}) = {number}")
        loaded = loading.result()
    assert loaded["failed"] == []
    assert loaded["came"] > 40


def test_slow_senders_keep_nobody_out_and_are_cut_off(proxied: Machine, request: pytest.FixtureRequest) -> None:
    is_nginx = "nginx" in request.node.name
    found = visit(proxied, "keep_out", "600", "12" if is_nginx else "32")
    assert found["failed"] == []
    assert found["slowest"] < SLOWEST_HELP
    if is_nginx:
        # The others got their answer at once, that they are too many.
        assert 0 < found["held"] <= CONNECTIONS_PER_ADDRESS
    assert found["left"] == 0


def stocked(made: Machine, folder: Path) -> str:
    """Give the site submissions to export, and return the cookie of a signed-in manager."""
    made.run("systemctl stop screening")
    shutil.copytree(made.path("/var/lib/screening"), folder)
    (cookie,) = stock(create_app(Config.from_environment(settings(folder))), clerks=1)
    made.path("/var/lib/screening/screening.sqlite").write_bytes((folder / "screening.sqlite").read_bytes())
    made.run("systemctl start screening")
    made.until(READY)
    return cookie


def test_exports_that_nobody_reads_keep_nobody_out_and_are_cut_off(
    proxied: Machine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if "nginx" in request.node.name:
        # Where its workers would write what nobody reads.
        proxied.run("chown root:root /var/lib/nginx/proxy; chmod 000 /var/lib/nginx/proxy")
    # Small buffers of the kernel, so that an export of 4 MB does not fit into them.
    proxied.run("sysctl -qw net.ipv4.tcp_rmem='4096 65536 131072' net.ipv4.tcp_wmem='4096 65536 131072'")
    cookie = stocked(proxied, tmp_path / "instance")
    found = visit(proxied, "stall", cookie, "48")
    # Each of the two workers writes one file at a time.
    assert found["first"] == 503
    assert found["failed"] == []
    assert found["shared"]
    assert found["later"] == 200


def test_help_is_there_with_every_process_of_the_site_dead(proxied: Machine) -> None:
    proxied.until("test -s /var/cache/screening/help.html")
    written = proxied.path("/var/cache/screening/help.html").read_text()
    proxied.run("systemctl stop screening; ! ss -Htln 'sport = :8000' | grep .")
    assert visit(proxied, "page", "/help") == {"status": 200, "text": written}
    assert 'href="tel:988"' in written
    away = visit(proxied, "page", "/reflection/1")
    assert away == {"status": 502, "text": written}
    headers = proxied.run(f"curl --silent --head --cacert {CERTIFICATE} https://{HOST}/help")
    assert "default-src 'none'" in headers
    proxied.run("systemctl start screening")
    proxied.until(READY)
    assert visit(proxied, "page", "/help")["text"] != written


def test_nothing_that_passes_through_is_written_to_a_disk(proxied: Machine, request: pytest.FixtureRequest) -> None:
    """Not even the largest body that is taken. A larger one is refused."""
    too_large = {"413", "502"}  # Caddy 2.6 says 502
    if "nginx" in request.node.name:
        # This gives the folders back to its workers, so it comes first.
        assert "proxy_max_temp_file_size 0;" in proxied.run("nginx -T 2> /dev/null")
        # Where its workers would write, if they tried.
        temporary = "/var/lib/nginx/body /var/lib/nginx/proxy"
        proxied.run(f"chown -R root:root {temporary}; chmod -R 000 {temporary}")
        too_large = {"413"}
    curl = f"curl --silent --output /dev/null --write-out '%{{http_code}}' --cacert {CERTIFICATE} https://{HOST}"
    proxied.run("head --bytes=60000 /dev/zero | tr '\\0' a > /tmp/body; cat /tmp/body /tmp/body > /tmp/larger")
    assert proxied.run(f"{curl}/reflection/ --data @/tmp/body") == "400"
    assert proxied.run(f"{curl}/reflection/ --data @/tmp/larger") in too_large
    assert proxied.run(f"{curl}/help --limit-rate 2K") == "200"


def test_doctor_is_content_with_the_shipped_files_and_names_each_mistake(
    proxied: Machine, request: pytest.FixtureRequest
) -> None:
    kind = "nginx" if "nginx" in request.node.name else "caddy"
    path, reload = {
        "nginx": ("/etc/nginx/nginx.conf", "nginx -s reload"),
        "caddy": ("/root/deploy/Caddyfile", "caddy reload --config /root/deploy/Caddyfile 2> /dev/null"),
    }[kind]

    def told() -> list[str]:
        said = proxied.run(f"screening doctor --url https://{HOST}", may_fail=True)
        return [line for line in said.splitlines() if " Proxy: " in line]

    assert told() == [f"fine     Proxy: {line}" for line in FINE]
    shipped = proxied.path(path).read_text()
    for old, new, expected in MISTAKES[kind]:
        assert old in shipped
        proxied.path(path).write_text(shipped.replace(old, new))
        proxied.run(reload)
        assert any(line.startswith(expected) for line in told()), (old, new)
