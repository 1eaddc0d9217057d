"""nginx with the configuration that the site ships, in front of several groups of processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import ROOT
from tests.support.server import SECONDS, free_port, get

SHIPPED = ROOT / "deploy" / "nginx.conf"
HOST = "server 127.0.0.1:8000 max_fails=1 fail_timeout=5s;"
CERTIFICATE = "/etc/letsencrypt/live/screening.clinic.example"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def adapt(configuration: str, folder: Path, port: str, hosts: Sequence[str]) -> str:
    """Return the shipped configuration with paths in this folder, a port on loopback, and these ports as hosts.

    All else stays, so that a test says something about what is shipped.
    """
    for shipped, adapted in {
        # Only root may name another user.
        "user www-data;": "user root;" if os.geteuid() == 0 else "",
        "pid /run/nginx.pid;": f"pid {folder}/pid;",
        # Of another package; the site names the type of all that it sends.
        "include /etc/nginx/mime.types;": " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in TEMPORARY),
        "listen 80 default_server;": f"listen 127.0.0.1:{free_port()} default_server;",
        "listen [::]:80 default_server;": "",
        "listen 443 ssl default_server;": f"listen 127.0.0.1:{port} ssl default_server;",
        "listen [::]:443 ssl default_server;": "",
        f"{CERTIFICATE}/fullchain.pem": f"{folder}/certificate",
        f"{CERTIFICATE}/privkey.pem": f"{folder}/key",
        "root /var/cache/screening;": f"root {folder};",
        HOST: " ".join(HOST.replace("8000", host) for host in hosts),
    }.items():
        assert configuration.count(shipped) == 1, f"{SHIPPED} has {configuration.count(shipped)} times {shipped}"
        configuration = configuration.replace(shipped, adapted)
    return configuration


@contextmanager
def proxy(folder: Path, hosts: Sequence[str]) -> Iterator[str]:
    """Run nginx for the block, with its files in a new folder, in front of these ports; yield its address.

    Its certificate is trusted by this process and those that it starts. It has no help page of its own, so a request
    that no host answers fails.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing. make soak installs it."
    folder.mkdir()
    _make_certificate(folder)
    os.environ["SSL_CERT_FILE"] = f"{folder}/certificate"
    port = free_port()
    address = f"https://127.0.0.1:{port}"
    file = folder / "nginx.conf"
    file.write_text(adapt(SHIPPED.read_text(), folder, port, hosts))
    process = subprocess.Popen([program, "-e", "stderr", "-p", folder, "-c", file, "-g", "daemon off;"])
    try:
        last = time.monotonic() + SECONDS
        while get(f"{address}/help") != 200:
            assert process.poll() is None, "nginx has ended"
            assert time.monotonic() < last, "nginx does not answer"
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def _make_certificate(folder: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    files = ("-keyout", folder / "key", "-out", folder / "certificate", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run((*command.split(), *files), check=True, capture_output=True)
