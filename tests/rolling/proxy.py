"""nginx in front of several groups of processes, each of which can be taken out of its rotation."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server import free_port, get

# Seconds for nginx to take a new configuration, and to finish requests under the one before.
SETTLES = 2
CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/errors emerg;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream site {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://site;
            proxy_http_version 1.1;
            proxy_set_header Connection close;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 3s;
        }}
    }}
}}
"""


class Proxy:
    """nginx on a port of its own, which passes requests to these ports in turn."""

    def __init__(self, folder: Path, ports: Collection[str]) -> None:
        self.folder, self.ports, self.port = folder, ports, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.file = folder / "nginx.conf"
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        self._write()
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "nginx is missing. make soak installs it."
        self.process = subprocess.Popen([program, "-e", "stderr", "-p", str(self.folder), "-c", str(self.file)])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    @contextmanager
    def without(self, port: str) -> Iterator[None]:
        """Take a port out of the rotation for the block."""
        self._reload(port)
        yield
        self._reload()

    def _reload(self, without: str = "") -> None:
        self._write(without)
        self.process.send_signal(signal.SIGHUP)
        time.sleep(SETTLES)
        assert get(f"{self.address}/help") == 200

    def _write(self, without: str = "") -> None:
        servers = " ".join(f"server 127.0.0.1:{port}{' down' * (port == without)};" for port in self.ports)
        user = "user root;" if os.geteuid() == 0 else ""
        self.file.write_text(CONFIGURATION.format(folder=self.folder, port=self.port, servers=servers, user=user))


@contextmanager
def proxy(folder: Path, ports: Collection[str]) -> Iterator[Proxy]:
    """Run nginx for the block, with its files in a new folder."""
    folder.mkdir()
    made = Proxy(folder, ports)
    made.start()
    try:
        yield made
    finally:
        made.stop()
