"""A hostile logo, embedded or opened directly, runs and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page

from config import make_secrets
from tests.browser import exit_page
from tests.support.server import served
from tests.web.test_logo import svg

MARK = "from-the-logo"
ELSEWHERE = exit_page.ADDRESS
# The policy of the site's pages allows fetches from the site itself.
HERE = f"/favicon.ico?{MARK}"
HTML = 'xmlns="http://www.w3.org/1999/xhtml"'
HOSTILE = svg(
    f"""
    <style>@import "{ELSEWHERE}"; rect {{ fill: url({ELSEWHERE}#a) }}</style>
    <script>console.log("{MARK}: a script ran")</script>
    <script href="{HERE}"/>
    <script href="{ELSEWHERE}"/>
    <image href="{HERE}" width="9" height="9"/>
    <image href="{ELSEWHERE}" width="9" height="9"/>
    <rect width="120" height="60"/>
    <foreignObject width="120" height="60">
        <iframe {HTML} src="{HERE}"/><iframe {HTML} src="{ELSEWHERE}"/>
        <link {HTML} rel="stylesheet" href="{ELSEWHERE}"/>
    </foreignObject>
    """,
    f"""viewBox="0 0 120 60" onload="console.log('{MARK}: onload ran')" """,
    f'<?xml-stylesheet href="{HERE}"?><?xml-stylesheet href="{ELSEWHERE}"?>',
)


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    instance = tmp_path_factory.mktemp("instance")
    make_secrets(instance)
    logo = instance / "logo.svg"
    logo.write_bytes(HOSTILE)
    with served(instance, CLINIC_NAME="Harbor Street Clinic", LOGO=str(logo)) as running:
        yield running.address


@pytest.fixture
def bare_address() -> Iterator[str]:
    """Return an address that serves the logo without a policy, as any content type."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(HOSTILE)

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(ignore_https_errors=True) as context:
        yield context.new_page()


@pytest.fixture
def done(page: Page) -> list[str]:
    """Return what the logo ran, and what it fetched successfully."""
    done: list[str] = []
    page.on("console", lambda message: done.append(message.text) if message.text.startswith(MARK) else None)
    page.on("requestfinished", lambda request: done.append(request.url) if MARK in request.url else None)
    return done


def logo_address(page: Page, origin: str) -> str:
    page.goto(origin, wait_until="networkidle")
    logo = page.get_by_role("img", name="Harbor Street Clinic")
    assert logo.evaluate("one => one.complete && one.naturalWidth") > 0
    return origin + str(logo.get_attribute("src"))


def test_on_a_page_it_does_nothing(
    page: Page, hostile_site: str, done: list[str], exit_requests: list[dict[str, str]]
) -> None:
    logo_address(page, hostile_site)
    assert (done, exit_requests) == ([], [])


def test_opened_by_itself_it_does_nothing(
    page: Page, hostile_site: str, done: list[str], exit_requests: list[dict[str, str]]
) -> None:
    page.goto(logo_address(page, hostile_site), wait_until="networkidle")
    assert page.locator("rect").count() == 1
    assert (done, exit_requests) == ([], [])


def test_without_its_policy_it_would_do_all_that_it_tries(
    page: Page, bare_address: str, done: list[str], exit_requests: list[dict[str, str]]
) -> None:
    page.goto(bare_address, wait_until="networkidle")
    assert {f"{MARK}: a script ran", f"{MARK}: onload ran", f"{bare_address}{HERE}"} <= set(done)
    assert exit_requests
