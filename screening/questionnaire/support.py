"""Support lines: whom to call, text or write to at any hour, by country. Data only; nobody here answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Line:
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
    talk: tuple[Line, ...]
    treatment: tuple[Line, ...]
    ask_for: str = ""
    language: str = "en"
    translations: Mapping[str, Support] = field(default_factory=dict)

    def in_language(self, language: str) -> Support:
        """The same in a language, or as it is where it was not translated."""
        return self.translations.get(language, self)

    def stale(self, today: date, confirmed: date | None) -> tuple[Line, ...]:
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


class _Phrases(NamedTuple):
    """How a language says whom to reach; `Line` has the names of the slots."""

    call: str
    press: str
    text: str
    word: str
    call_or_text: str
    chat: str
    ask_for: str
    between: str


# In the core, since help sentences are filled where there is no page: on paper and in a terminal too.
_PHRASES = {
    "en": _Phrases(
        call="call {call}",
        press="call {call} and press {press}",
        text="text {text}",
        word="text {word} to {text}",
        call_or_text="call or text {call}",
        chat="chat at {chat}",
        ask_for=" and say “{ask_for}”",
        between=" or ",
    ),
    "es": _Phrases(
        call="llame al {call}",
        press="llame al {call} y oprima {press}",
        text="mande un mensaje de texto al {text}",
        word="mande {word} al {text}",
        call_or_text="llame o mande un mensaje de texto al {call}",
        chat="escriba por chat en {chat}",
        ask_for=" y diga “{ask_for}”",
        between=" o ",
    ),
}


def help_sentence(words: str, lines: Support) -> str:
    """A help sentence with its slots filled from the lines shown, in their language.

    `{talk}` is the way to the first line to talk to, or to the emergency number where none is shown; `{emergency}` is
    that number.

    Raises:
        KeyError: for a language that nobody has given phrases for.
    """
    phrases = _PHRASES[lines.language]
    emergency = phrases.between.join(lines.emergency)
    if lines.talk:
        talk = _way(lines.talk[0], phrases)
    else:
        asked = phrases.ask_for.format(ask_for=lines.ask_for) if lines.ask_for else ""
        talk = phrases.call.format(call=emergency) + asked
    filled = words.replace("{talk}", talk).replace("{emergency}", emergency)
    return filled[:1].upper() + filled[1:]


def _way(line: Line, phrases: _Phrases) -> str:
    if line.call and line.call == line.text and not (line.press or line.word):
        return phrases.call_or_text.format(call=line.call)
    ways = []
    if line.call:
        ways.append((phrases.press if line.press else phrases.call).format(call=line.call, press=line.press))
    if line.text:
        ways.append((phrases.word if line.word else phrases.text).format(text=line.text, word=line.word))
    # Whoever presses a key first has heard two steps already: a comma keeps the next way apart.
    between = f",{phrases.between}" if line.press else phrases.between
    return between.join(ways) or phrases.chat.format(chat=line.chat.removeprefix("https://"))
