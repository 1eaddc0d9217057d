"""A patient at a real browser, who finds things only by role and name, and records what no page may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Request, Response, WebError

from tests.browser import exit_page
from tests.support.page_checker import SPANISH

SKIP = "Skip / I’d rather not say"


@dataclass(frozen=True)
class Device:
    """A patient's device; sizes in CSS pixels."""

    width: int
    height: int
    is_touched: bool = False
    has_scripts: bool = True

    def __str__(self) -> str:
        kind = "phone" if self.is_touched else "desk"
        return kind if self.has_scripts else f"{kind} without scripts"


class Patient:
    """Opens pages, chooses and presses. Afterwards resets the window, and fails if a page caused trouble."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        context.set_default_timeout(10_000)
        self.page = context.pages[0] if context.pages else context.new_page()
        self.size = self.page.viewport_size
        self.requested: list[str] = []
        self.troubles: list[str] = []
        self.asks_for = "en"

    def __enter__(self) -> Self:
        self.context.on("request", self._note_request)
        self.context.on("response", self._note_response)
        self.context.on("console", self._note_console)
        self.context.on("weberror", self._note_error)
        return self

    def __exit__(self, *error: object) -> None:
        self.context.remove_listener("request", self._note_request)
        self.context.remove_listener("response", self._note_response)
        self.context.remove_listener("console", self._note_console)
        self.context.remove_listener("weberror", self._note_error)
        for further in self.context.pages[1:]:
            further.close()
        self.context.clear_cookies()
        if self.size:
            self.page.set_viewport_size(self.size)
        self.page.emulate_media(color_scheme="light", forced_colors="none")
        self.page.set_extra_http_headers({})
        assert self.troubles == []

    def open(self, path: str) -> Patient:
        """Open an address of the site, and follow redirects."""
        self.page.goto(self.origin + path)
        return self

    def bring(self, draft: str) -> Patient:
        """Arrive with the draft of an earlier walk."""
        self.context.add_cookies(
            [{"name": "draft", "value": draft, "url": self.origin, "httpOnly": True, "sameSite": "Lax"}]
        )
        return self

    def spoken(self, words: str) -> str:
        """Translate the site's words into the language of this page."""
        return SPANISH.get(words, words) if self.language == "es" else words

    @property
    def language(self) -> str:
        return str(self.page.locator("html").get_attribute("lang"))

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=self.spoken(name), exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.spoken(name), exact=True)

    def choice(self, label: str) -> Locator:
        """Return the radio button or checkbox with this label."""
        label = self.spoken(label)
        radio = self.page.get_by_role("radio", name=label, exact=True)
        return radio.or_(self.page.get_by_role("checkbox", name=label, exact=True))

    def follow(self, name: str) -> Patient:
        """Follow the first link with this name to another page.

        On pages with a form, the language switch is a button styled as a link.
        """
        return self._go(self.link(name).or_(self.page.locator("button.language", has_text=name)).first)

    def press(self, name: str) -> Patient:
        """Press the button with this name, which leads to another page."""
        return self._go(self.button(name))

    def choose(self, *labels: str) -> Patient:
        for label in labels:
            self.choice(label).check()
        return self

    def answer(self, *labels: str) -> Patient:
        """Choose, and continue."""
        return self.choose(*labels).press("Continue")

    def skip(self) -> Patient:
        return self.press(SKIP)

    def ask_for_spanish(self) -> Patient:
        """Send the Accept-Language header of a browser set to Spanish."""
        self.asks_for = "es-US,es;q=0.9"
        self.page.set_extra_http_headers({"Accept-Language": self.asks_for})
        return self

    def start(self) -> Patient:
        return self.open("/").press("Start")

    def go_on_to(self, path: str) -> Patient:
        """Skip questions, and keep going past the pause, until the page with this path."""
        while self.path != path:
            if self.path == "/reflection/pause":
                self.follow("Keep going")
            else:
                self.skip()
        return self

    def leave(self) -> Patient:
        """Press "Leave this page" at the top, and wait for the exit page."""
        self.page.get_by_role("banner").get_by_role("link", name="Leave this page").click()
        self.page.wait_for_url(exit_page.ADDRESS)
        return self

    def go_back(self) -> Patient:
        """Press the browser's Back button."""
        # From the back/forward cache there is no load event to wait for.
        self.page.go_back(wait_until="commit")
        while self.page.evaluate("document.readyState") != "complete":
            self.page.wait_for_timeout(20)
        return self

    def reload(self) -> Patient:
        self.page.reload()
        return self

    def another_tab(self) -> Patient:
        """Open a second tab in the same browser."""
        other = Patient(self.context, self.origin)
        other.page = self.context.new_page()
        return other

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def title(self) -> str:
        return self.page.title()

    @property
    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    @property
    def text(self) -> str:
        """The readable text of the page's main part, with single spaces."""
        return " ".join(self.page.get_by_role("main").inner_text().split())

    @property
    def chosen(self) -> list[str]:
        """The labels of the chosen options on this page."""
        fields = self.page.get_by_role("group").locator("input:checked")
        return [str(field.evaluate("field => field.labels[0].innerText")) for field in fields.all()]

    @property
    def focused(self) -> Locator:
        return self.page.locator(":focus")

    @property
    def draft(self) -> dict[str, object]:
        """The browser's draft cookie, or an empty dict."""
        cookies = (dict(cookie) for cookie in self.context.cookies(self.origin))
        return next((cookie for cookie in cookies if cookie["name"] == "draft"), {})

    def _go(self, to: Locator) -> Patient:
        with self.page.expect_navigation():
            to.click()
        return self

    def _note_request(self, request: Request) -> None:
        self.requested.append(request.url)
        if not request.url.startswith((self.origin + "/", exit_page.ADDRESS)):
            self.troubles.append(f"asked another site: {request.url}")

    def _note_response(self, response: Response) -> None:
        is_page = response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.troubles.append(f"was answered {response.status}: {response.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        # The browser reports the 4xx status of error pages, which is expected.
        is_status = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        if message.type in ("error", "warning") and not is_status:
            self.troubles.append(f"the console says: {message.text}")

    def _note_error(self, error: WebError) -> None:
        self.troubles.append(f"a script failed: {error.error}")
