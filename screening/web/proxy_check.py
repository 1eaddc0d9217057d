"""What the site sees of a request, and whether it has the settings that the command `doctor` reads, for that alone.

The command sends a token that only holders of the form key can make, and that works for two minutes. Nothing is stored.
"""

from __future__ import annotations

import hmac
import time

from flask import Blueprint, Flask, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from screening.site import site
from screening.web.client_address import requesting_network

proxy_check = Blueprint("proxy_check", __name__)
SEEN = "/healthz/seen"
# The key of the WSGI environment under which our server says how many seconds a request took to arrive.
RECEIVED_IN = "screening.received_in"
MINUTE = 60


def doctor_token(form_key: str, minutes_ago: int = 0) -> str:
    """Return the token of this minute, or of an earlier one."""
    minute = int(time.time()) // MINUTE - minutes_ago
    return hmac.digest(form_key.encode(), f"doctor {minute}".encode(), "sha256").hex()


def init_proxy_check(app: Flask) -> None:
    """Register the address."""
    app.register_blueprint(proxy_check)


@proxy_check.post(SEEN)
def seen() -> ResponseReturnValue:
    """Say how this request arrived, and which settings the site has; 404 without the token."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    form_key = str(current_app.secret_key)
    matches = [hmac.compare_digest(sent, doctor_token(form_key, ago).encode()) for ago in (0, 1)]
    if not any(matches):
        abort(404)
    return jsonify(
        network=requesting_network(request, site().proxy_hops),
        scheme=request.scheme,
        host=request.host,
        received_in=request.environ.get(RECEIVED_IN),
        settings=site().fingerprint,
    )
