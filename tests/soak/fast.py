"""`wsgi:app` for the soak: the hourly purge runs every PURGE_EVERY seconds."""

from __future__ import annotations

import os

from screening import purger
from wsgi import app

__all__ = ["app"]
purger.PURGE_INTERVAL = float(os.environ["PURGE_EVERY"])
