"""Every text that patients can see passes the wording list. Citations are exempt, since they quote others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.authoring.schema import FileName, Finding
from screening.authoring.wording_list import Tier, WordingList
from screening.authoring.yaml_document import Fault, Where

# The browser's tab, history and address bar show these: the slug, and the titles of a questionnaire, section and pause.
_TITLES = frozenset({"slug", "title"})
_OPTIONS = frozenset({"choose_one", "choose_any"})

MESSAGES: dict[Tier, tuple[str, str]] = {
    "refuse": (
        "must not reach a patient",
        "Reword it: write modestly, name the source, and say nothing about the reader.",
    ),
    "refuse-unless-allowed": (
        "must not reach a patient",
        'Reword it, or add the sentence and a reason under "allow" in wording.yaml.',
    ),
    "refuse-in-titles": ("must not be in a title or an address", "Put it in the text instead."),
    "warn": ("may be unsuitable for a patient", "Review it once more."),
    "require": (
        "Required words are missing here",
        'Use words listed under "require" in wording.yaml, or add yours there.',
    ),
}


def check(
    file: FileName, texts: Iterable[tuple[Where, str]], wording: WordingList, language: str = "en"
) -> Iterator[Finding]:
    """Yield refused words and warnings in one file's texts, and required words that the referral lacks."""
    texts = list(texts)
    positions, words = [where for where, _ in texts], [text for _, text in texts]
    titles = [number for number, where in enumerate(positions) if _is_title(where)]
    in_titles = wording.find_in([words[number] for number in titles], ["refuse-in-titles"])
    for number, hit in (*wording.find_in(words), *((titles[number], hit) for number, hit in in_titles)):
        wrong, remedy = MESSAGES[hit.tier]
        fault = Fault(positions[number], f'"{hit.found}" {wrong}: {hit.reason}', remedy)
        yield Finding(file, fault, is_warning=not hit.is_refused)
    for end in dict.fromkeys(where[:2] for where in positions if where[0] == "referral"):
        whole = " ".join(text for where, text in texts if where[:2] == end)
        for pattern in wording.missing(whole, language):
            wrong, remedy = MESSAGES[pattern.tier]
            yield Finding(file, Fault(end, f"{wrong}: {pattern.reason}", remedy, at_key=True))


def _is_title(where: Where) -> bool:
    """Return whether the browser shows a text outside the page. In a translation, `where` ends with the language."""
    is_candidate = where[0] in ("slug", "title", "sections") and _OPTIONS.isdisjoint(where)
    return is_candidate and not _TITLES.isdisjoint(where[-2:])
