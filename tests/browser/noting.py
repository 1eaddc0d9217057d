"""Records which templates an application renders, for tests that cover all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from jinja2 import Template


def note(app: Flask, file: Path) -> None:
    """Append the name of each rendered template to a file."""

    def write(_app: Flask, template: Template, **_: Any) -> None:
        with file.open("a") as noted:
            noted.write(f"{template.name}\n")

    template_rendered.connect(write, app, weak=False)
