"""`wsgi:app` for the soak: what is done every hour is done every few seconds. PURGE_EVERY says how many."""

from __future__ import annotations

import os

from screening import purger
from wsgi import app

__all__ = ["app"]
purger.PURGE_INTERVAL = float(os.environ["PURGE_EVERY"])
