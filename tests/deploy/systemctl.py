#!/usr/bin/python3
"""Stands in for systemctl in a test's machine, where systemd is not the first process.

It runs what a unit file says, as the unit's user and under the unit's restrictions, which the same functions of the
kernel enforce: mount namespaces, capabilities, seccomp filters and limits. A setting that it does not know is an error,
so that no line of a unit goes untested.
"""

from __future__ import annotations

import ctypes
import grp
import os
import pwd
import re
import resource
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

UNITS, RUNNING = Path("/etc/systemd/system"), Path("/run/units")
SECONDS = 20
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_MDWE, LAST_CAPABILITY = 38, 24, 65, 40
CAPABILITIES = {"CAP_SETGID": 6, "CAP_SETUID": 7}
CLONE_NEWNS, CLONE_NEWUTS = 0x00020000, 0x04000000
# What the first process of a machine does, or what this kernel always does, with the settings that need no more.
ELSEWHERE = {
    *("Description", "After", "Wants", "StartLimitIntervalSec", "WantedBy", "OnCalendar", "Persistent"),
    *("RandomizedDelaySec", "Type", "Restart", "RestartSec", "KillMode", "TimeoutStopSec", "OnFailure"),
    *("ProtectClock", "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables"),
    *("LockPersonality", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures"),
}
KNOWN = ELSEWHERE | {
    *("User", "Group", "Environment", "EnvironmentFile", "ExecStart", "ExecStartPost", "ExecReload", "LimitNOFILE"),
    *("UMask", "StateDirectory", "StateDirectoryMode", "CacheDirectory", "CacheDirectoryMode", "NoNewPrivileges"),
    *("CapabilityBoundingSet", "ProtectSystem", "ReadWritePaths", "ProtectHome", "PrivateTmp", "PrivateDevices"),
    *("ProtectHostname", "ProtectProc", "ProcSubset", "MemoryDenyWriteExecute", "RestrictAddressFamilies"),
    "SystemCallFilter",
}
libc = ctypes.CDLL(None, use_errno=True)


class Unit:
    """A unit file's settings, with the name of its instance filled in."""

    def __init__(self, name: str) -> None:
        self.name = (
            name if "." in name.rpartition("@")[2] or name.endswith((".service", ".timer")) else f"{name}.service"
        )
        stem, _, kind = self.name.rpartition(".")
        prefix, at, instance = stem.partition("@")
        text = (UNITS / f"{prefix}{at}.{kind}").read_text()
        self.values: dict[str, list[str]] = defaultdict(list)
        for line in text.splitlines():
            if "=" in line and not line.startswith(("#", ";")):
                key, _, value = line.partition("=")
                assert key in KNOWN, f"{self.name}: {key} is not tested. Teach tests/deploy/systemctl.py."
                self.values[key].append(value.replace("%i", instance).replace("%n", self.name))

    def one(self, key: str, default: str = "") -> str:
        return (self.values.get(key) or [default])[-1]

    @property
    def pid_file(self) -> Path:
        return RUNNING / f"{self.name}.pid"

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text()) if self.pid_file.exists() else 0

    def environment(self) -> dict[str, str]:
        values = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "JOURNAL_STREAM": "8:1"}
        written = [pair for line in self.values["Environment"] for pair in shlex.split(line)]
        written += [pair for file in self.values["EnvironmentFile"] for pair in environment_file(file)]
        return values | dict(pair.split("=", 1) for pair in written)


def environment_file(path: str) -> list[str]:
    """What systemd's own function reads from a file: a list of NAME=VALUE."""
    (library,) = Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so")
    found = ctypes.POINTER(ctypes.c_char_p)()
    code = ctypes.CDLL(str(library)).load_env_file(None, path.encode(), ctypes.byref(found))
    assert code == 0, f"{path}: {os.strerror(-code)}"
    pairs: list[str] = []
    while found and (pair := found[len(pairs)]):
        pairs.append(pair.decode())
    return pairs


def folders(unit: Unit) -> list[str]:
    """Make the folders of a unit, and return those that it may write."""
    made = []
    for kind, parent in (("State", "/var/lib"), ("Cache", "/var/cache")):
        for name in unit.one(f"{kind}Directory").split():
            path = Path(parent) / name
            path.mkdir(exist_ok=True)
            path.chmod(int(unit.one(f"{kind}DirectoryMode", "0755"), 8))
            os.chown(path, pwd.getpwnam(unit.one("User")).pw_uid, grp.getgrnam(unit.one("Group")).gr_gid)
            made.append(str(path))
    return made + unit.one("ReadWritePaths").split()


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def restrict(unit: Unit, writable: list[str]) -> None:
    """Apply the restrictions of a unit to this process, and become its user."""
    # Without a number, systemd lowers the soft limit alone.
    limit, (_, hard) = unit.one("LimitNOFILE"), resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(limit), int(limit)) if limit else (1024, hard))
    os.umask(int(unit.one("UMask", "0022"), 8))
    assert libc.unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0, "no namespaces"
    mount("--make-rprivate", "/")
    if unit.one("ProtectSystem") == "strict":
        for path in writable:
            mount("--bind", path, path)
        mount("-o", "remount,bind,ro", "/")
    if unit.one("ProtectHome") == "yes":
        mount("-t", "tmpfs", "-o", "ro,mode=000", "tmpfs", "/root")
        mount("-t", "tmpfs", "-o", "ro,mode=000", "tmpfs", "/home")
    if unit.one("PrivateTmp") == "yes":
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp")
    elif unit.one("ProtectSystem") == "strict":
        mount("-o", "remount,bind,ro", "/tmp")
    if unit.one("ProtectProc") == "invisible":
        mount("-t", "proc", "-o", "hidepid=invisible,subset=pid", "proc", "/proc")
    keep = {CAPABILITIES[name] for name in unit.one("CapabilityBoundingSet").split()}
    if unit.one("User") or unit.values["CapabilityBoundingSet"]:
        for number in range(LAST_CAPABILITY + 1):
            assert number in keep or libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0
    if unit.one("User"):
        person = pwd.getpwnam(unit.one("User"))
        os.initgroups(person.pw_name, person.pw_gid)
        os.setgid(grp.getgrnam(unit.one("Group")).gr_gid)
        os.setuid(person.pw_uid)
    if unit.one("NoNewPrivileges") == "yes":
        assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    if unit.one("MemoryDenyWriteExecute") == "yes":
        assert libc.prctl(PR_SET_MDWE, 1, 0, 0, 0) == 0, "this kernel is older than Linux 6.3"
    filter_calls(unit)


def filter_calls(unit: Unit) -> None:
    """Refuse system calls and socket families that a unit does not allow."""
    import seccomp

    if unit.one("RestrictAddressFamilies"):
        allowed = [getattr(socket, name) for name in unit.one("RestrictAddressFamilies").split()]
        sockets = seccomp.SyscallFilter(seccomp.ALLOW)
        for family in range(max(allowed) + 40):
            if family not in allowed:
                sockets.add_rule(seccomp.ERRNO(97), "socket", seccomp.Arg(0, seccomp.EQ, family))
        sockets.load()
    if unit.one("SystemCallFilter"):
        calls = seccomp.SyscallFilter(seccomp.ERRNO(1))
        for name in sorted(expanded(unit.one("SystemCallFilter"))):
            try:
                calls.add_rule(seccomp.ALLOW, name)
            except (RuntimeError, ValueError):
                continue  # of another architecture
        calls.load()


def expanded(group: str) -> set[str]:
    """The system calls of a group, as systemd lists them."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True)
    names = re.findall(r"^ +([@\w-]+)$", text.stdout, re.MULTILINE)
    return {call for name in names for call in (expanded(name) if name.startswith("@") else {name})}


def run(unit: Unit, line: str, replaces: dict[str, str]) -> int:
    """Run one line of a unit, and return its exit code; 0 if the unit ignores its failure."""
    words = [replaces.get(word, word) for word in shlex.split(line.removeprefix("-"))]
    writable, environment = folders(unit), unit.environment()
    pid = os.fork()
    if pid == 0:
        try:
            restrict(unit, writable)
            os.execvpe(words[0], words, environment)
        except BaseException as error:  # the process must end here
            print(f"{unit.name}: {error!r}", file=sys.stderr, flush=True)
        os._exit(203)
    if replaces.get("MAIN"):
        unit.pid_file.write_text(str(pid))
    _, status = os.waitpid(pid, 0)
    return 0 if line.startswith("-") else abs(os.waitstatus_to_exitcode(status))


def supervise(unit: Unit) -> None:
    """Run a service again whenever it ends, until it is stopped."""
    if os.fork():
        return
    os.setsid()
    log = os.open(f"/var/log/{unit.name}.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    while (RUNNING / unit.name).exists():
        run(unit, unit.one("ExecStart"), {"MAIN": "yes"})
        if (RUNNING / unit.name).exists():
            assert unit.one("Restart") == "always"
            time.sleep(float(unit.one("RestartSec")))
    os._exit(0)


def start(unit: Unit) -> int:
    if unit.name.endswith(".timer"):
        return 0
    if unit.one("Type") == "oneshot":
        code = max(run(unit, line, {}) for line in unit.values["ExecStart"])
        if code and unit.one("OnFailure"):
            start(Unit(unit.one("OnFailure")))
        return code
    RUNNING.mkdir(exist_ok=True)
    (RUNNING / unit.name).touch()
    supervise(unit)
    return max((run(unit, line, {}) for line in unit.values["ExecStartPost"]), default=0)


def stop(unit: Unit) -> int:
    (RUNNING / unit.name).unlink(missing_ok=True)
    pid = unit.pid
    if not pid:
        return 0
    os.kill(pid, signal.SIGTERM)
    last = time.monotonic() + int(unit.one("TimeoutStopSec", "90"))
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < last, f"{unit.name} did not stop in time"
        time.sleep(0.05)
    unit.pid_file.unlink()
    return 0


def reload(unit: Unit) -> int:
    return max(run(unit, line, {"$MAINPID": str(unit.pid)}) for line in unit.values["ExecReload"])


def main(action: str, *names: str) -> int:
    if action in ("daemon-reload", "enable", "disable") and "--now" not in names:
        return 0
    action = {"enable": "start", "disable": "stop"}.get(action, action)
    code = 0
    for name in names:
        if name.startswith("-"):
            continue
        if not (UNITS / f"{name.partition('@')[0]}{'@' if '@' in name else ''}.service").exists() and not name.endswith(
            ".timer"
        ):
            code = max(code, subprocess.run(["service", name, action], check=False).returncode)
            continue
        unit = Unit(name)
        for step in (stop, start) if action == "restart" else (globals()[action],):
            code = max(code, step(unit))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
