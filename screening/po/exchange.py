"""Export of a translation as a PO file, which translators' tools read, and import. Reads no folder, only documents.

An entry's context is the key of its text in the translation file; items of a list are numbered from 1. Import matches
entries by key and English, never by number or order, because tools sort, wrap and save files as they like.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from screening.authoring import translation_yaml
from screening.authoring.field_types import NONE
from screening.authoring.schema import FileName
from screening.authoring.translation import (
    ENGLISH,
    TRANSLATION,
    TRANSLATIONS,
    Misshapen,
    Text,
    TranslatedText,
    collapse_spaces,
    key_of,
    texts,
    translated_texts,
)
from screening.authoring.translation_yaml import Said, Tree
from screening.authoring.validation import suggest
from screening.authoring.yaml_document import BadQuestions, Complaint, Data, Document, Fault, Where
from screening.po import syntax
from screening.po.syntax import ParsedEntry
from screening.text.characters import find_foreign, find_hidden, has_words

EnglishDocuments: TypeAlias = Mapping[FileName, Document]

NOT_NAMED = "not named"
"""The translator in a header, before anyone has translated."""

# Errors listed of one kind: more would hide those of other kinds.
MAX_LISTED_ERRORS = 10

_SLOT = re.compile(r"\{\w+\}")
_EXPORT_AGAIN = "Export the texts again, and copy the finished translations into the new file."
_TO_TAKE_ALONG = "A question that the reader takes to a professional, in the reader's own words."
_KINDS: Mapping[tuple[FileName, str] | str, str] = {
    ("questionnaire", "about"): "A paragraph of the start page.",
    ("questionnaire", "ask"): "A question to the reader.",
    ("sources", "about"): "What a source is.",
    ("topics", "about"): "What a topic is about, in one line of a list.",
    ("topics", "ask"): _TO_TAKE_ALONG,
    "ask_always": _TO_TAKE_ALONG,
    "box": "A sentence of the short overview at the top of every summary.",
    "bring": "Something to bring along, in a list.",
    "care": "What an article warns of.",
    "choose_any": "An answer that can be chosen.",
    "choose_one": "An answer that can be chosen.",
    "closes": "How every summary ends.",
    "finding": "How to find a professional.",
    "fine": "The small print of the start page.",
    "general": "General information that is in none of the articles.",
    "gone": "What an earlier version asked or offered.",
    "governance": "Who is responsible for these questions.",
    "headings": "What we call a part of an article.",
    "help": "Where to find help now.",
    "hint": "A line of help below a question.",
    "lead": "The first sentence of the start page.",
    "limits": "What the sources cannot tell.",
    "name": "The name of a place or of a support line.",
    "note": "A remark on a support line.",
    "opens": "How every summary begins.",
    "outside": "A fact that is in none of the articles.",
    "pause": "What is said in a pause between the questions.",
    "protects": "What the page does not do, on the start page.",
    "said": "What an article says.",
    "says": "What an article says.",
    "title": "A title.",
    "unknown": "What is not known.",
    "warns": "What an article warns of.",
    "why": 'The text under "Why we ask".',
}
"""What kind of text it is, by the nearest key above it, in one file or in all of them."""


class Translatable(NamedTuple):
    """A text to translate, with all its occurrences under one key. `number` is its position in a list, from 1."""

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
    def identity(self) -> tuple[Where, str]:
        """The key and the English, regardless of line breaks."""
        return self.key, collapse_spaces(self.english)


class PoImport(NamedTuple):
    """A translation file, the number of its new or changed texts, and for each of its lines the line in the PO file."""

    text: str
    changed: int
    lines: tuple[int, ...]


def export_po(
    english: EnglishDocuments, translation: Document | None, language: str, project: str, now: datetime
) -> str:
    """Export the English files of a folder as a PO file, with the translations that exist.

    A translation of earlier English is marked as fuzzy and shows that English.

    Raises:
        BadQuestions: the translation file holds something that is not a text with its English, and would be lost.
    """
    found = entries(english)
    translated = _with_translations(found, english, _pairs(translation, language))
    instructions = (
        f"The {TRANSLATIONS[language]} translation of {project}. Write each translation into msgstr. Do not change "
        "msgid (the English) or msgctxt (the place). Keep digits as digits, and do not change words in braces, such "
        "as {talk}. If an entry is marked as fuzzy, its English has changed: correct the translation, then remove the "
        "mark."
    )
    return syntax.format_po(instructions, language, _header(found, translation, language, project, now), translated)


def _with_translations(
    found: list[Translatable], english: EnglishDocuments, pairs: list[TranslatedText]
) -> list[syntax.PoEntry]:
    """Pair each text with its translation, or with one of earlier English under the same key."""
    identities = {entry.identity for entry in found}
    current: dict[tuple[Where, str], TranslatedText] = {}
    outdated: dict[Where, list[TranslatedText]] = defaultdict(list)
    for pair in pairs:
        if (pair.key, collapse_spaces(pair.english)) in identities:
            current[pair.key, collapse_spaces(pair.english)] = pair
        else:
            outdated[pair.key].append(pair)
    exported = []
    for entry in found:
        pair_now = current.get(entry.identity)
        previous = outdated[entry.key].pop(0) if pair_now is None and outdated[entry.key] else None
        exported.append(_exported(entry, english, pair_now, previous))
    return exported


def _header(
    found: list[Translatable], translation: Document | None, language: str, project: str, now: datetime
) -> Mapping[str, str]:
    english_now = "\n".join(f"{entry.context}\t{collapse_spaces(entry.english)}" for entry in found)
    return {
        # The hash shows after another export whether the English has changed.
        "Project-Id-Version": f"{project} {sha256(english_now.encode()).hexdigest()[:12]}",
        "Report-Msgid-Bugs-To": "",
        "POT-Creation-Date": now.strftime("%Y-%m-%d %H:%M%z"),
        "PO-Revision-Date": now.strftime("%Y-%m-%d %H:%M%z"),
        "Last-Translator": _translator(translation),
        "Language-Team": TRANSLATIONS[language],
    }


def _exported(
    entry: Translatable, english: EnglishDocuments, current: TranslatedText | None, previous: TranslatedText | None
) -> syntax.PoEntry:
    slots = sorted(set(_SLOT.findall(entry.english)))
    note = _kind(*entry.places[0])
    if slots:
        note += f" Do not change {' or '.join(slots)}: the page replaces each with words."
    pair = current or previous
    return syntax.PoEntry(
        entry.context,
        entry.english,
        pair.say if pair else "",
        note,
        [_line(english, place) for place in entry.places],
        [*(["fuzzy"] if previous else []), *(["python-brace-format"] if slots else [])],
        previous.english if previous else "",
    )


def import_po(po: bytes, file: str, english: EnglishDocuments, translation: Document | None, language: str) -> PoImport:
    """Make a translation file of a PO file, for the current English. `file` is the PO file's name in complaints.

    Raises:
        BadQuestions: with every error in the PO file, each with its line there.
    """
    messages, last = syntax.parse_po(po, file)
    found = entries(english)
    about = _about(translation)
    complaints: list[Complaint] = []
    if not about and "questionnaire" in english:
        about = _named_in_header(messages)
        if not about:
            wrong = "The file does not name the translator."
            remedy = 'Write a name after "Last-Translator:" in its header.'
            complaints.append(Complaint(file, messages[0].line, 1, wrong, remedy))
    translated, errors = _read_messages(messages, file, found, english, language)
    complaints += errors
    if not translated:
        wrong = "No text in this file belongs to these questions."
        raise BadQuestions([Complaint(file, 1, 1, wrong, "Name the folder that it was exported from.")])
    known = {*translated, *(message.context for message in messages)}
    for entry in found:
        if entry.context not in known:
            wrong = f'"{entry.context}", in {_line(english, entry.places[0])}, is not in this file.'
            complaints.append(Complaint(file, last, 1, wrong, _EXPORT_AGAIN))
    if complaints:
        raise BadQuestions(sorted(_first_of_each_kind(complaints), key=lambda one: one.line))
    before = {(pair.key, collapse_spaces(pair.english), pair.say) for pair in _pairs(translation, language)}
    changed = sum((*entry.identity, translated[entry.context].say) not in before for entry in found)
    head = translation.head if translation else _new_head(language)
    lines = translation_yaml.format_translation(head, about, _tree(found, translated), language)
    return PoImport("".join(f"{text}\n" for text, _ in lines), changed, tuple(line for _, line in lines))


def _read_messages(
    messages: list[ParsedEntry], file: str, found: list[Translatable], english: EnglishDocuments, language: str
) -> tuple[dict[str, Said], list[Complaint]]:
    """Match messages with texts; return the translations by context, and the errors."""
    by_identity = {entry.identity: entry for entry in found}
    keys = {"/".join(entry.key): entry.key for entry in found}
    translated: dict[str, Said] = {}
    complaints: list[Complaint] = []
    for message in messages:
        if message.is_header:
            complaints += (Complaint(file, message.line, 1, *error) for error in _header_errors(message.say, language))
            continue
        key = keys.get(message.context) or keys.get(message.context.rpartition("/")[0])
        entry = by_identity.get((key, collapse_spaces(message.english))) if key else None
        if entry is None:
            complaints.append(Complaint(file, message.line, 1, *_unmatched_error(message, found, english)))
        elif twin := translated.get(entry.context):
            wrong = f"This text appears twice, first on line {twin.line}."
            complaints.append(Complaint(file, message.line, 1, wrong, "Keep the better translation of the two."))
        else:
            translated[entry.context] = Said(entry.english, message.say.strip(), message.line)
            if error := _translation_error(message):
                complaints.append(Complaint(file, message.line, 1, *error))
    return translated, complaints


def entries(english: EnglishDocuments) -> list[Translatable]:
    """List every text to translate, in the order of the English files. A repeated text under one key is listed once."""
    places: dict[tuple[Where, str], list[tuple[FileName, Text]]] = {}
    listed: set[Where] = set()
    for file, document in english.items():
        for text in texts(file, document.data):
            places.setdefault((text.key, collapse_spaces(text.say)), []).append((file, text))
            if _is_listed(document.data, text.where):
                listed.add(text.key)
    counted: Counter[Where] = Counter()
    found: list[Translatable] = []
    for (key, _), several in places.items():
        counted[key] += 1
        found.append(Translatable(tuple(map(str, key)), counted[key] if key in listed else None, tuple(several)))
    return found


def _is_listed(data: Data, where: Where) -> bool:
    """Whether a text is an item of a list: a position on its path leads to something without an id."""
    return any(
        isinstance(step, int) and key_of(data, where[:number]) == key_of(data, where[: number + 1])
        for number, step in enumerate(where)
    )


def _pairs(translation: Document | None, language: str) -> list[TranslatedText]:
    """List the texts of a translation file, if there is one.

    Raises:
        BadQuestions: something in it is not a text with its English.
    """
    if translation is None:
        return []
    pairs: list[TranslatedText] = []
    complaints: list[Complaint] = []
    for pair in translated_texts(translation.data, language):
        if isinstance(pair, Misshapen):
            wrong = f'This is not a text with "{ENGLISH}" and "{language}", so it would be lost.'
            complaints.append(translation.complaint(Fault(pair.where, wrong, "Correct it, or delete it.")))
        else:
            pairs.append(pair)
    about = _about(translation)
    if not isinstance(about, dict) or not all(isinstance(value, str) for value in about.values()):
        wrong = "This does not name the translator and the reviewer, so it would be lost."
        complaints.append(translation.complaint(Fault((TRANSLATION,), wrong, "Correct it, or delete it.")))
    if complaints:
        raise BadQuestions(complaints)
    return pairs


def _about(translation: Document | None) -> Data:
    return translation.data.get(TRANSLATION, {}) if translation and isinstance(translation.data, dict) else {}


def _translator(translation: Document | None) -> str:
    about = _about(translation)
    name = about.get("translated_by") if isinstance(about, dict) else None
    return name if isinstance(name, str) and name else NOT_NAMED


def _named_in_header(messages: list[ParsedEntry]) -> dict[str, Data]:
    """Read the translator of a first translation from the header, as a translation file stores it; {} without one."""
    header = next((message.say for message in messages if message.is_header), "")
    named = re.search(r"^Last-Translator:[ \t]*([^<\n]*[^<\s])", header, re.MULTILINE)
    if named is None or named[1] == NOT_NAMED:
        return {}
    return {"translated_by": named[1], "reviewed_by": NONE, "reviewed_on": NONE}


def _kind(file: FileName, text: Text) -> str:
    for step in reversed(text.where):
        if isinstance(step, str) and (kind := _KINDS.get((file, step)) or _KINDS.get(step)):
            return kind
    return "A text that the reader sees."


def _line(english: EnglishDocuments, place: tuple[FileName, Text]) -> str:
    file, text = place
    return english[file].line(text.where)


def _header_errors(header: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield errors in a header that would make the other entries unreadable or wrong."""
    charset = re.search(r"charset=([\w-]+)", header, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        wrong = f"The header says that the file is in {charset[1]}."
        yield wrong, "Save it as UTF-8, and change the header to match."
    spoken = re.search(r"^Language:[ \t]*([A-Za-z]+)", header, re.MULTILINE)
    if spoken and spoken[1].lower() != language:
        wrong = f'The header says that the language is "{spoken[1]}", not "{language}".'
        yield wrong, f"Use the file with the {TRANSLATIONS[language]} translation."


def _unmatched_error(message: ParsedEntry, found: list[Translatable], english: EnglishDocuments) -> tuple[str, str]:
    """Describe an entry that matches none of the current texts, and the remedy."""
    contexts = {entry.context: entry for entry in found}
    if entry := contexts.get(message.context):
        wrong = f'The English differs in {_line(english, entry.places[0])}: "{collapse_spaces(entry.english)}".'
        return wrong, "If someone changed msgid, restore it. If the questions have changed, export the texts again."
    near = suggest(message.context, [*contexts])
    remedy = "Delete it, or export the texts again."
    wrong = f'No English text matches "{message.context or collapse_spaces(message.english)}".'
    return wrong, f"{remedy} {near}" if near.startswith("Did") else remedy


def _translation_error(message: ParsedEntry) -> tuple[str, str] | None:
    """Say why a translation cannot be used, and the remedy; None if it can."""
    if not has_words(message.say):
        return "This has no translation.", "Write one in msgstr."
    if message.is_fuzzy:
        remedy = 'Compare it with the English, correct it, and delete the word "fuzzy".'
        return "This translation is marked as fuzzy: nobody has confirmed it.", remedy
    if fault := find_hidden(message.say) or find_foreign(message.say):
        return fault.wrong, fault.remedy
    expected, actual = (sorted(_SLOT.findall(text)) for text in (message.english, message.say))
    if expected != actual:
        listed = [", ".join(slots) or "none" for slots in (expected, actual)]
        wrong = f"The words in braces differ: {listed[0]} in English, {listed[1]} here."
        return wrong, "Keep them as they are in English."
    return None


def _first_of_each_kind(complaints: list[Complaint]) -> Iterator[Complaint]:
    """Yield the first complaints of each kind, and how many more there are. Complaints of a kind share a remedy."""
    for remedy in dict.fromkeys(one.remedy for one in complaints):
        same = [one for one in complaints if one.remedy == remedy]
        more = len(same) - MAX_LISTED_ERRORS
        yield from same[:MAX_LISTED_ERRORS]
        for next_one in same[MAX_LISTED_ERRORS : MAX_LISTED_ERRORS + 1]:
            yield next_one._replace(wrong=f"More errors of this kind, starting here: {more}.")


def _new_head(language: str) -> tuple[str, ...]:
    return (
        f'# The {TRANSLATIONS[language]} translation of the files in this folder, by id. "{ENGLISH}" is the English '
        f'that "{language}" was translated from.',
        "# When the English changes, translate it again and put the new English above it.",
    )


def _tree(found: list[Translatable], translated: Mapping[str, Said]) -> Tree:
    tree: Tree = {}
    for entry in found:
        inner = tree
        for step in entry.key[:-1]:
            deeper = inner.setdefault(step, {})
            assert isinstance(deeper, dict)
            inner = deeper
        if entry.number is None:
            inner[entry.key[-1]] = translated[entry.context]
        else:
            several = inner.setdefault(entry.key[-1], [])
            assert isinstance(several, list)
            several.append(translated[entry.context])
    return tree
