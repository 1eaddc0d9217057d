"""Static files: read and compressed once at start, under addresses that change with their content."""

from __future__ import annotations

import gzip
import hashlib
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, abort, request

from screening.web.clinic import Clinic, dressed

FOLDER = Path(__file__).parent.parent / "static"
# The address of a file changes with its content, so what was once fetched stays right.
KEPT = "public, max-age=31536000, immutable"


def init_static(app: Flask, clinic: Clinic) -> None:
    """Serve the files, and give templates their addresses as `asset`."""
    plain = dressed({path.name: path.read_bytes() for path in FOLDER.iterdir()}, clinic)
    packed = {name: gzip.compress(content, mtime=0) for name, content in plain.items()}
    app.jinja_env.globals["asset"] = {
        name: f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}" for name, content in plain.items()
    }

    @app.get("/static/<name>", endpoint="static")
    def static_file(name: str) -> Response:
        if name not in plain:
            abort(404)
        is_packed = request.accept_encodings["gzip"] > 0
        response = Response((packed if is_packed else plain)[name], mimetype=guess_type(name)[0])
        response.headers["Cache-Control"] = KEPT
        response.headers["Vary"] = "Accept-Encoding"
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        return response

    @app.get("/favicon.ico")
    def icon() -> Response:
        """The icon, for browsers that look for it here."""
        return static_file("icon.svg")
