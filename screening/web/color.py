"""A clinic's accent color: its contrast, the nearest readable shade, and the stylesheet recolored with it.

The colors of tokens are parsed from the stylesheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import hypot
from pathlib import Path
from typing import TypeAlias

Three: TypeAlias = tuple[float, float, float]

STYLESHEET = Path(__file__).parent.parent / "static" / "screening.css"
# WCAG 2.2, 1.4.6 (AAA), because readers may be exhausted.
MIN_CONTRAST = 7.0
# Backgrounds of text in the accent, in addition to its own soft shade.
GROUNDS = ("--ground", "--surface", "--warm")
# The share of the accent in its soft shade.
SOFT = 0.1
# How many shades are tried between a color and black or white, and how many chromas of each shade.
SHADES, STRENGTHS = 256, 16
# The highest chroma (OKLab) of an accent in dark mode, where a vivid color hurts tired eyes.
STRONGEST_AT_NIGHT = 0.08
# Björn Ottosson, "A perceptual color space for image processing", 2020: linear RGB to LMS, LMS to OKLab, and back.
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_CONES = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
_MODE = re.compile(r":root\s*\{[^}]*\}")
_TOKEN = re.compile(r"(--[\w-]+)(\s*:\s*)(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})\b")


def luminance(color: str) -> float:
    """Return the relative luminance of #rrggbb or #rgb, 0 to 1 (WCAG 2.2)."""
    red, green, blue = _linear_rgb(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(accent: str, tokens: Mapping[str, str]) -> float:
    """Return an accent's lowest contrast ratio with its backgrounds and with the text on it."""
    neighbors = (*(tokens[ground] for ground in GROUNDS), tokens["--on-accent"], _soft(accent, tokens))
    return min(contrast(accent, neighbor) for neighbor in neighbors)


def nearest_readable(accent: str, tokens: Mapping[str, str]) -> str:
    """Return the accent if its contrast suffices; otherwise the nearest darker (in dark mode lighter) shade."""
    if least_contrast(accent, tokens) >= MIN_CONTRAST:
        return accent
    lightness, a, b = oklab(accent)
    end = float(luminance(tokens["--surface"]) < luminance(tokens["--ink"]))
    if end:
        calmed = min(1.0, STRONGEST_AT_NIGHT / (hypot(a, b) or 1))
        a, b = a * calmed, b * calmed
    shades = (lightness + (end - lightness) * step / SHADES for step in range(1, SHADES + 1))
    colors = (_shade(shade, a, b) for shade in shades)
    return next(color for color in colors if least_contrast(color, tokens) >= MIN_CONTRAST)


def oklab(color: str) -> Three:
    """Convert a color to OKLab: lightness, and the coordinates a and b, whose angle is the hue."""
    long, middle, short = _multiply(_CONES, _linear_rgb(color))
    return _multiply(_LAB, (long ** (1 / 3), middle ** (1 / 3), short ** (1 / 3)))


def modes(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """Parse the color tokens of a stylesheet: those of light mode, then those of dark mode."""
    light, dark, *_ = _MODE.findall(css)
    return _tokens(light), _tokens(dark)


def recolor(css: str, accent: str) -> str:
    """Replace a stylesheet's accent, with a shade of it that is readable in each mode.

    Tokens are replaced in place, so that later rules, such as those for paper, still override them.
    """

    def recolor_mode(mode: re.Match[str]) -> str:
        tokens = _tokens(mode[0])
        own = nearest_readable(accent, tokens)
        new = {"--accent": own, "--accent-soft": _soft(own, tokens)}
        return _TOKEN.sub(lambda token: f"{token[1]}{token[2]}{new.get(token[1], token[3])}", mode[0])

    return _MODE.sub(recolor_mode, css, count=2)


def _tokens(mode: str) -> dict[str, str]:
    return {name: color for name, _, color in _TOKEN.findall(mode)}


def _soft(accent: str, tokens: Mapping[str, str]) -> str:
    both = zip(_rgb(accent), _rgb(tokens["--surface"]), strict=True)
    return _hex(part * SOFT + beneath * (1 - SOFT) for part, beneath in both)


def _shade(lightness: float, a: float, b: float) -> str:
    """Convert OKLab to #rrggbb, reducing the chroma until the color is in the sRGB gamut."""
    for step in range(STRENGTHS, -1, -1):
        long, middle, short = _multiply(_FROM_LAB, (lightness, a * step / STRENGTHS, b * step / STRENGTHS))
        light = _multiply(_FROM_CONES, (long**3, middle**3, short**3))
        if min(light) >= -0.001 and max(light) <= 1.001:
            break
    return _hex(_gamma_encode(part) for part in light)


def _multiply(rows: tuple[Three, Three, Three], three: Three) -> Three:
    first, second, third = (sum(a * b for a, b in zip(row, three, strict=True)) for row in rows)
    return first, second, third


def _linear_rgb(color: str) -> Three:
    """Return a color's linear RGB, 0 to 1."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(color))
    return red, green, blue


def _gamma_encode(light: float) -> float:
    """Convert a linear RGB value to sRGB, 0 to 1."""
    light = min(max(light, 0), 1)
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _rgb(color: str) -> Three:
    """Return a color's sRGB values, 0 to 1."""
    digits = color.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = bytes.fromhex(digits)
    return red / 255, green / 255, blue / 255


def _hex(parts: Iterable[float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
