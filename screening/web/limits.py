"""How much one request may bring."""

from __future__ import annotations

from flask import Flask

MOST_BYTES = 64 * 1024
MOST_PARTS = 200


def init_limits(app: Flask) -> None:
    """Bound bodies and their parts; the longest form of ours is far below."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_PARTS
