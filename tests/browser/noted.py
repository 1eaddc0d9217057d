"""`wsgi:app`, which also records the templates that it renders in its instance folder."""

from __future__ import annotations

import os
from pathlib import Path

from tests.browser.noting import note
from wsgi import app

note(app, Path(os.environ["INSTANCE"]) / "noted")
