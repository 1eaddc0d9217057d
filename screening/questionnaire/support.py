"""Support lines: whom to call, text or write to at any hour, by country. Data only; nobody here answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class SupportLine:
    """A support line, in languages named by their codes; `press` this key once called, or text this `word`.

    It holds the way in for one language. `verified` means that `source` is the line's own or an authority's word.
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

    At the emergency numbers, readers of the language say the word `ask_for`, if there is one.
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
        """The same in a language, or as it is where it was not translated."""
        return self.translations.get(language, self)

    def stale(self, today: date, confirmed: date | None) -> tuple[SupportLine, ...]:
        """The lines that nobody has compared with their sources for half a year, or on a day still to come.

        They are shown all the same.
        """
        # Somewhere it is tomorrow already.
        oldest, newest = today - timedelta(days=183), today + timedelta(days=1)
        return tuple(
            line
            for line in (*self.talk, *self.treatment)
            if not oldest <= max(line.checked, confirmed or line.checked) <= newest
        )

    def shown(self, confirmed: bool) -> Support:
        """What may be shown: every line once the clinic has confirmed them, until then the verified ones.

        The emergency number needs no source and always stands.
        """
        if confirmed:
            return self
        return replace(
            self,
            talk=tuple(line for line in self.talk if line.verified),
            treatment=tuple(line for line in self.treatment if line.verified),
            translations={language: other.shown(confirmed) for language, other in self.translations.items()},
        )
