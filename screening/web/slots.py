"""Slots: the places of a cached component that are filled with one visitor's values.

A template declares them: `slot` for a text, such as a CSRF token, and `flag` for a boolean HTML attribute, such as
`checked` of one option. `filled` fills all of them. Only this module knows their syntax. Text cannot imitate a slot,
because its `<` is always escaped.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape

from markupsafe import Markup, escape

_SLOT = re.compile(r"<slot:([^>]*)>")


class SlotError(ValueError):
    """A slot is unknown, missing or declared twice."""


def slot(name: str) -> Markup:
    """Declare a slot for a text."""
    return Markup("<slot:{}>").format(name)


def flag(attribute: str, key: str) -> Markup:
    """Declare a slot for a boolean HTML attribute, such as `checked`; the key identifies one of several."""
    return Markup("<slot:{} {}>").format(attribute, key)


class Component:
    """A rendered component, split at its slots.

    Raises:
        SlotError: a slot is declared twice.
    """

    def __init__(self, rendered: str) -> None:
        # Every second piece is a slot; an empty piece leaves its attribute out.
        self._pieces = _SLOT.split(rendered)
        self._texts: dict[str, int] = {}
        self._flags: dict[str, dict[str, int]] = {}
        for place in range(1, len(self._pieces), 2):
            name, is_flag, key = self._pieces[place].partition(" ")
            slots = self._flags.setdefault(name, {}) if is_flag else self._texts
            declared = unescape(key) if is_flag else name
            if declared in slots or name in (self._texts if is_flag else self._flags):
                raise SlotError(f'The slot "{self._pieces[place]}" is declared twice.')
            slots[declared] = place
            self._pieces[place] = ""
        self.slots = frozenset((*self._texts, *self._flags))
        self._blank = Markup("".join(self._pieces))  # noqa: S704  # a template rendered it

    def fill(self, **values: str | Collection[str]) -> Markup:
        """Fill every slot: a text slot with a text, which is escaped; a flag with the keys that are set.

        Raises:
            SlotError: a slot has no value, or a value has no slot.
        """
        if values.keys() != self.slots:
            raise SlotError(f"The slots are {sorted(self.slots)}, but values were given for {sorted(values)}.")
        if not values:
            return self._blank
        pieces = self._pieces.copy()
        for name, value in values.items():
            if isinstance(value, str) is not (name in self._texts):
                raise SlotError(f'The slot "{name}" takes {"a text" if name in self._texts else "keys"}.')
            if isinstance(value, str):
                pieces[self._texts[name]] = escape(value)
                continue
            places = self._flags[name]
            for key in value:
                if key not in places:
                    raise SlotError(f'No slot "{name}" is of "{key}".')
                pieces[places[key]] = f" {name}"
        return Markup("".join(pieces))  # noqa: S704  # templates escaped the pieces, and the values are escaped above


def filled(component: Component | str, **values: str | Collection[str]) -> Markup:
    """Fill the slots of a component, or, as a template filter, of a component rendered for this page only.

    Raises:
        SlotError: a slot has no value, a value has no slot, or a slot is declared twice.
    """
    return (component if isinstance(component, Component) else Component(component)).fill(**values)
