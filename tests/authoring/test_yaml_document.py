from __future__ import annotations

import json
import os
import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from screening.authoring import yaml_document
from screening.authoring.yaml_document import DEEPEST, BadQuestions, Complaint, Data, Document, Fault

QUESTIONS = Path(__file__).parents[2] / "questions"
REAL = sorted(QUESTIONS.glob("**/*.yaml"))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("document") / "questions.yaml"


def read(place: Path, content: str | bytes) -> Data:
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return Document.read(place).data


def complaints(path: Path) -> list[Complaint]:
    try:
        Document.read(path)
    except BadQuestions as error:
        return error.complaints
    return []


def complaint_lines(path: Path) -> list[str]:
    """Return the complaints as their author reads them, without the folder."""
    return [str(complaint).removeprefix(f"{path.parent}/") for complaint in complaints(path)]


@pytest.mark.parametrize(
    "typed",
    """yes no on off true False y n null ~ 012 0o17 0x1F 1_000 1e3 .inf .nan 3.10 = << 2026-01-01 2026-01-01T10:00:00Z
    190:20:30""".split(),
)
def test_a_scalar_stays_what_was_typed(place: Path, typed: str) -> None:
    assert read(place, f"key: {typed}\nlist: [{typed}]\n{typed}: x\n") == {"key": typed, "list": [typed], typed: "x"}


def test_text_loses_only_the_white_space_around_it(place: Path) -> None:
    quoted, folded, kept = 'a: " in  quotes "\n', "b: >-\n  folded\n  lines\n", "c: |\n  kept\n  lines\n"
    escaped = 'e: "tab\\there"\nf: "\\u00e9 \\U0001F600"\n'
    assert read(place, f"{quoted}{folded}{kept}d:\n{escaped}") == {
        "a": "in  quotes",
        "b": "folded lines",
        "c": "kept\nlines",
        "d": "",
        "e": "tab\there",
        "f": "é 😀",
    }


def test_a_byte_order_mark_at_the_beginning_is_taken_for_what_it_is(place: Path) -> None:
    assert read(place, b"\xef\xbb\xbfkey: text\n") == {"key": "text"}


def test_windows_line_ends_count_as_one(place: Path) -> None:
    place.write_bytes(b"a: 1\r\nb: 2\r\na: 3\r\n")
    assert complaint_lines(place) == [
        'questions.yaml:3:1: "a" appears twice here, first on line 1. Keep one, or rename one.'
    ]


# Bytes that are not UTF-8 are written as Python's surrogate escapes.
REFUSED = {
    "a key that appears twice": (
        "a: 1\nb: 2\na: 3\n",
        '3:1: "a" appears twice here, first on line 1. Keep one, or rename one.',
    ),
    "a key that stands three times": (
        "a: 1\na: 2\na: 3\n",
        '2:1: "a" appears twice here, first on line 1. Keep one, or rename one.',
        '3:1: "a" appears twice here, first on line 1. Keep one, or rename one.',
    ),
    "a key that appears twice in brackets": (
        "a: {b: 1, 'b': 2}\n",
        '1:11: "b" appears twice here, first on line 1. Keep one, or rename one.',
    ),
    "a key that is a list": (
        "? [a, b]\n: c\n",
        "1:3: A key here is not a plain word. Write a single word before the colon.",
    ),
    "an anchor and its alias": (
        "a: &name text\nb: *name\n",
        '1:4: "&name" gives this part a name. Delete it. Put quotes around text that starts with &.',
        '2:4: "*name" is an alias for another part. Write it out. Put quotes around text that starts with *.',
    ),
    "an anchor that holds itself": (
        "a: &name [*name]\n",
        '1:4: "&name" gives this part a name. Delete it. Put quotes around text that starts with &.',
        '1:11: "*name" is an alias for another part. Write it out. Put quotes around text that starts with *.',
    ),
    "an anchor on a key": (
        "&name a: text\n",
        '1:1: "&name" gives this part a name. Delete it. Put quotes around text that starts with &.',
    ),
    "an alias of nothing": (
        "- *name\n",
        '1:3: "*name" is an alias for another part. Write it out. Put quotes around text that starts with *.',
    ),
    "a merge key": (
        "a: &name {b: c}\nd:\n  <<: *name\n",
        '1:4: "&name" gives this part a name. Delete it. Put quotes around text that starts with &.',
        '3:7: "*name" is an alias for another part. Write it out. Put quotes around text that starts with *.',
    ),
    "a tag": (
        "a: !mine text\n",
        '1:4: "!mine" is a tag. Delete it. Put quotes around text that starts with !.',
    ),
    "a tag of YAML's own": (
        "a: !!int 12\n",
        '1:4: "!!int" is a tag. Delete it. Put quotes around text that starts with !.',
    ),
    "a tag that would call Python": (
        "a: !!python/object/apply:os.system [ls]\n",
        '1:4: "!!python/object/apply:os.system" is a tag. Delete it. Put quotes around text that starts with !.',
    ),
    "a tag on a key": (
        "!mine a: text\n",
        '1:1: "!mine" is a tag. Delete it. Put quotes around text that starts with !.',
    ),
    "text that begins with an exclamation mark": (
        "a: !wow!text\n",
        "1:4: Text cannot start with this character. Put quotes around the text.",
    ),
    "text that begins with an asterisk": (
        "- * text\n",
        "1:3: Text cannot start with this character. Put quotes around the text.",
    ),
    "text that begins with a percent sign": (
        "a: %text\n",
        "1:4: Text cannot start with this character. Put quotes around the text.",
    ),
    "a tab": ("a:\n\t- b\n", "2:1: There is a tab here. Use spaces instead."),
    "two documents": (
        "a: 1\n---\nb: 2\n",
        '2:1: A second document begins here. Delete the line "---" or "...": a file holds one document.',
    ),
    "a document after the end": (
        "a: 1\n...\nb: 2\n",
        '3:1: A second document begins here. Delete the line "---" or "...": a file holds one document.',
    ),
    "bytes that are not UTF-8": (
        "a: 1\nb: caf\udce9\n",
        "2:7: This character is not UTF-8. Save the file as UTF-8.",
    ),
    "bytes that are not UTF-8, between line ends of old": (
        "a: 1\rb: caf\udce9\r",
        "2:7: This character is not UTF-8. Save the file as UTF-8.",
    ),
    "a file in UTF-16": ("\udcff\udcfea\0:\0", "1:1: This character is not UTF-8. Save the file as UTF-8."),
    "a NUL": (
        "a: 1\nb: x\0y\n",
        "2:5: There is an invisible character here: U+0000, a control character. Delete it by retyping this line.",
    ),
    "an escape sequence": (
        "a: \x1b[31m\n",
        "1:4: There is an invisible character here: U+001B, a control character. Delete it by retyping this line.",
    ),
    "a line end that editors do not count": (
        "a: one\u2028b: two\n",
        "1:7: There is an invisible character here: U+2028, line separator. Delete it by retyping this line.",
    ),
    "a byte order mark further down": (
        "a: 1\n\ufeffb: 2\n",
        "2:1: There is an invisible character here: U+FEFF, zero width no-break space. Delete it by retyping this "
        "line.",
    ),
    "a zero-width space inside a word": (
        "a: cand\u200bidate\n",
        "1:8: There is an invisible character here: U+200B, zero width space. Delete it by retyping this line.",
    ),
    "a turn of direction in a note": (
        "a: text # \u202enote\n",
        "1:11: There is an invisible character here: U+202E, right-to-left override. Delete it by retyping this line.",
    ),
    "a letter that is drawn as nothing": (
        "a: \u3164\n",
        "1:4: There is an invisible character here: U+3164, hangul filler. Delete it by retyping this line.",
    ),
    "an escape of what cannot be seen": (
        'a: 1\nb: "cand\\bidate"\n',
        "2:4: There is an invisible character here: U+0008, a control character. Delete it by retyping this line.",
    ),
    "an escape of a soft hyphen": (
        'a: "cand\\u00ADidate"\n',
        "1:4: There is an invisible character here: U+00AD, soft hyphen. Delete it by retyping this line.",
    ),
    "a letter of another script": (
        "a: a good c\u0430ndidate here\n",
        '1:4: "c\u0430ndidate" contains U+0430, cyrillic small letter a, which only looks like "a". Retype it in '
        "Latin letters.",
    ),
    "a letter of another script in a key": (
        "\u03bd: text\n",
        '1:1: "\u03bd" contains U+03BD, greek small letter nu, which only looks like "v". Retype it in Latin letters.',
    ),
    "a letter like none of ours": (
        "a: \u3042\n",
        '1:4: "\u3042" contains U+3042, hiragana letter a. Retype it in Latin letters.',
    ),
    "a letter for the pronunciation of words": (
        "a: \u1d04andidate\n",
        '1:4: "\u1d04andidate" contains U+1D04, latin letter small capital c. Retype it in Latin letters.',
    ),
    "a digit of another script": (
        "a: \uff19\n",
        '1:4: "\uff19" contains U+FF19, fullwidth digit nine, which only looks like "9". Retype it in Latin letters.',
    ),
    "a text that a number sign cuts off": (
        "a: Walking #1\nb: c\n",
        '1:4: "#1" is a comment here, so it is not read. Put quotes around the whole text. To write a comment, put a '
        "space after #.",
    ),
    "a number sign behind quotes": (
        "a: 'Walking' #one\n",
        '1:4: "#one" is a comment here, so it is not read. Put quotes around the whole text. To write a comment, put '
        "a space after #.",
    ),
    "a text that is too long": (
        f"a: {'word ' * 1_001}\n",
        "1:4: This text has 5,004 characters. Write at most 5,000, or split it.",
    ),
    "a file that is too long": (f"a: b{' ' * 300_000}\n", "1:1: The file has 300,005 bytes. Write at most 300,000."),
    "an apostrophe between single quotes": (
        "a: 'It's a question'\n",
        "1:8: Text follows a closing quote or bracket. Put double quotes around all of it.",
    ),
    "text behind a quote": (
        'a: "Walking" outside\n',
        "1:14: Text follows a closing quote or bracket. Put double quotes around all of it.",
    ),
    "text behind a bracket": (
        "- [Walking] outside\n",
        "1:13: Text follows a closing quote or bracket. Put double quotes around all of it.",
    ),
    "half a character": (
        'a: "\\ud83d"\n',
        '1:5: "\\ud83d" is not a character. Write the character itself.',
    ),
    "half a character, written long": (
        'a: "\\U0000D83D"\n',
        '1:5: "\\U0000D83D" is not a character. Write the character itself.',
    ),
    "more than the last character": (
        'a: 1\nb: "x\\U00110000"\n',
        '2:6: "\\U00110000" is not a character. Write the character itself.',
    ),
    "far more than the last character": (
        'a: "\\UFFFFFFFF"\n',
        '1:5: "\\UFFFFFFFF" is not a character. Write the character itself.',
    ),
    "a stray backslash": (
        'a: "C:\\questions"\n',
        "1:8: A backslash is not allowed here. Delete it, or use single quotes.",
    ),
    "an empty file": ("", "1:1: The file is empty. Add content, or delete the file."),
    "only a comment": ("# to do\n", "1:1: The file is empty. Add content, or delete the file."),
    "cut off inside a quote": ('a: 1\nb: "one\ntwo', "2:4: The quote that opens here is never closed. Close it."),
    "cut off inside a bracket": (
        "a: 1\nb: {c: [d, e\n",
        "2:8: The bracket that opens here is not closed. Close it. Put commas between its parts.",
    ),
    "cut off inside a key": (
        "a:\n  b: 1\n  cc",
        '3:3: This key has no colon. Write "key: text", or indent it if it continues the line before.',
    ),
    "a comma too many": (
        "a: [, b]\n",
        "1:5: Something is missing here. Close the bracket, or delete the comma before it.",
    ),
    "a colon in text": (
        "a: one: two\n",
        '1:7: A colon is not allowed here. Use quotes, "like: this", or fix the indentation.',
    ),
    "a line too far in": (
        "a: one\n  b: two\n",
        '2:4: A colon is not allowed here. Use quotes, "like: this", or fix the indentation.',
    ),
    "a line not far enough in": (
        "a:\n    b: 1\n  c: 2\n",
        "3:3: This line's indentation is wrong. Indent it like the lines it belongs to.",
    ),
    "text in the line of its sign": (
        "a: > text\n",
        "1:6: Nothing else is allowed on this line. Start the text on the next line, indented.",
    ),
    "a version that nobody has": (
        "%YAML 3.0\n---\na: 1\n",
        "1:1: This cannot be read. Check the quotes, brackets, colons and indentation here and just before.",
    ),
    "brackets without end": (
        "[" * 9_000,
        f"1:{DEEPEST + 2}: This is nested too deeply. Close the brackets before it, or fix the indentation.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_place_and_remedy(place: Path, what: str) -> None:
    content, *expected = REFUSED[what]
    place.write_bytes(content.encode(errors="surrogateescape"))
    assert complaint_lines(place) == [f"questions.yaml:{complaint}" for complaint in expected]


def test_a_missing_file(tmp_path: Path) -> None:
    assert complaint_lines(tmp_path / "topics.yaml") == [
        "topics.yaml:1:1: The file cannot be read. It is missing: create it."
    ]


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").mkdir()
    remedy = "It is a folder: replace it with a file."
    assert complaint_lines(tmp_path / "topics.yaml") == [f"topics.yaml:1:1: The file cannot be read. {remedy}"]


def test_a_file_that_may_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").symlink_to("topics.yaml")
    assert complaint_lines(tmp_path / "topics.yaml") == ["topics.yaml:1:1: The file cannot be read. Make it readable."]


def test_a_file_that_never_ends_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "topics.yaml")
    remedy = "It is not a regular file: replace it with one."
    assert complaint_lines(tmp_path / "topics.yaml") == [f"topics.yaml:1:1: The file cannot be read. {remedy}"]


def test_notes_are_passed_over(place: Path) -> None:
    assert read(place, "# β\na: b  # a note\nc: 'd' # and another\ne: >-  #here\n  f\n#end\n") == {
        "a": "b",
        "c": "d",
        "e": "f",
    }


def test_letters_of_latin_scripts_are_taken_in_either_spelling(place: Path) -> None:
    words = "niño, Łódź, naïve, 1.º, 5 µg, 1 m², Việt, nin\u0303o, “yes”, 😀"
    assert read(place, f"a: {words}\n") == {"a": words}


def test_a_file_of_nothing_but_hyphens_is_read_in_a_moment(place: Path) -> None:
    place.write_text("- \n" * 60_000)
    started = time.process_time()
    document = Document.read(place)
    assert time.process_time() - started < 4
    assert document.values[(59_999,)] == (60_000, 2)


def test_a_file_is_named_as_its_author_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (complaint,) = complaints(tmp_path / "questions" / "topics.yaml")
    assert complaint.file == "questions/topics.yaml"


def test_every_value_and_key_has_its_place(place: Path) -> None:
    read(place, "first:\n  - one\n  - {two: 2, three: [3]}\nlast:\n\n# the end\n")
    document = Document.read(place)
    assert document.values[("first", 0)] == (2, 5)
    assert document.values[("first", 1, "three", 0)] == (3, 22)
    assert document.keys[("first", 1, "three")] == (3, 14)
    assert document.values[("last",)] == (6, 10)


def test_what_is_left_out_has_the_place_where_it_should_be(place: Path) -> None:
    read(place, "first:\nlist:\n  -\n  - b\n\n\nlast: c\n")
    document = Document.read(place)
    assert document.values[("first",)] == (1, 7)
    assert document.values[("list", 0)] == (3, 4)


def test_a_fault_stands_at_the_nearest_thing_that_is_there(place: Path) -> None:
    read(place, "a:\n  b: [c]\n")
    document = Document.read(place)
    assert document.complaint(Fault(("a", "b", 0), "", ""))[1:3] == (2, 7)
    assert document.complaint(Fault(("a", "b", 7, "say"), "", ""))[1:3] == (2, 6)
    assert document.complaint(Fault(("a", "b"), "", "", at_key=True))[1:3] == (2, 3)
    assert document.complaint(Fault(("nowhere",), "", ""))[1:3] == (1, 1)


def is_plain(data: Data) -> bool:
    if isinstance(data, dict):
        return all(isinstance(key, str) and is_plain(value) for key, value in data.items())
    return all(map(is_plain, data)) if isinstance(data, list) else isinstance(data, str)


def check_anything(place: Path, content: bytes) -> None:
    """Fail unless the content is plain data that can be stored, or gets complaints with positions in the file."""
    place.write_bytes(content)
    found = complaints(place)
    lines = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for complaint in found:
        assert 1 <= complaint.line <= len(lines)
        assert 1 <= complaint.column <= len(lines[complaint.line - 1]) + 1
        assert complaint.wrong.endswith(".")
        assert complaint.remedy.endswith(".")
    if not found:
        data = Document.read(place).data
        assert is_plain(data)
        json.dumps(data, ensure_ascii=False).encode()


SIGNS = st.sampled_from(
    [*"-:?,[]{}#&*!|>'\"%@`\\ \n\t\r", "\n- ", ": ", "  ", "---\n", "...\n", "<<: ", "\\u", "\\U00"]
)
WILD = st.one_of(SIGNS, st.sampled_from("abc019~=."), st.characters())


@settings(deadline=None, max_examples=4 * settings().max_examples)
@given(content=st.one_of(st.binary(), st.lists(WILD).map(lambda parts: "".join(parts).encode(errors="replace"))))
def test_no_text_at_all_leads_to_a_traceback(place: Path, content: bytes) -> None:
    check_anything(place, content)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Generate a real file with a line or character dropped, doubled or altered, or with its end cut off."""
    text = draw(st.sampled_from(REAL)).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    parts = draw(st.sampled_from([lines, list(text)]))
    at = draw(st.integers(0, len(parts) - 1))
    new = draw(
        st.one_of(
            st.just([]),
            st.just([parts[at], parts[at]]),
            SIGNS.map(lambda sign: [sign, parts[at]]),
            WILD.map(lambda sign: [sign]),
            st.just([" ", parts[at]]),
        )
    )
    rest = draw(st.sampled_from([parts[at + 1 :], parts[at + 1 :], []]))
    return "".join([*parts[:at], *new, *rest]).encode(errors="replace")


def reading(place: Path) -> tuple[Document | None, list[Complaint]]:
    """Return the document, or why it is refused."""
    try:
        return Document.read(place), []
    except BadQuestions as error:
        return None, error.complaints


def read_by_both(place: Path, content: bytes) -> None:
    """Fail unless libyaml and the parser in Python read the same, with the same positions."""
    place.write_bytes(content)
    fast = reading(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_document, "YAML", partial(YAML, pure=True))
        assert reading(place) == fast


def test_libyaml_is_installed() -> None:
    assert YAML(typ="safe").Parser is not YAML(typ="safe", pure=True).Parser


@settings(deadline=None, max_examples=4 * settings().max_examples)
@given(content=st.one_of(mutated(), st.lists(WILD).map(lambda parts: "".join(parts).encode(errors="replace"))))
def test_both_parsers_read_the_same(place: Path, content: bytes) -> None:
    read_by_both(place, content)


@settings(deadline=None, max_examples=3 * settings().max_examples // 2)
@given(content=mutated())
def test_no_slip_in_a_real_file_leads_to_a_traceback(place: Path, content: bytes) -> None:
    check_anything(place, content)
