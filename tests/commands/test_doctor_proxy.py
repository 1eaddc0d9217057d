"""`doctor --url` asks the site through its proxy, and says what the site sees of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from cryptography.fernet import Fernet

from config import Config, make_secrets
from screening.commands.doctor import proxy, requests
from screening.commands.doctor.running import check_running
from tests.support.server import Server, free_port, served, settings
from tests.support.small_proxy import self_signed, small_proxy

BUFFERED = "fine     Proxy: Requests are buffered until they are whole."
COUNTED = "fine     Proxy: This request counts as 127.0.0.1."
SCHEME = "fine     Proxy: The site sees http."
WRONG = {
    "": "",
    "it passes on what the client says": (
        "broken   Proxy: A client can choose the address that counts. Let the proxy append its client's address to "
        "X-Forwarded-For, and set PROXY_HOPS to the number of your own proxies and restart."
    ),
    "it sends no address": (
        "broken   Proxy: PROXY_HOPS is 1, and fewer proxies send X-Forwarded-For. Let each append to it."
    ),
    "another one is behind it": (
        "warning  Proxy: The site counts this request as 10.0.0.7, and it came from 127.0.0.1: if 10.0.0.7 is a proxy, "
        "all patients count as one. Set PROXY_HOPS to the number of your own proxies and restart."
    ),
    "it sends its own host": (
        "broken   Proxy: The site does not answer to localhost. Add it to TRUSTED_HOSTS and restart, or let the proxy "
        "pass Host."
    ),
    "it drops headers": (
        "warning  Proxy: The site's Content-Security-Policy does not arrive. Let the proxy pass every header."
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    instance = tmp_path_factory.mktemp("instance")
    make_secrets(instance)
    with served(instance, PROXY_HOPS="1", TRUSTED_HOSTS="localhost") as server:
        yield server


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PAUSE", 0.4)
    monkeypatch.setattr(proxy, "PAUSE", 0.4)


def config_of(server: Server, **more: str) -> Config:
    return Config.from_environment(settings(server.instance, **server.environment, **more))


def lines(config: Config, url: str) -> list[str]:
    return [str(diagnosis) for diagnosis in proxy.check_proxy(config, url)]


@pytest.mark.parametrize("fault", WRONG)
def test_what_a_proxy_gets_wrong_is_reported(server: Server, fault: str) -> None:
    with small_proxy(int(server.port), fault) as port:
        said = lines(config_of(server), f"http://localhost:{port}")
    expected = [SCHEME, COUNTED, BUFFERED]
    if "address" in fault or "client" in fault or "another" in fault:
        expected[1] = WRONG[fault]
    elif fault:
        expected.insert(0, WRONG[fault])
    assert said == expected


def test_a_request_that_is_passed_on_in_parts_is_reported(server: Server) -> None:
    said = lines(config_of(server), f"http://localhost:{server.port}")
    assert said[-1].startswith("warning  Proxy: Requests are passed on before they are whole")


def test_a_proxy_that_does_not_reach_the_site_is_told(server: Server) -> None:
    with small_proxy(int(server.port), "nothing is behind it") as port:
        said = lines(config_of(server), f"http://localhost:{port}")
    assert said == ["broken   Proxy: It does not reach the site (502). Start the site, or point it to HOST and PORT."]


def test_another_site_is_told_from_this_one(server: Server, tmp_path: Path) -> None:
    (tmp_path / "form-key").write_text("the key of another site")
    config = config_of(server, FORM_KEY_FILE=str(tmp_path / "form-key"))
    said = lines(config, f"http://localhost:{server.port}")
    assert said == [
        "broken   Proxy: /healthz/seen answers 404: this is another site, or it has another FORM_KEY. Compare them."
    ]


def test_an_address_where_nothing_answers_is_reported(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    [said] = lines(config_of(server), f"http://localhost:{port}")
    assert said == (
        f"broken   Proxy: http://localhost:{port} does not answer (Connection refused). Correct the address, or start "
        "the proxy."
    )
    monkeypatch.setattr(requests, "SECONDS", 0.5)
    [said] = lines(config_of(server), f"https://localhost:{server.port}")
    assert said.startswith(f"broken   Proxy: https://localhost:{server.port} does not answer (")


def test_in_production_an_address_without_https_is_reported(server: Server) -> None:
    config = config_of(server, PRODUCTION="1", COUNTRY="US")
    with small_proxy(int(server.port)) as port:
        said = lines(config, f"http://localhost:{port}")
    assert said[0].startswith("broken   Proxy: Cookies need https, and this address has none.")


@pytest.mark.parametrize("url", ["clinic.example", "ftp://clinic.example", "https://", "https://clinic.example:x"])
def test_what_is_no_address_is_reported(server: Server, url: str) -> None:
    assert lines(config_of(server), url) == [
        f'broken   Proxy: "{url}" is not an address. Write one such as https://clinic.example.'
    ]


def running(config: Config, port: int) -> str:
    [diagnosis] = check_running(config, "127.0.0.1", port)
    return str(diagnosis)


def test_the_site_that_runs_is_asked_for_its_settings_and_keys(server: Server, tmp_path: Path) -> None:
    port = int(server.port)
    assert running(config_of(server), port) == (
        f"fine     Site: Answers at 127.0.0.1:{port}, with these settings and keys."
    )
    earlier = "warning  Site: It still runs with earlier settings or keys. Restart it: systemctl restart screening."
    for changed in (
        {"TRUSTED_HOSTS": "clinic.example"},
        {"SUPPORT_CONFIRMED": "2026-11-30"},
        {"DATABASE_URL": "postgresql://elm:another@127.0.0.1/elm"},
        {"STAFF_KEYS": Fernet.generate_key().decode()},
    ):
        environment = settings(server.instance, **server.environment | changed)
        assert running(Config.from_environment(environment), port) == earlier, changed
    (tmp_path / "form-key").write_text("the key of another site")
    said = running(config_of(server, FORM_KEY_FILE=str(tmp_path / "form-key")), port)
    assert said.startswith(f"broken   Site: What answers at 127.0.0.1:{port} has another FORM_KEY")


def test_a_site_that_does_not_run_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(free_port())
    assert running(config_of(server), port) == (
        f"broken   Site: Nothing answers at 127.0.0.1:{port} (Connection refused). Start it: systemctl start screening."
    )
    monkeypatch.setattr(requests, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = int(silent.getsockname()[1])
        assert running(config_of(server), at).startswith(f"broken   Site: 127.0.0.1:{at} does not answer within ")


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.7\r\n", b"HTTP/1.0 200 OK\r\n\r\n<h1>It works!</h1>"])
def test_another_program_at_the_port_of_the_site_is_told(server: Server, said: bytes) -> None:
    class Stranger(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(said)

    with ThreadingTCPServer(("127.0.0.1", 0), Stranger) as stranger:
        Thread(target=stranger.serve_forever, daemon=True).start()
        port = stranger.server_address[1]
        told = running(config_of(server), port)
        stranger.shutdown()
    assert told.startswith(f"broken   Site: Another program answers at 127.0.0.1:{port}, so patients may see something")


@pytest.mark.parametrize(
    ("name", "days", "is_trusted", "expected"),
    [
        ("localhost", 1, True, ""),
        ("localhost", -1, True, "The certificate of localhost has expired. Renew it, then reload the proxy."),
        ("clinic.example", 1, True, "The certificate is not for localhost. Get one for that name, or name it in"),
        ("localhost", 1, False, "The certificate of localhost is not trusted (self-signed certificate). Get one from"),
    ],
)
def test_each_fault_of_a_certificate_is_told_and_the_rest_is_checked(
    server: Server,
    name: str,
    days: int,
    is_trusted: bool,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "certificate.pem"
    file.write_bytes(self_signed(name, days))
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with small_proxy(int(server.port), certificate=file) as port:
        said = lines(config_of(server), f"https://localhost:{port}")
    assert said[-2:] == [COUNTED, BUFFERED]
    assert said[-3] == "fine     Proxy: The site sees https."
    assert said[:-3] == [line for line in said if line.startswith(f"broken   Proxy: {expected}")] if expected else True
    assert len(said) == (4 if expected else 3)
