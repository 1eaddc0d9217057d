"""Every route, as one complete list, checked both ways."""

from __future__ import annotations

from flask import Flask

from screening.web.headers import HEADERS
from screening.web.questionnaire_limits import RESERVED_SLUGS
from screening.web.static_files import PICTURE_POLICY
from tests.staff.auth.test_access import ROUTE_ROLES

ROUTES = {
    ("/", "GET"),
    ("/<questionnaire:questionnaire>/", "GET"),
    ("/<questionnaire:questionnaire>/", "POST"),
    ("/<questionnaire:questionnaire>/<int:number>", "GET"),
    ("/<questionnaire:questionnaire>/<int:number>", "POST"),
    ("/<questionnaire:questionnaire>/pause", "GET"),
    ("/<questionnaire:questionnaire>/check", "GET"),
    ("/<questionnaire:questionnaire>/summary", "GET"),
    ("/<questionnaire:questionnaire>/share", "GET"),
    ("/<questionnaire:questionnaire>/share", "POST"),
    ("/<questionnaire:questionnaire>/share/written", "POST"),
    ("/<questionnaire:questionnaire>/done", "GET"),
    ("/<questionnaire:questionnaire>/first", "GET"),
    ("/<questionnaire:questionnaire>/first", "POST"),
    ("/<questionnaire:questionnaire>/later", "GET"),
    ("/<questionnaire:questionnaire>/later", "POST"),
    ("/<questionnaire:questionnaire>/topics", "GET"),
    ("/<questionnaire:questionnaire>/topics/<int:number>", "GET"),
    ("/code", "GET"),
    ("/code", "POST"),
    ("/code/delete", "GET"),
    ("/code/delete", "POST"),
    ("/code/close", "POST"),
    ("/<questionnaire:questionnaire>/paper", "GET"),
    ("/return", "GET"),
    ("/return", "POST"),
    ("/return/here", "GET"),
    ("/help", "GET"),
    ("/privacy", "GET"),
    ("/accessibility", "GET"),
    ("/leave", "GET"),
    ("/keep", "GET"),
    ("/robots.txt", "GET"),
    ("/.well-known/security.txt", "GET"),
    ("/metrics", "GET"),
    ("/favicon.ico", "GET"),
    ("/healthz/live", "GET"),
    ("/healthz/ready", "GET"),
    ("/healthz/seen", "POST"),
    ("/static/<name>", "GET"),
    *ROUTE_ROLES,
}


def test_the_list_of_addresses_is_complete(app: Flask) -> None:
    found = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method in ("GET", "POST") and not rule.build_only
    }
    assert found == ROUTES


def test_no_address_answers_another_method(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "POST", "HEAD", "OPTIONS"}


def test_no_questionnaire_can_take_the_address_of_a_page(app: Flask) -> None:
    firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {"", "<questionnaire:questionnaire>"}
    assert firsts <= RESERVED_SLUGS


def test_every_answer_to_every_address_carries_the_headers(app: Flask) -> None:
    client = app.test_client()
    for rule, method in ROUTES:
        path = rule.replace("<questionnaire:questionnaire>", "reflection").replace("<int:number>", "1")
        with client.open(path.replace("<name>", "screening.css"), method=method) as answer:
            policy = {"Content-Security-Policy": PICTURE_POLICY} if path == "/favicon.ico" else {}
            assert (HEADERS | policy).items() <= dict(answer.headers).items()
