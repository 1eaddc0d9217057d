"""The application as `wsgi` serves it, that also notes which templates it renders: for tests that go through all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from jinja2 import Template


def note(app: Flask, file: Path) -> None:
    """Write the name of each template that is rendered into a file, the latest last."""

    def write(_app: Flask, template: Template, **_: Any) -> None:
        with file.open("a") as noted:
            noted.write(f"{template.name}\n")

    template_rendered.connect(write, app, weak=False)
