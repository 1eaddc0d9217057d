"""A translation says all that the English says, nothing else, and is up to date with it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.authoring.builder import rebuild_questionnaire
from screening.authoring.checks import translations
from screening.authoring.loader import load_questionnaire, load_support
from screening.authoring.texts import shown_words
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import BadQuestions
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import summarize
from screening.web.questionnaire_limits import LIMITS
from tests.support.core_fixtures import TINY
from tests.support.fault_examples import APART
from tests.support.spoiled_files import NO_WORDS, complaint_lines, refused, write

WORDING = WordingList.from_data(
    {"refuse": [{"id": "rain", "reason": "Rain is never promised.", "en": ["rainy"], "es": ["lluvia"]}]}
)

# Words made only of ids and citations.
WORDING_OF_IDS = WordingList.from_data(
    {"refuse": [{"id": "ids", "reason": "It is an id.", "en": ["say", "opening"], "es": ["say", "opening"]}]}
)


@pytest.fixture
def folder(folder: Path) -> Path:
    """The tiny questionnaire with its Spanish translation."""
    shutil.copy(TINY / "translated" / "es.yaml", folder)
    return folder


def test_every_text_is_translated_and_nothing_else_changes(bilingual: Questionnaire) -> None:
    english, spanish = bilingual, bilingual.in_language("es")
    assert (spanish.language, spanish.version, spanish.id) == ("es", english.version, english.id)
    for name, data in english.files().items():
        before, after = dict(shown_words(name, data)), dict(shown_words(name, spanish.files()[name]))
        assert before.keys() == after.keys()
        assert not set(before.values()) & set(after.values())
    assert without_words(english.files()) == without_words(spanish.files())


def without_words(files: Mapping[str, object]) -> dict[str, object]:
    def bare(data: object, where: tuple[object, ...], shown: set[tuple[object, ...]]) -> object:
        if isinstance(data, list):
            return [bare(item, (*where, number), shown) for number, item in enumerate(data)]
        if isinstance(data, dict):
            return {key: bare(value, (*where, key), shown) for key, value in data.items()}
        return "" if where in shown else data

    return {
        name: bare(data, (), {where for where, _ in shown_words(name, data)})  # type: ignore[arg-type]
        for name, data in files.items()
    }


def test_where_there_is_no_translation_the_english_stands(tiny: Questionnaire) -> None:
    assert tiny.translations == {}
    assert tiny.in_language("es") is tiny


def test_the_version_changes_with_every_word_of_a_translation(folder: Path) -> None:
    before = load_questionnaire(folder, NO_WORDS, LIMITS)[0]
    write(folder / "es.yaml", "es: Una pausa", "es: Un descanso")
    after = load_questionnaire(folder, NO_WORDS, LIMITS)[0]
    assert before.version != after.version


def test_what_is_kept_of_a_version_brings_its_translations_back(bilingual: Questionnaire) -> None:
    kept = rebuild_questionnaire(bilingual.content)
    assert kept.version == bilingual.version
    assert kept.in_language("es").files() == bilingual.in_language("es").files()


def test_what_was_served_once_is_read_again_whatever_is_refused_since(bilingual: Questionnaire) -> None:
    kept = bilingual.content.replace("Walking", "<b>Walking</b>").replace("It warns of rain.", ".")
    assert rebuild_questionnaire(kept).topics[0].title == "<b>Walking</b>"


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "asking-for": st.sampled_from([("myself",), ("someone",), ()]),
            "tried": st.sampled_from([("walks",), ("walks", "talks"), ("nothing",), ()]),
            "unsure": st.sampled_from([("walks", "price"), ("price",), ()]),
        },
    )
)
def test_the_language_changes_no_path_and_no_topic(
    bilingual: Questionnaire, answers: dict[str, tuple[str, ...]]
) -> None:
    english, spanish = Journey(bilingual, answers), Journey(bilingual.in_language("es"), answers)
    assert [step.id for step in english.path] == [step.id for step in spanish.path]
    assert english.answers == spanish.answers
    assert english.is_complete == spanish.is_complete
    said, dicho = summarize(english, "US"), summarize(spanish, "US")
    assert [explained.topic.id for explained in said.topics] == [explained.topic.id for explained in dicho.topics]
    assert len(said.questions) == len(dicho.questions)


NO_PAIR = (
    'A text here needs "en", the English it was translated from, and "es". Write only these two. Put quotes around '
    "text that contains a comma or colon."
)
WHOLE = (TINY / "translated" / "es.yaml").read_text()
HARD = "Recomendamos responsabilidad profesional."
HARDEST = " ".join([f'"{HARD}"'] * 3)
PAUSE = """\
      a-pause:
        title: {en: A pause, es: Una pausa}
        say:
          - {en: Take your time., es: Tómese su tiempo.}
"""
LIMIT = "  - {en: The article is made up., es: El texto no es real.}\n"
WRONG = {
    "missing": (
        ("es.yaml", "    title: {en: Walking, es: Pasear}\n", ""),
        'topics.yaml:8:12: This has no Spanish translation. Add it at es.yaml:57, as "topics: walking: title".',
    ),
    "a paragraph missing": (
        ("es.yaml", "    - {en: Ask a nurse., es: Hable con quien sabe.}", "    []"),
        'topics.yaml:4:47: This has no Spanish translation. Add it at es.yaml:47, as "finding: say".',
    ),
    "stale": (
        ("topics.yaml", "One article likes walks.", "One article likes long walks."),
        'es.yaml:67:9: The English in topics.yaml:9 has changed to "One article likes long walks.". Translate it '
        "again, and put the new English above it.",
    ),
    "extra": (
        ("es.yaml", "  ahead:\n", "  other:\n    title: {en: Other, es: Otra}\n  ahead:\n"),
        "es.yaml:31:12: No English text matches this. The closest is questionnaire.yaml:7. Delete it, or correct the "
        "ids above it.",
    ),
    "said twice": (
        (
            "es.yaml",
            LIMIT,
            LIMIT + LIMIT,
        ),
        "es.yaml:120:5: No English text matches this. The closest is sources.yaml:1. Delete it, or correct the ids "
        "above it.",
    ),
    "without its English": (
        ("es.yaml", "{en: A pause, es: Una pausa}", "Una pausa"),
        f"es.yaml:27:16: {NO_PAIR}",
    ),
    "empty": (
        ("es.yaml", "{en: A pause, es: Una pausa}", "{en: A pause, es: }"),
        f"es.yaml:27:16: {NO_PAIR}",
    ),
    "words that nobody can see": (
        ("es.yaml", "{en: A pause, es: Una pausa}", "{en: A pause, es: .}"),
        f"es.yaml:27:16: {NO_PAIR}",
    ),
    "nothing": (
        ("es.yaml", "{en: A pause, es: Una pausa}", "{en: A pause, es: null}"),
        f"es.yaml:27:16: {NO_PAIR}",
    ),
    "markup": (
        ("es.yaml", "es: Una pausa}", "es: Una<br>pausa}"),
        'es.yaml:27:34: "<br>" would be shown literally. Delete it: texts have no markup.',
    ),
    "another number": (
        ("es.yaml", "es: Una pausa}", "es: Una pausa de 5}"),
        "es.yaml:27:34: The numbers differ: none in English, 5 here. Write the same numbers, in digits.",
    ),
    "options that cannot be told apart": (
        ("es.yaml", "talks: {en: Talks, es: Charlas}", "talks: {en: Talks, es: paseos}"),
        f'es.yaml:24:18: "paseos" appears twice among the options of this question. {APART}',
    ),
    "topics that cannot be told apart": (
        ("es.yaml", "{en: Caring, es: Cuidar}", "{en: Caring, es: Pasear}"),
        f'es.yaml:87:12: "Pasear" appears twice among the topics. {APART}',
    ),
    "in another language": (
        ("es.yaml", "{en: A pause, es: Una pausa}", "{en: A pause, es: Una pausa, fr: Une pause}"),
        f"es.yaml:27:16: {NO_PAIR}",
    ),
    "the same words for two questions of a topic": (
        ("es.yaml", "es: ¿A qué paso?", "es: ¿Hasta dónde?"),
        "es.yaml:74:9: Another question has the same words, in es.yaml:73. Word them differently, as in English.",
    ),
    "the same words for a fixed question and one of a topic": (
        ("es.yaml", "es: ¿Quién más?", "es: ¿Y si espero?"),
        "es.yaml:96:9: Another question has the same words, in es.yaml:52. Word them differently, as in English.",
    ),
    "a topic that is too hard to read": (
        ("es.yaml", "es: No dice hasta dónde.", f"es: {' '.join([HARD] * 6)}"),
        'es.yaml:56:3: "walking" scores 25.9 on the INFLESZ scale; the minimum is 60. Shorten these first: ' + HARDEST,
    ),
    "a section that is too hard to read": (
        ("es.yaml", "es: Vale la pena contarlo.", f"es: {' '.join([HARD] * 6)}"),
        'es.yaml:15:3: "past" scores -41.0 on the INFLESZ scale; the minimum is 60. Shorten these first: ' + HARDEST,
    ),
    "a shared part that is too hard to read": (
        ("es.yaml", "es: Hable con quien sabe.", f"es: {' '.join([HARD] * 6)}"),
        'es.yaml:44:1: "finding" scores -107.7 on the INFLESZ scale; the minimum is 60. Shorten these first: '
        + HARDEST,
    ),
    "words in place of several texts": (
        ("es.yaml", PAUSE, "      a-pause: Una pausa\n"),
        f"es.yaml:26:16: {NO_PAIR}",
    ),
    "cut off": (
        ("es.yaml", "es: No es real como el otro.}\n", "es: No es real como}\n"),
        "es.yaml:124:12: The English ends like a sentence, but this does not. Add any missing words, and end the "
        "sentence.",
    ),
    "a list": (
        ("es.yaml", WHOLE, "- {en: Walks, es: Paseos}\n- Paseos\n"),
        f"es.yaml:2:3: {NO_PAIR}",
    ),
    "only text": (
        ("es.yaml", WHOLE, "Paseos\n"),
        f"es.yaml:1:1: {NO_PAIR}",
    ),
}


@pytest.mark.parametrize(("fault", "complaint"), WRONG.values(), ids=WRONG)
def test_a_wrong_translation_is_reported_with_both_lines(
    folder: Path, fault: tuple[str, str, str], complaint: str
) -> None:
    name, instead_of, this = fault
    write(folder / name, instead_of, this)
    assert refused(folder) == [complaint]


def test_one_question_in_two_topics_is_said_in_one_way(folder: Path) -> None:
    write(folder / "topics.yaml", "Who else?", "How far?")
    write(folder / "es.yaml", "{en: Who else?, es: ¿Quién más?}", "{en: How far?, es: ¿A qué distancia?}")
    assert refused(folder) == [
        "es.yaml:96:9: This question is worded differently in es.yaml:73. Use the same words in both places."
    ]
    write(folder / "es.yaml", "es: ¿A qué distancia?", "es: ¿Hasta dónde?")
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


def test_every_text_is_missed_when_it_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = "title: {en: A few questions, es: Unas preguntas}\n"
    (folder / "es.yaml").write_text(empty)
    english = load_questionnaire(TINY / "tiny", NO_WORDS, LIMITS)[0]
    texts = {name: sum(1 for _ in shown_words(name, data)) for name, data in english.files().items()}
    monkeypatch.setattr(translations, "MAX_LISTED_CHANGES", 1_000)
    assert (
        sum("This has no Spanish translation." in complaint for complaint in refused(folder)) == sum(texts.values()) - 1
    )
    monkeypatch.undo()
    told = refused(folder)
    assert sum("This has no Spanish translation." in complaint for complaint in told) == 10 + 10 + texts["sources"]
    assert told[10] == (
        "questionnaire.yaml:26:24: More texts without a Spanish translation, starting here: "
        f"{texts['questionnaire'] - 11}. Add them in the same way."
    )


def test_pairs_that_cannot_be_read_are_reported_before_what_is_missing(folder: Path) -> None:
    write(
        folder / "es.yaml", "  - {en: This page asks three things., es: Esta página pregunta tres cosas.}", "  - Nada"
    )
    write(folder / "es.yaml", "    title: {en: Walking, es: Pasear}\n", "")
    assert refused(folder) == [f"es.yaml:4:5: {NO_PAIR}"]


def test_other_pairs_of_a_list_are_right_where_one_cannot_be_read(folder: Path) -> None:
    write(folder / "es.yaml", "{en: How far?, es: ¿Hasta dónde?}", "¿Hasta dónde?")
    (complaint,) = refused(folder)
    assert complaint.endswith(NO_PAIR)


def test_an_option_may_be_called_pause(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "talks: {say", "pause: {say")
    write(folder / "es.yaml", "talks: {en", "pause: {en")
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[0].in_language("es").questions[1].options[1].say == "Charlas"


def test_ids_are_never_taken_for_texts(folder: Path) -> None:
    """Authors choose ids of headings, options and questions freely, including `about` and `note`."""
    for file in (folder / "questionnaire.yaml", folder / "topics.yaml", folder / "sources.yaml", folder / "es.yaml"):
        text = file.read_text().replace("article/opening", "article/about").replace("{opening:", "{about:")
        text = text.replace("asking-for", "hint").replace("myself", "say").replace("price:", "about:")
        # A text that contains a word of ids.
        text = text.replace("does not say", "does not tell")
        file.write_text(text)
    questionnaire, _ = load_questionnaire(folder, WORDING_OF_IDS, LIMITS)
    assert questionnaire.questions[1].ask_if.needs == (("hint", frozenset({"say"})),)
    assert questionnaire.in_language("es").sources[0].headings == {"about": "The opening", "middle": "The middle"}


def test_where_lines_are_broken_does_not_make_a_translation_old(folder: Path) -> None:
    write(folder / "topics.yaml", "One article likes walks.", "\n        >-\n        One article\n        likes walks.")
    write(folder / "topics.yaml", "says: [\n        >-", "says:\n      - >-")
    write(folder / "topics.yaml", "likes walks.]", "likes walks.")
    write(folder / "es.yaml", "{en: It warns of rain.,", '{en: "It  warns\\nof rain.",')
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


def test_translations_of_a_list_stand_in_any_order(folder: Path) -> None:
    write(folder / "es.yaml", "      - {en: How far?, es: ¿Hasta dónde?}\n", "")
    more = "      - {en: How fast?, es: ¿A qué paso?}\n"
    write(folder / "es.yaml", more, more + "      - {en: How far?, es: ¿Hasta dónde?}\n")
    spanish = load_questionnaire(folder, NO_WORDS, LIMITS)[0].in_language("es")
    assert spanish.topics[0].ask == ("¿Hasta dónde?", "¿A qué paso?")


def test_what_was_left_in_english_is_warned_of_unless_it_can_be_a_name(folder: Path) -> None:
    write(folder / "es.yaml", "es: Tómese su tiempo.", "es: Take your time.")
    write(folder / "es.yaml", "{en: A pause, es: Una pausa}", "{en: A pause, es: A pause}")
    assert complaint_lines(folder, load_questionnaire(folder, NO_WORDS, LIMITS)[1]) == [
        "es.yaml:29:39: The Spanish is identical to the English. Translate it, unless it is a name."
    ]


RAINY = "must not reach a patient: Rain is never promised."
REMEDY = "Reword it: write modestly, name the source, and say nothing about the reader."


def test_a_translation_is_read_with_the_wording_list_of_its_language(folder: Path) -> None:
    assert refused(folder, WORDING) == [
        f'es.yaml:{place}: "lluvia" {RAINY} {REMEDY}' for place in ("69:37", "82:50", "103:55")
    ]


def test_every_text_is_read_with_the_wording_list_of_every_language(folder: Path) -> None:
    write(folder / "topics.yaml", "It warns of haste.", "It warns of lluvia.")
    write(
        folder / "es.yaml",
        "{en: It warns of haste., es: Advierte de la prisa.}",
        "{en: It warns of lluvia., es: Rainy.}",
    )
    assert refused(folder, WORDING) == [
        f'topics.yaml:29:13: "lluvia" {RAINY} {REMEDY}',
        *(f'es.yaml:{place}: "lluvia" {RAINY} {REMEDY}' for place in ("69:37", "82:50", "103:55")),
        f'es.yaml:110:39: "rainy" {RAINY} {REMEDY}',
    ]


def test_a_title_in_any_language_tells_nothing(folder: Path) -> None:
    entry = {"id": "seen", "reason": "Others see it.", "en": ["private"], "es": ["privad[oa]"]}
    write(folder / "es.yaml", "es: Sobre usted", "es: Su vida privada")
    write(folder / "es.yaml", "es: Una pausa", "es: Una pausa privada")
    write(folder / "es.yaml", "es: Unas preguntas", "es: Private")
    write(folder / "es.yaml", "es: Pasear", "es: Paseo privado")
    wrong = "must not be in a title or an address: Others see it. Put it in the text instead."
    assert refused(folder, WordingList.from_data({"refuse-in-titles": [entry]})) == [
        f'es.yaml:2:34: "private" {wrong}',
        f'es.yaml:7:32: "privada" {wrong}',
        f'es.yaml:27:34: "privada" {wrong}',
    ]


def test_the_referral_sends_to_somebody_in_each_language(folder: Path) -> None:
    entry = {"id": "sends", "reason": "It sends.", "en": ["qualified"], "es": ["profesionales"]}
    write(folder / "es.yaml", "es: Hable con profesionales de la salud.", "es: A qualified friend.")
    assert refused(folder, WordingList.from_data({"require": [entry]})) == [
        'es.yaml:40:3: Required words are missing here: It sends. Use words listed under "require" in wording.yaml, '
        "or add yours there."
    ]


def test_a_language_that_the_wording_list_cannot_read_is_refused(folder: Path) -> None:
    english = WordingList.from_data({"refuse": [{"id": "rain", "reason": "Rain is never promised.", "en": ["rainy"]}]})
    wrong = "wording.yaml lists no words in Spanish, so every word would pass."
    assert refused(folder, english) == [f'es.yaml:2:1: {wrong} Add some under "es:", next to "en:".']


def test_support_lines_are_translated_too(tmp_path: Path) -> None:
    (tmp_path / "support.yaml").write_text(SUPPORT)
    (tmp_path / "es.yaml").write_text(SPANISH_SUPPORT)
    support = load_support(tmp_path / "support.yaml", NO_WORDS)[0]["US"]
    assert (support.talk[0].note, support.name) == ("Press two.", "Somewhere")
    spanish = support.shown(confirmed=False).in_language("es")
    assert (spanish.talk[0].note, spanish.name) == ("Marque dos.", "Algún lugar")
    assert spanish.emergency == support.emergency
    (tmp_path / "es.yaml").write_text(SPANISH_SUPPORT.replace("Press two.", "Press one."))
    with pytest.raises(BadQuestions, match=r"es.yaml:7:15: The English in support.yaml:8 has changed to"):
        load_support(tmp_path / "support.yaml", NO_WORDS)


SUPPORT = """\
countries:
  US:
    name: Somewhere
    emergency: ["000"]
    talk:
      - id: line
        name: A line
        note: Press two.
        call: "1"
        languages: [en]
        source: A page
        checked: 2026-11-21
        verified: "true"
"""
SPANISH_SUPPORT = """\
countries:
  US:
    name: {en: Somewhere, es: Algún lugar}
    talk:
      line:
        name: {en: A line, es: Una línea}
        note: {en: Press two., es: Marque dos.}
"""
