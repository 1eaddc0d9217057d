"""What lies in the draft cookie of an unfinished questionnaire, and nowhere else until it is shared or saved."""

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
from screening.storage import patient_codes
from screening.storage.patient_codes import CodeKind

# Enough of the hash to tell two versions of one questionnaire apart.
VERSION_LENGTH = 12


@dataclass
class Draft:
    """One person's answers so far, and the code that they would have if they were shared.

    `code`: new with every answer until a record is fixed, so that a copy of the cookie never has that of later
    answers. `dropped`: ids of questions whose answers went because they no longer apply, or `question/option` where
    one pick went. `first`: references of the questions to take along that the reader put first. `is_news`: the last
    step dropped some. `is_revised`: the questionnaire has changed since the draft was begun. `mistake`: a
    question's id and what was chosen for it that could not be taken, or is not sent yet, so that its page can show
    both again. `fixed`: the week and ref of the record that was shown for sharing; `shown`: what it said, in short.
    `next_code`: that of the record to be fixed next, if an answer came since. `return_code`, `last_day`: under
    which the draft would be saved for later, and until when, as was shown; `replaces`: an earlier one, from before
    the last answers, under which it may be saved already. `closed`: what came of sharing or saving; a closed draft
    has no answers and is done with.
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
    shown: str = ""
    next_code: str = ""
    return_code: str = ""
    last_day: date | None = None
    replaces: str = ""
    closed: str = ""

    @classmethod
    def read(cls, session: MutableMapping[str, Any], questionnaire: Questionnaire) -> Draft | None:
        """The draft of this questionnaire, if there is one. Of an older version, what still exists is kept."""
        held = session.get("draft")
        if held is None or held["of"] != questionnaire.id:
            return None
        try:
            return cls._read(held, questionnaire)
        except (KeyError, ValueError):
            # Another release of this site wrote it.
            return None

    @classmethod
    def read_any(cls, session: MutableMapping[str, Any], questionnaires: Iterable[Questionnaire]) -> Draft | None:
        """The draft of whichever of these questionnaires it is; a device has one at most."""
        drafts = (cls.read(session, questionnaire) for questionnaire in questionnaires)
        return next((draft for draft in drafts if draft), None)

    @classmethod
    def _read(cls, held: Mapping[str, Any], questionnaire: Questionnaire) -> Draft:
        answers = {question: tuple(chosen.split()) for question, chosen in held["answers"].items()}
        dropped, mistake = tuple(held["dropped"].split()), tuple(held["mistake"].split())
        fixed = (int(held["week"]), bytes.fromhex(held["ref"])) if held["ref"] else None
        draft = cls(
            questionnaire,
            answers,
            dropped,
            # Those that earlier releases saved lack some.
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
        if held["version"] != questionnaire.version[:VERSION_LENGTH]:
            draft._take_over()
        return draft

    def write(self, session: MutableMapping[str, Any]) -> None:
        """Put the draft into the cookie."""
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
            "shown": self.shown,
            "next": self.next_code,
            "return": self.return_code,
            "until": self.last_day.isoformat() if self.last_day else "",
            "replaces": self.replaces,
            "closed": self.closed,
        }

    def as_saved(self) -> bytes:
        """The draft as it is saved for later: what lies in the cookie, without its return codes."""
        held: dict[str, Any] = {}
        replace(self, return_code="", last_day=None, replaces="").write(held)
        return json.dumps(held["draft"], separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def has_code(self) -> bool:
        """Whether something is stored under the code, so that it must be written down."""
        return self.closed in ("stored", "different")

    @property
    def is_saved(self) -> bool:
        """Whether the answers are saved for later, so that the return code must be written down."""
        return self.closed == "saved"

    @property
    def would_be_missed(self) -> bool:
        """Whether somebody would lose something with it: answers, or a code that may not be written down yet."""
        return bool(self.answers) or self.has_code or self.is_saved

    def close(self, outcome: str) -> None:
        """End the draft with what came of sharing or saving it: its answers leave the device, its codes stay."""
        self.answers, self.dropped, self.first, self.mistake, self.closed = {}, (), (), (), outcome
        self.shown = self.next_code = self.replaces = ""
        self.is_news = self.is_revised = False

    @property
    def journey(self) -> Journey:
        """The way that these answers lead."""
        return Journey(self.questionnaire, self.answers)

    def answer(self, question: Question, chosen: tuple[str, ...]) -> Journey:
        """Take an answer (empty: a skip), drop those that no longer apply, and return the new way."""
        self._renew_codes()
        self.answers[question.id], self.mistake = chosen, ()
        journey = self.journey
        gone = tuple(name for name in self.answers if name not in journey.answers)
        self.answers = journey.answers
        kept = tuple(name for name in self.dropped if name not in self.answers)
        self.dropped, self.is_news = (*kept, *gone), bool(gone)
        return journey

    def dropped_in_words(self) -> tuple[str, ...]:
        """What was dropped: questions as they are asked, and what this version has not in the words left for it."""
        return tuple(dict.fromkeys(filter(None, map(self._in_words, self.dropped))))

    def _in_words(self, name: str) -> str:
        question = name.partition("/")[0]
        known, gone = self.questionnaire.by_id, self.questionnaire.gone
        return gone.get(name) or (known[question].ask if question in known else gone.get(question, ""))

    def put_first(self, references: tuple[str, ...]) -> None:
        """Take which questions to take along come first."""
        self.first, self.mistake = references, ()

    def fix(self, week: int, ref: bytes) -> None:
        """Fix the record that is shown for sharing, and remember what it says."""
        self.fixed, self.shown = (week, ref), self.says

    @property
    def says(self) -> str:
        """What a record of these answers says, in short."""
        return record_fingerprint(self.questionnaire.version, pack(self.journey))

    @property
    def is_as_shown(self) -> bool:
        """Whether a record is fixed, no answer came since, and it still says what was shown."""
        return bool(self.fixed) and not self.next_code and self.shown == self.says

    def _renew_codes(self) -> None:
        # Once a record was shown it may be stored already, under a code that nobody has seen yet.
        if self.fixed:
            self.next_code = patient_codes.make_code()
        else:
            self.code = patient_codes.make_code()
        if self.return_code:
            self.replaces = self.replaces or self.return_code
            self.return_code = patient_codes.make_code(CodeKind.RETURN)

    def _take_over(self) -> None:
        """Keep what an older version's answers still say: the same options, and those that replace others."""
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
        # A skip stays a skip. An answer of which nothing is left is asked again.
        still: dict[str, tuple[str, ...]] = {
            name: () for name, chosen in self.answers.items() if name in known and not chosen
        }
        still |= {name: _together(known[name], options) for name, options in picked.items()}
        kept = Journey(self.questionnaire, still).answers
        off = [name for name in still if name not in kept]
        # Where all that was picked for a question has gone, its name is enough.
        gone = [names if len(names) < len(self.answers[question]) else [question] for question, names in lost.items()]
        self.dropped = (*off, *(name for names in gone for name in names if name not in off))
        self.answers, self.first, self.is_news, self.is_revised = kept, (), True, True


def _together(question: Question, options: Container[str]) -> tuple[str, ...]:
    """Options that come together from several picks, as far as the form of the question takes them."""
    chosen = [option for option in question.options if option.id in options]
    if not question.many:
        return tuple(option.id for option in chosen[:1])
    several = [option for option in chosen if not option.alone]
    return tuple(option.id for option in several or chosen[:1])


def record_fingerprint(version: str, answers: str) -> str:
    """A hash that tells what one record says from what another does."""
    return hashlib.blake2b(f"{version} {answers}".encode(), digest_size=6).hexdigest()
