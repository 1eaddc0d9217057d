"""`wsgi:app` on a machine with a clock that is wrong by CLOCK_DAYS."""

from __future__ import annotations

import os

import pytest

from tests.support.clock import Clock
from wsgi import app

__all__ = ["app"]

Clock(pytest.MonkeyPatch()).set(days=float(os.environ["CLOCK_DAYS"]))
