"""A translation as a PO file, which translators' tools read, and back again. Knows text, never a folder.

An entry's context is the place of its text in the translation file; the parts of a list are numbered from 1. What comes
back is taken by place and English, never by number or order: tools sort, wrap and save files as they like.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from screening.authoring import translation_text
from screening.authoring.field_types import NONE
from screening.authoring.schema import FileName
from screening.authoring.translation import (
    ENGLISH,
    TRANSLATION,
    TRANSLATIONS,
    Misshapen,
    Text,
    TranslatedText,
    key_of,
    texts,
    translated_texts,
    without_english,
)
from screening.authoring.translation_text import Said, Tree
from screening.authoring.validation import suggest
from screening.authoring.yaml_document import BadQuestions, Complaint, Data, Document, Fault, Where
from screening.po import syntax
from screening.po.syntax import ParsedEntry
from screening.text.characters import find_foreign, find_hidden, has_words

EnglishDocuments: TypeAlias = Mapping[FileName, Document]

NOT_NAMED = "not named"
"""Who translated, in a header, as long as nobody has."""

# Of one kind of fault: more would hide what else is wrong.
MOST_LISTED_ERRORS = 10

_SLOT = re.compile(r"\{\w+\}")
_AGAIN = "Export the words again, and take over there what has been translated."
_TO_TAKE_ALONG = "A question that the reader takes to a professional, in the reader's own words."
_KINDS: Mapping[tuple[FileName, str] | str, str] = {
    ("questionnaire", "about"): "A paragraph of the start page.",
    ("questionnaire", "ask"): "A question to the reader.",
    ("sources", "about"): "What a source is.",
    ("topics", "about"): "What a topic is about, in one line of a list.",
    ("topics", "ask"): _TO_TAKE_ALONG,
    "ask_always": _TO_TAKE_ALONG,
    "box": "A sentence of what is said in short at the top of every summary.",
    "bring": "A thing to bring along, in a list.",
    "care": "What an article warns of.",
    "choose_any": "An answer that can be chosen.",
    "choose_one": "An answer that can be chosen.",
    "closes": "How every summary ends.",
    "finding": "How to find a professional.",
    "fine": "The small print of the start page.",
    "general": "General information that is in none of the articles.",
    "gone": "What an earlier version asked or offered.",
    "governance": "Who answers for these questions.",
    "headings": "What we call a part of an article.",
    "help": "Where to find help now.",
    "hint": "A line of help below a question.",
    "lead": "The first sentence of the start page.",
    "limits": "What the sources cannot tell.",
    "name": "The name of a place or of a support line.",
    "note": "A remark on a support line.",
    "opens": "How every summary begins.",
    "outside": "A fact from elsewhere than the articles.",
    "pause": "What is said in a pause between the questions.",
    "protects": "What the page does not do, on the start page.",
    "said": "What an article says.",
    "says": "What an article says.",
    "title": "A title.",
    "unknown": "What is not known.",
    "warns": "What an article warns of.",
    "why": 'What stands under "Why we ask".',
}
"""What a text is, by the nearest key above it, in a file or in all of them."""


class Translatable(NamedTuple):
    """One text to translate, once for all the places that it has under one key. `number` is its place in a list."""

    key: tuple[str, ...]
    number: int | None
    places: tuple[tuple[FileName, Text], ...]

    @property
    def context(self) -> str:
        return "/".join(self.key if self.number is None else (*self.key, str(self.number)))

    @property
    def english(self) -> str:
        return self.places[0][1].say

    @property
    def meant(self) -> tuple[Where, str]:
        """What it is known by, wherever its lines are broken."""
        return self.key, without_english(self.english)


class PoExport(NamedTuple):
    """A translation file, how many of its texts are new or said otherwise, and for each line that of the PO file."""

    text: str
    changed: int
    lines: tuple[int, ...]


def export_po(english: EnglishDocuments, words: Document | None, language: str, project: str, now: datetime) -> str:
    """The PO file of the English files of a folder, with what their translation file says already.

    What was made from other English is marked as fuzzy, beside the English that it was made from.

    Raises:
        BadQuestions: the translation file holds what is no text beside its English, and would be lost.
    """
    found = entries(english)
    made = _beside(found, english, _pairs(words, language))
    told = (
        f"The {TRANSLATIONS[language]} of {project}. Write it into msgstr. Leave msgid, the English, and msgctxt, the "
        "place, as they are. Digits stay digits, and words between braces, such as {talk}, stay as they are. Where an "
        "entry is marked as fuzzy, its English has changed: correct the translation, then take the mark away."
    )
    return syntax.format_po(told, language, _header(found, words, language, project, now), made)


def _beside(found: list[Translatable], english: EnglishDocuments, known: list[TranslatedText]) -> list[syntax.PoEntry]:
    """Each text with its translation; where it has none, with one of an earlier English at its place."""
    wanted = {entry.meant for entry in found}
    current: dict[tuple[Where, str], TranslatedText] = {}
    older: dict[Where, list[TranslatedText]] = defaultdict(list)
    for pair in known:
        if (pair.key, without_english(pair.english)) in wanted:
            current[pair.key, without_english(pair.english)] = pair
        else:
            older[pair.key].append(pair)
    made = []
    for entry in found:
        now_said = current.get(entry.meant)
        before = older[entry.key].pop(0) if now_said is None and older[entry.key] else None
        made.append(_exported(entry, english, now_said, before))
    return made


def _header(
    found: list[Translatable], words: Document | None, language: str, project: str, now: datetime
) -> Mapping[str, str]:
    english_now = "\n".join(f"{entry.context}\t{without_english(entry.english)}" for entry in found)
    return {
        # Who exports again sees by it whether the English is still the same.
        "Project-Id-Version": f"{project} {sha256(english_now.encode()).hexdigest()[:12]}",
        "Report-Msgid-Bugs-To": "",
        "POT-Creation-Date": now.strftime("%Y-%m-%d %H:%M%z"),
        "PO-Revision-Date": now.strftime("%Y-%m-%d %H:%M%z"),
        "Last-Translator": _translator(words),
        "Language-Team": TRANSLATIONS[language],
    }


def _exported(
    entry: Translatable, english: EnglishDocuments, now_said: TranslatedText | None, before: TranslatedText | None
) -> syntax.PoEntry:
    slots = sorted(set(_SLOT.findall(entry.english)))
    told = _kind(*entry.places[0])
    if slots:
        told += f" {' and '.join(slots)} must stay: the page puts words in their place."
    pair = now_said or before
    return syntax.PoEntry(
        entry.context,
        entry.english,
        pair.say if pair else "",
        told,
        [_line(english, place) for place in entry.places],
        [*(["fuzzy"] if before else []), *(["python-brace-format"] if slots else [])],
        before.english if before else "",
    )


def import_po(po: bytes, file: str, english: EnglishDocuments, words: Document | None, language: str) -> PoExport:
    """The translation file that a PO file makes, for the English as it is now. `file` is its name in complaints.

    Raises:
        BadQuestions: with all that is wrong in the PO file, each with its line there.
    """
    messages, last = syntax.parse_po(po, file)
    found = entries(english)
    about = _about(words)
    complaints: list[Complaint] = []
    if not about and "questionnaire" in english:
        about = _named_in_header(messages)
        if not about:
            wrong = "The file does not say who translated."
            remedy = 'Write a name after "Last-Translator:" in its header.'
            complaints.append(Complaint(file, messages[0].line, 1, wrong, remedy))
    said, slips = _taken(messages, file, found, english, language)
    complaints += slips
    if not said:
        wrong = "Nothing in this file belongs to these questions."
        raise BadQuestions([Complaint(file, 1, 1, wrong, "Name the folder that it was exported from.")])
    known = {*said, *(message.context for message in messages)}
    for entry in found:
        if entry.context not in known:
            wrong = f'"{entry.context}", in {_line(english, entry.places[0])}, is not in this file.'
            complaints.append(Complaint(file, last, 1, wrong, _AGAIN))
    if complaints:
        raise BadQuestions(sorted(_in_short(complaints), key=lambda one: one.line))
    before = {(pair.key, without_english(pair.english), pair.say) for pair in _pairs(words, language)}
    changed = sum((*entry.meant, said[entry.context].say) not in before for entry in found)
    head = words.head if words else _new_head(language)
    made = translation_text.format_translation(head, about, _tree(found, said), language)
    return PoExport("".join(f"{text}\n" for text, _ in made), changed, tuple(line for _, line in made))


def _taken(
    messages: list[ParsedEntry], file: str, found: list[Translatable], english: EnglishDocuments, language: str
) -> tuple[dict[str, Said], list[Complaint]]:
    """What the messages of a file say, by context, and what is wrong in them."""
    by_text = {entry.meant: entry for entry in found}
    keys = {"/".join(entry.key): entry.key for entry in found}
    said: dict[str, Said] = {}
    complaints: list[Complaint] = []
    for message in messages:
        if message.is_header:
            complaints += (Complaint(file, message.line, 1, *slip) for slip in _about_header(message.say, language))
            continue
        key = keys.get(message.context) or keys.get(message.context.rpartition("/")[0])
        entry = by_text.get((key, without_english(message.english))) if key else None
        if entry is None:
            complaints.append(Complaint(file, message.line, 1, *_stray(message, found, english)))
        elif twin := said.get(entry.context):
            wrong = f"This text stands twice, first in line {twin.line}."
            complaints.append(Complaint(file, message.line, 1, wrong, "Keep the better translation of the two."))
        else:
            said[entry.context] = Said(entry.english, message.say.strip(), message.line)
            if slip := _unusable(message):
                complaints.append(Complaint(file, message.line, 1, *slip))
    return said, complaints


def entries(english: EnglishDocuments) -> list[Translatable]:
    """Every text to translate, in the order of the English files; one for what is said twice under one key."""
    places: dict[tuple[Where, str], list[tuple[FileName, Text]]] = {}
    listed: set[Where] = set()
    for file, document in english.items():
        for text in texts(file, document.data):
            places.setdefault((text.key, without_english(text.say)), []).append((file, text))
            if _is_listed(document.data, text.where):
                listed.add(text.key)
    counted: Counter[Where] = Counter()
    found: list[Translatable] = []
    for (key, _), several in places.items():
        counted[key] += 1
        found.append(Translatable(tuple(map(str, key)), counted[key] if key in listed else None, tuple(several)))
    return found


def _is_listed(data: Data, where: Where) -> bool:
    """Whether a text is one of a list: a position on the way to it leads to nothing that has an id."""
    return any(
        isinstance(step, int) and key_of(data, where[:number]) == key_of(data, where[: number + 1])
        for number, step in enumerate(where)
    )


def _pairs(words: Document | None, language: str) -> list[TranslatedText]:
    """The texts of a translation file, if there is one.

    Raises:
        BadQuestions: something in it is no text beside its English.
    """
    if words is None:
        return []
    found: list[TranslatedText] = []
    complaints: list[Complaint] = []
    for pair in translated_texts(words.data, language):
        if isinstance(pair, Misshapen):
            wrong = f'This is no text with "{ENGLISH}" and "{language}", and would be lost.'
            complaints.append(words.complaint(Fault(pair.where, wrong, "Mend it, or take it away.")))
        else:
            found.append(pair)
    about = _about(words)
    if not isinstance(about, dict) or not all(isinstance(told, str) for told in about.values()):
        wrong = "This does not say who translated and reviewed, and would be lost."
        complaints.append(words.complaint(Fault((TRANSLATION,), wrong, "Mend it, or take it away.")))
    if complaints:
        raise BadQuestions(complaints)
    return found


def _about(words: Document | None) -> Data:
    return words.data.get(TRANSLATION, {}) if words and isinstance(words.data, dict) else {}


def _translator(words: Document | None) -> str:
    about = _about(words)
    name = about.get("translated_by") if isinstance(about, dict) else None
    return name if isinstance(name, str) and name else NOT_NAMED


def _named_in_header(messages: list[ParsedEntry]) -> dict[str, Data]:
    """Who answers for a first translation, in the words of a translation file; nothing if nobody is named."""
    header = next((message.say for message in messages if message.is_header), "")
    named = re.search(r"^Last-Translator:[ \t]*([^<\n]*[^<\s])", header, re.MULTILINE)
    if named is None or named[1] == NOT_NAMED:
        return {}
    return {"translated_by": named[1], "reviewed_by": NONE, "reviewed_on": NONE}


def _kind(file: FileName, text: Text) -> str:
    for step in reversed(text.where):
        if isinstance(step, str) and (told := _KINDS.get((file, step)) or _KINDS.get(step)):
            return told
    return "A text that the reader sees."


def _line(english: EnglishDocuments, place: tuple[FileName, Text]) -> str:
    file, text = place
    return english[file].line(text.where)


def _about_header(header: str, language: str) -> Iterator[tuple[str, str]]:
    """What a header says that would make nonsense of the rest."""
    charset = re.search(r"charset=([\w-]+)", header, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        yield f"The file says that it is in {charset[1]}.", "Save it as UTF-8, and write that into its header."
    spoken = re.search(r"^Language:[ \t]*([A-Za-z]+)", header, re.MULTILINE)
    if spoken and spoken[1].lower() != language:
        wrong = f'The file says that its language is "{spoken[1]}", and "{language}" is asked for.'
        yield wrong, f"Take the file with the {TRANSLATIONS[language]}."


def _stray(message: ParsedEntry, found: list[Translatable], english: EnglishDocuments) -> tuple[str, str]:
    """What is wrong with an entry that answers to no text of today."""
    contexts = {entry.context: entry for entry in found}
    if entry := contexts.get(message.context):
        wrong = f'The English is otherwise in {_line(english, entry.places[0])}: "{without_english(entry.english)}".'
        return wrong, "If somebody changed msgid, put that back. If the questions have changed, export them again."
    near = suggest(message.context, [*contexts])
    remedy = "Take it away, or export the words again."
    wrong = f'Nothing in English answers to "{message.context or without_english(message.english)}".'
    return wrong, f"{remedy} {near}" if near.startswith("Did") else remedy


def _unusable(message: ParsedEntry) -> tuple[str, str] | None:
    """Why a translation cannot be taken as it is."""
    if not has_words(message.say):
        return "This has no translation.", "Write it into msgstr."
    if message.is_fuzzy:
        remedy = 'Compare it with the English, correct it, and take the word "fuzzy" away.'
        return "This translation is marked as fuzzy: nobody has confirmed it.", remedy
    if slip := find_hidden(message.say) or find_foreign(message.say):
        return slip.wrong, slip.remedy
    wanted, has = (sorted(_SLOT.findall(text)) for text in (message.english, message.say))
    if wanted != has:
        told = [", ".join(slots) or "none" for slots in (wanted, has)]
        wrong = f"The words between braces differ: {told[0]} in English, {told[1]} here."
        return wrong, "Leave them as they are in English."
    return None


def _in_short(complaints: list[Complaint]) -> Iterator[Complaint]:
    """The first ones of each kind, which is told by the remedy, and how many more there are."""
    for remedy in dict.fromkeys(one.remedy for one in complaints):
        same = [one for one in complaints if one.remedy == remedy]
        yield from same[:MOST_LISTED_ERRORS]
        for next_one in same[MOST_LISTED_ERRORS : MOST_LISTED_ERRORS + 1]:
            yield next_one._replace(wrong=f"More of this kind, from here on: {len(same) - MOST_LISTED_ERRORS}.")


def _new_head(language: str) -> tuple[str, ...]:
    return (
        f"# The {TRANSLATIONS[language]} of the files beside this one, by id. "
        f'"{ENGLISH}" is the English that "{language}" was made from:',
        "# when the English changes, translate anew and put the new English above it.",
    )


def _tree(found: list[Translatable], said: Mapping[str, Said]) -> Tree:
    tree: Tree = {}
    for entry in found:
        inner = tree
        for step in entry.key[:-1]:
            deeper = inner.setdefault(step, {})
            assert isinstance(deeper, dict)
            inner = deeper
        if entry.number is None:
            inner[entry.key[-1]] = said[entry.context]
        else:
            several = inner.setdefault(entry.key[-1], [])
            assert isinstance(several, list)
            several.append(said[entry.context])
    return tree
