"""A PO file for translators round-trips without loss, or is refused with its line and a remedy."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po, write_po
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screening.authoring.schema import QUESTIONNAIRE_FILES
from screening.authoring.translation import (
    TRANSLATION,
    TranslatedText,
    apply_translation,
    collapse_spaces,
    translated_texts,
)
from screening.authoring.yaml_document import BadQuestions, Document
from screening.po import exchange
from screening.questionnaire.model import Questionnaire
from screening.text.characters import find_foreign, find_hidden, has_words
from tests.support.made_questionnaires import translated_questionnaires

QUESTIONS = Path(__file__).parents[2] / "questions"
SHIPPED = {
    **{folder.name: (folder, (*QUESTIONNAIRE_FILES,)) for folder in sorted(QUESTIONS.iterdir()) if folder.is_dir()},
    "support": (QUESTIONS, ("support",)),
}
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)

FILES = {
    "questionnaire": """\
id: rest
title: Questions about rest
about:
  - This page asks a few questions.
  - It keeps no score.
sections:
  - id: nights
    title: Your nights
    items:
      - id: sleep
        ask: How do you sleep?
        choose_any:
          well: {say: Well}
          "no": {say: Not well}
      - pause:
          id: a-pause
          title: A pause
          say: [Take your time.]
""",
    "topics": """\
ask_always: [What else is there?]
topics:
  - id: evenings
    title: Evenings
    help: "In danger, {talk} or {emergency} now."
    says:
      - One article likes quiet evenings.
      - {say: 100% sure is nobody., general: true}
    ask: [What is known?, What is not known?]
""",
}
SPANISH = """\
# Our Spanish.
#
# With two notes.

translation:
  translated_by: Ana
  reviewed_by: none
  reviewed_on: "2026-11-30"
title:
  en: Questions about rest
  es: Preguntas sobre el descanso
about:
  - en: This page asks a few questions.
    es: Esta página hace unas preguntas.
  - en: It keeps no score.
    es: No lleva puntaje.
sections:
  nights:
    title:
      en: Your nights
      es: Sus noches
    items:
      sleep:
        ask:
          en: How do you sleep?
          es: ¿Cómo duerme?
        choose_any:
          well:
            en: Well
            es: Bien
          "no":
            en: Not well
            es: "No: mal"
      a-pause:
        title:
          en: A pause
          es: Una pausa
        say:
          - en: Take your time.
            es: Tómese su tiempo.
ask_always:
  - en: What else is there?
    es: ¿Qué más hay?
topics:
  evenings:
    title:
      en: Evenings
      es: Las tardes
    help:
      en: In danger, {talk} or {emergency} now.
      es: Si hay peligro, {emergency} o {talk} ahora.
    says:
      - en: One article likes quiet evenings.
        es: >-
          A un artículo le gustan las tardes tranquilas, sin prisa, sin ruido, con un libro en la mano y con
          todo el tiempo del mundo.
      - en: "100% sure is nobody."
        es: Nadie sabe el 100 % de las cosas.
    ask:
      - en: What is known?
        es: ¿Qué se sabe?
      - en: What is not known?
        es: ¿Qué no se sabe?
"""


def documents(folder: Path, names: tuple[str, ...] = (*FILES,)) -> dict[str, Document]:
    return {name: Document.read(folder / f"{name}.yaml") for name in names}


def spanish(folder: Path) -> Document:
    return Document.read(folder / "es.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {**FILES, "es": SPANISH}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def exported(folder: Path) -> str:
    return exchange.export_po(documents(folder), spanish(folder), "es", "rest", NOW)


def imported(folder: Path, given: str | bytes) -> str:
    file = given.encode() if isinstance(given, str) else given
    return exchange.import_po(file, "es.po", documents(folder), spanish(folder), "es").text


def refused(folder: Path, given: str | bytes) -> list[str]:
    with pytest.raises(BadQuestions) as error:
        imported(folder, given)
    return [str(complaint) for complaint in error.value.complaints]


def assert_standard(text: str) -> None:
    """Fail if gettext's msgfmt reports anything."""
    command = shutil.which("msgfmt")
    assert command, "gettext is not installed: make test does it"
    with tempfile.NamedTemporaryFile(suffix=".po") as file:
        file.write(text.encode())
        file.flush()
        checked = subprocess.run([command, "-c", "-o", "/dev/null", file.name], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def replaced(text: str, instead_of: str, this: str) -> str:
    assert text.count(instead_of) == 1
    return text.replace(instead_of, this)


def line_of(text: str, part: str) -> int:
    assert text.count(part) == 1
    return text[: text.index(part)].count("\n") + 1


# Export.


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_translations_come_back_as_they_are_to_the_byte(name: str) -> None:
    folder, names = SHIPPED[name]
    english, words = documents(folder, names), spanish(folder)
    sent = exchange.export_po(english, words, "es", name, NOW)
    assert_standard(sent)
    assert "A text that the reader sees." not in sent, "tell translators what kind of text it is"
    back = exchange.import_po(sent.encode(), "es.po", english, words, "es")
    remedy = "not in the form that an import writes: export it once, and import that"
    assert back.text == (folder / "es.yaml").read_text(), remedy
    assert back.changed == 0


def test_every_entry_says_what_it_is_and_where_it_stands(folder: Path) -> None:
    sent = exported(folder)
    assert_standard(sent)
    assert sent.startswith("# The Spanish translation of rest. Write each translation into msgstr. ")
    for entry in (
        """
#. A title.
#: questionnaire.yaml:2
msgctxt "title"
msgid "Questions about rest"
msgstr "Preguntas sobre el descanso"
""",
        """
#. An answer that can be chosen.
#: questionnaire.yaml:14
msgctxt "sections/nights/items/sleep/choose_any/no"
msgid "Not well"
msgstr "No: mal"
""",
        """
#. A question that the reader takes to a professional, in the reader's own
#. words.
#: topics.yaml:9
msgctxt "topics/evenings/ask/2"
msgid "What is not known?"
msgstr "¿Qué no se sabe?"
""",
        """
#. Where to find help now. Do not change {emergency} or {talk}: the page
#. replaces each with words.
#: topics.yaml:5
#, python-brace-format
msgctxt "topics/evenings/help"
msgid "In danger, {talk} or {emergency} now."
msgstr "Si hay peligro, {emergency} o {talk} ahora."
""",
    ):
        assert entry in sent


def test_the_header_is_complete(folder: Path) -> None:
    sent = read_po(io.StringIO(exported(folder)))
    headers = dict(sent.mime_headers)
    assert headers["Project-Id-Version"].startswith("rest ")
    assert headers["POT-Creation-Date"] == headers["PO-Revision-Date"] == "2026-11-30 12:00+0000"
    assert headers["Last-Translator"] == "Ana"
    assert headers["Language"] == "es"
    assert headers["Language-Team"] == "Spanish"
    assert headers["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert headers["Content-Type"].lower() == "text/plain; charset=utf-8"
    assert not sent.fuzzy


def test_the_version_in_the_header_is_that_of_the_english(folder: Path) -> None:
    def version() -> str:
        return str(dict(read_po(io.StringIO(exported(folder))).mime_headers)["Project-Id-Version"])

    before = version()
    (folder / "es.yaml").write_text(SPANISH.replace("Sus noches", "Su noche"))
    assert version() == before
    (folder / "topics.yaml").write_text(FILES["topics"].replace("What is known?", "What do we know?"))
    assert version() != before


def test_what_was_made_from_other_english_is_fuzzy_beside_it(folder: Path) -> None:
    (folder / "topics.yaml").write_text(FILES["topics"].replace("likes quiet evenings.", "likes every evening."))
    sent = exported(folder)
    assert_standard(sent)
    assert (
        """
#: topics.yaml:7
#, fuzzy
#| msgid "One article likes quiet evenings."
msgctxt "topics/evenings/says/1"
msgid "One article likes every evening."
msgstr ""
"A un artículo le gustan las tardes tranquilas,"""
        in sent
    )
    assert sent.count("fuzzy") == 2, "once in the words at the head"


def test_long_english_that_was_before_is_still_standard(folder: Path) -> None:
    """A line is broken between quotes, never within them."""
    long = 'One article says "rest" ' + "again and again " * 20
    (folder / "es.yaml").write_text(SPANISH.replace("en: One article likes quiet evenings.", f"en: {long}"))
    assert_standard(exported(folder))


def test_what_is_new_is_empty_and_the_rest_keeps_its_words(folder: Path) -> None:
    (folder / "questionnaire.yaml").write_text(
        FILES["questionnaire"].replace("  - It keeps", "  - It is new.\n  - It keeps")
    )
    sent = exported(folder)
    assert '\nmsgctxt "about/2"\nmsgid "It is new."\nmsgstr ""\n' in sent
    assert '\nmsgctxt "about/3"\nmsgid "It keeps no score."\nmsgstr "No lleva puntaje."\n' in sent


def test_without_a_translation_everything_is_empty(folder: Path) -> None:
    sent = exchange.export_po(documents(folder), None, "es", "rest", NOW)
    assert_standard(sent)
    assert {message.string for message in read_po(io.StringIO(sent)) if message.id} == {""}


def test_where_lines_are_broken_makes_nothing_fuzzy(folder: Path) -> None:
    (folder / "es.yaml").write_text(SPANISH.replace("en: It keeps no score.", 'en: "It keeps\\n no  score."'))
    assert exported(folder).count("fuzzy") == 1, "in the words at the head"


def test_what_stands_twice_under_one_key_is_one_entry_with_both_places(folder: Path) -> None:
    (folder / "questionnaire.yaml").write_text(
        FILES["questionnaire"].replace("It keeps no score.", "This page asks a few questions.")
    )
    sent = exported(folder)
    assert_standard(sent)
    assert sent.count("This page asks") == 1
    assert "#: questionnaire.yaml:4 questionnaire.yaml:5\n" in sent


@pytest.mark.parametrize(
    ("instead_of", "this", "complaint"),
    [
        ("      es: Las tardes\n", "", "es.yaml:47:7: This is not a text with "),
        ("  translated_by: Ana\n", "  translated_by: [Ana]\n", "es.yaml:6:3: This does not name the translator"),
    ],
)
def test_nothing_is_lost_from_a_translation_file_that_is_not_right(
    folder: Path, instead_of: str, this: str, complaint: str
) -> None:
    sent = exported(folder)
    (folder / "es.yaml").write_text(replaced(SPANISH, instead_of, this))
    with pytest.raises(BadQuestions, match=complaint):
        exported(folder)
    with pytest.raises(BadQuestions, match=complaint):
        imported(folder, sent)


# Import.


def test_head_and_who_answers_for_it_stay_and_the_file_too(folder: Path) -> None:
    assert imported(folder, exported(folder)) == SPANISH


def test_a_first_translation_gets_a_head(folder: Path) -> None:
    made = exchange.import_po(exported(folder).encode(), "es.po", documents(folder), None, "es")
    assert made.text.startswith(
        '# The Spanish translation of the files in this folder, by id. "en" is the English that "es"'
    )
    answering = "translation:\n  translated_by: Ana\n  reviewed_by: none\n  reviewed_on: none\n"
    assert made.text.split("above it.\n")[1] == answering + SPANISH[SPANISH.index("title:") :]
    assert made.changed == len(exchange.entries(documents(folder)))


@pytest.mark.parametrize(
    "header", ["Last-Translator: not named", "Last-Translator: ", "Last-Translator: <a@b.test>", "X: y"]
)
def test_a_first_translation_is_somebodys(folder: Path, header: str) -> None:
    sent = replaced(exported(folder), "Last-Translator: Ana", header)
    with pytest.raises(BadQuestions) as error:
        exchange.import_po(sent.encode(), "es.po", documents(folder), None, "es")
    line = line_of(sent, 'msgid ""\nmsgstr ""\n"Project')
    remedy = 'Write a name after "Last-Translator:" in its header.'
    assert str(error.value) == f"es.po:{line}:1: The file does not name the translator. {remedy}"


def test_an_address_in_the_header_is_kept_to_the_clinic(folder: Path) -> None:
    sent = replaced(exported(folder), "Last-Translator: Ana", "Last-Translator: Ana María <ana@agency.test>")
    made = exchange.import_po(sent.encode(), "es.po", documents(folder), None, "es")
    assert "\n  translated_by: Ana María\n" in made.text


def test_support_lines_need_nobody_who_answers_for_them() -> None:
    folder, names = SHIPPED["support"]
    english = documents(folder, names)
    sent = exchange.export_po(english, spanish(folder), "es", "support", NOW)
    assert "Last-Translator: not named" in sent
    assert "translation:" not in exchange.import_po(sent.encode(), "es.po", english, None, "es").text


def test_what_was_said_otherwise_is_counted(folder: Path) -> None:
    sent = replaced(exported(folder), "Sus noches", "Su noche")
    made = exchange.import_po(sent.encode(), "es.po", documents(folder), spanish(folder), "es")
    assert (made.changed, made.text) == (1, SPANISH.replace("Sus noches", "Su noche"))


def test_the_english_of_today_takes_the_place_of_the_old(folder: Path) -> None:
    (folder / "topics.yaml").write_text(FILES["topics"].replace("title: Evenings", "title: All evenings"))
    sent = exported(folder).replace("#, fuzzy\n", "").replace('"Las tardes"', '"Todas las tardes"')
    assert imported(folder, sent) == SPANISH.replace("en: Evenings", "en: All evenings").replace(
        "es: Las tardes", "es: Todas las tardes"
    )


def test_each_line_knows_the_line_that_it_comes_from(folder: Path) -> None:
    sent = exported(folder)
    made = exchange.import_po(sent.encode(), "es.po", documents(folder), spanish(folder), "es")
    lines = made.text.split("\n")[:-1]
    assert len(made.lines) == len(lines)
    for part, english in (
        ("          todo el tiempo del mundo.", "One article likes"),
        ("topics:", "Evenings"),
        ("title:", "Questions"),
    ):
        assert made.lines[lines.index(part)] == line_of(sent, f'msgid "{english}')


def test_numbers_of_a_list_that_have_moved_do_no_harm(folder: Path) -> None:
    sent = exported(folder).replace('"about/1"', '"about/x"').replace('"about/2"', '"about/1"')
    assert imported(folder, sent.replace('"about/x"', '"about/2"')) == SPANISH


def by_a_tool(**options: Any) -> Callable[[str], str]:
    """Return a file as another program reads and saves it."""

    def saved(text: str) -> str:
        written = io.BytesIO()
        write_po(written, read_po(io.StringIO(text)), **options)
        return written.getvalue().decode()

    return saved


def upside_down(text: str) -> str:
    header, *rest = text.rstrip("\n").split("\n\n")
    return "\n\n".join([header, *reversed(rest)]) + "\n"


TOLERATED: dict[str, Callable[[str], str | bytes]] = {
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "line ends of old": lambda text: text.replace("\n", "\r"),
    "another order": upside_down,
    "sorted by another tool": by_a_tool(sort_output=True),
    "narrow": by_a_tool(width=30),
    "wide, without comments": by_a_tool(width=0, no_location=True),
    "without a header": by_a_tool(omit_header=True),
    "a region": lambda text: replaced(text, "Language: es", "Language: es_MX"),
    "a header that nobody can read": lambda text: replaced(text, '2026-11-30 12:00+0000\\n"\n"Last', 'soon\\n"\n"Last'),
    "what is not used any more": lambda text: text + '\n#~ msgctxt "old"\n#~ msgid "Old"\n#~ msgstr "Viejo"\n',
    "notes": lambda text: text.replace("#: ", "# Is this right? \u2068\n#: \u2068"),
    "no last line end": lambda text: text.rstrip("\n"),
    "space around a translation": lambda text: replaced(text, '"Sus noches"', '" Sus noches\\n"'),
    "indented": lambda text: text.replace("\n", "\n  "),
}


@pytest.mark.parametrize("change", TOLERATED.values(), ids=TOLERATED)
def test_what_tools_do_to_a_file_does_no_harm(folder: Path, change: Callable[[str], str | bytes]) -> None:
    sent = exported(folder)
    assert change(sent) not in (sent, sent.encode())
    assert imported(folder, change(sent)) == SPANISH


NIGHTS = 'msgctxt "sections/nights/title"\nmsgid "Your nights"\nmsgstr "Sus noches"\n'
AGAIN = "Export the texts again, and copy the finished translations into the new file."
ORDER = "Write msgctxt, msgid and msgstr, in this order."
WRONG: dict[str, tuple[str, str, str, str]] = {
    # Text, replacement, the part that locates the line afterwards, and the complaint.
    "fuzzy": (
        NIGHTS,
        f"#, fuzzy\n{NIGHTS}",
        'msgid "Your nights"',
        "This translation is marked as fuzzy: nobody has confirmed it. "
        'Compare it with the English, correct it, and delete the word "fuzzy".',
    ),
    "empty": (
        '"Sus noches"',
        '""',
        'msgid "Your nights"',
        "This has no translation. Write one in msgstr.",
    ),
    "only signs": (
        '"Sus noches"',
        '"..."',
        'msgid "Your nights"',
        "This has no translation. Write one in msgstr.",
    ),
    "other English": (
        '"Your nights"',
        '"Your days"',
        'msgid "Your days"',
        'The English differs in questionnaire.yaml:8: "Your nights". '
        "If someone changed msgid, restore it. If the questions have changed, export the texts again.",
    ),
    "an unknown place": (
        '"Las tardes"\n',
        '"Las tardes"\n\nmsgctxt "topics/evening/title"\nmsgid "Evenings"\nmsgstr "La tarde"\n',
        'msgctxt "topics/evening/title"\nmsgid',
        'No English text matches "topics/evening/title". '
        'Delete it, or export the texts again. Did you mean "topics/evenings/title"?',
    ),
    "no place": (
        NIGHTS,
        f'{NIGHTS}\nmsgid "Elsewhere"\nmsgstr "Lejos"\n',
        'msgid "Elsewhere"',
        'No English text matches "Elsewhere". Delete it, or export the texts again.',
    ),
    "twice": (
        NIGHTS,
        f"{NIGHTS}\n{NIGHTS.replace('Sus noches', 'Otra cosa')}",
        '"Otra cosa"',
        "This text appears twice, first on line LINE. Keep the better translation of the two.",
    ),
    "a slot is gone": (
        "{emergency} o {talk} ahora",
        "{talk} ahora",
        'msgid "In danger',
        "The words in braces differ: {emergency}, {talk} in English, {talk} here. Keep them as they are in English.",
    ),
    "a slot is translated": (
        "{emergency} o {talk} ahora",
        "{emergencia} o {talk} ahora",
        'msgid "In danger',
        "The words in braces differ: {emergency}, {talk} in English, {emergencia}, {talk} here. Keep them as they are "
        "in English.",
    ),
    "a sign that nobody sees": (
        "Sus noches",
        "Sus\u200bnoches",
        'msgid "Your nights"',
        "There is an invisible character here: U+200B, zero width space. Delete it by retyping this line.",
    ),
    "a letter of another alphabet": (
        "Sus noches",
        "Sus n\u043eches",
        'msgid "Your nights"',
        '"n\u043eches" contains U+043E, cyrillic small letter o, which only looks like "o". Retype it in Latin '
        "letters.",
    ),
    "another language": (
        "Language: es",
        "Language: fr",
        'msgid ""\nmsgstr ""\n"Project',
        'The header says that the language is "fr", not "es". Use the file with the Spanish translation.',
    ),
    "another encoding": (
        "charset=UTF-8",
        "charset=ISO-8859-1",
        'msgid ""\nmsgstr ""\n"Project',
        "The header says that the file is in ISO-8859-1. Save it as UTF-8, and change the header to match.",
    ),
    "a quote that is not closed": (
        '"Sus noches"',
        '"Sus noches',
        '"Sus noches',
        "This text is missing a quote. Start and end each line of a text with a quote.",
    ),
    "a last quote that is part of the text": (
        '"Sus noches"',
        '"Sus noches\\"',
        '"Sus noches',
        "This text is missing a quote. Start and end each line of a text with a quote.",
    ),
    "no quotes": (
        '"Sus noches"',
        "Sus noches",
        "Sus noches",
        "This text is missing a quote. Start and end each line of a text with a quote.",
    ),
    "a quote in the text": (
        '"Sus noches"',
        '"Sus "noches" de"',
        '"Sus "noches',
        'There is a quote inside this text. Write \\" instead of it.',
    ),
    "a backslash in the text": (
        '"Sus noches"',
        '"Sus \\noches \\d"',
        '"Sus \\noches',
        "A single backslash is not allowed here. Write \\\\ for a backslash, or delete it.",
    ),
    "text of nothing": (
        'msgid ""\nmsgstr ""\n"Project-Id',
        '"Project-Id',
        '"Project-Id',
        "This text has no keyword before it. Delete it, or export the texts again.",
    ),
    "something else": (
        NIGHTS,
        f"<<<<<<< HEAD\n{NIGHTS}",
        "<<<<<<<",
        "This is neither a comment nor a text. Put text in quotes, after msgid or msgstr.",
    ),
    "a plural": (
        'msgid "Your nights"\nmsgstr "',
        'msgid "Your nights"\nmsgid_plural "Your nights"\nmsgstr[0] "',
        "msgid_plural",
        "Plural forms are not used here. Write one translation, in msgstr.",
    ),
    "a numbered translation": (
        'msgstr "Sus noches"',
        'msgstr[0] "Sus noches"',
        "msgstr[0]",
        "Plural forms are not used here. Write one translation, in msgstr.",
    ),
    "two translations": (
        'msgstr "Sus noches"\n',
        'msgstr "Sus noches"\nmsgstr "Otra cosa"\n',
        '"Otra cosa"',
        f'"msgstr" cannot follow "msgstr". {ORDER}',
    ),
    "no translation": (
        'msgstr "Sus noches"\n',
        'msgctxt "other"\n',
        'msgctxt "other"',
        f'"msgctxt" cannot follow "msgid". {ORDER}',
    ),
    "a comment between": (
        'msgstr "Sus noches"\n',
        '# Why?\nmsgstr "Sus noches"\n',
        "# Why?",
        "A comment is not allowed here. Put it above msgctxt.",
    ),
}


@pytest.mark.parametrize(("instead_of", "this", "part", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_used_is_reported_with_its_line(
    folder: Path, instead_of: str, this: str, part: str, message: str
) -> None:
    sent = exported(folder)
    wrong = replaced(sent, instead_of, this)
    line = line_of(wrong, part) + part.count("msgctxt") * part.count("msgid")
    if part == '"Otra cosa"' and "twice" in message:
        line -= 1
        message = message.replace("LINE", str(line_of(sent, 'msgid "Your nights"')))
    assert refused(folder, wrong) == [f"es.po:{line}:1: {message}"]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_are_counted_alike_however_they_end(folder: Path, end: str) -> None:
    wrong = replaced(exported(folder), '"Sus noches"', '""')
    line = line_of(wrong, 'msgid "Your nights"')
    assert refused(folder, wrong.replace("\n", end))[0].startswith(f"es.po:{line}:1: This has no translation.")


def test_what_is_missing_is_reported_with_its_place_in_english(folder: Path) -> None:
    sent = replaced(exported(folder), NIGHTS, "")
    last = sent.count("\n")
    assert refused(folder, sent) == [
        f'es.po:{last}:1: "sections/nights/title", in questionnaire.yaml:8, is not in this file. {AGAIN}'
    ]


@pytest.mark.parametrize("ending", ['msgstr "¿Qué no se sabe?"\n', '"What is not known?"\nmsgstr "¿Qué no se sabe?"\n'])
def test_a_file_that_was_cut_off_is_reported(folder: Path, ending: str) -> None:
    sent = exported(folder)
    assert sent.endswith(ending)
    cut = sent.removesuffix(ending).rstrip()
    assert refused(folder, cut + ("" if cut.endswith('"') else ' ""'))[0].endswith(
        "The file is incomplete. Ask for the whole file."
    )


@pytest.mark.parametrize("given", [b"", b"\n\n", b"# Nothing\n"])
def test_a_file_without_anything_is_reported(folder: Path, given: bytes) -> None:
    assert refused(folder, given)[0].endswith("The file is incomplete. Ask for the whole file.")


def test_a_file_in_another_encoding_is_reported(folder: Path) -> None:
    sent = exported(folder)
    (told,) = refused(folder, sent.encode("iso-8859-1"))
    assert told == f"es.po:{line_of(sent, 'Esta página')}:1: This character is not UTF-8. Save the file as UTF-8."


def test_a_file_of_other_questions_is_reported_once(folder: Path) -> None:
    other = 'msgctxt "countries/US/name"\nmsgid "Somewhere"\nmsgstr "Algún lugar"\n'
    assert refused(folder, other) == [
        "es.po:1:1: No text in this file belongs to these questions. Name the folder that it was exported from."
    ]


def test_of_many_faults_of_one_kind_the_first_are_reported(folder: Path) -> None:
    sent = exchange.export_po(documents(folder), None, "es", "rest", NOW)
    complaints = refused(folder, sent.replace('"Your nights"', '"Your days"'))
    number = len(exchange.entries(documents(folder))) - 1
    assert number > exchange.MAX_LISTED_ERRORS
    assert sum("This has no translation." in one for one in complaints) == exchange.MAX_LISTED_ERRORS
    assert (
        f"More errors of this kind, starting here: {number - exchange.MAX_LISTED_ERRORS}. Write one in msgstr."
        in complaints[-1]
    )
    assert sum("The English differs" in one for one in complaints) == 1


# Any questions, any words.


@settings(deadline=None)
@given(translated_questionnaires(), st.booleans(), st.integers(0, 80))
def test_a_made_up_questionnaire_comes_back_in_its_language(
    questionnaire: Questionnaire, is_sorted: bool, width: int
) -> None:
    """From no translation at all, through another tool; and then again, byte for byte."""
    english = {name: Document(f"{name}.yaml", data) for name, data in questionnaire.files().items()}
    wanted = questionnaire.in_language("es").files()
    dictionary = {
        collapse_spaces(one): other for name in wanted for one, other in said(questionnaire.files()[name], wanted[name])
    }
    sent = read_po(io.StringIO(exchange.export_po(english, None, "es", "made", NOW)))
    for message in sent:
        if message.id:
            assert isinstance(message.id, str)
            message.string = dictionary[collapse_spaces(message.id)]
    sent.last_translator = "Ana <ana@agency.test>"
    saved = io.BytesIO()
    write_po(saved, sent, sort_output=is_sorted, width=width)
    made = exchange.import_po(saved.getvalue(), "es.po", english, None, "es").text
    words = read(made)
    back = apply_translation({name: one.data for name, one in english.items()}, words.data, "es")
    assert back == {**wanted, TRANSLATION: {"translated_by": "Ana", "reviewed_by": "none", "reviewed_on": "none"}}
    again = exchange.import_po(
        exchange.export_po(english, words, "es", "made", NOW).encode(), "es.po", english, words, "es"
    )
    assert (again.text, again.changed) == (made, 0)


def said(one: Any, other: Any) -> list[tuple[str, str]]:
    """Pair every text with the one in the same place."""
    if isinstance(one, dict):
        return [pair for key in one for pair in said(one[key], other[key])]
    if isinstance(one, list):
        return [pair for first, second in zip(one, other, strict=True) for pair in said(first, second)]
    return [(one, other)]


def read(text: str) -> Document:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        return Document.read(Path(file.name))


def is_usable(text: str) -> bool:
    return text == text.strip() and has_words(text) and not find_hidden(text) and not find_foreign(text)


WORDS = st.text(
    st.sampled_from("aB1é¿?.,:;#-'\"\\{}[]&*!|>%@`~=<()/ \n\t\u00a0"), min_size=1, max_size=300
) | st.sampled_from(
    [
        "yes",
        "No",
        "null and void",
        "1e3",
        "2026-11-30",
        "12:30:45",
        "0x1F",
        "~a",
        "a: b",
        "a #b",
        "a:",
        "- a",
        "? a",
        "a\\n",
        "=1",
        "<<a",
    ]
)
SAYINGS = st.tuples(WORDS, WORDS).filter(lambda two: all(map(is_usable, two)) and not any("{" in text for text in two))


@settings(deadline=None, max_examples=3 * settings().max_examples // 2)
@example(
    [("One line.\nAnother  one, " + "and on " * 20 + "it goes.", "Una línea.\nY otra, " + "y sigue " * 20 + "así.")]
)
@given(st.lists(SAYINGS, min_size=1, max_size=20, unique_by=lambda two: collapse_spaces(two[0])))
def test_whatever_is_said_comes_back_to_the_sign(sayings: list[tuple[str, str]]) -> None:
    english = {"questionnaire": Document("questionnaire.yaml", {"about": [one for one, _ in sayings]})}
    by_id: Any = {
        "translation": {"translated_by": "Ana"},
        "about": [{"en": one, "es": other} for one, other in sayings],
    }
    words = Document("es.yaml", by_id)
    sent = exchange.export_po(english, words, "es", "made", NOW)
    assert_standard(sent)
    made = exchange.import_po(sent.encode(), "es.po", english, words, "es")
    assert read(made.text).data == words.data
    assert made.changed == 0


@settings(deadline=None, max_examples=3 * settings().max_examples)
@given(st.data())
def test_a_damaged_file_is_refused_or_makes_a_whole_translation(data: st.DataObject) -> None:
    english = {name: read(text) for name, text in FILES.items()}
    words = read(SPANISH)
    file = exchange.export_po(english, words, "es", "rest", NOW).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(file)))
        end = data.draw(st.integers(start, min(len(file), start + 60)))
        file = (
            file[:start]
            + data.draw(st.sampled_from([b"", b'"', b"\\", b"\n", b"#", b"\xff", b"msgid ", b"\xef\xbb\xbf"]))
            + file[end:]
        )
    try:
        made = exchange.import_po(file, "es.po", english, words, "es")
    except BadQuestions:
        return
    found = [*translated_texts(read(made.text).data, "es")]
    assert all(isinstance(pair, TranslatedText) for pair in found)
    assert len(found) == len(exchange.entries(english))
