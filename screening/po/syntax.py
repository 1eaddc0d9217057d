"""The form of a PO file: entries to text, and text to entries. Knows no questions.

Source: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileParser, normalize

from screening.authoring.yaml_document import BadQuestions, Complaint

# As wide as gettext writes it.
PO_WIDTH = 76

_KEYWORDS = ("msgctxt", "msgid", "msgid_plural", "msgstr")
_LINE = re.compile(rf'(?:({"|".join(_KEYWORDS)}) +)?"(?:[^"\\]|\\[\\"ntr])*"')
# What may stand before what; nothing stands before the first.
_AFTER = {"msgctxt": ("", "msgstr"), "msgid": ("", "msgstr", "msgctxt"), "msgstr": ("msgid",)}


class PoEntry(NamedTuple):
    """A text with its translation. `told` and `places` are for translators, `before` is an earlier English."""

    context: str
    english: str
    say: str
    told: str
    places: Sequence[str]
    flags: Sequence[str] = ()
    before: str = ""


class ParsedEntry(NamedTuple):
    """An entry of a file, at a line. That without context and English is the file's header."""

    line: int
    context: str
    english: str
    say: str
    is_fuzzy: bool

    @property
    def is_header(self) -> bool:
        return not self.context and not self.english


def format_po(told: str, language: str, header: Mapping[str, str], entries: Sequence[PoEntry]) -> str:
    """A PO file. `told` stands at its head, for translators; what its form needs is added to `header`."""
    fields = {
        **header,
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": Catalog(locale=language).plural_forms,
    }
    said = "".join(f"{name}: {value}\n" for name, value in fields.items())
    lines = [*_comment("# ", told), 'msgid ""', f"msgstr {normalize(said, width=PO_WIDTH)}"]
    for entry in entries:
        lines += ["", *_entry(entry)]
    return "\n".join(lines) + "\n"


def _entry(entry: PoEntry) -> Iterator[str]:
    yield from _comment("#. ", entry.told)
    yield from _comment("#: ", " ".join(entry.places))
    if entry.flags:
        yield f"#, {', '.join(entry.flags)}"
    if entry.before:
        yield "#| msgid " + normalize(entry.before, width=PO_WIDTH - len("#| ")).replace("\n", "\n#| ")
    said = {"msgctxt": entry.context, "msgid": entry.english, "msgstr": entry.say}
    yield from (f"{keyword} {normalize(text, width=PO_WIDTH)}" for keyword, text in said.items())


def _comment(sign: str, text: str) -> list[str]:
    return wrap(text, PO_WIDTH, initial_indent=sign, subsequent_indent=sign, break_long_words=False)


def parse_po(po: bytes, file: str) -> tuple[list[ParsedEntry], int]:
    """The entries of a PO file, and how many lines it has. What tools note beside them is passed over.

    Raises:
        BadQuestions: the file is not of this form.
    """
    try:
        text = po.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = po.count(b"\n", 0, error.start) + 1
        remedy = "Save the file as UTF-8."
        raise BadQuestions([Complaint(file, line, 1, "This character is not UTF-8.", remedy)]) from None
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")]
    if fault := _malformed(lines):
        line, wrong, remedy = fault
        raise BadQuestions([Complaint(file, line, 1, wrong, remedy)])
    messages = _Messages()
    needed = (line if not line.startswith("#") or line.startswith("#,") else "" for line in lines)
    PoFileParser(messages, abort_invalid=True).parse(needed)
    return messages.found, len(lines)


class _Messages(Catalog):
    """Every entry in its order, also one that stands twice. A header is kept like others: nothing is made of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[ParsedEntry] = []

    def __setitem__(self, _: object, message: Message) -> None:
        assert isinstance(message.id, str)
        assert isinstance(message.string, str)
        line = message.lineno or 1
        self.found.append(ParsedEntry(line, message.context or "", message.id, message.string, message.fuzzy))


def _malformed(lines: Sequence[str]) -> tuple[int, str, str] | None:
    """The first line that the parser would pass over or take for something else, what is wrong, and the remedy."""
    before = ""
    for number, line in enumerate(lines, 1):
        if not line or (line.startswith("#") and before in ("", "msgstr")):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            return (number, *_unread(line))
        keyword = parts[1] or ""
        if keyword == "msgid_plural":
            return number, "There are no plural forms here.", "Write one translation, in msgstr."
        if not keyword and not before:
            return number, "This text belongs to nothing.", "Take it away, or export the words again."
        if keyword and before not in _AFTER[keyword]:
            wrong = f'"{keyword}" cannot stand after "{before}".' if before else f'"{keyword}" cannot stand first.'
            return number, wrong, "Write msgctxt, msgid and msgstr, in this order."
        before = keyword or before
    return None if before == "msgstr" else (len(lines), "The file ends before its end.", "Ask for the whole file.")


def _unread(line: str) -> tuple[str, str]:
    """What is wrong with a line that is no text, and the remedy."""
    keyword, _, text = line.partition(" ")
    if line.startswith("#"):
        return "A comment cannot stand here.", "Put it above msgctxt."
    if line.startswith('"'):
        text = line
    elif keyword.startswith("msgstr["):
        return "There are no plural forms here.", "Write one translation, in msgstr."
    elif keyword not in _KEYWORDS:
        return "This is neither a comment nor a text.", "Put text between quotes, after msgid or msgstr."
    if len(text) < 2 or not text.startswith('"') or not re.search(r'(?<!\\)(?:\\\\)*"$', text):
        return "The quotes around this text are not whole.", "Begin and end each line of a text with a quote."
    if re.search(r'(?<!\\)(?:\\\\)*"', text[1:-1]):
        return "A quote stands inside this text.", r"Write \" instead of it."
    return "A backslash cannot stand here.", r"Write \\ for a backslash, or take it away."
