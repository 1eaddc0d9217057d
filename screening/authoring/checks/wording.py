"""The wording list reads every word of the files that a patient can see; citations are exempt, as others' words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.authoring.schema import FileName, Finding
from screening.authoring.wording_list import Tier, WordingList
from screening.authoring.yaml_document import Fault, Where

# What the browser's tab, history and address show: the slug, and the titles of a questionnaire, section and pause.
_NAMED = frozenset({"slug", "title"})
_OPTIONS = frozenset({"choose_one", "choose_any"})

MESSAGES: dict[Tier, tuple[str, str]] = {
    "refuse": (
        "must not reach a patient",
        "Say it otherwise; content is modest, attributed and never about the reader.",
    ),
    "refuse-unless-allowed": (
        "must not reach a patient",
        'Say it otherwise, or put the sentence under "allow" in wording.yaml, with its reason.',
    ),
    "refuse-in-titles": ("must not stand in a title or an address", "Say it in the text instead."),
    "warn": ("should perhaps not reach a patient", "Look at it once more."),
    "require": ("Something is missing here", 'Say it in words listed under "require" in wording.yaml, or list yours.'),
}


def check(
    file: FileName, texts: Iterable[tuple[Where, str]], wording: WordingList, language: str = "en"
) -> Iterator[Finding]:
    """Yield what must not, or perhaps should not, reach a patient in one file's texts, and what must and does not."""
    texts = list(texts)
    places, said = [where for where, _ in texts], [text for _, text in texts]
    names = [number for number, where in enumerate(places) if _is_name(where)]
    named = wording.find_in([said[number] for number in names], ["refuse-in-titles"])
    for number, hit in (*wording.find_in(said), *((names[number], hit) for number, hit in named)):
        wrong, remedy = MESSAGES[hit.tier]
        yield Finding(file, Fault(places[number], f'"{hit.found}" {wrong}: {hit.reason}', remedy), not hit.is_refused)
    for end in dict.fromkeys(where[:2] for where in places if where[0] == "referral"):
        whole = " ".join(text for where, text in texts if where[:2] == end)
        for pattern in wording.missing(whole, language):
            wrong, remedy = MESSAGES[pattern.tier]
            yield Finding(file, Fault(end, f"{wrong}: {pattern.reason}", remedy, at_key=True))


def _is_name(where: Where) -> bool:
    """Whether a text of a questionnaire or its translation, there with the language last, is seen beside the page."""
    is_here = where[0] in ("slug", "title", "sections") and _OPTIONS.isdisjoint(where)
    return is_here and not _NAMED.isdisjoint(where[-2:])
