"""The draft: the answers in the cookie, stored nowhere else until they are shared or saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.packing import pack
from screening.storage import patient_codes, weeks
from screening.storage.patient_codes import CodeKind

# Characters of the hash, enough to distinguish the versions of one questionnaire.
VERSION_LENGTH = 12
# The outcomes of sharing or saving that close a draft; "" for an open one.
OUTCOMES = ("", "stored", "different", "deleted", "saved")
# The types of the draft's values in the cookie. Drafts saved by earlier releases lack some keys.
_TYPES: dict[str, type] = {
    **dict.fromkeys(("of", "version", "dropped", "first", "mistake", "ref", "shown", "until"), str),
    **dict.fromkeys(("code", "next", "return", "replaces", "closed"), str),
    "answers": dict,
    "news": bool,
    "revised": bool,
    "week": int,
}


@dataclass
class Draft:
    """One person's answers so far, and the code under which they would be shared.

    `code`: replaced at every answer until a record is fixed, so that a copied cookie never has the code of later
    answers. `dropped`: ids of questions whose answers no longer apply, or `question/option` for a single pick.
    `first`: references of the questions to take along that the reader put first. `is_news`: the last step dropped
    answers. `is_revised`: the questionnaire has changed since the draft began. `mistake`: a question's id and a choice
    that was invalid or is not sent yet, so that the page can show it again. `fixed`: week and ref of the record shown
    for sharing, `shown_fingerprint` its fingerprint. `next_code`: the code of the next record, if an answer came since.
    `return_code`, `last_day`: as shown, under which code and until when the draft would be saved; `replaces`: an
    earlier return code under which it may be saved already. `closed`: the outcome of sharing or saving; a closed draft
    has no answers.
    """

    questionnaire: Questionnaire
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    is_news: bool = False
    is_revised: bool = False
    mistake: tuple[str, ...] = ()
    code: str = field(default_factory=patient_codes.make_code)
    fixed: tuple[int, bytes] | None = None
    shown_fingerprint: str = ""
    next_code: str = ""
    return_code: str = ""
    last_day: date | None = None
    replaces: str = ""
    closed: str = ""

    @classmethod
    def read(cls, session: MutableMapping[str, Any], questionnaire: Questionnaire) -> Draft | None:
        """Read the draft of this questionnaire, if there is one, and migrate it from an older version."""
        held = session.get("draft")
        if held is None:
            return None
        try:
            return cls._read(held, questionnaire) if held["of"] == questionnaire.id else None
        except (AttributeError, LookupError, TypeError, ValueError):
            # Another release of the site wrote it.
            return None

    @classmethod
    def read_any(cls, session: MutableMapping[str, Any], questionnaires: Iterable[Questionnaire]) -> Draft | None:
        """Read the draft of any of these questionnaires; a device has at most one."""
        drafts = (cls.read(session, questionnaire) for questionnaire in questionnaires)
        return next((draft for draft in drafts if draft), None)

    @classmethod
    def _read(cls, held: Mapping[str, Any], questionnaire: Questionnaire) -> Draft:
        _require_known_form(held)
        answers = {question: tuple(chosen.split()) for question, chosen in held["answers"].items()}
        dropped, mistake = tuple(held["dropped"].split()), tuple(held["mistake"].split())
        fixed = (int(held["week"]), bytes.fromhex(held["ref"])) if held["ref"] else None
        draft = cls(
            questionnaire,
            answers,
            dropped,
            tuple(held.get("first", "").split()),
            held["news"],
            held["revised"],
            mistake,
            held["code"],
            fixed,
            held.get("shown", ""),
            held.get("next", ""),
            held["return"],
            date.fromisoformat(held["until"]) if held["until"] else None,
            held.get("replaces", ""),
            held["closed"],
        )
        if held["version"] == questionnaire.version[:VERSION_LENGTH]:
            draft._refuse_unknown_names()
        else:
            draft._migrate_answers()
        return draft

    def write(self, session: MutableMapping[str, Any]) -> None:
        """Write the draft to the session."""
        session["draft"] = {
            "of": self.questionnaire.id,
            "version": self.questionnaire.version[:VERSION_LENGTH],
            "answers": {question: " ".join(chosen) for question, chosen in self.answers.items()},
            "dropped": " ".join(self.dropped),
            "first": " ".join(self.first),
            "news": self.is_news,
            "revised": self.is_revised,
            "mistake": " ".join(self.mistake),
            "code": self.code,
            "week": self.fixed[0] if self.fixed else 0,
            "ref": self.fixed[1].hex() if self.fixed else "",
            "shown": self.shown_fingerprint,
            "next": self.next_code,
            "return": self.return_code,
            "until": self.last_day.isoformat() if self.last_day else "",
            "replaces": self.replaces,
            "closed": self.closed,
        }

    def as_saved(self) -> bytes:
        """Serialize the draft for saving: the cookie's content without the return codes."""
        held: dict[str, Any] = {}
        replace(self, return_code="", last_day=None, replaces="").write(held)
        return json.dumps(held["draft"], separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def has_code(self) -> bool:
        """Whether a submission is stored under the code, so that the patient must write it down."""
        return self.closed in ("stored", "different")

    @property
    def is_saved(self) -> bool:
        """Whether the answers are saved for later, so that the patient must write down the return code."""
        return self.closed == "saved"

    @property
    def would_be_missed(self) -> bool:
        """Whether deleting the draft would lose answers, or a code that may not be written down yet."""
        return bool(self.answers) or self.has_code or self.is_saved

    def close(self, outcome: str) -> None:
        """Close the draft with the outcome of sharing or saving: clear its answers, keep its codes."""
        self.answers, self.dropped, self.first, self.mistake, self.closed = {}, (), (), (), outcome
        self.shown_fingerprint = self.next_code = self.replaces = ""
        self.is_news = self.is_revised = False

    @property
    def journey(self) -> Journey:
        """The journey of these answers."""
        return Journey(self.questionnaire, self.answers)

    def answer(self, question: Question, chosen: tuple[str, ...]) -> Journey:
        """Record an answer (empty: a skip), drop answers that no longer apply, and return the new journey."""
        self._renew_codes()
        self.answers[question.id], self.mistake = chosen, ()
        journey = self.journey
        gone = tuple(name for name in self.answers if name not in journey.answers)
        self.answers = journey.answers
        kept = tuple(name for name in self.dropped if name not in self.answers)
        self.dropped, self.is_news = (*kept, *gone), bool(gone)
        return journey

    def dropped_in_words(self) -> tuple[str, ...]:
        """Describe what was dropped: questions in their words, or in the words of `gone` if this version lacks them."""
        return tuple(dict.fromkeys(filter(None, map(self._in_words, self.dropped))))

    def _in_words(self, name: str) -> str:
        question = name.partition("/")[0]
        known, gone = self.questionnaire.by_id, self.questionnaire.gone
        return gone.get(name) or (known[question].ask if question in known else gone.get(question, ""))

    def put_first(self, references: tuple[str, ...]) -> None:
        """Record which questions to take along come first."""
        self.first, self.mistake = references, ()

    def fix_record(self, week: int, ref: bytes) -> None:
        """Fix the record that is shown for sharing, with its fingerprint."""
        self.fixed, self.shown_fingerprint = (week, ref), self.fingerprint

    @property
    def fingerprint(self) -> str:
        """The fingerprint of a record of these answers."""
        return record_fingerprint(self.questionnaire.version, pack(self.journey))

    @property
    def is_as_shown(self) -> bool:
        """Whether a record is fixed, no answer came since, and its fingerprint is still the one shown."""
        return bool(self.fixed) and not self.next_code and self.shown_fingerprint == self.fingerprint

    def _renew_codes(self) -> None:
        # A record that was shown may be stored already, under a code that nobody has seen yet.
        if self.fixed:
            self.next_code = patient_codes.make_code()
        else:
            self.code = patient_codes.make_code()
        if self.return_code:
            self.replaces = self.replaces or self.return_code
            self.return_code = patient_codes.make_code(CodeKind.RETURN)

    def _refuse_unknown_names(self) -> None:
        """Refuse answers and references that this version of the questionnaire does not know.

        Raises:
            LookupError, ValueError: there is one.
        """
        for name, chosen in self.answers.items():
            if len(self.questionnaire.by_id[name].chosen(chosen)) != len(chosen):
                raise ValueError
        for reference in self.first:
            self.questionnaire.to_take(reference)

    def _migrate_answers(self) -> None:
        """Migrate answers from an older version: keep existing options, and map the others by `replaces`."""
        known = self.questionnaire.by_id
        instead: dict[str, list[tuple[str, str]]] = {}
        for question in self.questionnaire.questions:
            for option in question.options:
                for old in (f"{question.id}/{option.id}", *option.replaces):
                    instead.setdefault(old, []).append((question.id, option.id))
        picked: dict[str, set[str]] = {}
        lost: dict[str, list[str]] = {}
        for name, chosen in self.answers.items():
            for pick in (f"{name}/{option}" for option in chosen):
                for other, now in instead.get(pick, ()):
                    picked.setdefault(other, set()).add(now)
                if pick not in instead:
                    lost.setdefault(name, []).append(pick)
        # A skip remains a skip. A question whose picks are all gone is asked again.
        still: dict[str, tuple[str, ...]] = {
            name: () for name, chosen in self.answers.items() if name in known and not chosen
        }
        still |= {name: _together(known[name], options) for name, options in picked.items()}
        kept = Journey(self.questionnaire, still).answers
        off = [name for name in still if name not in kept]
        # If all picks of a question are gone, its id is enough.
        gone = [names if len(names) < len(self.answers[question]) else [question] for question, names in lost.items()]
        self.dropped = (*off, *(name for names in gone for name in names if name not in off))
        self.answers, self.first, self.is_news, self.is_revised = kept, (), True, True


def _require_known_form(held: Mapping[str, Any]) -> None:
    """Refuse values that a later page could not use, or would show wrongly.

    Raises:
        TypeError: a value has another type than this release writes.
        ValueError: the draft is closed in an unknown way, a code has another length, or there is no such week.
    """
    if any(type(held[name]) is not kind for name, kind in _TYPES.items() if name in held):
        raise TypeError
    codes = (held["code"], held.get("next"), held["return"], held.get("replaces"))
    if held["closed"] not in OUTCOMES or any(code and len(code) != patient_codes.CODE_LENGTH for code in codes):
        raise ValueError
    if held["ref"] and not weeks.is_week(held["week"]):
        raise ValueError


def _together(question: Question, options: Container[str]) -> tuple[str, ...]:
    """Reduce options merged from several picks to what the question allows: one only, or none that exclude others."""
    chosen = [option for option in question.options if option.id in options]
    if not question.many:
        return tuple(option.id for option in chosen[:1])
    several = [option for option in chosen if not option.alone]
    return tuple(option.id for option in several or chosen[:1])


def record_fingerprint(version: str, answers: str) -> str:
    """Return a short hash of a record's version and answers."""
    return hashlib.blake2b(f"{version} {answers}".encode(), digest_size=6).hexdigest()
