"""Checks of the machine: keys, permissions, free space and descriptors. They need no database."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from config import Config
from screening.commands.doctor.diagnosis import Diagnosis, broken, fine, or_fine, warning
from screening.commands.error_handling import explain_failure
from screening.commands.keys import key_file, stays_until
from screening.settings.key_rotation import ADDED, ENDED, RotationError, check_new_key, rotation_state
from screening.settings.keys import LOST, variable_of
from screening.settings.unix_user import may_read, this_user, user_name
from screening.storage.audit import audit_keys
from screening.storage.disk_space import MIN_FREE, free_bytes
from screening.worker import MAX_CONNECTIONS, OTHER_DESCRIPTORS

# Bytes. A backup needs room for a copy, and checks it in a second one.
ROOM_FOR_BACKUPS = 100 * 1024 * 1024
# Characters of a secret that nobody can guess.
MIN_SECRET = 32


def check_keys(config: Config, environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Check that keys are long, different, and readable only by the site."""
    yield from or_fine("Keys", _weak_keys(config, environment), "All are there, and no two are the same.")
    for variable in ("DRAFT_KEYS", "CODE_KEYS", "STAFF_KEYS"):
        if not environment.get(variable, "").strip():
            yield from _check_rotation(variable, config)


def _check_rotation(variable: str, config: Config) -> Iterator[Diagnosis]:
    path = key_file(variable, config.instance)
    try:
        state = rotation_state(path)
        if state is None:
            return
        check_new_key(path, state)
    except RotationError as reason:
        yield warning("Keys", str(reason))
        return
    except OSError:
        # The check of the folder names what cannot be read.
        return
    if state.stage == ENDED:
        return
    due = state.since if state.stage == ADDED else stays_until(variable, state.since, config)
    told = f"A rotation of {variable} is at step {1 if state.stage == ADDED else 2} of 3 since {state.since}."
    if datetime.now(UTC).date() > due:
        yield warning("Keys", f"{told} Reload the site, then run keys rotate {variable} again.")
    else:
        yield fine("Keys", f"{told} The next step is possible from {due} on.")


def check_folder(instance: Path) -> Iterator[Diagnosis]:
    """Check owner, permissions and free space of the instance folder."""
    try:
        if not instance.is_dir():
            yield broken("Files", f"{instance} does not exist. Make it, for this user alone, or correct INSTANCE.")
            return
        yield from or_fine("Files", _open_files(instance), f"Only their owner can read {instance}.")
        free = f"{free_bytes(instance) // 1024**2:,} MB are free in {instance}."
        yield from or_fine("Space", _little_space(instance), free)
    except OSError as error:
        yield broken("Files", explain_failure(error))


def check_descriptors() -> Iterator[Diagnosis]:
    """Check that a worker may open as many connections as it serves."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_DESCRIPTORS
    is_low = most != resource.RLIM_INFINITY and most < wanted
    text = f"This user may open {most} files, and a worker needs {wanted}. Raise LimitNOFILE in systemd, or ulimit -Hn."
    yield from or_fine("Descriptors", [warning("Descriptors", text)] if is_low else [], "A worker may open enough.")


def _weak_keys(config: Config, environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    keys = {
        "DRAFT_KEYS": config.draft_keys,
        "CODE_KEYS": config.code_keys,
        "STAFF_KEYS": config.staff_keys,
        "FORM_KEY": (config.form_key,),
        "AUDIT_KEY": tuple(audit_keys(config.audit_key)),
    }
    for (one, its), (other, others) in combinations(keys.items(), 2):
        if not set(its).isdisjoint(others):
            yield broken("Keys", f"{one} and {other} are the same. Give each its own: keys rotate {one}.")
    for variable in ("FORM_KEY", "AUDIT_KEY"):
        if len(keys[variable][0]) < MIN_SECRET:
            text = f"{variable} has fewer than {MIN_SECRET} characters and may be guessed"
            yield warning("Keys", f"{text}: keys rotate {variable}.")
    for variable in (*map(variable_of, LOST), "DATABASE_URL", "METRICS_TOKEN"):
        file = environment.get(f"{variable}_FILE", "").strip()
        if file and Path(file).stat().st_mode & stat.S_IRWXO:
            yield warning("Keys", f"Everyone on this machine can read {file}. Run chmod o= {file}.")


def _open_files(instance: Path) -> Iterator[Diagnosis]:
    found = instance.stat()
    if found.st_uid != os.geteuid():
        owner = user_name(found.st_uid)
        yield warning(
            "Files",
            f"{instance} belongs to {owner}, and this command runs as {this_user()}. Run it as {owner}.",
        )
    if not os.access(instance, os.W_OK | os.X_OK):
        yield broken("Files", f"{instance} cannot be written. Give this user write access.")
    if not os.access(instance, os.X_OK):
        return
    backups = instance / "backups"
    names = [*LOST, *(f"{name}.rotation" for name in LOST), "screening.sqlite", "backups"]
    inside = [path for name in names if (path := instance / name).exists()]
    if closed := " ".join(str(path) for path in inside if not may_read(path)):
        told = f"{this_user()} cannot read {closed}. As root, run"
        yield broken("Files", f"{told} chown -R {this_user()}: {closed} && chmod -R u=rwX,go= {closed}.")
    elif backups.is_dir():
        inside += sorted(backups.iterdir())
    open_to_others = [path for path in inside if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if open_to_others:
        listed = " ".join(str(path.relative_to(instance)) for path in open_to_others[:5])
        yield broken("Files", f"Others can read {listed}. Run chmod -R go= {instance}.")
    elif found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning("Files", f"Others can enter {instance}. Run chmod go= {instance}.")


def _little_space(instance: Path) -> Iterator[Diagnosis]:
    database = instance / "screening.sqlite"
    wanted = ROOM_FOR_BACKUPS + 2 * (database.stat().st_size if database.exists() else 0)
    free = free_bytes(instance)
    if free < MIN_FREE:
        yield broken(
            "Space",
            f"Only {free // 1024:,} KB are free in {instance}, so sharing may fail at any moment. Free some.",
        )
    elif free < wanted:
        yield warning(
            "Space",
            f"Only {free // 1024**2:,} MB are free in {instance}, and a backup may need {wanted // 1024**2:,} MB. "
            "Free some.",
        )
