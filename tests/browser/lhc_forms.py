"""LHC-Forms, a program that fills in FHIR forms, in a browser: what it shows of a form, and clicks in it.

`make test` downloads it into the virtual environment; tests/lforms.sha512 pins its version.
Source: https://lhncbc.github.io/lforms/.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Page

from config import ROOT
from tests.support.fhir_rules import Element

FOLDER = ROOT / ".venv/lforms"
ADDRESS = "/form"
PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Form</title>
<link rel="icon" href="webcomponent/favicon.ico">
<link rel="stylesheet" href="webcomponent/styles.css">
<div id="form"></div>
<script src="webcomponent/assets/lib/zone.min.js"></script>
<script src="webcomponent/lhc-forms.js"></script>
<script src="fhir/R4/lformsFHIR.min.js"></script>
"""
# Items are called item-LINKID/1/1, options LINKID/1/1|SYSTEM|CODE.
SCRIPT = """
const inView = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
const nameOf = (item) => item.id.replace(/^item-/, "").replace(/(\\/\\d+)+$/, "");
const itemsInView = () => [...document.querySelectorAll("#form lhc-item")].filter(inView);
const optionsOf = (item) =>
    [...document.querySelectorAll("#form [id*='|']")].filter((one) => one.id.startsWith(`${nameOf(item)}/`));
const box = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const {top, bottom, width} = range.getBoundingClientRect();
    return {top, bottom, width};
};
const textsIn = (element) => {
    const texts = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.data.replace(/\\s+/g, " ").trim();
        if (text && inView(walker.currentNode.parentElement) && box(walker.currentNode).width) texts.push(text);
    }
    return texts;
};
const lhc = {
    show: (form) => LForms.Util.addFormToPage(form, "form", {fhirVersion: "R4"}),
    names: () => itemsInView().map(nameOf),
    texts: () => textsIn(document.querySelector("#form .lhc-form-body")),
    title: () => textsIn(document.querySelector("#form .lhc-form-title")).join(" "),
    answers: () => Object.fromEntries(itemsInView().map((item) => [
        nameOf(item),
        // LHC-Forms does not tell the browser that a radio button is on: it only draws it so.
        optionsOf(item).filter((one) => one.querySelector("[class*='-checked']")).map((one) => one.id.split("|")[2]),
    ])),
    click: async (question, option) => {
        const item = itemsInView().find((one) => nameOf(one) === question);
        optionsOf(item).find((one) => one.id.endsWith(`|${option}`)).querySelector("input").click();
        // Ticks are drawn after the items.
        await new Promise(setTimeout);
    },
    // Where a text of the question ends, and where its first choice begins.
    above: ([question, text]) => {
        const item = itemsInView().find((one) => nameOf(one) === question);
        const walker = document.createTreeWalker(item, NodeFilter.SHOW_TEXT);
        while (walker.nextNode() && !walker.currentNode.data.includes(text));
        return [box(walker.currentNode).bottom, box(optionsOf(item)[0]).top];
    },
    help: () => [...document.querySelectorAll("#form .lhc-help-button")].filter(inView).map((one) => one.id),
    open: (button) => document.getElementById(button).click(),
};
"""


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == ADDRESS:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve LHC-Forms on the loopback interface for the block, and give the address of a page with an empty form."""
    assert FOLDER.is_dir(), "LHC-Forms is not there. Run make .venv/lforms."

    def handler(*given: object) -> SimpleHTTPRequestHandler:
        return _Handler(*given, directory=str(FOLDER))  # type: ignore[arg-type]  # what the server gives

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{ADDRESS}"
        server.shutdown()
        thread.join()


class RenderedForm:
    """A FHIR form that LHC-Forms shows in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def show(self, form: Element) -> RenderedForm:
        """Show another form in the place of this one."""
        self.page.evaluate("(form) => lhc.show(form)", form)
        return self

    @property
    def names(self) -> list[str]:
        """The linkIds of the items in view, in order."""
        return [str(name) for name in self.page.evaluate("lhc.names()")]

    @property
    def title(self) -> str:
        return str(self.page.evaluate("lhc.title()"))

    @property
    def texts(self) -> list[str]:
        """The texts in view below the title, in order, with single spaces."""
        return [str(text) for text in self.page.evaluate("lhc.texts()")]

    @property
    def help_texts(self) -> list[str]:
        """What opens at the question marks in view, below a title of LHC-Forms' own."""
        texts = []
        for button in self.page.evaluate("lhc.help()"):
            self.page.evaluate("(button) => lhc.open(button)", button)
            opened = self.page.locator(f"id={button.replace('button', 'content', 1)}")
            texts.append(opened.inner_text())
        return texts

    @property
    def answers(self) -> dict[str, tuple[str, ...]]:
        """The chosen options of each question in view; nothing for other items."""
        return {name: tuple(chosen) for name, chosen in self.page.evaluate("lhc.answers()").items()}

    def click(self, question: str, option: str) -> None:
        self.page.evaluate("([question, option]) => lhc.click(question, option)", [question, option])

    def above(self, question: str, text: str) -> tuple[float, float]:
        """Return how far down a text of a question ends and its first choice begins, in pixels, on a phone."""
        # It notices only after a while how little room there is.
        self.page.wait_for_function("itemsInView().every((one) => one.classList.contains('lhc-item-view-sm'))")
        text_ends, choice_begins = self.page.evaluate("(given) => lhc.above(given)", [question, text])
        return text_ends, choice_begins
