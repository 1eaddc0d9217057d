"""Static files: read and compressed once at start-up, under names that contain a hash of their content."""

from __future__ import annotations

import hashlib
import re
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, abort, request

from screening.web.clinic import Clinic, with_clinic_style
from screening.web.compression import LEAST, SMALLEST, preferred_encoding

FOLDER = Path(__file__).parent.parent / "static"
# The name of a file changes with its content, so a cached copy is never stale.
IMMUTABLE = "public, max-age=31536000, immutable"
NAMED = re.compile(r"(?P<stem>.+)\.(?P<hash>[0-9a-f]{12})(?P<kind>\.\w+)")
ICON = "icon.svg"
# A picture opened directly runs no script and loads nothing, whoever drew it.
PICTURE_POLICY = "default-src 'none'; sandbox"
# A seventh of a stylesheet, useful only to developers.
COMMENT = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)


class StaticFile:
    """A file in each content encoding."""

    def __init__(self, name: str, content: bytes) -> None:
        self.forms = {"": content}
        if len(content) >= LEAST:
            self.forms |= {encoding: pack(content) for encoding, pack in SMALLEST.items()}
        self.hash = hashlib.sha256(content).hexdigest()[:12]
        path = Path(name)
        self.address = f"/static/{path.stem}.{self.hash}{path.suffix}"
        self.kind = guess_type(name)[0]

    def answer(self) -> Response:
        """Return the file in the encoding that the client prefers."""
        encoding = preferred_encoding(request.accept_encodings)
        encoding = encoding if encoding in self.forms else ""
        response = Response(self.forms[encoding], mimetype=self.kind)
        response.vary.add("Accept-Encoding")
        if encoding:
            response.headers["Content-Encoding"] = encoding
        if str(self.kind).startswith("image/"):
            response.headers["Content-Security-Policy"] = PICTURE_POLICY
        return response


def strip_comments(name: str, content: bytes) -> bytes:
    """Remove the comments from a stylesheet; return any other file unchanged."""
    return COMMENT.sub(b"", content) if name.endswith(".css") else content


def init_static(app: Flask, clinic: Clinic) -> None:
    """Serve the files, and give templates their URLs as `asset`."""
    contents = with_clinic_style({path.name: path.read_bytes() for path in FOLDER.iterdir()}, clinic)
    files = {name: StaticFile(name, strip_comments(name, content)) for name, content in contents.items()}
    # Inline, because a separate file would be one more request for the first page.
    icon = {ICON: "data:image/svg+xml," + quote(contents[ICON].strip(), safe="/:=")}
    app.jinja_env.globals["asset"] = {name: file.address for name, file in files.items()} | icon

    @app.get("/static/<name>", endpoint="static")
    def static_file(name: str) -> Response:
        """Return a file. For another hash, as on a page from before an upgrade, return today's file uncached."""
        named = NAMED.fullmatch(name)
        file = files.get(named["stem"] + named["kind"]) if named else None
        if named is None or file is None:
            abort(404)
        response = file.answer()
        if named["hash"] == file.hash:
            response.headers["Cache-Control"] = IMMUTABLE
        return response

    @app.get("/favicon.ico")
    def icon_file() -> Response:
        """Return the icon, for browsers that look for it here."""
        return files[ICON].answer()
