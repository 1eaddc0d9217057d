"""Kinds of request: a page that opens the database never runs on the threads for pages that do not."""

from __future__ import annotations

import ast
import inspect
import re

import pytest
from flask import Flask

from screening.web.request_kind import request_kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"),
        ("/help", "page"),
        ("/reflection/3", "page"),
        ("/reflection/summary", "page"),
        ("/healthz/live", "page"),
        ("/healthz/ready", "probe"),
        ("/reflection/share", "database"),
        ("/reflection/later", "database"),
        ("/code/delete", "database"),
        ("/return", "database"),
        ("/staff/", "database"),
        ("/staff", "database"),
        ("/metrics", "database"),
        ("", "page"),
        ("*", "page"),
    ],
)
def test_a_request_is_of_the_kind_that_its_path_tells(path: str, kind: str) -> None:
    assert request_kind(path) == kind


# These views do not open the database, although their modules do.
NEED_NONE = {"health.live", "sharing.clear_code", "sharing.done"}


def test_every_view_whose_module_opens_the_database_is_of_a_kind_that_may(app: Flask) -> None:
    pages = set()
    for rule in app.url_map.iter_rules():
        path = re.sub("<[^>]+>", "1", rule.rule)
        view = app.view_functions.get(rule.endpoint)
        if view and _opens_database(inspect.unwrap(view).__module__) and request_kind(path) == "page":
            pages.add(rule.endpoint)
    assert pages == NEED_NONE


def _opens_database(module: str) -> bool:
    source = inspect.getsource(__import__(module, fromlist=["_"]))
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return any(node.module == "screening.storage.database" for node in imports)
