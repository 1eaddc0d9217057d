"""The staff's part of the site: signing in, and pages that open by role. Patients' pages know nothing of it."""

from __future__ import annotations

from flask import Flask
from flask_security import user_authenticated

from config import Config
from screening.staff import (  # noqa: F401  # their pages are the blueprint's before it is served
    accounts,
    changes,
    deletion,
    export,
    figures,
    home,
    insights,
    joining,
    keeping,
    lookup,
    own_sessions,
    previews,
    questionnaires,
    submission,
    submissions,
    trail_page,
    trials,
)
from screening.staff.access import gate
from screening.staff.commands import init_staff_commands
from screening.staff.passwords import init_passwords
from screening.staff.routes import staff
from screening.staff.sign_in import init_sign_in
from screening.staff.trail import write_sign_in


def init_staff(app: Flask, config: Config) -> None:
    """Serve the staff's pages, each behind the gate."""
    app.extensions["audit_key"] = config.audit_key
    app.before_request(gate)
    init_passwords(app, config)
    init_sign_in(app, config)
    user_authenticated.connect(write_sign_in, app)
    app.register_blueprint(staff)
    init_staff_commands(app, config.manager)
