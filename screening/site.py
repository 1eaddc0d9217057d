"""`Site`, a frozen object with an application's settings and content. `site()` returns the current application's.

Only `web` and the rooms above it import this module. Code below receives single values as arguments; see D-OPS-48.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, current_app

# For types only, so that this module loads neither the rooms above it nor the database.
if TYPE_CHECKING:
    from screening.patient.data_dictionary import StoredTable
    from screening.questionnaire.model import Questionnaire
    from screening.questionnaire.support import Support
    from screening.reports.fhir import Publication
    from screening.shared_memory import SharedMemory
    from screening.staff.auth.passwords import PasswordRules
    from screening.staff.auth.sign_in_throttle import Attempts
    from screening.staff.questionnaires.quality import QualityChecks
    from screening.storage.backups import Backups
    from screening.web.answer_forms import AnswerForm
    from screening.web.csrf import SignedTokens
    from screening.web.health import Readiness
    from screening.web.limits import Limits
    from screening.web.metrics import Metrics

_KEY = "screening"


@dataclass(frozen=True)
class Site:
    """One application's settings, content and stateful objects.

    `retention_days` count from the Monday of a submission's week. `code_keys` are newest first. `languages` begin with
    English, the only language below the path `english_part`. `support` has the support lines of the clinic's country.
    `site_address` is empty if it is not set. `fingerprint` tells configurations apart. Only the objects in the last
    group change while the site runs.
    """

    instance: Path
    retention_days: int
    exit_page: str
    site_address: str
    proxy_hops: int
    fingerprint: str
    code_keys: tuple[str, ...] = field(repr=False)
    audit_key: str = field(repr=False)
    metrics_token: str = field(repr=False)

    questionnaires: tuple[Questionnaire, ...]
    languages: tuple[str, ...]
    english_part: str
    patient_blueprints: frozenset[str]
    support: Support
    is_support_confirmed: bool
    publication: Publication
    data_dictionary: tuple[StoredTable, ...]
    answer_forms: Mapping[Questionnaire, Mapping[str, type[AnswerForm]]]
    password_rules: PasswordRules

    memory: SharedMemory
    limits: Limits
    metrics: Metrics
    readiness: Readiness
    backups: Backups
    attempts: Attempts
    signed_tokens: SignedTokens
    quality: QualityChecks


def attach(app: Flask, new: Site) -> None:
    """Set an application's site, replacing any earlier one."""
    app.extensions.update({_KEY: new})


def site_of(app: Flask) -> Site:
    """Return an application's site, for code outside its context."""
    attached: Site = app.extensions[_KEY]
    return attached


def site() -> Site:
    """Return the current application's site."""
    return site_of(current_app)
