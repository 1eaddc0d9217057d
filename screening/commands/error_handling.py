"""Error messages for all commands: one sentence instead of a traceback."""

from __future__ import annotations

import copy
import errno
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from screening.storage.database import db
from screening.storage.failures import OperationRefused, explain_database_error


def explain_failures(group: click.Group) -> None:
    """Wrap all commands below a group, so that they say in a sentence why the database or a file cannot be used."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            explain_failures(command)
        elif command.callback is not None:
            # Wrap a copy: all applications of this process share some commands.
            group.commands[name] = explained = copy.copy(command)
            explained.callback = _explained(command.callback)


def _explained(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def explained(*arguments: Any, **options: Any) -> Any:
        try:
            return callback(*arguments, **options)
        except _database_errors() as error:
            raise click.ClickException(explain_database_error(error, db.engine.url)) from None
        except OperationRefused as reason:
            raise click.ClickException(str(reason)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                # The reader of the pipe, such as `head`, closed it. That is not an error.
                raise
            raise click.ClickException(explain_failure(error)) from None

    return explained


def _database_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean a database failure, including those of the driver itself."""
    driver: type[Exception] = db.engine.dialect.loaded_dbapi.Error
    return (SQLAlchemyError, sqlite3.Error, driver)


def explain_failure(error: OSError) -> str:
    """Describe an error of the operating system: which file or limit it is about, and what to do."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Too many files are open. Raise the limit of this process (ulimit -n, LimitNOFILE in systemd)."
    if error.errno == errno.ENOSPC:
        return "The disk is full. Free some space, then try again."
    file = error.filename or "A file"
    return f"{file} cannot be used: {error.strerror or type(error).__name__}. Correct that, then try again."
