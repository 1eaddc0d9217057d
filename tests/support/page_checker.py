"""A patient without scripts, and the house style that every page must keep."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from babel.messages.pofile import read_po
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from screening.authoring.translation import TranslatedText, translated_texts
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import Document
from screening.web.languages import CATALOGS
from tests.support.settings import TestConfig

with (CATALOGS / "es.po").open("rb") as file:
    CATALOG = read_po(file, locale="es")
QUESTIONS = translated_texts(Document.read(TestConfig.questions / "ketamine-therapy" / "es.yaml").data, "es")
SPANISH = {pair.english: pair.say for pair in QUESTIONS if isinstance(pair, TranslatedText)}
SPANISH |= {str(message.id): str(message.string) for message in CATALOG if isinstance(message.id, str)}
CONTROLS = "//input[not(@type='hidden')] | //select | //textarea"
BLOCKS = (
    "//p | //li | //dt | //dd | //h1 | //h2 | //h3 | //h4 | //label | //button | //summary | //legend | //title | //a"
)
ISO_WEEK = r"\d{4,}-W\d\d"
DAYS = r"\d{1,2}( [A-Z][a-z]+( \d{4})? )?– ?\d{1,2} [A-Z][a-z]+ \d{4}"
WEEK_AFTER_DAYS = rf"({DAYS}|damaged: there is no such week) \({ISO_WEEK}( to {ISO_WEEK})?\)"
INLINE = "//script[not(@src)] | //style | //*[@style] | //@*[starts-with(name(), 'on')]"


class Page:
    """One response of the site, parsed as a browser would."""

    def __init__(self, answer: TestResponse) -> None:
        self.status = answer.status_code
        self.path = answer.request.path
        self.headers = answer.headers
        self.redirects = [str(before.location) for before in answer.history]
        self.tree = html.document_fromstring(answer.text)

    def find(self, xpath: str) -> list[html.HtmlElement]:
        """Return the elements at an XPath."""
        found = self.tree.xpath(xpath)
        assert isinstance(found, list)
        return found

    @property
    def language(self) -> str:
        return str(self.find("//html")[0].get("lang"))

    @property
    def title(self) -> str:
        return text_of(self.find("//title")[0])

    @property
    def heading(self) -> str:
        return text_of(self.find("//h1")[0])

    @property
    def text(self) -> str:
        """All readable text of the page's main part, in order."""
        return text_of(self.find("//main")[0])

    @property
    def words(self) -> str:
        """Everything that someone can see or hear, attributes included."""
        spoken = self.find("//@aria-label | //@alt | //@title | //@placeholder")
        return " ".join([text_of(self.tree), *map(str, spoken)])

    @property
    def links(self) -> dict[str, str]:
        """Link text -> address."""
        return {text_of(link): str(link.get("href")) for link in self.find("//a[@href]")}

    @property
    def choices(self) -> dict[str, str]:
        """Label -> option id, on a question page."""
        boxes = {box.get("id"): str(box.get("value")) for box in self.find("//input[@name='choice']")}
        return {text_of(label): boxes[label.get("for")] for label in self.find("//div/label[@for]")}

    @property
    def ticked(self) -> set[str]:
        """The ids of the ticked options."""
        return {str(box.get("value")) for box in self.find("//input[@name='choice'][@checked]")}

    @property
    def question(self) -> str:
        """The id of this page's question."""
        return str(self.find("//input[@name='question']")[0].get("value"))


class Patient:
    """A patient who opens pages, chooses and presses, and checks the house style of each page on the way."""

    def __init__(self, app: Flask, wording: WordingList, is_strict: bool = True, asks_for: str = "") -> None:
        self.client = app.test_client()
        if asks_for:
            self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = asks_for
        self.wording = wording
        self.is_strict = is_strict
        self.chosen: list[str] = []
        self.typed: dict[str, str] = {}
        self.page: Page

    def open(self, path: str) -> Page:
        """Open an address, and follow redirects."""
        return self._arrive(self.client.get(path, follow_redirects=True))

    def follow(self, words: str) -> Page:
        """Follow the link with this text, or with its translation into the page's language.

        On pages with a form, the language switch is a button styled as a link. It carries along what is ticked and
        typed.
        """
        for button in self.page.find("//button[@class='language']"):
            if text_of(button) == words:
                self.chosen = self.chosen or sorted(self.page.ticked)
                return self._send(button, self.page.find(f"//form[@id='{button.get('form')}']")[0])
        return self.open(urljoin(self._address, self.page.links[self.spoken(words)]))

    def choose(self, *labels: str) -> Patient:
        """Tick exactly these choices."""
        self.chosen = [self.page.choices[self.spoken(label)] for label in labels]
        return self

    def type(self, name: str, text: str) -> Patient:
        """Type into the field of this name."""
        self.typed[name] = text
        return self

    def press(self, words: str) -> Page:
        """Press a button, which sends its form as a browser does."""
        words = self.spoken(words)
        button = next(button for button in self.page.find("//form//button") if text_of(button) == words)
        return self._send(button, next(form for form in button.iterancestors("form")))

    def spoken(self, words: str) -> str:
        """Translate the site's words into the page's language."""
        return SPANISH.get(words, words) if self.page.language == "es" else words

    def answer(self, *labels: str) -> Page:
        """Choose, and continue."""
        return self.choose(*labels).press("Continue")

    def skip(self) -> Page:
        return self.press("Skip / I’d rather not say")

    def start(self) -> Page:
        self.open("/")
        return self.press("Start")

    def skip_to(self, question: str) -> Page:
        """Skip questions, and keep going past the pause, until this question is asked."""
        while self.page.path.endswith("/pause") or self.page.question != question:
            self.step()
        return self.page

    def step(self) -> Page:
        """Skip a question, or continue from the pause."""
        return self.follow("Keep going") if self.page.path.endswith("/pause") else self.skip()

    def _send(self, button: html.HtmlElement, form: html.HtmlElement) -> Page:
        data: dict[str, str | list[str]] = {
            str(field.get("name")): str(field.get("value")) for field in form.xpath(".//input[@type='hidden']")
        }
        data |= {str(field.get("name")): str(field.get("value")) for field in form.xpath(".//input[not(@type)]")}
        data |= self.typed
        if self.chosen:
            data["choice"] = self.chosen
        if button.get("name"):
            data[str(button.get("name"))] = str(button.get("value"))
        self.chosen, self.typed = [], {}
        address = urljoin(self._address, button.get("formaction") or form.get("action") or "")
        return self._arrive(self.client.post(address, data=data, follow_redirects=True))

    def _arrive(self, answer: TestResponse) -> Page:
        self.page = Page(answer)
        query = answer.request.query_string.decode()
        self._address = self.page.path + (f"?{query}" if query else "")
        if self.is_strict:
            keeps_house_style(self.page, self.wording)
        return self.page


def text_of(element: html.HtmlElement) -> str:
    """Return an element's text with single spaces."""
    return " ".join(element.text_content().split())


def keeps_house_style(page: Page, wording: WordingList) -> None:
    """Fail unless a patient's page has everything that is required, and nothing that is forbidden."""
    is_well_made(page)
    assert not wording.find(page.title, ["refuse-in-titles"]), "a title tells nobody what is read"
    (description,) = page.find("//meta[@name='description']")
    assert description.get("content"), "a page says of what kind it is"
    assert not wording.find(str(description.get("content")), ["refuse-in-titles"]), "nor does its description"
    assert page.find("//p[@class='help-line']"), "help is always one step away"
    assert page.find("//a[@href='/leave']"), "the way out is on every page"
    for words in readable(page):
        assert not forbidden(wording, words), f"a patient may not read: {words}"


def is_well_made(page: Page) -> None:
    """Fail unless a page, a patient's or the staff's, is accessible and loads nothing from elsewhere."""
    assert len(page.find("//h1")) == 1, "a page has one heading of the first level"
    assert all(place[:1] == "/" != place[1:2] for place in page.redirects), "what led here named no scheme and no host"
    assert page.title.removeprefix("Error: "), "a page has a title"
    assert page.find("//html[@lang]"), "a page tells its language"
    ids = [str(element.get("id")) for element in page.find("//*[@id]")]
    assert len(ids) == len(set(ids)), "ids are unique"
    labeled = {label.get("for") for label in page.find("//label")}
    for control in page.find(CONTROLS):
        assert control.get("id") in labeled, "a field has its label"
    for element in page.find("//*[@aria-describedby or @aria-labelledby]"):
        for attribute in ("aria-describedby", "aria-labelledby"):
            assert set(str(element.get(attribute) or "").split()) <= set(ids), "a description is there"
    assert not page.find(INLINE), "scripts and styles stand in files of their own"
    for address in page.find("//*[@src or self::link]"):
        named = str(address.get("src") or address.get("href"))
        is_icon = address.get("rel") == "icon" and named.startswith("data:image/svg+xml,")
        assert is_icon or named.startswith(("/static/", "/staff/picture")), "nothing comes from elsewhere"
    for form in page.find("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']"), "a form is protected"
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    if page.path.startswith("/staff"):
        assert not weeks_without_days(page.words), "no ISO week stands alone"


def weeks_without_days(words: str) -> list[str]:
    """Return the ISO weeks that do not follow their days."""
    return re.findall(ISO_WEEK, re.sub(WEEK_AFTER_DAYS, "", " ".join(words.split())))


def readable(page: Page) -> set[str]:
    """Return every text that a patient can see or hear."""
    texts = {text_of(block) for block in page.find(BLOCKS)}
    named = page.tree.xpath("//@aria-label | //@alt | //@title | //@placeholder")
    # Texts that a script will show.
    named += page.tree.xpath("//@*[starts-with(name(), 'data-say')]")
    return texts | {str(name) for name in named}


def forbidden(wording: WordingList, words: str) -> tuple[str, ...]:
    """Find the forbidden words of a text, memoized because most pages share most texts."""
    if words not in _READ:
        _READ[words] = tuple(hit.found for hit in wording.find(words) if hit.is_refused)
    return _READ[words]


_READ: dict[str, tuple[str, ...]] = {}
