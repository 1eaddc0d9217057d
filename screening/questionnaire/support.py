"""Support lines: whom to call, text or write to at any hour, by country. This module is data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class SupportLine:
    """A support line, as callers of one language reach it. `languages`: codes. `verified`: `source` is the line itself
    or an authority. `press`: the key to press once connected. `word`: the word to text.
    """

    id: str
    name: str
    languages: tuple[str, ...]
    source: str
    checked: date
    verified: bool
    call: str = ""
    text: str = ""
    chat: str = ""
    note: str = ""
    press: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """The lines of one country in one language: emergency numbers, someone to talk to, and where to find treatment.

    `ask_for`: the word that callers of this language say at the emergency numbers, or "".
    """

    country: str
    name: str
    emergency: tuple[str, ...]
    talk: tuple[SupportLine, ...]
    treatment: tuple[SupportLine, ...]
    ask_for: str = ""
    language: str = "en"
    translations: Mapping[str, Support] = field(default_factory=dict)

    def in_language(self, language: str) -> Support:
        """Return the translation into a language, or these lines if there is none."""
        return self.translations.get(language, self)

    def stale(self, today: date, confirmed: date | None) -> tuple[SupportLine, ...]:
        """Return the lines last compared with their sources over 183 days ago, or on a future date.

        Pages still show them.
        """
        # In some time zones it is already tomorrow.
        oldest, newest = today - timedelta(days=183), today + timedelta(days=1)
        return tuple(
            line
            for line in (*self.talk, *self.treatment)
            if not oldest <= max(line.checked, confirmed or line.checked) <= newest
        )

    def shown(self, confirmed: bool) -> Support:
        """Return what may be shown: every line once the clinic has confirmed them, until then the verified ones.

        The emergency numbers need no source and are always shown.
        """
        if confirmed:
            return self
        return replace(
            self,
            talk=tuple(line for line in self.talk if line.verified),
            treatment=tuple(line for line in self.treatment if line.verified),
            translations={language: other.shown(confirmed) for language, other in self.translations.items()},
        )
