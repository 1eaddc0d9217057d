"""The commands `keys make` and `keys rotate`."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from flask.cli import AppGroup

from config import DEFAULT_INSTANCE, Config, ConfigError, make_secrets
from screening.settings.key_rotation import (
    ADDED,
    ENDED,
    RotationError,
    RotationState,
    add_new_key,
    forget_old_keys,
    replace_secret,
    rotation_state,
    use_new_key,
)
from screening.settings.keys import LOST, new_key
from screening.staff.auth.resealing import reseal_accounts
from screening.storage import audit, expiry
from screening.storage.backups import with_exclusive_lock
from screening.storage.connected_hosts import other_hosts
from screening.storage.database import db, unpooled_engine

RELOAD = "Copy the file to every other host, then reload every host (systemctl reload screening, or kill -HUP)."
# A draft lives for hours. A fixed record may be saved for 14 days before it is shared, and is then retained.
DAYS_OF_A_DRAFT, DAYS_BEFORE_SHARING = 2, 16
# Days after a rotation in which another one is probably a mistake.
SOON = 7


def keys_commands(config: Config | None = None) -> AppGroup:
    """Make the group `keys`. Without a configuration it has only `make`, which needs none."""
    keys = AppGroup("keys", help="Make and rotate the keys of this installation.")

    @keys.command("make")
    def make_command() -> None:
        """Make the keys that are missing. It never replaces one."""
        _make_keys()

    if config is None:
        return keys

    @keys.command("rotate")
    @click.argument("name", type=click.Choice(["DRAFT_KEYS", "CODE_KEYS", "STAFF_KEYS", "FORM_KEY", "AUDIT_KEY"]))
    def rotate_command(name: str) -> None:
        """Rotate the key NAME. Run it again for each further step: it says when, and what to reload before."""
        _refuse_variable(name)
        path = key_file(name, config.instance)
        try:
            if name == "FORM_KEY":
                replace_secret(path, new_key())
                click.echo(f"{path} has a new key. {RELOAD} Forms that are open now fail once.")
            elif name == "AUDIT_KEY":
                with with_exclusive_lock(config.instance, "its entries would break the audit trail"):
                    _rotate_audit_key(path, config)
            else:
                _take_step(name, path, config)
        except RotationError as reason:
            raise click.ClickException(str(reason)) from None

    return keys


def _make_keys() -> None:
    instance = Path(os.environ.get("INSTANCE", "").strip() or DEFAULT_INSTANCE).absolute()
    try:
        made = make_secrets(instance, os.environ)
    except ConfigError as reason:
        raise click.ClickException(str(reason)) from None
    is_in_use = (instance / "screening.sqlite").exists()
    if not made:
        click.echo("Nothing to make: every key exists.")
        return
    click.echo(f"Made in {instance}, readable only by this user: {', '.join(made)}.")
    click.echo("Keep a copy where only you can read it: no backup of the database holds these keys.")
    for name in made if is_in_use else ():
        click.echo(
            f"Warning: this folder already has a database. If you had another {name}, delete the new one and "
            f"restore yours from your backup: without it, {LOST[name]}.",
            err=True,
        )


def _refuse_variable(variable: str) -> None:
    if os.environ.get(variable, "").strip():
        raise click.ClickException(
            f"{variable} is set in the environment, where no command can change it. Move it to a file that only this "
            f"user can read, and name that in {variable}_FILE."
        )


def key_file(variable: str, instance: Path) -> Path:
    """Return the file of a key that is not in a variable."""
    named = os.environ.get(f"{variable}_FILE", "").strip()
    return Path(named).absolute() if named else instance / variable.lower().replace("_", "-")


def _take_step(name: str, path: Path, config: Config) -> None:
    """Do the next step of the rotation of a list of keys, and say what comes after it."""
    state = rotation_state(path)
    if state is None or state.stage == ENDED:
        if state and _today() < state.since + timedelta(days=SOON):
            click.confirm(f"The last rotation of {name} ended on {state.since}. Begin another one?", abort=True)
        add_new_key(path, _today())
        click.echo(f"Step 1 of 3: {path} has a new key, which reads and does not write yet.")
        click.echo(f"{RELOAD} Then run this command again.")
    elif state.stage == ADDED:
        use_new_key(path, state, _today())
        click.echo(f"Step 2 of 3: in {path} the new key comes first, so that it writes.")
        click.echo(f"{RELOAD} {_what_next(name, _today(), config)}")
        click.echo("Copy the file apart before that: the backups until now need the old key.")
    else:
        _forget(name, path, state, config)
        last_day = _today() + timedelta(days=config.backup_days)
        click.echo(f"Step 3 of 3: {path} has only the new key.")
        click.echo(f"{RELOAD} That completes the rotation. Running this command again would begin another one.")
        click.echo(
            f"Backups that were made before today need the old key. Keep your copy of it until {last_day}, apart from "
            "the backups."
        )


def _rotate_audit_key(path: Path, config: Config) -> None:
    """Put a new key before the older ones, and begin with it: its first entry covers the trail so far."""
    with unpooled_engine().connect() as connection:
        others = other_hosts(connection)
    if others:
        raise RotationError(f"A server still runs on {', '.join(sorted(others))}. Stop every server first.")
    with db.sessionmaker() as session:
        if broken := audit.verify_chain(session, config.audit_key):
            click.echo(f"Warning: entry {broken} of the audit trail was changed or deleted before.", err=True)
        keys = "\n".join([new_key(), *audit.audit_keys(config.audit_key)])
        replace_secret(path, keys)
        audit.append_entry(session, keys, audit.COMMAND_LINE, audit.Action.KEY_ROTATED, _today())
        click.echo(f"{path} has a new key. Copy the file to every other host, then start every server.")
        click.echo("The old key stays in the file for as long as its entries: without it, they cannot be verified.")
        click.echo(f"The audit head is now {audit.chain_head(session)}")


def _what_next(name: str, since: date, config: Config) -> str:
    if name == "STAFF_KEYS":
        return "Then run this command again: it encrypts the accounts again, and removes the old key."
    lost = LOST[name.lower().replace("_", "-")]
    return f"The old key must stay until {stays_until(name, since, config)}: without it, {lost}. Then run it again."


def _forget(name: str, path: Path, state: RotationState, config: Config) -> None:
    if name == "STAFF_KEYS":
        _reseal(config)
    elif _today() < stays_until(name, state.since, config):
        raise RotationError(_what_next(name, state.since, config))
    elif name == "CODE_KEYS" and (alarm := expiry.clock_alarm(db.session)):
        # A clock that is ahead would make patients' codes useless.
        raise RotationError(str(alarm))
    forget_old_keys(path, state, _today())


def _reseal(config: Config) -> None:
    with db.sessionmaker() as session:
        resealed = reseal_accounts(session, config.staff_keys)
    click.echo(f"Encrypted again: the second steps of {resealed.accounts} accounts. Staff sign in again.")
    if resealed.unreadable:
        click.echo(
            f"Warning: no key opens the second steps of {resealed.unreadable} accounts. Run staff renew for each "
            "whose owner cannot sign in.",
            err=True,
        )


def stays_until(name: str, since: date, config: Config) -> date:
    """Return the day until which a key that a rotation replaced must stay. `since`: the day of the second step."""
    if name == "STAFF_KEYS":
        return since
    days = DAYS_OF_A_DRAFT if name == "DRAFT_KEYS" else config.retention_days + DAYS_BEFORE_SHARING
    return since + timedelta(days=days)


def _today() -> date:
    return datetime.now(UTC).date()
