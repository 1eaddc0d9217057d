"""Staff pages: sign-in, and pages that open by role. Patient pages import none of it."""

from __future__ import annotations

from flask import Flask
from flask_security import user_authenticated

from config import Config
from screening.staff import home, retention, waiting_room  # noqa: F401  # importing them adds their pages to the blueprint
from screening.staff.audit import trail_page  # noqa: F401
from screening.staff.audit.log_access import log_sign_in
from screening.staff.auth import accounts, invitation, own_sessions  # noqa: F401
from screening.staff.auth.access import gate
from screening.staff.auth.sign_in import init_sign_in
from screening.staff.blueprint import staff
from screening.staff.figures import insights, published_pages  # noqa: F401
from screening.staff.questionnaires import compare, preview, versions, what_if  # noqa: F401
from screening.staff.review import (  # noqa: F401
    deletion,
    export_page,
    lookup,
    marking,
    submission_detail,
    submission_list,
)


def init_staff(app: Flask, config: Config) -> None:
    """Register the staff pages, all behind the access gate."""
    app.before_request(gate)
    init_sign_in(app, config)
    user_authenticated.connect(log_sign_in, app)
    app.register_blueprint(staff)
