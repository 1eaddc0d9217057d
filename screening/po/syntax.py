"""Syntax of PO files: format entries, and parse them. Independent of the questions.

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

# The line width that gettext itself uses.
PO_WIDTH = 76

_KEYWORDS = ("msgctxt", "msgid", "msgid_plural", "msgstr")
_LINE = re.compile(rf'(?:({"|".join(_KEYWORDS)}) +)?"(?:[^"\\]|\\[\\"ntr])*"')
# The keywords that may come before each keyword; "" is the start of the file.
_AFTER = {"msgctxt": ("", "msgstr"), "msgid": ("", "msgstr", "msgctxt"), "msgstr": ("msgid",)}


class PoEntry(NamedTuple):
    """A text with its translation `say`. `note` and `places` are comments for translators.

    `previous_english` is the English that a fuzzy translation was made from.
    """

    context: str
    english: str
    say: str
    note: str
    places: Sequence[str]
    flags: Sequence[str] = ()
    previous_english: str = ""


class ParsedEntry(NamedTuple):
    """An entry that was read from a file, with its line. The header is the entry without context and English."""

    line: int
    context: str
    english: str
    say: str
    is_fuzzy: bool

    @property
    def is_header(self) -> bool:
        return not self.context and not self.english


def format_po(instructions: str, language: str, header: Mapping[str, str], entries: Sequence[PoEntry]) -> str:
    """Format a PO file that begins with instructions for translators. Adds the required fields to `header`."""
    fields = {
        **header,
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": Catalog(locale=language).plural_forms,
    }
    header_text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    lines = [*_comment("# ", instructions), 'msgid ""', f"msgstr {normalize(header_text, width=PO_WIDTH)}"]
    for entry in entries:
        lines += ["", *_entry(entry)]
    return "\n".join(lines) + "\n"


def _entry(entry: PoEntry) -> Iterator[str]:
    yield from _comment("#. ", entry.note)
    yield from _comment("#: ", " ".join(entry.places))
    if entry.flags:
        yield f"#, {', '.join(entry.flags)}"
    if entry.previous_english:
        yield "#| msgid " + normalize(entry.previous_english, width=PO_WIDTH - len("#| ")).replace("\n", "\n#| ")
    texts = {"msgctxt": entry.context, "msgid": entry.english, "msgstr": entry.say}
    yield from (f"{keyword} {normalize(text, width=PO_WIDTH)}" for keyword, text in texts.items())


def _comment(sign: str, text: str) -> list[str]:
    return wrap(text, PO_WIDTH, initial_indent=sign, subsequent_indent=sign, break_long_words=False)


def parse_po(po: bytes, file: str) -> tuple[list[ParsedEntry], int]:
    """Parse a PO file into its entries and the number of its lines. Comments other than flags are ignored.

    Raises:
        BadQuestions: the file is not valid.
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
    without_comments = (line if not line.startswith("#") or line.startswith("#,") else "" for line in lines)
    PoFileParser(messages, abort_invalid=True).parse(without_comments)
    return messages.entries, len(lines)


class _Messages(Catalog):
    """Every entry in file order, duplicates included. The header is an ordinary entry, and is not interpreted."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[ParsedEntry] = []

    def __setitem__(self, _: object, message: Message) -> None:
        assert isinstance(message.id, str)
        assert isinstance(message.string, str)
        line = message.lineno or 1
        self.entries.append(ParsedEntry(line, message.context or "", message.id, message.string, message.fuzzy))


def _malformed(lines: Sequence[str]) -> tuple[int, str, str] | None:
    """Find the first line that the parser would skip or misread; return its number, the error and the remedy."""
    before = ""
    for number, line in enumerate(lines, 1):
        if not line or (line.startswith("#") and before in ("", "msgstr")):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            return (number, *_line_error(line))
        keyword = match[1] or ""
        if keyword == "msgid_plural":
            return number, "Plural forms are not used here.", "Write one translation, in msgstr."
        if not keyword and not before:
            return number, "This text has no keyword before it.", "Delete it, or export the texts again."
        if keyword and before not in _AFTER[keyword]:
            wrong = f'"{keyword}" cannot follow "{before}".' if before else f'"{keyword}" cannot come first.'
            return number, wrong, "Write msgctxt, msgid and msgstr, in this order."
        before = keyword or before
    return None if before == "msgstr" else (len(lines), "The file is incomplete.", "Ask for the whole file.")


def _line_error(line: str) -> tuple[str, str]:
    """Describe what is wrong with a line that is not valid, and the remedy."""
    keyword, _, text = line.partition(" ")
    if line.startswith("#"):
        return "A comment is not allowed here.", "Put it above msgctxt."
    if line.startswith('"'):
        text = line
    elif keyword.startswith("msgstr["):
        return "Plural forms are not used here.", "Write one translation, in msgstr."
    elif keyword not in _KEYWORDS:
        return "This is neither a comment nor a text.", "Put text in quotes, after msgid or msgstr."
    if len(text) < 2 or not text.startswith('"') or not re.search(r'(?<!\\)(?:\\\\)*"$', text):
        return "This text is missing a quote.", "Start and end each line of a text with a quote."
    if re.search(r'(?<!\\)(?:\\\\)*"', text[1:-1]):
        return "There is a quote inside this text.", r"Write \" instead of it."
    return "A single backslash is not allowed here.", r"Write \\ for a backslash, or delete it."
