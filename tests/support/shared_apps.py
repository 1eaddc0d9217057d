"""Applications that tests of one process share, one test at a time, each test with a database of its own.

Making an application and its first answers costs more than most tests. What a test counts (attempts, requests, shares)
is reset after it, and its site put back. An application that a test changed in any other way is thrown away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask
from flask_security.babel import FsDomain
from sqlalchemy import Engine, event, make_url

from screening.app import create_app
from screening.shared_memory import SharedMemory
from screening.site import attach, site_of
from screening.staff.auth.sign_in import SECURITY_SETTINGS
from screening.staff.auth.sign_in_throttle import Attempts
from screening.staff.questionnaires.quality import QualityChecks
from screening.storage.alembic_setup import migrations
from screening.storage.database import db, unpooled_engine
from screening.web.health import Readiness
from screening.web.limits import NetworkLimit
from screening.web.templates import ComponentCache
from tests.support.settings import TestConfig

# The first answers make what Flask and its extensions make late.
FIRST_PAGES = ("/", "/staff/sign-in")
OURS = ("screening", "flask_security")
# They never change, and are large.
FROZEN = ("screening.questionnaire", "screening.authoring")
HEARD = (
    "do_connect",
    "connect",
    "checkout",
    "checkin",
    "begin",
    "commit",
    "rollback",
    "before_cursor_execute",
    "after_cursor_execute",
)

CONTAINERS = (dict, list, tuple, set, frozenset)

Pairs = list[tuple[object, object]]


class SharedApp:
    """One application, and what it was made of."""

    def __init__(self, url: str) -> None:
        self.app = create_app(TestConfig(database_url=url))
        self.site = site_of(self.app)
        with self.app.app_context():
            self.engines = (db.engine, unpooled_engine())
            migrations()
        self.first = url
        for engine in self.engines:
            event.listen(engine, "do_connect", self._lead)
        self.use(url)
        client = self.app.test_client()
        for path in FIRST_PAGES:
            client.get(path)
        self.seen: list[Any] = []
        self.parts = self._parts()
        self.reset()

    def use(self, url: str) -> None:
        """Lead every connection from now on to this database, which is of the same kind."""
        self.url = make_url(url)
        self.app.config["SQLALCHEMY_ENGINES"]["default"]["url"] = url
        for engine in self.engines:
            engine.url = self.url

    def reset(self) -> None:
        """Close all connections, forget what was counted, and put the site back."""
        attach(self.app, self.site)
        for engine in self.engines:
            engine.dispose()
        for one in self.seen:
            if isinstance(one, SharedMemory):
                one.slot = 0
                one.cells[:] = memoryview(bytes(one.cells.nbytes)).cast("Q")
            elif isinstance(one, Attempts):
                vars(one).pop("limiter", None)
                one.has_warned = False
            elif isinstance(one, Readiness):
                one.check = None

    def is_unchanged(self) -> bool:
        """Whether it still is what it was made of."""
        self.use(self.first)
        before, now = self.parts, self._parts()
        return len(before) == len(now) and all(_is_same(*pairs) for pairs in zip(before, now, strict=True))

    def _lead(self, _dialect: object, _record: object, arguments: list[object], named: dict[str, object]) -> None:
        if self.url.get_backend_name() == "sqlite":
            arguments[0] = self.url.database
        else:
            named["dbname"] = self.url.database

    def _parts(self) -> Pairs:
        """All that it is made of, as far as it is ours to change: each with the name or key under which it is found."""
        parts: Pairs = []
        self.seen = []
        with self.app.app_context():
            state = vars(db.sessionmaker)
        environment = self.app.jinja_env
        roots = (vars(self.app), state, environment.globals, environment.filters, environment.tests)
        _walk(roots, parts, self.seen, set())
        for engine in self.engines:
            parts += [(name, len(getattr(_heard(engine, name), name))) for name in HEARD]
        return parts


class SharedApps:
    """The applications of a process that no test uses right now."""

    def __init__(self) -> None:
        self.free: defaultdict[tuple[str, str], list[SharedApp]] = defaultdict(list)

    @contextmanager
    def lent(self, url: str) -> Iterator[Flask]:
        """An application on this database."""
        # Some tests set what the next application is made with.
        free = self.free[make_url(url).get_backend_name(), repr(SECURITY_SETTINGS)]
        shared = free.pop() if free else SharedApp(url)
        shared.use(url)
        yield shared.app
        shared.reset()
        if shared.is_unchanged():
            free.append(shared)


def _walk(found: object, parts: Pairs, seen: list[Any], ids: set[int]) -> None:
    """Note what a container or an object of ours holds, and what that holds."""
    if id(found) in ids:
        return
    ids.add(id(found))
    # What Flask puts in front of the current request has no class of its own, so instances are never asked.
    kind = type(found)
    inside: Pairs
    if issubclass(kind, dict):
        # What is only looked up in a defaultdict leaves something empty there.
        inside = [(key, value) for key, value in cast("dict[object, object]", found).items() if not _is_blank(value)]
    elif issubclass(kind, (list, tuple)):
        inside = list(enumerate(cast("list[object]", found)))
    elif issubclass(kind, (set, frozenset)):
        inside = [(one, True) for one in sorted(cast("set[object]", found), key=id)]
    elif kind.__module__.startswith(OURS) and not kind.__module__.startswith(FROZEN):
        seen.append(found)
        if issubclass(kind, (SharedMemory, Attempts, Readiness, ComponentCache, QualityChecks, FsDomain)):
            return
        held = getattr(found, "__dict__", {})
        inside = [("counts", held["counts"])] if kind is NetworkLimit else list(held.items())
    else:
        return
    parts += inside
    for _, value in inside:
        _walk(value, parts, seen, ids)


def _is_blank(value: object) -> bool:
    """Whether it is a container with nothing but empty containers in it."""
    if issubclass(type(value), dict):
        return all(map(_is_blank, cast("dict[object, object]", value).values()))
    return issubclass(type(value), CONTAINERS) and all(map(_is_blank, cast("list[object]", value)))


def _heard(engine: Engine, name: str) -> Any:
    places: tuple[Callable[[], Any], ...] = (
        lambda: engine.dispatch,
        lambda: engine.pool.dispatch,
        lambda: engine.dialect.dispatch,
    )
    return next(place() for place in places if hasattr(place(), name))


def _is_same(before: tuple[object, object], now: tuple[object, object]) -> bool:
    """Whether key and value are the same: containers of the same kind are compared by what they hold."""
    return all(
        one is other or (type(one) is type(other) and (issubclass(type(one), CONTAINERS) or _is_equal(one, other)))
        for one, other in zip(before, now, strict=True)
    )


def _is_equal(one: object, other: object) -> bool:
    return issubclass(type(one), (str, bytes, int, float)) and one == other
