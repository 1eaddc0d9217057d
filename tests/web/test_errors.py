"""Error pages: kind, with help and a way on, and without a trace of the visitor in the log."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.patient import information
from tests.support.page_checker import Patient
from tests.support.settings import TestConfig


def test_an_unknown_address_gets_a_page(patient: Patient) -> None:
    for path in ("/nowhere", "/reflection/x", "/reflection/1/2", "/static/none.css", "/reflection/topics/x"):
        page = patient.open(path)
        assert (page.status, page.heading) == (404, "This page is not here")
        assert page.links["Go to the start page"] == "/"
        assert page.links["See who you can talk to"] == "/help"


def test_a_wrong_method_gets_a_page(patient: Patient) -> None:
    for path in ("/help", "/reflection/check"):
        token = patient.open("/").find("//input[@name='csrf_token']")[0].get("value")
        page = patient._arrive(patient.client.post(path, data={"csrf_token": token}))
        assert (page.status, page.heading) == (405, "This page opens another way")


@pytest.mark.parametrize("field", ["choice", "csrf_token", "question"])
def test_more_than_we_take_gets_a_page(patient: Patient, field: str) -> None:
    patient.start()
    page = patient._arrive(patient.client.post("/reflection/1", data={field: "x" * 70_000}))
    assert (page.status, page.heading) == (413, "That was more than we can take")


def test_many_parts_are_refused(patient: Patient) -> None:
    patient.start()
    parts = {f"part-{number}": "x" for number in range(300)}
    page = patient._arrive(patient.client.post("/reflection/1", data=parts, content_type="multipart/form-data"))
    assert page.status == 413


def test_a_name_that_is_not_ours_is_refused(collection: Collection) -> None:
    patient = Patient(create_app(TestConfig(trusted_hosts=("clinic.test",))), collection.wording)
    page = patient._arrive(patient.client.get("/", base_url="http://elsewhere.test"))
    assert (page.status, page.heading) == (400, "We could not read that")
    assert patient.client.get("/", base_url="http://clinic.test").status_code == 200


def test_our_own_failure_gets_a_page_and_the_log_tells_nothing_of_the_patient(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, collection: Collection
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("someone said: low mood")

    monkeypatch.setattr(information, "explain_topic", fail)
    patient = Patient(create_app(TestConfig()), collection.wording)
    with caplog.at_level(logging.DEBUG):
        page = patient.open("/reflection/topics/3?marked=query")
    assert (page.status, page.heading) == (500, "Something went wrong on our side")
    assert "RuntimeError in information.topic at " in caplog.text
    for mark in ("low mood", "marked", "topics/3", "127.0.0.1", "werkzeug"):
        assert mark not in caplog.text


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    client = app.test_client()
    client.get("/")
    assert client.post("/reflection/").status_code == 400
    assert client.post("/reflection/1", data={"choice": "myself"}).status_code == 400
