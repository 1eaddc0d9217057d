"""Configuration: read once, complete or refused, with all errors and remedies reported together."""

from __future__ import annotations

import dataclasses
import stat
from datetime import date
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from config import Config, ConfigError, make_secrets
from screening.settings.keys import LOST

NEW, OLD = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def instance(tmp_path: Path) -> str:
    make_secrets(tmp_path / "instance")
    return str(tmp_path / "instance")


def test_an_instance_folder_with_its_secrets_is_enough(instance: str) -> None:
    config = Config.from_environment({"INSTANCE": instance})
    assert (config.country, config.is_production, config.support_confirmed) == ("US", False, None)
    assert config.database_url == f"sqlite:///{instance}/screening.sqlite"
    assert len(config.draft_keys) == 1


def test_a_folder_of_questions_that_is_missing_is_refused(instance: str, tmp_path: Path) -> None:
    missing = tmp_path / "questoins"
    with pytest.raises(ConfigError) as error:
        Config.from_environment({"INSTANCE": instance, "QUESTIONS": str(missing)})
    told = f'QUESTIONS is "{missing}", which is not a folder. Set it to one, such as /srv/screening.'
    assert str(error.value) == told


def test_secrets_are_made_once_and_are_their_owners_alone(instance: str) -> None:
    secrets = {path: path.read_text() for path in Path(instance).iterdir()}
    make_secrets(Path(instance))
    assert {path: path.read_text() for path in Path(instance).iterdir()} == secrets
    assert len(set(secrets.values())) == len(LOST)
    for path in (Path(instance), *secrets):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_everything_can_be_set(instance: str) -> None:
    config = Config.from_environment(
        {
            "INSTANCE": instance,
            "PRODUCTION": "1",
            "COUNTRY": "IE",
            "SUPPORT_CONFIRMED": "2026-11-01",
            "DATABASE_URL": "postgresql://db/screening",
            "DRAFT_KEYS": f"{NEW} {OLD}",
            "EXIT_PAGE": "https://example.org/weather",
            "TRUSTED_HOSTS": "a.example, b.example",
            "PROXY_HOPS": "2",
            "RETENTION_DAYS": "30",
            "SHARES_PER_HOUR": "500",
            "METRICS_TOKEN": "for the collector",
            "CLINIC_NAME": "Harbour Street Clinic",
            "ACCENT": "#7a1f5c",
            "LOGO": "/srv/logo.svg",
            "CLINIC_PHONE": "+1 (555) 010-0199",
            "SECURITY_CONTACT": "mailto:security@clinic.example",
            "TIME_ZONE": "America/Chicago",
            "SITE_ADDRESS": "https://b.example",
        }
    )
    assert config.site_address == "https://b.example"
    assert config.country == "IE"
    assert config.support_confirmed == date(2026, 11, 1)
    assert config.database_url == "postgresql://db/screening"
    assert config.draft_keys == (NEW, OLD)
    assert config.trusted_hosts == ("a.example", "b.example")
    assert (config.exit_page, config.proxy_hops) == ("https://example.org/weather", 2)
    assert (config.retention_days, config.shares_per_hour) == (30, 500)
    assert config.metrics_token == "for the collector"
    assert (config.clinic_name, config.accent, config.logo) == (
        "Harbour Street Clinic",
        "#7a1f5c",
        Path("/srv/logo.svg"),
    )
    assert (config.clinic_phone, config.security_contact) == ("+1 (555) 010-0199", "mailto:security@clinic.example")
    assert config.time_zone == "America/Chicago"


def test_of_the_clinics_own_look_nothing_need_be_set(instance: str) -> None:
    empty = dict.fromkeys(("CLINIC_NAME", "ACCENT", "LOGO", "CLINIC_PHONE", "SECURITY_CONTACT"), "")
    for environment in ({"INSTANCE": instance}, {"INSTANCE": instance, **empty}):
        config = Config.from_environment(environment)
        assert not any((config.clinic_name, config.accent, config.logo, config.clinic_phone, config.security_contact))


@pytest.mark.parametrize("number", ["555-010-0199", "(555) 010-0199", "+44 (0)20 7946 0000", "01 234 5678", "116 123"])
def test_a_phone_number_is_taken_as_it_is_written(instance: str, number: str) -> None:
    assert Config.from_environment({"INSTANCE": instance, "CLINIC_PHONE": number}).clinic_phone == number


@pytest.mark.parametrize(
    "number", ["911", "988", "call us", "555-CARE-NOW", "1" * 16, "555 010 0199\n", "<b>555 010 0199"]
)
def test_what_nobody_could_call_is_refused(instance: str, number: str) -> None:
    with pytest.raises(ConfigError, match="Write a phone number as patients read it, such as 555-010-0199"):
        Config.from_environment({"INSTANCE": instance, "CLINIC_PHONE": number})


@pytest.mark.parametrize("contact", ["mailto:a@b.example", "https://clinic.example/security"])
def test_whom_to_tell_of_a_weakness_is_an_address(instance: str, contact: str) -> None:
    assert Config.from_environment({"INSTANCE": instance, "SECURITY_CONTACT": contact}).security_contact == contact
    for wrong in (contact.partition(":")[2], f"x{contact}", f"{contact}\nExpires: never", "mailto:", "https://"):
        with pytest.raises(ConfigError, match=r"Write an address, such as mailto:security@clinic\.example"):
            Config.from_environment({"INSTANCE": instance, "SECURITY_CONTACT": wrong})


def test_all_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    wrong = {
        "INSTANCE": str(tmp_path),
        "PRODUCTION": "1",
        "SUPPORT_CONFIRMED": "soon",
        "EXIT_PAGE": "http://plain.example",
        "PROXY_HOPS": "-1",
        "RETENTION_DAYS": "6",
        "SHARES_PER_HOUR": "0",
        "ACCENT": "teal",
        "CLINIC_PHONE": "call us",
        "SECURITY_CONTACT": "security@clinic.example",
        "TIME_ZONE": "Chicago time",
    }
    with pytest.raises(ConfigError) as error:
        Config.from_environment(wrong)
    assert str(error.value).splitlines() == [
        *(
            f"{name.replace('-', '_').upper()} is not set and {tmp_path / name} does not exist. "
            "Run flask --app wsgi keys make once to make it. "
            f"If this site has ever stored anything, restore the file from your backup: without it, {lost}."
            for name, lost in LOST.items()
        ),
        "COUNTRY is not set. Set it to the clinic's country, such as US.",
        'SUPPORT_CONFIRMED is "soon". Write a date, such as 2026-03-31.',
        'EXIT_PAGE is "http://plain.example". Write a complete address, such as https://www.weather.gov/.',
        'PROXY_HOPS is "-1". Write a whole number of 0 or more, such as 1.',
        'RETENTION_DAYS is "6". Write a whole number of 7 or more, such as 90.',
        'SHARES_PER_HOUR is "0". Write a whole number of 1 or more, such as 60.',
        'ACCENT is "teal". Write a color, such as #0e5555.',
        'CLINIC_PHONE is "call us". Write a phone number as patients read it, such as 555-010-0199.',
        'SECURITY_CONTACT is "security@clinic.example". Write an address, such as mailto:security@clinic.example.',
        'TIME_ZONE is "Chicago time". Write a name from the tz database, such as America/Chicago.',
        "TRUSTED_HOSTS is not set. Set it to this site's host names, such as clinic.example.",
    ]


FORMS = [
    ("PRODUCTION", ["1", "true", "TRUE", "yes", "on", " 1 "], "is_production", True),
    ("PRODUCTION", ["", "0", "false", "No", "off"], "is_production", False),
    ("COUNTRY", ["uk", " UK ", "Uk"], "country", "UK"),
    ("SUPPORT_CONFIRMED", ["2026-11-01", " 2026-11-01", "20261101"], "support_confirmed", date(2026, 11, 1)),
    ("EXIT_PAGE", ["https://a.example/", " https://a.example/\n"], "exit_page", "https://a.example/"),
    ("SITE_ADDRESS", ["https://a.example"], "site_address", "https://a.example"),
    ("TIME_ZONE", ["UTC", " UTC "], "time_zone", "UTC"),
    ("WORKERS", ["3", " 3", "003"], "workers", 3),
    ("METRICS_TOKEN", ["t", "t\n"], "metrics_token", "t"),
    ("DRAFT_KEYS", [f"{NEW},{OLD}", f" {NEW}\n{OLD} ", f"{NEW} {OLD} {NEW}"], "draft_keys", (NEW, OLD)),
    ("DATABASE_URL", ["postgres://h/d", "PostgreSQL://h/d", " postgresql://h/d "], "database_url", "postgresql://h/d"),
    ("DATABASE_URL", ["sqlite:////srv/a.sqlite"], "database_url", "sqlite:////srv/a.sqlite"),
]


@pytest.mark.parametrize(("name", "written", "field", "meant"), FORMS)
def test_a_value_is_taken_in_each_form_that_people_use(
    instance: str, name: str, written: list[str], field: str, meant: object
) -> None:
    for value in written:
        environment = {"INSTANCE": instance, "COUNTRY": "US", "TRUSTED_HOSTS": "a.example", name: value}
        assert getattr(Config.from_environment(environment), field) == meant


REFUSED = [
    ("PRODUCTION", ["2", "y es", "ja", "production"], "Write 1 for yes or 0 for no."),
    ("SUPPORT_CONFIRMED", ["31/03/2026", "2026-02-30", "March 31"], "Write a date, such as 2026-03-31."),
    (
        "EXIT_PAGE",
        ["www.wikipedia.org", "//a.example", "https://", "https://[bad"],
        "Write a complete address, such as",
    ),
    (
        "EXIT_PAGE",
        ["https://a b.example", "https://a.example\r\nX: y", "https://a:b"],
        "Write a complete address, such as",
    ),
    (
        "SITE_ADDRESS",
        ["a.example", "http://a.example", "https://a", "https://a.example/start", "https://a.example/?from=poster"],
        "Write the address that patients open, without anything after the host, such as https://screening.clinic",
    ),
    (
        "SITE_ADDRESS",
        [
            "https://a.example/#top",
            "https://me@a.example",
            "https://a.example:x",
            "https://a.example\n",
            "https://á.es",
        ],
        "Write the address that patients open, without anything after the host, such as https://screening.clinic",
    ),
    ("TIME_ZONE", ["../../etc/passwd", "/etc/localtime", "Chicago", "x" * 5_000, "é"], "Write a name from the tz data"),
    ("WORKERS", ["1_000", "2.0", "²", "٣", "+1", "two", "1,000"], "Write a whole number of 1 or more, such as 2."),
    ("WORKERS", ["9" * 5_000, "1001"], "Write a whole number of at most 1000, such as 2."),
    ("RETENTION_DAYS", ["100000000"], "Write a whole number of at most 36500, such as 90."),
    (
        "DATABASE_URL",
        ["screening.sqlite", "/srv/a.sqlite", "host=db", "sqlite:/a"],
        "cannot be read. Write sqlite",
    ),
    ("DATABASE_URL", ["mysql://u:hidden@h/d"], 'is for "mysql", which this site does not support. Write sqlite'),
    ("DATABASE_URL", ["postgresql+psycopg2://u:hidden@h/d"], 'is for "postgresql+psycopg2", which this site does not'),
    ("DATABASE_URL", ["sqlite://", "sqlite:///a.sqlite", "sqlite://a.sqlite", "sqlite:///:memory:"], "four slashes"),
    ("DATABASE_URL", ["sqlite:////srv/a.sqlite?mode=ro", "sqlite:////a?x=1"], "Leave out everything from ? on."),
    ("DATABASE_URL", ["postgresql://u:hid@den@h/d"], "has more than one @. In the password, write @ as %40"),
    ("DATABASE_URL", ["postgresql://u:hidden@h:port/d"], "cannot be read."),
    ("DATABASE_URL", ["postgresql://u:hidden@h:70000/d", "postgresql:///d?host=a,b&port=1,x"], "from 1 to 65535."),
    ("DATABASE_URL", ["postgresql://u:hidden@h/d?sslmod=require"], "has an option that PostgreSQL does not know."),
]


@pytest.mark.parametrize(("name", "written", "message"), REFUSED)
def test_a_value_that_cannot_be_meant_is_refused_in_one_sentence_with_a_remedy(
    instance: str, name: str, written: list[str], message: str
) -> None:
    for value in written:
        with pytest.raises(ConfigError) as error:
            Config.from_environment({"INSTANCE": instance, name: value})
        assert str(error.value).startswith(name)
        assert message in str(error.value)
        assert "hid" not in str(error.value), "an address may hold a password"


@pytest.mark.parametrize("host", ["clinic.example", "clinic.example:8443", "desk.clinic.example"])
def test_the_address_of_the_site_must_be_one_that_it_answers_to(instance: str, host: str) -> None:
    environment = {"INSTANCE": instance, "SITE_ADDRESS": f"https://{host}/"}
    assert Config.from_environment(environment | {"TRUSTED_HOSTS": "a.example, .clinic.example"}).site_address
    with pytest.raises(ConfigError, match="which TRUSTED_HOSTS does not include, so it would not open"):
        Config.from_environment(environment | {"TRUSTED_HOSTS": "a.example"})


def test_an_instance_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c%20#ü"
    make_secrets(folder)
    config = Config.from_environment({"INSTANCE": str(folder)})
    assert make_url(config.database_url).database == str(folder / "screening.sqlite")


def test_a_key_that_cannot_seal_is_refused(instance: str) -> None:
    with pytest.raises(ConfigError, match="A key of DRAFT_KEYS is not 32 bytes in URL-safe base64"):
        Config.from_environment({"INSTANCE": instance, "DRAFT_KEYS": "short"})


def test_it_is_frozen_and_shows_no_secret(instance: str) -> None:
    config = Config.from_environment({"INSTANCE": instance})
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.country = "UK"  # type: ignore[misc]
    for secret in (*config.draft_keys, config.form_key, *config.code_keys, *config.staff_keys, config.audit_key):
        assert secret not in repr(config)
