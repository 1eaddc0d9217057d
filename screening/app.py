"""The application factory, in the order of a table of contents."""

from __future__ import annotations

from functools import partial

from flask import Flask
from flask.cli import AppGroup

from config import ROOT, Config, ConfigError
from screening.authoring.loader import Collection, load_collection
from screening.authoring.translation import ENGLISH
from screening.commands import init_commands, init_commands_without_site
from screening.commands.question_translations import translate_commands
from screening.patient import BLUEPRINTS, in_all_languages, init_patient
from screening.patient.data_dictionary import describe_tables
from screening.reports.fhir import Publication
from screening.settings.release import release
from screening.shared_memory import SharedMemory
from screening.site import Site, attach
from screening.staff import init_staff
from screening.staff.auth.access import STAFF
from screening.staff.auth.passwords import PasswordRules
from screening.staff.auth.sessions import StaffCookie
from screening.staff.auth.sign_in_throttle import Attempts
from screening.staff.errors import error_page
from screening.staff.questionnaires.quality import QualityChecks
from screening.storage.backups import Backups
from screening.storage.connected_hosts import connection_name
from screening.storage.database import init_database
from screening.storage.questionnaire_versions import served_version
from screening.storage.tables import columns
from screening.web.answer_forms import answer_forms
from screening.web.clinic import init_clinic, read_clinic
from screening.web.cookies import CookieByPath, DraftCookie
from screening.web.csrf import SignedTokens, init_forms
from screening.web.errors import init_errors
from screening.web.headers import init_headers
from screening.web.health import Readiness, init_health
from screening.web.languages import init_languages
from screening.web.limits import Limits, init_limits
from screening.web.logs import QuietFlask
from screening.web.metrics import Metrics, init_metrics
from screening.web.proxy_check import init_proxy_check
from screening.web.questionnaire_limits import LIMITS, largest_draft
from screening.web.site_gauges import site_gauges
from screening.web.static_files import init_static
from screening.web.templates import init_templates


def create_app(config: Config) -> Flask:
    """Make the application for one installation.

    Raises:
        BadQuestions: a question file has an error.
        ConfigError: the country has no support lines, or the clinic's name, accent or logo is not usable.
        UnsupportedLibrary: an installed library lacks what the site uses.
    """
    app = QuietFlask("screening", static_folder=None, template_folder=str(ROOT / "templates"))
    app.secret_key = config.form_key
    questions = load_collection(config.questions, LIMITS)
    app.session_interface = CookieByPath(
        DraftCookie(config.draft_keys, config.is_production, max(map(largest_draft, questions.questionnaires))),
        {STAFF: StaffCookie(config.staff_keys, config.is_production)},
    )
    if config.country not in questions.support:
        raise ConfigError(f'COUNTRY is "{config.country}". Set it to one of: {", ".join(questions.support)}.')
    clinic = read_clinic(config, questions.wording)
    site = build_site(app, config, questions)
    attach(app, site)
    served = served_version(questions.questionnaires)
    init_languages(app, config.time_zone)
    init_forms(app)
    init_headers(app, config.is_production, config.trusted_hosts, config.proxy_hops)
    init_limits(app)
    init_metrics(app, site.metrics)
    init_errors(app, {STAFF: error_page})
    init_static(app, clinic)
    init_clinic(app, clinic)
    once = init_templates(app)
    init_database(
        app,
        config.database_url,
        site.memory,
        connection_name(release(), served, config.shares_per_hour),
    )
    site.metrics.gauges.append(partial(site_gauges, served))
    init_patient(app, site, once)
    init_staff(app, config)
    init_health(app)
    init_proxy_check(app)
    init_commands(app, config, questions)
    return app


def build_site(app: Flask, config: Config, questions: Collection) -> Site:
    """Build the `Site` from the clinic's settings and the questions."""
    memory = SharedMemory()
    is_confirmed = config.support_confirmed is not None
    support = questions.support[config.country].shown(is_confirmed)
    return Site(
        instance=config.instance,
        retention_days=config.retention_days,
        exit_page=config.exit_page,
        site_address=config.site_address,
        proxy_hops=config.proxy_hops,
        fingerprint=config.fingerprint(),
        code_keys=config.code_keys,
        audit_key=config.audit_key,
        metrics_token=config.metrics_token,
        questionnaires=questions.questionnaires,
        languages=(ENGLISH, *questions.languages),
        english_part=STAFF,
        patient_blueprints=frozenset(blueprint.name for blueprint in BLUEPRINTS),
        support=support,
        is_support_confirmed=is_confirmed,
        publication=Publication(support, config.clinic_name, config.clinic_phone, config.site_address),
        data_dictionary=describe_tables(columns(), config.retention_days),
        answer_forms={one: answer_forms(one) for one in in_all_languages(questions.questionnaires)},
        password_rules=PasswordRules((config.clinic_name, *config.trusted_hosts), config.breached_passwords),
        memory=memory,
        limits=Limits.of(memory, config.shares_per_hour),
        metrics=Metrics(memory),
        readiness=Readiness(app),
        backups=Backups(config.instance / "backups", config.backup_days),
        attempts=Attempts(config.proxy_hops),
        signed_tokens=SignedTokens(),
        quality=QualityChecks(questions.wording),
    )


def create_for_translators(config: Config) -> Flask:
    """Make an application without pages, with only the commands that work while questions have errors."""
    app = Flask("screening", static_folder=None)
    questions = AppGroup("questions")
    questions.add_command(translate_commands(config.questions))
    app.cli.add_command(questions)
    return app


def create_without_site(reason: str = "") -> Flask:
    """Make an application without pages, with only the commands that need no configuration and no questions.

    `reason`: why the site cannot be made, for `doctor`.
    """
    app = Flask("screening", static_folder=None)
    init_commands_without_site(app, reason)
    return app
