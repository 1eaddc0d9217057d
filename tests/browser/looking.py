"""Checks that a program can make on a page: axe rules, cut-off content, and invisible focus."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Rules that depend on colors, and on room. All others give the same result in every mode and width.
COLORS = ("color-contrast", "link-in-text-block")
ROOM = ("target-size", "scrollable-region-focusable")
STRONGER = "color-contrast-enhanced"

RUN = """options => axe.run(document, options).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`)))"""
# Text hidden visually is clipped to a pixel on purpose; typed text may be longer than its field. A row of the list of
# submissions is brief: an ellipsis shows that its link leads to more.
CUT_OFF = """() => {
    const seen = [...document.querySelectorAll('body *')].filter(one =>
        one.checkVisibility() && !one.closest('.unseen, .skip-link') && !one.matches('input, .choice *, .brief'));
    const hides = (overflow, whole, shown) => overflow !== 'visible' && whole > shown + 1;
    const isCut = (one, style, place) => place.left < -1 || place.right > innerWidth + 1
        || hides(style.overflowX, one.scrollWidth, one.clientWidth)
        || hides(style.overflowY, one.scrollHeight, one.clientHeight);
    const cut = seen.filter(one => isCut(one, getComputedStyle(one), one.getBoundingClientRect()));
    // Between letters, only a word that is too long for any button may break.
    const isBroken = node => [...node.textContent.matchAll(/(?<!\\S)\\S{1,12}(?!\\S)/g)].some(word => {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        return new Set([...range.getClientRects()].map(one => one.top)).size > 1;
    });
    const broken = seen.filter(one => one.matches('button, .button') && [...one.childNodes].some(
        node => node.nodeType === Node.TEXT_NODE && isBroken(node)));
    const wide = document.documentElement.scrollWidth;
    return [...(wide > innerWidth ? [`${wide} pixels wide on ${innerWidth}`] : []),
        ...broken.map(one => 'a broken word: ' + one.outerHTML.slice(0, 200)),
        ...cut.map(one => 'cut off: ' + one.outerHTML.slice(0, 200))];
}"""
WATCH = """() => {
    const isOutlined = one => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    };
    const covers = (shown, focused, [x, y]) => {
        const top = document.elementFromPoint(x, y);
        return !top || !(top === focused || shown.contains(top) || top.contains(shown));
    };
    const isTall = place => place.height > 128;
    const points = place => {
        // Of what is higher than the screen, what can be seen of it counts.
        const [top, bottom] = place.height > innerHeight
            ? [Math.max(place.top, 0), Math.min(place.bottom, innerHeight)] : [place.top, place.bottom];
        const [x, y] = [(place.left + place.right) / 2, (top + bottom) / 2];
        // Of what would fill half of a low screen, the middle is in sight at least.
        const edges = isTall(place) ? [] : [place.top + 2, place.bottom - 2].map(edge => [x, edge]);
        return [[x, y], [place.left + 2, y], [place.right - 2, y], ...edges];
    };
    const fault = focused => {
        // A choice may show its focus on its label.
        const shown = [focused, ...(focused.labels || [])].find(isOutlined);
        if (!shown) return 'has no outline';
        const isFree = place => !points(place).some(point => covers(shown, focused, point));
        const isSeen = one => {
            const places = [...one.getClientRects()];
            // Of a link whose lines fill half of a low screen, one line is in sight at least.
            return isTall(one.getBoundingClientRect()) ? places.some(isFree) : places.every(isFree);
        };
        return [focused, shown].every(isSeen) ? '' : 'is not in sight';
    };
    window.group = one => one.type === 'radio' ? one.name : one;
    window.reached = new Set();
    window.faults = [];
    window.look = () => {
        const focused = document.activeElement;
        if (focused === document.body) return;
        const wrong = fault(focused);
        window.reached.add(window.group(focused));
        if (wrong) window.faults.push(`the focus ${wrong}: ${focused.outerHTML.slice(0, 200)}`);
    };
    const stops = 'a[href], button, input, summary, select, textarea, [tabindex="0"]';
    window.stops = () => [...document.querySelectorAll(stops)].filter(
        one => one.tabIndex >= 0 && one.type !== 'hidden' && one.checkVisibility({visibilityProperty: true}));
    window.missed = () => window.stops().filter(one => !window.reached.has(window.group(one)));
    // Where the page itself has set the focus; then from the top.
    window.look();
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    // When the key is up again, what it did is done: the focus has moved, and was scrolled to.
    document.onkeyup = window.look;
    // In a date's field, day, month, year and calendar are stops of their own.
    return window.stops().length + 3 * document.querySelectorAll('[type=date]').length;
}"""
FOUND = """() => {
    // What has the focus may lie over something, as the link to the content does.
    document.activeElement.blur();
    const missed = window.missed().map(one => 'the keyboard does not reach: ' + one.outerHTML.slice(0, 200));
    return [...window.faults, ...missed];
}"""
# What an element's colors can depend on: the element itself and its ancestors.
KINDS = """() => {
    const own = one => [one.tagName, one.className, one.checked, one.ariaCurrent, one.lang].join();
    const chain = one => one ? own(one) + ' ' + chain(one.parentElement) : '';
    return [...new Set([...document.querySelectorAll('body *')].map(chain))];
}"""
GO_THROUGH = "() => window.missed().forEach(one => { one.focus(); window.look(); })"


def axe(page: Page, *rules: str, also: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> list[str]:
    """Return violations of these axe rules; without names, of axe's default rules and the rules on target size."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # Content under the sticky bar is merely scrolled away.
    page.evaluate("scrollTo(0, 0)")
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    else:
        options["rules"] = {rule: {"enabled": rule not in without} for rule in (*ROOM, *also, *without)}
    found: list[str] = page.evaluate(RUN, options)
    return found


def kinds(page: Page) -> set[str]:
    """Return the kinds of elements on the page, as a stylesheet distinguishes them."""
    return set(page.evaluate(KINDS))


def open_all(page: Page) -> None:
    """Open all details elements."""
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")


def cut_off(page: Page) -> list[str]:
    """Return what is wider than the page, or than a box that hides overflow."""
    found: list[str] = page.evaluate(CUT_OFF)
    return found


def lost_focus(page: Page, by_key: bool = True) -> list[str]:
    """Return where the focus is not visible on its way through the page, and what Tab does not reach.

    `by_key=False`: the page moves the focus itself, which scrolls alike and is faster, for pages already tested with
    Tab.
    """
    stops = page.evaluate(WATCH)
    if by_key:
        # A group of radio buttons is one stop; after the last stop, Tab starts over.
        for _ in range(stops):
            page.keyboard.press("Tab")
    else:
        page.evaluate(GO_THROUGH)
    found: list[str] = page.evaluate(FOUND)
    return found
