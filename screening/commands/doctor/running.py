"""Checks of the running site: that it answers at its own port, with the settings and keys that this command reads."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from config import Config
from screening.commands.doctor.diagnosis import Diagnosis, broken, fine, warning
from screening.commands.doctor.requests import SECONDS, ask_site
from screening.settings.trusted_hosts import network_location
from screening.web.proxy_check import SEEN, doctor_token


def check_running(config: Config, host: str, port: int) -> Iterator[Diagnosis]:
    """Ask the port of the site whether it is this site, and what it is set to."""
    place = network_location(host, port)
    url = urlsplit(f"http://{place}")
    try:
        is_ours = ask_site(url, "GET", "/healthz/live").body == b"live\n"
        seen = ask_site(url, "POST", SEEN, Authorization=f"Bearer {doctor_token(config.form_key)}")
    except http.client.HTTPException:
        is_ours = False
    except TimeoutError:
        yield broken("Site", f"{place} does not answer within {SECONDS} seconds. Read its log, then restart it.")
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
        yield broken("Site", f"Nothing answers at {place} ({reason}). Start it: systemctl start screening.")
        return
    if not is_ours:
        yield broken(
            "Site",
            f"Another program answers at {place}, so patients may see something foreign. Find it with ss -ltnp, and "
            "stop it. Then restart the site.",
        )
    elif seen.status != 200:
        yield broken(
            "Site",
            f"What answers at {place} has another FORM_KEY: another site, or this one with the earlier key. Restart "
            "the site.",
        )
    elif json.loads(seen.body).get("settings") != config.fingerprint():
        yield warning("Site", "It still runs with earlier settings or keys. Restart it: systemctl restart screening.")
    else:
        yield fine("Site", f"Answers at {place}, with these settings and keys.")
