"""The application, put together. Reads as a table of contents."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.cli import AppGroup

from config import Config, ConfigError
from screening import retention
from screening.authoring.loader import load_collection
from screening.commands import init_commands
from screening.commands.translations import translate_commands
from screening.patient import init_patient
from screening.shared_memory import SharedMemory
from screening.staff import init_staff
from screening.staff.auth.access import STAFF
from screening.staff.auth.sessions import StaffCookie
from screening.staff.errors import error_page
from screening.storage.backups import Backups
from screening.storage.database import init_database
from screening.web.clinic import init_clinic, read_clinic
from screening.web.cookies import CookieByPath, DraftCookie
from screening.web.csrf import init_forms
from screening.web.errors import init_errors
from screening.web.headers import init_headers
from screening.web.health import init_health
from screening.web.languages import init_languages
from screening.web.limits import init_limits
from screening.web.logs import QuietFlask
from screening.web.metrics import add_gauge, init_metrics
from screening.web.questionnaire_limits import LIMITS, largest_draft
from screening.web.request_kind import request_kind
from screening.web.static_files import init_static
from screening.web.templates import init_templates

ROOT = Path(__file__).parent.parent


def create_app(config: Config) -> Flask:
    """Make the application for one installation.

    Raises:
        BadQuestions: a question file is not fit to be served.
        ConfigError: the clinic's country has no support lines, or what it sets of its own look cannot be shown.
    """
    app = QuietFlask("screening", static_folder=None, template_folder=str(ROOT / "templates"))
    app.secret_key = config.form_key
    questions = load_collection(config.questions, LIMITS)
    app.session_interface = CookieByPath(
        DraftCookie(config.draft_keys, config.is_production, max(map(largest_draft, questions.questionnaires))),
        {STAFF: StaffCookie(config.staff_keys, config.is_production)},
    )
    if config.country not in questions.support:
        raise ConfigError(f'COUNTRY is "{config.country}". Known: {", ".join(questions.support)}.')
    clinic = read_clinic(config, questions.wording)
    init_languages(app, questions.languages, in_english=STAFF, time_zone=config.time_zone)
    init_forms(app)
    init_headers(app, config.is_production, config.trusted_hosts, config.proxy_hops)
    init_limits(app)
    app.extensions["shared_memory"] = SharedMemory()
    init_metrics(app, config.metrics_token, config.proxy_hops > 0)
    init_errors(app, {STAFF: error_page})
    init_static(app, clinic)
    init_clinic(app, clinic)
    once = init_templates(app)
    init_database(app, config.database_url)
    add_gauge(app, "purge_held", "1 while nothing is purged because the clock may be wrong, else 0.", retention.held)
    app.extensions["code_keys"], app.extensions["retention_days"] = config.code_keys, config.retention_days
    app.extensions["backups"] = Backups(config.instance / "backups", config.backup_days)
    app.extensions["wording"] = questions.wording
    app.extensions["instance"], app.extensions["request_kind"] = config.instance, request_kind
    init_patient(app, questions, config, once)
    init_staff(app, config)
    init_health(app)
    init_commands(app, config, questions)
    return app


def create_for_translators(config: Config) -> Flask:
    """Make an application that serves nothing, and has only the commands for which questions may be unfit to serve."""
    app = Flask("screening", static_folder=None)
    questions = AppGroup("questions")
    questions.add_command(translate_commands(config.questions))
    app.cli.add_command(questions)
    return app
