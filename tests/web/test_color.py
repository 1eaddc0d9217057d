"""The accent color is readable in light and dark mode, and black on paper."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.web.color import (
    MIN_CONTRAST,
    STYLESHEET,
    contrast,
    least_contrast,
    luminance,
    modes,
    nearest_readable,
    oklab,
    recolor,
)

CSS = STYLESHEET.read_text()
LIGHT, DARK = modes(CSS)
COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
# How far rounding to 256 steps of light may move a color off its hue, in OKLab.
ROUNDED = 0.01


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000", "#fff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.005)
    assert [luminance(color) for color in ("#f00", "#0f0", "#00f")] == [0.2126, 0.7152, 0.0722]


def test_the_stylesheet_s_own_accent_could_be_set() -> None:
    assert nearest_readable(LIGHT["--accent"], LIGHT) == LIGHT["--accent"]
    for tokens in (LIGHT, DARK):
        assert contrast(tokens["--accent"], tokens["--accent-soft"]) >= MIN_CONTRAST


@pytest.mark.parametrize("accent", ["#0e5555", "#7a1f5c", "#5b2a86", "#1b3a6b", "#000000", "#4a0404"])
def test_a_dark_accent_is_taken_as_it_is(accent: str) -> None:
    assert nearest_readable(accent, LIGHT) == accent


@pytest.mark.parametrize("accent", ["#ffcc00", "#ff0000", "#00bcd4", "#7a7a7a", "#ffffff", "#2e7d32", "#fc0"])
def test_one_that_cannot_be_read_has_a_nearest_that_can(accent: str) -> None:
    assert least_contrast(accent, LIGHT) < MIN_CONTRAST <= least_contrast(nearest_readable(accent, LIGHT), LIGHT)
    assert luminance(nearest_readable(accent, LIGHT)) < luminance(accent)


@settings(deadline=None)
@given(COLORS)
def test_the_nearest_of_any_color_can_be_read_and_is_its_own_nearest(accent: str) -> None:
    for tokens in (LIGHT, DARK):
        found = nearest_readable(accent, tokens)
        soft = modes(recolor(CSS, accent))[tokens is DARK]["--accent-soft"]
        beneath = (*(tokens[name] for name in ("--ground", "--surface", "--warm", "--on-accent")), soft)
        assert min(contrast(found, other) for other in beneath) >= MIN_CONTRAST
        assert contrast(tokens["--ink"], soft) >= MIN_CONTRAST
        assert nearest_readable(found, tokens) == found


@settings(deadline=None)
@given(COLORS)
def test_the_nearest_keeps_the_hue(accent: str) -> None:
    _, a, b = oklab(accent)
    strength = math.hypot(a, b)
    for tokens in (LIGHT, DARK):
        _, own_a, own_b = oklab(nearest_readable(accent, tokens))
        if strength > ROUNDED:
            assert abs(own_a * b - own_b * a) / strength <= ROUNDED, "it lies on the line from gray to the accent"
            assert own_a * a + own_b * b > -ROUNDED, "and on its side of gray"
        assert math.hypot(own_a, own_b) <= strength + ROUNDED


@settings(deadline=None)
@given(COLORS)
def test_none_that_is_nearer_would_do(accent: str) -> None:
    found = nearest_readable(accent, LIGHT)
    if found != accent:
        assert least_contrast(found, LIGHT) < MIN_CONTRAST + 0.5


def test_light_and_dark_are_painted_and_paper_stays_as_it_is() -> None:
    css = recolor(CSS, "#7a1f5c")
    light, dark = modes(css)
    assert light["--accent"] == "#7a1f5c"
    assert dark["--accent"] == nearest_readable("#7a1f5c", DARK) != DARK["--accent"]
    own = {"--accent", "--accent-soft"}
    for tokens, before in ((light, LIGHT), (dark, DARK)):
        assert {name for name in before if tokens[name] != before[name]} == own
    # Paper has its own stylesheet, which no accent changes.
    assert re.search(r"--accent: #000;", STYLESHEET.with_name("print.css").read_text())
