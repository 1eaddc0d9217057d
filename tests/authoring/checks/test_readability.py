from __future__ import annotations

from pathlib import Path

import pytest

from screening.authoring.checks import readability
from screening.authoring.loader import load_questionnaire
from screening.authoring.schema import FileName
from screening.authoring.texts import shown_words
from screening.authoring.yaml_document import Data
from screening.questionnaire.model import Questionnaire
from screening.text.normalization import sentences as sentences_of_the_wording_list
from screening.web.questionnaire_limits import LIMITS
from tests.support.spoiled_files import NO_WORDS, refused, write

HARD = "Psychotherapeutic considerations necessitate interdisciplinary evaluation."


def grade(*texts: str, language: str = "en") -> float:
    return readability.grades("questionnaire", {"about": [*texts]}, language)["about"]


def complaints(data: dict[str, Data], language: str = "en") -> list[str]:
    return [f"{fault.wrong} {fault.remedy}" for _, fault, _ in readability.check("questionnaire", data, language)]


# The formulas, compared with sums done by hand.


@pytest.mark.parametrize(
    ("text", "score"),
    [
        # 7 words in 2 sentences, 8 syllables: 0.39 * 3.5 + 11.8 * 8/7 - 15.59
        ("We take notes. They read them again.", -0.7),
        # 12 words in 1 sentence, 17 syllables: 0.39 * 12 + 11.8 * 17/12 - 15.59
        ("A doctor or a nurse can explain what is known about medicine.", 5.8),
        # 8 words, 11 syllables, with 2 for each well-known word.
        ("Ketamine may help some people, one professional says.", 3.8),
    ],
)
def test_the_flesch_kincaid_grade(text: str, score: float) -> None:
    assert grade(text) == score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        # 6 words in 2 sentences, 9 syllables: 206.835 - 62.3 * 9/6 - 3
        ("El sol sale. La luna brilla.", 110.4),
        # 8 words in 1 sentence, 16 syllables: 206.835 - 62.3 * 16/8 - 8
        ("El paciente toma la medicina por la mañana.", 74.2),
        # 7 words in 2 sentences, 14 syllables: 206.835 - 62.3 * 14/7 - 3.5
        ("¿Qué quiere preguntar? ¡Puede preguntar todo hoy!", 78.7),
    ],
)
def test_the_spanish_scale(text: str, score: float) -> None:
    assert grade(text, language="es") == score


@pytest.mark.parametrize(
    ("text", "as_hard_as"),
    [
        ("Call 1-800-662-4357 today.", "Call one today."),
        ("Come at 2 p.m. on the day.", "Come at two now on the day."),
        ("Take 3.5 of them.", "Take three of them."),
        ("The U.S. FDA, e.g., tests each drug.", "The lone group, there, tests each drug."),
        ("It costs $15, or 7% (more for PTSD).", "It costs much, or less (more for that)."),
        ("Tell the USA and the CEOs.", "Tell the group and the boss."),
        ("It is ketamine-assisted.", "It is psychotherapy."),
        ("This is so — and/or not—but may be.", "This is so and or not but may be."),
        ("A professional's view, two professionals’ views.", "A writer's view, two writers’ views."),
    ],
)
def test_words_as_they_are_counted(text: str, as_hard_as: str) -> None:
    assert grade(text) == grade(as_hard_as)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Lee and Mrs. Poe of St. Paul live in the U.S. Army's town.", "They walk."],
        ["Bring notes, e.g. Monday's, i.e. What you wrote.", "Or none."],
        ["Call 1-800-662-4357 at 2 p.m. or at 3.5 past noon.", "988 is open."],
        ['It asks "why?" and goes on.', 'It says "no."', "(That is all.)", "Is it?", "Yes!"],
        ["One thing is clear: it takes time: years.", "So say I.", "Some wait…", "Some do not..."],
        ["La Dra. Paz y el Sr. Gil viven en EE. UU. y hablan, p. ej. Lunes.", "¿Sí?", "«No.»", "¡Ay!"],
    ],
)
def test_sentences_end_where_readers_end_them(sentences: list[str]) -> None:
    assert readability.sentences_as_written(" ".join(sentences)) == sentences


@pytest.mark.parametrize("text", ["Who can help", "", "…and so", "What helped;", "A title of eight words is still one"])
def test_what_does_not_end_as_a_sentence_is_none(text: str) -> None:
    assert readability.sentences_as_written(text) == []


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Bring: a list. And notes", ["Bring: a list."]),
        (
            "It is so. And then it goes on and on for nine words",
            ["It is so.", "And then it goes on and on for nine words"],
        ),
        ("These are the things that you could bring along:", ["These are the things that you could bring along:"]),
    ],
)
def test_a_stop_that_is_missing_hides_nothing(text: str, sentences: list[str]) -> None:
    assert readability.sentences_as_written(text) == sentences


@pytest.mark.parametrize(("language", "most"), [("en", 40), ("es", 45)])
def test_a_sentence_that_nobody_can_follow_is_reported_though_all_around_it_is_easy(language: str, most: int) -> None:
    easy = ["No sé."] * 60
    assert complaints({"about": [*easy, "No " + "sé " * (most - 2) + "más."]}, language) == []
    assert complaints({"about": [*easy, "No " + "sé " * (most - 1) + "más."]}, language) == [
        f'"No sé sé sé sé sé …" has {most + 1} words; the limit is {most}. Split it into two sentences.'
    ]


def test_an_option_that_nobody_can_take_in_is_reported(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "say: Talks", f"say: {'Talks ' * 13}now")
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []
    write(folder / "questionnaire.yaml", "Talks now", "Talks. Talks now")
    assert refused(folder) == [
        'questionnaire.yaml:27:24: "Talks Talks Talks Talks Talks Talks …" has 15 words; the limit is 14. Shorten it.'
    ]


def test_a_sentence_without_words_is_none() -> None:
    assert grade("... We walk. ?!") == grade("We walk.")
    assert readability.grades("questionnaire", {"about": "..."}) == {}


def test_the_wording_list_and_the_grade_see_the_same_sentences(real: Questionnaire) -> None:
    whole = 0
    for name, data in real.files().items():
        for _, text in shown_words(name, data):
            if found := readability.sentences_as_written(text):
                whole += 1
                assert len(found) == len(sentences_of_the_wording_list(text)), text
    assert whole > 200


# Complaints.


def test_a_topic_that_is_too_hard_is_reported_with_its_hardest_sentences_first(folder: Path) -> None:
    write(
        folder / "topics.yaml",
        "[One article likes walks.]",
        """
      - One article likes walks. It calls walking a considerable opportunity for improvement of circulation.
      - >-
        Recovery is possible. Physical activity facilitates psychological equilibrium, it says, and additionally
        contributes to considerable improvement of respiratory efficiency.
    """,
    )
    write(folder / "topics.yaml", "It warns of rain.", "It warns of unfavorable atmospheric conditions.")
    assert refused(folder) == [
        'topics.yaml:7:5: "walking" is at reading grade 10.2; the limit is 8. Shorten these first: "Physical activity '
        "facilitates psychological equilibrium, it says, and additionally contributes to considerable improvement of "
        'respiratory efficiency." "It calls walking a considerable opportunity for improvement of circulation." "It '
        'warns of unfavorable atmospheric conditions."'
    ]


def test_a_section_that_is_too_hard_is_reported_with_the_other_complaints(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "It opens the next question.", f'"{HARD}"')
    write(folder / "questionnaire.yaml", "slug: small-talk", "slug: small_talk")
    assert refused(folder) == [
        'questionnaire.yaml:2:7: "small_talk" is not an id. Use lowercase letters, digits and hyphens, such as '
        "low-mood.",
        f'questionnaire.yaml:6:5: "you" is at reading grade 25.3; the limit is 8. Shorten these first: "{HARD}" "Who '
        'are you asking for?"',
    ]


COUNTED = [
    ("questionnaire", "about: [", "This page asks three things.", "4:1", "about"),
    ("questionnaire", "ask: ", "Who are you asking for?", "6:5", "you"),
    ("questionnaire", "hint: ", "There is no wrong answer.", "16:5", "past"),
    ("questionnaire", "why: ", "Much is not known.", "30:5", "ahead"),
    ("questionnaire", "say: [", "Take your time.", "16:5", "past"),
    ("topics", "opens: [", "Talk with a qualified professional.", "1:1", "referral"),
    ("topics", "closes: [", "Only a qualified professional can judge that.", "1:1", "referral"),
    ("topics", "say: ", "Ask a nurse.", "4:1", "finding"),
    ("topics", "ask_always: [", "What else is there?", "5:1", "ask_always"),
    ("topics", "says: [", "One article likes walks.", "7:5", "walking"),
    ("topics", "warns: [", "It names no risks.", "16:5", "caring"),
    ("topics", "unknown: [", "We do not learn more.", "25:5", "constant"),
    ("topics", "say: ", "An agency wrote about it.", "25:5", "constant"),
    ("topics", "ask: [", "How far?", "7:5", "walking"),
    ("sources", "limits: [", "The article is made up.", "1:1", "limits"),
    ("sources", "about: ", "It is made up too.", "7:5", "agency"),
]


@pytest.mark.parametrize(("file", "key", "text", "place", "name"), COUNTED)
def test_every_text_made_of_sentences_counts(
    folder: Path, file: str, key: str, text: str, place: str, name: str
) -> None:
    write(folder / f"{file}.yaml", key + text, f"{key}{' '.join([HARD] * 6)}")
    (complaint,) = refused(folder)
    assert complaint.startswith(f'{file}.yaml:{place}: "{name}" is at reading grade ')
    assert f'Shorten these first: "{HARD}" "{HARD}" "{HARD}"' in complaint


@pytest.mark.parametrize(
    ("file", "key", "text"),
    [
        ("questionnaire", "title: ", "A few questions"),
        ("questionnaire", "title: ", "About you"),
        ("questionnaire", "title: ", "A pause"),
        ("questionnaire", "say: ", "Someone else"),
        ("questionnaire", "say: ", "Talks"),
        ("topics", "title: ", "Walking"),
        ("topics", "bring: [", "This page"),
    ],
)
def test_titles_labels_and_lists_are_no_sentences(folder: Path, file: str, key: str, text: str) -> None:
    write(folder / f"{file}.yaml", key + text, key + HARD.removesuffix("."))
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


def test_a_label_that_is_written_as_a_sentence_is_still_a_label(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "say: Talks", f"say: {HARD}")
    write(folder / "questionnaire.yaml", "say: Someone else", f"say: {HARD}")
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


def test_the_line_that_says_who_answers_for_the_words_has_no_grade() -> None:
    data: Data = {"about": "Read on.", "governance": {"interest": "This clinic may offer ketamine therapy."}}
    assert list(readability.grades("questionnaire", data)) == ["about"]


def test_the_titles_of_sources_are_the_words_of_others(folder: Path) -> None:
    write(folder / "sources.yaml", "title: A notice", f"title: {HARD}")
    assert load_questionnaire(folder, NO_WORDS, LIMITS)[1] == []


@pytest.mark.parametrize(
    ("text", "score"),
    [
        # 11 words of 18 syllables; two sentences, 8 words of 15 syllables.
        ("The water is better after dinner, and mother never takes sugar.", 8.0),
        ("Never water paper plants. Mother never watered flowers.", 8.1),
    ],
)
def test_grade_8_is_the_most(text: str, score: float) -> None:
    assert grade(text) == score
    beginnings = [complaint[:27] for complaint in complaints({"about": text})]
    assert beginnings == ['"about" is at reading grade'] * (score > 8)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        # 19 words of 39 syllables; 11 words of 24.
        (
            "Cada persona puede preguntar mucho antes de tomar una nueva pastilla, y también puede hablar con otras "
            "personas luego.",
            60.0,
        ),
        ("Cada persona puede preguntar mucho antes de tomar una nueva pastilla.", 59.9),
    ],
)
def test_60_is_the_least_in_spanish(text: str, score: float) -> None:
    assert grade(text, language="es") == score
    expected = f'"about" scores 59.9 on the INFLESZ scale; the minimum is 60. Shorten these first: "{text}"'
    assert complaints({"about": text}, "es") == [expected] * (score < 60)


def test_the_hardest_sentences_in_spanish() -> None:
    easy, long, hard = (
        "Es de día.",
        "La evaluación la hace un profesional.",
        "Recomendamos responsabilidad profesional.",
    )
    (complaint,) = complaints({"about": [f"{easy} {long}", f"{hard} {easy}"]}, "es")
    assert complaint.endswith(f'Shorten these first: "{hard}" "{long}" "{easy}"')


def test_a_language_without_a_scale_is_an_error() -> None:
    with pytest.raises(KeyError):
        grade("Guten Tag.", language="de")


# Figures.


def test_each_topic_section_and_shared_part_of_the_real_questions_has_its_grade(real: Questionnaire) -> None:
    graded = {file: readability.grades(file, data) for file, data in real.files().items()}
    sections, topics = ([one.id for one in listed] for listed in (real.sections, real.topics))
    assert {file: list(parts) for file, parts in graded.items()} == {
        "questionnaire": ["start", "about", "gone", *sections],
        "topics": ["referral", "finding", "ask_always", "box", *topics],
        "sources": ["limits", *(source.id for source in real.sources)],
    }
    assert max(max(parts.values()) for parts in graded.values()) <= 8


def test_the_figures_in_one_line() -> None:
    english: dict[FileName, dict[str, float]] = {
        "questionnaire": {"about": 3.5, "opioids": 3.6},
        "topics": {"opioids": 6.5, "mood": 4.0},
    }
    spanish: dict[FileName, dict[str, float]] = {"topics": {"opioids": 61.5, "mood": 74.0}}
    assert readability.grades_in_short(english) == "Reading grade 3.5 to 6.5 (Flesch-Kincaid; hardest: opioids)"
    assert readability.grades_in_short({"topics": {}}) == "Reading not graded, since no text is a whole sentence"
    assert readability.grades_in_short(spanish, "es") == "Reading 61.5 to 74.0 (INFLESZ; hardest: opioids)"
