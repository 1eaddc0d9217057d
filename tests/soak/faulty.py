"""The soak's application with a fault that the soak must find: FAULT says which."""

from __future__ import annotations

from tests.faults.faulty import app as faulty
from tests.soak.fast import app

__all__ = ["app"]
assert app is faulty
