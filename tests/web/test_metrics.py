"""Metrics: patients' pages count as one class; help, sharing and saving are not counted; access is restricted.

Counting never breaks a page, and the counts cover all workers.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.shared_memory import Flag, SharedMemory
from screening.site import site_of
from screening.web.metrics import UNCOUNTED
from tests.support.forked_processes import in_processes
from tests.support.saving_patient import LATER, Saver
from tests.support.settings import TestConfig

# Gauges of the site itself that need no upgraded database.
OF_THE_SITE = {"screening_database_up", "screening_info", "screening_support_unconfirmed"}
TOKEN = {"Authorization": "Bearer for the collector"}


@pytest.fixture
def client() -> FlaskClient:
    return create_app(TestConfig()).test_client()


def counted(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Name and labels -> value, without the gauges of the site itself."""
    return {name: value for name, value in published(client).items() if name[0] not in OF_THE_SITE}


def published(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Name and labels -> value."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def more(client: FlaskClient, *paths: str) -> dict[tuple[str, ...], float]:
    """Return the increase in request counts caused by these pages."""
    before = counted(client)
    for path in paths:
        client.get(path)
    return rise(before, counted(client))


def rise(before: dict[tuple[str, ...], float], after: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    risen = {name: value - before.get(name, 0) for name, value in after.items() if name[0].endswith("requests_total")}
    return {name[1:]: value for name, value in risen.items() if value}


def test_a_patients_pages_are_one_class_and_which_one_it_was_cannot_be_told(client: FlaskClient) -> None:
    paths = ("/", "/reflection/topics", "/reflection/topics/3", "/code", "/return", "/privacy")
    assert more(client, *paths) == {("patient", "2xx"): 6}
    assert more(client, "/reflection/share", "/reflection/later", "/return/here") == {("patient", "3xx"): 3}
    assert more(client, "/nowhere") == {("patient", "4xx"): 1}


def test_what_was_saved_cannot_be_told_from_what_was_answered(clinic: Flask, collection: Collection) -> None:
    patient = Saver(clinic, collection)
    patient.start()
    before = counted(patient.client)
    patient.answer("Myself")
    answered = rise(before, counted(patient.client))
    patient.open(LATER)
    before = counted(patient.client)
    patient.save()
    assert rise(before, counted(patient.client)) == answered == {("patient", "2xx"): 1, ("patient", "3xx"): 1}


def test_help_the_way_out_and_what_machines_ask_are_not_counted(client: FlaskClient) -> None:
    machines = ("/healthz/live", "/metrics", "/robots.txt", "/.well-known/security.txt", "/favicon.ico")
    paths = ("/help", "/leave", "/keep", *machines, "/static/screening.css")
    assert more(client, *paths) == {}


def test_nothing_else_is_reported(client: FlaskClient) -> None:
    client.get("/")
    names = {name[0] for name in published(client)}
    assert names == {"screening_requests_total"} | OF_THE_SITE


# Counted and uncounted pages -> the words of /privacy.
COUNTED = {
    "pages": {"patient": "patients’", "staff": "and staff’s apart"},
    "status": {"2xx": "were shown", "3xx": "led on to another page", "4xx": "were refused", "5xx": "or failed"},
}
NOT_COUNTED = {"help": "Opening help", "keep": "keeping your answers for longer", "leave": "leaving are not counted"}


def test_privacy_says_just_what_is_counted(client: FlaskClient) -> None:
    told = next(said for said in client.get("/privacy").text.split("<p>") if "We count" in said)
    app = client.application
    # HTTP's 1xx responses come from the server, never from the site.
    kinds, digits = ({labels[place] for labels in site_of(app).metrics.answers} for place in (0, 1))
    assert kinds == COUNTED["pages"].keys()
    assert {f"{digit}xx" for digit in digits - {"1"}} == COUNTED["status"].keys()
    for path in ("/", "/reflection/1", "/nowhere", "/staff/sign-in"):
        client.get(path)
    for family in site_of(app).metrics.collect():
        is_count = family.name == "screening_requests"
        assert family.type == ("counter" if is_count else "gauge"), "nothing is told of how long a page took"
        labels = {"screening_requests": COUNTED.keys(), "screening_info": {"release", "schema", "questions"}}
        assert all(sample.labels.keys() == labels.get(family.name, set()) for sample in family.samples)
    paths = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules() if "." in rule.endpoint}
    assert {path for path in paths & UNCOUNTED if "." not in path} - {"healthz", "metrics"} == NOT_COUNTED.keys()
    for words in (*COUNTED["pages"].values(), *COUNTED["status"].values(), *NOT_COUNTED.values()):
        assert words in told
    assert "not how long any of them took" in told
    assert "quick" not in told


def opening(client: FlaskClient, slot: int, *paths: str) -> Callable[[], None]:
    """Return the work of a forked worker in this slot, which serves these pages."""

    def work() -> None:
        site_of(client.application).memory.use_slot(slot)
        for path in paths:
            assert client.get(path).status_code in {200, 404}

    return work


def test_the_counts_are_those_of_all_workers_from_their_first_request_on(client: FlaskClient) -> None:
    in_processes(opening(client, 1, "/", "/"), opening(client, 2, "/", "/nowhere", "/staff/nowhere"))
    assert rise({}, counted(client)) == {("patient", "2xx"): 3, ("patient", "4xx"): 1, ("staff", "4xx"): 1}
    # One worker died, and another took over its slot.
    in_processes(opening(client, 1, "/"))
    assert rise({}, counted(client))["patient", "2xx"] == 4


def test_two_applications_share_nothing_and_making_one_starts_no_thread() -> None:
    threads = threading.active_count()
    one, other = create_app(TestConfig()), create_app(TestConfig())
    assert threading.active_count() == threads
    one.test_client().get("/")
    site_of(one).memory.set_flag(Flag.LAST_WRITE_FAILED, True)
    assert counted(one.test_client()) == {("screening_requests_total", "patient", "2xx"): 1}
    assert counted(other.test_client()) == {}
    assert not site_of(other).memory.flag(Flag.LAST_WRITE_FAILED)


def test_workers_that_were_given_no_slot_count_all_the_same(client: FlaskClient) -> None:
    in_processes(lambda: client.get("/"))
    client.get("/")
    assert rise({}, counted(client)) == {("patient", "2xx"): 2}


def test_without_files_disk_or_descriptors_pages_are_served_and_counted(client: FlaskClient) -> None:
    client.get("/")

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        opening(client, 1, "/", "/")()

    in_processes(work)
    assert rise({}, counted(client)) == {("patient", "2xx"): 3}


def test_a_setting_of_the_library_that_renders_them_changes_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere")
    in_processes(opening(client, 1, "/"))
    assert rise({}, counted(client)) == {("patient", "2xx"): 1}


@pytest.mark.parametrize("is_first", [True, False])
def test_when_counting_fails_every_page_is_served(client: FlaskClient, is_first: bool) -> None:
    if not is_first:
        client.get("/")
    memory: SharedMemory = site_of(client.application).memory
    memory.cells.release()
    for path in ("/", "/help", "/metrics"):
        assert client.get(path).status_code == 200
    in_processes(opening(client, 1, "/", "/help", "/metrics"))
    assert counted(client) == {}


def test_a_status_of_no_known_class_is_not_counted(client: FlaskClient) -> None:
    @client.application.get("/odd")
    def odd() -> Response:
        return Response(status="999 Odd")

    assert client.get("/odd").status_code == 999
    assert counted(client) == {}


def test_a_gauge_is_read_when_it_is_asked_for_and_left_out_while_it_fails(client: FlaskClient) -> None:
    ages = [2.5]
    read: tuple[Callable[[], list[Metric]], ...] = (
        lambda: [GaugeMetricFamily("screening_age_seconds", "How old it is.", ages[0])],
        lambda: [GaugeMetricFamily("screening_process", "Which process it is.", os.getpid())],
    )
    site_of(client.application).metrics.gauges.extend(read)
    expected = {("screening_age_seconds",): 2.5, ("screening_process",): os.getpid()}
    assert counted(client) == expected
    ages[0] = 3
    assert counted(client) == expected | {("screening_age_seconds",): 3}
    ages.clear()
    assert counted(client) == {("screening_process",): os.getpid()}
    assert (
        "# HELP screening_process Which process it is.\n# TYPE screening_process gauge\n" in client.get("/metrics").text
    )


@pytest.mark.parametrize(
    ("settings", "address", "headers", "status"),
    [
        ({}, "127.0.0.1", {}, 200),
        ({}, "::1", {}, 200),
        ({}, "::ffff:127.0.0.1", {}, 200),
        ({}, "203.0.113.1", {}, 404),
        ({}, "", {}, 404),
        ({}, "203.0.113.1", {"Authorization": "Bearer "}, 404),
        ({}, "127.0.0.1", {"X-Forwarded-For": "203.0.113.1"}, 404),
        ({}, "127.0.0.1", {"X-Forwarded-Proto": "https"}, 404),
        ({}, "127.0.0.1", {"X-Real-IP": "203.0.113.1"}, 404),
        ({}, "127.0.0.1", {"Forwarded": "for=203.0.113.1"}, 404),
        ({}, "127.0.0.1", {"Via": "1.1 proxy"}, 404),
        ({"proxy_hops": 1}, "127.0.0.1", {}, 404),
        ({"metrics_token": "for the collector"}, "127.0.0.1", {}, 404),
        ({"metrics_token": "for the collector"}, "127.0.0.1", {"Authorization": "Bearer guessed"}, 404),
        ({"metrics_token": "for the collector"}, "203.0.113.1", TOKEN, 200),
        ({"metrics_token": "for the collector", "proxy_hops": 1}, "127.0.0.1", {"X-Forwarded-For": "a"} | TOKEN, 200),
    ],
)
def test_the_token_opens_it_and_without_one_this_machine_does(
    settings: dict[str, Any], address: str, headers: dict[str, str], status: int
) -> None:
    client = create_app(TestConfig(**settings)).test_client()
    assert client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code == status


@pytest.mark.parametrize("trusted_hosts", [(), ("clinic.test",)])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]", 200),
        ("[::1]:8000", 200),
        ("clinic.test", 404),
        ("localhost.clinic.test", 404),
        ("10.1.2.3:8720", 404),
        ("[2001:db8::1]:8000", 404),
        ("localhost, clinic.test", 404),
        ("", 404),
    ],
)
def test_without_a_token_a_local_proxy_that_adds_no_header_does_not_open_it(
    trusted_hosts: tuple[str, ...], host: str, status: int
) -> None:
    client = create_app(TestConfig(trusted_hosts=trusted_hosts)).test_client()
    assert client.get("/metrics", headers={"Host": host}).status_code == status


def test_without_a_token_a_proxy_that_asks_by_our_address_does_not_open_it(client: FlaskClient) -> None:
    # nginx with only proxy_pass set.
    old = {"SERVER_PROTOCOL": "HTTP/1.0"}
    assert client.get("/metrics", headers={"Host": "127.0.0.1:8000"}, environ_overrides=old).status_code == 404
