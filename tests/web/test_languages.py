"""A page is in the chosen language, otherwise in the one that the browser prefers, if it is available."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.authoring.texts import shown_words
from screening.questionnaire.model import Questionnaire
from tests.support.page_checker import SPANISH, Page, Patient, text_of
from tests.support.saving_patient import AGAIN, GO_ON, SAVE, Saver
from tests.support.settings import TestConfig
from tests.support.sharing_patient import SHARE, WRITTEN, Sharer


@pytest.fixture
def reader(app: Flask, collection: Collection) -> Patient:
    """A patient whose browser prefers Spanish."""
    return Patient(app, collection.wording, asks_for="es-MX,es;q=0.9,en;q=0.5")


@pytest.mark.parametrize(
    ("asks_for", "gets"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-419", "es"),
        ("ES-us,en;q=0.8", "es"),
        ("en-GB,es;q=0.9", "en"),
        ("fr,es;q=0.3", "es"),
        ("fr", "en"),
        ("es;q=0,fr", "en"),
        ("*", "en"),
        ("es;q=nothing, \x7f", "en"),
    ],
)
def test_the_browser_asks_first(app: Flask, collection: Collection, asks_for: str, gets: str) -> None:
    patient = Patient(app, collection.wording, asks_for=asks_for)
    for path in ("/", "/help", "/reflection/topics/1", "/nowhere"):
        assert patient.open(path).language == gets


def test_a_choice_outlasts_what_the_browser_asks_for(reader: Patient) -> None:
    reader.open("/privacy")
    page = reader.follow("English")
    assert (page.path, page.language) == ("/privacy", "en")
    assert reader._address == "/privacy", "the address does not say what was chosen"
    assert reader.open("/").language == "en"
    assert reader.follow("Español").language == "es"


def test_the_switch_is_on_every_page_and_leads_to_the_same_one(reader: Patient) -> None:
    for page in journey(reader):
        here = reader._address
        assert page.language == "es"
        assert (reader.follow("English").language, reader._address) == ("en", here)
        assert (reader.follow("Español").language, reader._address) == ("es", here)


def test_no_english_is_left_on_a_spanish_page(reader: Patient, collection: Collection) -> None:
    (english,) = collection.questionnaires
    known = {words for words, spoken in SPANISH.items() if words != spoken}
    known |= {words for _, words in texts(english)} - {words for _, words in texts(english.in_language("es"))}
    for page in (
        *journey(reader),
        *map(reader.open, ("/help", "/privacy", "/accessibility", "/code", "/return", "/nowhere")),
    ):
        nodes = page.tree.xpath("//text()[not(ancestor-or-self::*[@lang='en'])]")
        left = {" ".join(str(node).split()) for node in nodes} & known - {""}
        assert left == set(), page.path


def texts(questionnaire: Questionnaire) -> Iterator[tuple[object, str]]:
    for name, data in questionnaire.files().items():
        yield from shown_words(name, data)


def journey(patient: Patient) -> Iterator[Page]:
    yield patient.open("/")
    yield patient.press("Start")
    yield patient.press("Continue")
    while not patient.page.path.endswith("/check"):
        if not patient.page.path.endswith("/pause"):
            patient.choose(*list(patient.page.choices)[:1])
            yield patient.press("Continue")
        else:
            yield patient.follow("Keep going")
    yield patient.open("/reflection/1?change=1")
    yield patient.open("/reflection/later")
    yield patient.open("/reflection/summary")
    yield patient.open("/reflection/topics")
    yield patient.open("/reflection/topics/3")
    yield patient.open("/reflection/paper")


def test_a_draft_goes_on_in_the_other_language(reader: Patient) -> None:
    reader.start()
    reader.answer("Para mí")
    reader.follow("English")
    reader.answer("Cravings and recovery")
    reader.skip_to("tried")
    reader.follow("Español")
    while not reader.page.path.endswith("/check"):
        reader.step()
    assert "Para mí" in reader.page.text
    assert "Ganas de consumir y recuperación" in reader.page.text


def test_a_mistake_is_reported_in_the_language_of_the_page_that_shows_it(reader: Patient) -> None:
    reader.start()
    reader.press("Continue")
    assert "Elija una respuesta o presione “Omitir”." in reader.page.text
    reader.follow("English")
    assert "Choose an answer, or press Skip." in reader.page.text


@pytest.mark.parametrize("confirmed", [None, date(2026, 11, 21)])
def test_help_has_its_way_in_for_the_language_of_the_page(collection: Collection, confirmed: date | None) -> None:
    app = create_app(TestConfig(support_confirmed=confirmed))
    spanish = Patient(app, collection.wording, asks_for="es")
    help_line = text_of(spanish.open("/").find("//p[@class='help-line']")[0])
    assert "llame al 911 y diga “español”." in help_line
    assert "llame al 988 y oprima 2, o mande AYUDA al 988." in help_line
    page = spanish.open("/help")
    assert "Línea 988 de Prevención del Suicidio y Crisis" in page.text
    assert page.links["mande AYUDA al 988"] == "sms:988?body=AYUDA"
    assert page.links["escriba por chat en 988lifeline.org/es"] == "https://988lifeline.org/es"
    assert "(en inglés)" not in text_of(page.find("//section[@aria-labelledby='talk']")[0])
    english = Patient(app, collection.wording).open("/")
    assert "call 988 or text 988." in text_of(english.find("//p[@class='help-line']")[0])


def test_dates_are_written_as_the_language_does(reader: Patient) -> None:
    assert "15 de agosto de 2023" in reader.open("/reflection/topics").text


@pytest.mark.parametrize("address", ["/help?language=fr", "/help?language=", "/help?language=en-US"])
def test_a_language_that_is_not_there_is_not_chosen(patient: Patient, address: str) -> None:
    answer = patient.client.get(address)
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)


@pytest.mark.parametrize(
    "path", ["/%09/evil.test", "/%0a/evil.test", "/%0d%0aX:1", "/%5C/evil.test", "/reflection%3Fa=b"]
)
def test_the_switch_leads_to_no_other_site(patient: Patient, path: str) -> None:
    answer = patient.client.get(f"{path}?language=es")
    assert answer.status_code in (308, 404)
    assert "evil" not in answer.headers.get("Location", "").removeprefix("http://localhost/")


def test_a_page_that_is_not_here_says_so_in_the_language_that_is_chosen_there(patient: Patient) -> None:
    patient.open("/nowhere")
    page = patient.follow("Español")
    assert (page.status, page.language) == (404, "es")
    assert patient.open("/").language == "es"


@pytest.mark.parametrize("path", ["/metrics", "/healthz/live", "/favicon.ico", "/staff/sign-in", "/staff/nowhere"])
def test_what_is_no_patient_s_page_takes_no_choice(patient: Patient, path: str) -> None:
    answer = patient.client.get(f"{path}?language=es")
    assert "draft" not in answer.headers.get("Set-Cookie", "")
    assert "language" not in answer.headers.get("Location", "")
    assert patient.open("/").language == "en"


def test_only_a_page_that_is_read_takes_the_choice(patient: Patient) -> None:
    patient.client.post("/?language=es")
    assert patient.open("/").language == "en"


def test_a_page_in_a_language_that_was_only_asked_for_sets_no_cookie(reader: Patient) -> None:
    assert reader.client.get("/help").headers.get("Set-Cookie") is None


def test_leaving_forgets_the_language_too(patient: Patient) -> None:
    patient.open("/")
    patient.follow("Español")
    patient.client.get("/leave")
    assert patient.open("/").language == "en"


def test_a_lapsed_draft_leaves_its_language(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    patient.start()
    patient.follow("Español")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3 * 60 * 60)
    page = patient.open("/reflection/2")
    assert (page.path, page.language) == ("/reflection/", "es")
    assert "Pasaron unas dos horas" in page.text


def test_a_draft_that_was_shared_and_cleared_leaves_its_language(clinic: Flask, collection: Collection) -> None:
    patient = Sharer(clinic, collection)
    patient.finish()
    patient.follow("Español")
    patient.press(SHARE)
    page = patient.press(WRITTEN)
    assert page.language == "es"
    assert patient.held.keys() == {"at", "language"}


def test_what_was_saved_in_one_language_goes_on_in_another(clinic: Flask, collection: Collection) -> None:
    patient, other = Saver(clinic, collection), Saver(clinic, collection)
    patient.begin()
    patient.follow("Español")
    assert patient.press(SAVE).heading == "Sus respuestas están guardadas"
    other.open("/return")
    other.type("code", patient.code).press(GO_ON)
    assert (other.page.language, other.page.heading) == ("en", AGAIN)
    assert other.held["draft"]["answers"] == {"asking-for": "myself", "interests": "mood"}


def test_the_record_in_another_language_is_the_same_record(clinic: Flask, collection: Collection) -> None:
    english, spanish = Sharer(clinic, collection), Sharer(clinic, collection)
    english.finish()
    spanish.finish()
    spanish.follow("Español")
    for patient in (english, spanish):
        patient.press(SHARE)
    one, other = english.rows()
    assert (one["answers"], one["version"]) == (other["answers"], other["version"])
    assert one.keys() == {"week", "ref", "version", "state", "answers"}


def test_staff_pages_stay_in_english(app: Flask) -> None:
    answer = app.test_client().get("/staff/login", headers={"Accept-Language": "es"})
    assert '<html lang="en">' in answer.text


@pytest.fixture
def untranslated(collection: Collection, tmp_path: Path) -> Flask:
    """The site with one questionnaire in Spanish too, and one in English only."""
    folder = Path(shutil.copytree(TestConfig.questions, tmp_path / "questions"))
    shutil.copytree(Path(__file__).parents[1] / "questionnaires" / "tiny", folder / "tiny")
    return create_app(TestConfig(questions=folder))


def test_pages_of_a_questionnaire_without_spanish_are_in_english_and_say_so(
    untranslated: Flask, collection: Collection
) -> None:
    patient = Patient(untranslated, collection.wording, asks_for="es")
    page = patient.open("/")
    assert page.language == "es"
    assert "A few questions (en inglés)" in page.text
    assert "Preguntas para reflexionar, a su propio ritmo (" not in page.text
    assert [link.get("lang") for link in page.find("//main//li/a")] == [None, "en"]
    assert patient.open("/reflection/").language == "es"
    page = patient.open("/small-talk/")
    assert page.language == "en"
    assert "Español" not in page.links
    assert patient.open("/help").language == "es"
