from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring import schema
from screening.authoring.loader import load_collection, load_questionnaire, load_support, load_wording
from screening.authoring.wording_list import WordingList
from screening.authoring.yaml_document import BadQuestions, Complaint
from screening.questionnaire.model import Pause, Questionnaire
from screening.web.questionnaire_limits import LIMITS
from tests.support.core_fixtures import TINY
from tests.support.fault_examples import LIST, QUESTIONNAIRE, SOURCES, SUPPORT, TOPICS, WRONG_LIST, WRONG_SUPPORT
from tests.support.mutations import remembering
from tests.support.spoiled_files import NO_WORDS, assert_it_helps, complaint_lines, refused, write

QUESTIONS = Path(__file__).parents[2] / "questions"
WORDING = WordingList.from_data(
    {
        "refuse": [{"id": "a", "reason": "It is a test.", "en": ["forbidden"]}],
        "refuse-unless-allowed": [{"id": "b", "reason": "It is a test.", "en": ["doubtful"]}],
        "warn": [{"id": "c", "reason": "It is a test.", "en": ["unusual"]}],
    }
)

SEEN = WordingList.from_data({"refuse-in-titles": [{"id": "d", "reason": "Others see it.", "en": ["private"]}]})
SENDS = WordingList.from_data({"require": [{"id": "e", "reason": "It sends to somebody.", "en": ["qualified"]}]})

WRONG = [
    pytest.param(file, *case[:2], case[2:], id=f"{file}: {what}")
    for file, cases in (("questionnaire", QUESTIONNAIRE), ("topics", TOPICS), ("sources", SOURCES))
    for what, case in cases.items()
]


def test_the_tiny_questionnaire_is_right(folder: Path) -> None:
    assert load_questionnaire(folder, WORDING, LIMITS)[1] == []


@pytest.mark.parametrize(("file", "instead_of", "this", "complaints"), WRONG)
def test_one_fault_is_reported(
    folder: Path, file: str, instead_of: str, this: str, complaints: tuple[str, ...]
) -> None:
    write(folder / f"{file}.yaml", instead_of, this)
    assert refused(folder) == [f"{file}.yaml:{complaint}" for complaint in complaints]


def test_a_file_that_is_only_text(folder: Path) -> None:
    (folder / "sources.yaml").write_text("Two articles.\n")
    assert refused(folder) == [
        "sources.yaml:1:1: This must have keys with values. Use these keys: limits, sources.",
    ]


def test_a_merge_key_is_no_key(folder: Path) -> None:
    write(folder / "sources.yaml", "headings: {opening", "headings: {<<: The start, opening")
    write(folder / "sources.yaml", "limits:", "<<: {a: b}\nlimits:")
    assert refused(folder) == [
        'sources.yaml:1:1: "<<" is not a key here. Available: limits, sources.',
        'sources.yaml:7:16: "<<" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
    ]


def test_all_faults_of_all_files_are_reported_together_in_the_order_of_the_files(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "slug: small-talk", "slug: small_talk")
    write(folder / "questionnaire.yaml", "title: A few questions", "title: Forbidden questions")
    write(folder / "questionnaire.yaml", "        why: Much is not known.\n", "")
    write(folder / "questionnaire.yaml", "id: tiny", "id: Tiny")
    (folder / "topics.yaml").write_text("referral: [\n")
    write(folder / "sources.yaml", "limits: [The", "limits: [A forbidden")
    write(folder / "sources.yaml", "checked: 2026-11-21", "checked: today")
    assert refused(folder, WORDING) == [
        'questionnaire.yaml:1:5: "Tiny" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
        'questionnaire.yaml:2:7: "small_talk" is not an id. Use lowercase letters, digits and hyphens, such as '
        "low-mood.",
        'questionnaire.yaml:3:8: "forbidden" must not reach a patient: It is a test. Reword it: write modestly, name '
        "the source, and say nothing about the reader.",
        'questionnaire.yaml:33:9: "why" is missing here. Add "why:".',
        "topics.yaml:2:1: Something is missing here. Close the bracket, or delete the comma before it.",
        'sources.yaml:1:10: "forbidden" must not reach a patient: It is a test. Reword it: write modestly, name the '
        "source, and say nothing about the reader.",
        'sources.yaml:12:14: "today" is not a date. Write year-month-day, such as 2026-03-31.',
    ]


def test_what_does_not_fit_together_is_reported_together(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "id: unsure", "id: tried")
    write(folder / "questionnaire.yaml", "topics: [caring]", "topics: [carring]")
    write(folder / "questionnaire.yaml", "{asking-for: [myself]}", "{asking-for: [me]}")
    write(folder / "topics.yaml", "sources: [article/middle]", "sources: [article/end]")
    write(folder / "topics.yaml", "title: Walking", "title: Forbidden walks")
    write(folder / "sources.yaml", "    checked: 2026-11-21\n", "")
    assert [complaint.split(" ")[0] for complaint in refused(folder, WORDING)] == [
        "questionnaire.yaml:15:49:",
        "questionnaire.yaml:24:31:",
        "questionnaire.yaml:33:13:",
        "topics.yaml:8:12:",
        "topics.yaml:22:15:",
        "sources.yaml:7:5:",
    ]


def test_an_article_may_be_silent_where_its_silence_is_told(folder: Path) -> None:
    """On a card and in the box, in what is not known; in the longer text, also in what it warns of."""
    write(folder / "topics.yaml", "warns: [It warns of rain.]", "warns: [{say: It is silent., sources: [article]}]")
    write(folder / "topics.yaml", "[We do not learn how far.]", "[{say: It does not tell., sources: [article]}]")
    walking = load_questionnaire(folder, NO_WORDS, LIMITS)[0].topics[0]
    assert [paragraph.sources for paragraph in (*walking.warns, *walking.unknown)] == [("article",)] * 2


def test_no_topic_is_called_as_the_questions_that_everyone_takes(folder: Path) -> None:
    topics = folder / "topics.yaml"
    topics.write_text(topics.read_text().replace("id: walking", "id: always").replace("[walking]", "[always]"))
    questionnaire = folder / "questionnaire.yaml"
    questionnaire.write_text(questionnaire.read_text().replace("[walking]", "[always]"))
    assert refused(folder) == [
        'topics.yaml:7:9: The id "always" is reserved for the questions that everyone takes along. Give the topic '
        "another id."
    ]


@pytest.mark.parametrize("word", ["written_on", "reviewed_on", "next_review"])
def test_the_days_of_those_who_answer_for_the_words_are_in_the_model(folder: Path, word: str) -> None:
    questionnaire = folder / "questionnaire.yaml"
    line = next(line for line in questionnaire.read_text().splitlines() if f"{word}:" in line)
    write(questionnaire, line, f"  {word}: 2027-01-01")
    governance = load_questionnaire(folder, NO_WORDS, LIMITS)[0].governance
    assert getattr(governance, word) == date(2027, 1, 1)


def test_nobody_and_no_day_are_written_as_none(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "reviewed_by: A made-up nurse", "reviewed_by: none")
    write(folder / "questionnaire.yaml", 'reviewed_on: "2026-11-30"', "reviewed_on: none")
    write(folder / "questionnaire.yaml", "paid_by: A made-up clinic", "paid_by: none")
    governance = load_questionnaire(folder, NO_WORDS, LIMITS)[0].governance
    assert governance
    assert (governance.reviewed_by, governance.reviewed_on, governance.paid_by) == ("", None, "")


def test_an_outside_source_that_nobody_compared_is_one_all_the_same(folder: Path, tiny: Questionnaire) -> None:
    write(folder / "sources.yaml", "    checked: 2026-11-21", "    checked: 2026-11-21\n    verified: false")
    assert [one.verified for one in load_questionnaire(folder, NO_WORDS, LIMITS)[0].sources] == [True, False]
    assert [one.verified for one in tiny.sources] == [True, True]


# Required in files that go live, but missing in versions from before it was introduced.

EXAMPLES = {
    "written_by": "the makers of this software",
    "written_on": "2026-11-30",
    "reviewed_by": "none",
    "reviewed_on": "none",
    "next_review": "2027-05-31",
    "paid_by": "none",
    "interest": "This clinic may offer ketamine therapy.",
}


def without(file: Path, *keys: str) -> None:
    """Remove keys of a file, with everything below them."""
    kept, is_gone = [], False
    for line in file.read_text().splitlines():
        is_gone = line.split(":")[0] in keys if line[:1].strip() else is_gone
        kept += [] if is_gone else [line]
    file.write_text("\n".join(kept) + "\n")


@pytest.mark.parametrize("field", schema.GovernancePart.model_fields)
def test_each_thing_that_nobody_answers_for_is_named_with_an_example(folder: Path, field: str) -> None:
    questionnaire = folder / "questionnaire.yaml"
    (line,) = (line for line in questionnaire.read_text().splitlines() if line.startswith(f"  {field}:"))
    write(questionnaire, f"{line}\n", "")
    assert refused(folder) == [
        f'questionnaire.yaml:45:3: "{field}" is missing here. Add "{field}: {EXAMPLES[field]}".',
    ]


def test_words_that_nobody_answers_for_are_refused(folder: Path) -> None:
    without(folder / "questionnaire.yaml", "governance")
    (complaint,) = refused(folder)
    assert complaint == (
        'questionnaire.yaml:1:1: "governance" is missing: it says who is responsible for these texts. Add '
        '"governance:", for example with written_by: the makers of this software, written_on: 2026-11-30, '
        "reviewed_by: none, reviewed_on: none, next_review: 2027-05-31, paid_by: none, interest: This clinic may "
        "offer ketamine therapy."
    )
    assert all(field in complaint for field in schema.GovernancePart.model_fields)


def test_questions_without_a_box_are_refused(folder: Path) -> None:
    without(folder / "topics.yaml", "box")
    assert refused(folder) == [
        'topics.yaml:1:1: "box" is missing here. Add "box:" with what is worth knowing, whatever was picked.'
    ]


def test_each_topic_without_a_card_is_named(folder: Path) -> None:
    topics = folder / "topics.yaml"
    lines = topics.read_text().splitlines(keepends=True)
    topics.write_text("".join(line for line in lines if not line.startswith("    card:")))
    assert refused(folder) == [
        f'topics.yaml:{line}:5: "card" is missing here. Add "card:" with its said, care and unknown.'
        for line in (7, 15, 23)
    ]


@pytest.fixture
def translation(folder: Path) -> Path:
    return Path(shutil.copy(TINY / "translated" / "es.yaml", folder))


def test_a_translation_that_nobody_answers_for_is_refused(folder: Path, translation: Path) -> None:
    without(translation, "translation")
    assert refused(folder) == [
        'es.yaml:2:1: "translation" is missing: it says who is responsible for this translation. Add "translation:", '
        "for example with translated_by: the makers of this software, reviewed_by: none, reviewed_on: none."
    ]


@pytest.mark.parametrize(
    ("instead_of", "this", "complaint"),
    [
        (
            "translated_by: quienes escriben estas pruebas, ",
            "",
            '125:14: "translated_by" is missing here. Add "translated_by: the makers of this software".',
        ),
        (
            ", reviewed_by: none, reviewed_on: none}",
            ", reviewed_on: none}",
            '125:14: "reviewed_by" is missing here. Add "reviewed_by: none".',
        ),
        (", reviewed_on: none}", "}", '125:14: "reviewed_on" is missing here. Add "reviewed_on: none".'),
        (
            "reviewed_on: none}",
            "reviewed_on: soon}",
            '125:94: "soon" is not a date. Write year-month-day, such as 2026-03-31, or none.',
        ),
        (
            "reviewed_on: none}",
            "reviewed_on: none, checked: none}",
            '125:100: "checked" is not a key here. Available: translated_by, reviewed_by, reviewed_on.',
        ),
        (
            "{translated_by: quienes escriben estas pruebas, reviewed_by: none, reviewed_on: none}",
            "quienes escriben estas pruebas",
            "125:14: This must have keys with values. Use these keys: translated_by, reviewed_by, reviewed_on.",
        ),
    ],
)
def test_who_answers_for_a_translation_is_reported_wrongly(
    folder: Path, translation: Path, instead_of: str, this: str, complaint: str
) -> None:
    write(translation, instead_of, this)
    assert refused(folder) == [f"es.yaml:{complaint}"]


def test_who_answers_for_a_translation_is_in_its_model_alone(folder: Path, translation: Path) -> None:
    write(translation, "reviewed_by: none, reviewed_on: none", "reviewed_by: Una enfermera, reviewed_on: 2026-12-01")
    english = load_questionnaire(folder, NO_WORDS, LIMITS)[0]
    spanish = english.in_language("es").governance
    assert english.governance
    assert english.governance.translated_by == ""
    assert spanish
    assert (spanish.translated_by, spanish.translation_reviewed_by, spanish.translation_reviewed_on) == (
        "quienes escriben estas pruebas",
        "Una enfermera",
        date(2026, 12, 1),
    )
    assert (spanish.written_by, spanish.written_on) == ("quienes escriben estas pruebas", english.governance.written_on)


def test_files_that_are_not_there_are_each_reported(folder: Path) -> None:
    (folder / "topics.yaml").unlink()
    (folder / "sources.yaml").unlink()
    assert refused(folder) == [
        "topics.yaml:1:1: The file cannot be read. It is missing: create it.",
        "sources.yaml:1:1: The file cannot be read. It is missing: create it.",
    ]


SHOWN = [
    ("questionnaire", "title: ", "A few questions", "3:8"),
    ("questionnaire", "about: [", "This page asks three things.", "4:9"),
    ("questionnaire", "title: ", "About you", "7:12"),
    ("questionnaire", "ask: ", "Who are you asking for?", "10:14"),
    ("questionnaire", "hint: ", "There is no wrong answer.", "21:15"),
    ("questionnaire", "why: ", "It is worth telling.", "22:14"),
    ("questionnaire", "say: ", "Someone else", "15:26"),
    ("questionnaire", "say: ", "Talks", "27:24"),
    ("questionnaire", "title: ", "A pause", "29:37"),
    ("questionnaire", "say: [", "Take your time.", "29:52"),
    ("topics", "opens: [", "Talk with a qualified professional.", "2:11"),
    ("topics", "closes: [", "Only a qualified professional can judge that.", "3:12"),
    ("topics", "title: ", "Finding someone", "4:18"),
    ("topics", "say: ", "Ask a nurse.", "4:47"),
    ("topics", "bring: [", "This page", "4:86"),
    ("topics", ", ", "What if I wait?", "5:35"),
    ("topics", "title: ", "Walking", "8:12"),
    ("topics", "says: [", "One article likes walks.", "9:12"),
    ("topics", "warns: [", "It warns of rain.", "10:13"),
    ("topics", "unknown: [", "We do not learn how far.", "11:15"),
    ("topics", "ask: [", "How far?", "12:11"),
    ("topics", "say: ", "An agency wrote about it.", "31:21"),
    ("questionnaire", "lead: ", "This page asks three things about walks.", "41:9"),
    ("questionnaire", "protects: [", "It cannot tell you where to go.", "42:14"),
    ("questionnaire", "fine: ", "It is for everyone.", "43:9"),
    ("questionnaire", "written_by: ", "the makers of these tests", "45:15"),
    ("questionnaire", "reviewed_by: ", "A made-up nurse", "47:16"),
    ("questionnaire", "paid_by: ", "A made-up clinic", "50:12"),
    ("questionnaire", "interest: ", "This clinic may offer walks.", "51:13"),
    ("questionnaire", "weather: ", "What is the weather like?", "52:17"),
    ("questionnaire", "tried/runs: ", "Runs", "52:56"),
    ("topics", "about: ", "What the article says of walking.", "15:12"),
    ("topics", "help: ", '"If it gets hard, {talk}."', "23:18"),
    ("topics", "say: ", "The article likes to walk.", "14:25"),
    ("topics", "say: ", "It warns of the rain.", "14:96"),
    ("topics", "say: ", "It does not say how far.", "14:180"),
    ("topics", "say: ", "Care takes time.", "23:284"),
    ("topics", "say: ", "It is silent on snow.", "42:17"),
    ("topics", "say: ", "Nobody knows the weather.", "44:25"),
    ("topics", "title: ", "Outdoors", "46:27"),
    ("sources", "limits: [", "The article is made up.", "1:10"),
    ("sources", "about: ", "It is made up.\n", "5:12"),
    ("sources", "by: ", "An agency", "9:9"),
]


@pytest.mark.parametrize(("file", "key", "text", "place"), SHOWN)
def test_forbidden_words_are_found_in_every_text_that_is_shown(
    folder: Path, file: str, key: str, text: str, place: str
) -> None:
    end = "\n" if text.endswith("\n") else ""
    write(folder / f"{file}.yaml", key + text, f"{key}It is forbidden.{end}")
    assert refused(folder, WORDING) == [
        f'{file}.yaml:{place}: "forbidden" must not reach a patient: It is a test. Reword it: write modestly, name '
        "the source, and say nothing about the reader."
    ]


@pytest.mark.parametrize("cited", ["title: A made-up article", "opening: The opening"], ids=["title", "heading"])
def test_citations_are_the_words_of_others_and_exempt(folder: Path, cited: str) -> None:
    write(folder / "sources.yaml", cited, f"{cited.partition(':')[0]}: Forbidden fruit")
    assert load_questionnaire(folder, WORDING, LIMITS)[1] == []


@pytest.mark.parametrize(
    ("instead_of", "this", "place"),
    [
        ("slug: small-talk", "slug: small-private-talk", "2:7"),
        ("title: A few questions", "title: Private questions", "3:8"),
        ("title: About you", "title: Private matters", "7:12"),
        ("title: A pause", "title: A private pause", "29:37"),
    ],
)
def test_what_is_seen_beside_the_page_tells_nothing(folder: Path, instead_of: str, this: str, place: str) -> None:
    write(folder / "questionnaire.yaml", instead_of, this)
    write(folder / "questionnaire.yaml", "hint: There is no wrong answer.", "hint: In private.")
    write(folder / "topics.yaml", "title: Walking", "title: Private walks")
    assert refused(folder, SEEN) == [
        f'questionnaire.yaml:{place}: "private" must not be in a title or an address: Others see it. Put it in the '
        "text instead."
    ]


def test_an_option_named_title_is_no_title(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "talks: {say: Talks", "title: {say: Private talks")
    assert load_questionnaire(folder, SEEN, LIMITS)[1] == []


@pytest.mark.parametrize(
    ("end", "this", "line"),
    [
        ("opens: [Talk with a qualified professional.]", "opens: [Hello., Hello again.]", 2),
        ("closes: [Only a qualified professional can judge that.]", "closes: [Bye.]", 3),
    ],
)
def test_a_referral_that_sends_to_nobody_is_reported(folder: Path, end: str, this: str, line: int) -> None:
    write(folder / "topics.yaml", end, this)
    assert refused(folder, SENDS) == [
        f"topics.yaml:{line}:3: Required words are missing here: It sends to somebody. Use words listed under "
        '"require" in wording.yaml, or add yours there.'
    ]


def test_words_on_the_allow_list_have_a_way_out(folder: Path) -> None:
    write(folder / "topics.yaml", "One article likes walks.", "It is doubtful.")
    (complaint,) = refused(folder, WORDING)
    assert complaint == (
        'topics.yaml:9:12: "doubtful" must not reach a patient: It is a test. Reword it, or add the sentence and a '
        'reason under "allow" in wording.yaml.'
    )


def test_a_warning_is_reported_and_stops_nothing(folder: Path) -> None:
    write(folder / "topics.yaml", "One article likes walks.", "It is unusual.")
    questionnaire, warnings = load_questionnaire(folder, WORDING, LIMITS)
    assert questionnaire.id == "tiny"
    assert complaint_lines(folder, warnings) == [
        'topics.yaml:9:12: "unusual" may be unsuitable for a patient: It is a test. Review it once more.'
    ]


def test_every_word_of_the_files_is_in_the_model(tiny: Questionnaire) -> None:
    assert (tiny.id, tiny.slug, tiny.title, tiny.about) == (
        "tiny",
        "small-talk",
        "A few questions",
        ("This page asks three things.",),
    )
    assert [(section.id, section.title, [step.id for step in section.steps]) for section in tiny.sections] == [
        ("you", "About you", ["asking-for"]),
        ("past", "What you tried", ["tried", "a-pause"]),
        ("ahead", "What comes next", ["unsure"]),
    ]
    asking_for, tried, _ = tiny.questions
    assert (asking_for.many, asking_for.hint, asking_for.ask_if.needs) == (False, "", ())
    assert (tried.section, tried.ask, tried.hint, tried.why, tried.sources, tried.many) == (
        "past",
        "What have you tried?",
        "There is no wrong answer.",
        "It is worth telling.",
        ("article/opening",),
        True,
    )
    assert tried.ask_if.needs == (("asking-for", frozenset({"myself"})),)
    assert [(one.id, one.say, one.topics, one.questions, one.alone, one.replaces) for one in tried.options] == [
        ("walks", "Walks", ("walking",), (), False, ("tried/strolls",)),
        ("talks", "Talks", (), ("caring",), False, ()),
        ("nothing", "Nothing yet", (), (), True, ()),
    ]
    assert tiny.gone == {"weather": "What is the weather like?", "tried/runs": "Runs"}
    start, governance = tiny.start, tiny.governance
    assert start
    assert (start.lead, start.protects, start.fine) == (
        "This page asks three things about walks.",
        ("It cannot tell you where to go.",),
        "It is for everyone.",
    )
    assert governance
    assert (governance.written_by, governance.written_on, governance.next_review) == (
        "the makers of these tests",
        date(2026, 11, 30),
        date(2036, 11, 30),
    )
    assert (governance.reviewed_by, governance.reviewed_on, governance.paid_by, governance.interest) == (
        "A made-up nurse",
        date(2026, 11, 30),
        "A made-up clinic",
        "This clinic may offer walks.",
    )
    (pause,) = (step for step in tiny.steps if isinstance(step, Pause))
    assert (pause.id, pause.section, pause.title, pause.say) == ("a-pause", "past", "A pause", ("Take your time.",))
    assert tiny.referral.opens == ("Talk with a qualified professional.",)
    assert tiny.referral.closes == ("Only a qualified professional can judge that.",)
    (found,) = tiny.finding.say
    assert (tiny.finding.title, found.say, found.general) == ("Finding someone", "Ask a nurse.", True)
    assert tiny.finding.bring == ("This page",)
    assert tiny.ask_always == ("What else is there?", "What if I wait?", "Where would it be?", "What does it cost?")
    constant = tiny.topics[2]
    (says,), (fact,) = constant.says, constant.outside
    assert (constant.id, constant.title, constant.always, says.general) == ("constant", "What stays", True, False)
    assert (fact.say, fact.country, fact.sources) == ("An agency wrote about it.", "US", ("agency",))
    assert constant.ask == ("What speaks for it?", "What speaks against it?")
    assert [topic.always for topic in tiny.topics] == [False, False, True]
    card = tiny.topics[1].card
    assert card
    assert (card.help, [(one.kind, one.say) for one in card.statements]) == (
        "If it gets hard, {talk}.",
        [
            ("said", "The article speaks of caring."),
            ("care", "As ever, it warns of rain."),
            ("unknown", "It does not say how."),
            ("general", "Care takes time."),
        ],
    )
    assert [(one.sources, one.risks) for one in card.statements] == [
        (("article/opening",), ()),
        (("article/opening",), ("rain",)),
        (("article",), ()),
        ((), ()),
    ]
    assert [topic.about for topic in tiny.topics][:2] == [
        "What the article says of walking.",
        "What the article says of caring.",
    ]
    box = tiny.box
    assert box
    assert [[(one.kind, one.say) for one in paragraph.statements] for paragraph in box.paragraphs] == [
        [
            ("said", "The article likes walks."),
            ("care", "It warns of much rain."),
            ("unknown", "It is silent on snow."),
        ],
        [("general", "Nobody knows the weather.")],
    ]
    assert [paragraph.question for paragraph in box.paragraphs] == ["constant/2", ""]
    assert tiny.risks == ("rain",)
    assert [(group.id, group.title, group.topics) for group in tiny.groups] == [
        ("outdoors", "Outdoors", ("walking",)),
        ("indoors", "Indoors", ("caring", "constant")),
    ]
    article, agency = tiny.sources
    assert article.headings == {"opening": "The opening", "middle": "The middle"}
    assert (agency.by, agency.url, agency.checked) == ("An agency", "https://agency.test/notice", date(2026, 11, 21))
    assert tiny.limits == ("The article is made up.",)


def test_the_version_changes_with_any_word_and_with_nothing_else(folder: Path, tiny: Questionnaire) -> None:
    def version() -> str:
        return load_questionnaire(folder, NO_WORDS, LIMITS)[0].version

    assert version() == tiny.version
    write(folder / "sources.yaml", "limits: [The article is made up.]", "# Why?\nlimits:\n  - The article is made up.")
    assert version() == tiny.version
    versions = [tiny.version]
    for file, word, other in (
        ("sources", "notice", "note"),
        ("topics", "fast", "soon"),
        ("questionnaire", "The p", "P"),
    ):
        path = folder / f"{file}.yaml"
        path.write_text(path.read_text().replace(word, other))
        versions.append(version())
    assert len(set(versions)) == 4


def test_the_content_holds_all_three_files(tiny: Questionnaire) -> None:
    content = json.loads(tiny.content)
    assert list(content) == ["questionnaire", "topics", "sources"]
    assert content["topics"]["topics"][2]["always"] == "true"


# The whole folder.


@pytest.fixture
def questions(tmp_path: Path, folder: Path) -> Path:
    """A questions folder with the tiny questionnaire."""
    (tmp_path / "support.yaml").write_text(SUPPORT)
    (tmp_path / "wording.yaml").write_text(LIST)
    return tmp_path


def refused_collection(questions: Path) -> list[str]:
    with pytest.raises(BadQuestions) as error:
        load_collection(questions, LIMITS)
    return complaint_lines(questions, error.value.complaints)


def test_a_folder_is_read_whole(questions: Path) -> None:
    collection = load_collection(questions, LIMITS)
    assert [questionnaire.id for questionnaire in collection.questionnaires] == ["tiny"]
    assert list(collection.support) == ["US"]
    assert [hit.id for hit in collection.wording.find("It is forbidden.")] == ["first"]
    assert collection.warnings == ()


def test_the_warnings_of_all_files_are_reported(questions: Path, folder: Path) -> None:
    write(questions / "support.yaml", "One line", "A most unusual line")
    write(folder / "sources.yaml", "about: It is made up too.", "about: It is most unusual.")
    assert [
        complaint.split(" ")[:2]
        for complaint in complaint_lines(questions, [*load_collection(questions, LIMITS).warnings])
    ] == [
        ["support.yaml:7:15:", '"unusual"'],
        ["tiny/sources.yaml:10:12:", '"unusual"'],
    ]


def test_two_questionnaires_have_two_slugs_and_ids(questions: Path, folder: Path) -> None:
    shutil.copytree(folder, questions / "twin")
    assert refused_collection(questions) == [
        'twin/questionnaire.yaml:1:5: Another questionnaire already has the id "tiny". Give each its own id.',
        'twin/questionnaire.yaml:2:7: Another questionnaire already has the slug "small-talk". Give each its own slug.',
    ]
    write(questions / "twin" / "questionnaire.yaml", "id: tiny", "id: twin")
    assert refused_collection(questions) == [
        'twin/questionnaire.yaml:2:7: Another questionnaire already has the slug "small-talk". Give each its own slug.',
    ]
    write(questions / "twin" / "questionnaire.yaml", "slug: small-talk", "slug: twin")
    assert len(load_collection(questions, LIMITS).questionnaires) == 2


def test_a_folder_without_its_questionnaire_is_not_passed_over(questions: Path, folder: Path) -> None:
    shutil.copytree(folder, questions / "another")
    (questions / "another" / "questionnaire.yaml").rename(questions / "another" / "questionaire.yaml")
    assert refused_collection(questions) == [
        'another/questionaire.yaml:1:1: The site does not read a file called "questionaire.yaml". Rename or delete '
        'it. Did you mean "questionnaire.yaml"?',
        "another/questionnaire.yaml:1:1: The file cannot be read. It is missing: create it.",
    ]


@pytest.mark.parametrize("name", ["es.yml", "ES.yaml", "fr.yaml", "spanish.yaml", "topics.YML"])
def test_a_file_that_nothing_reads_is_not_passed_over(questions: Path, folder: Path, name: str) -> None:
    wrong = f':1:1: The site does not read a file called "{name}". Rename or delete it. '
    for place in (questions, folder):
        (place / name).write_text("a: b\n")
        (complaint,) = refused_collection(questions)
        assert complaint.startswith(str((place / name).relative_to(questions)) + wrong)
        (place / name).unlink()


def test_a_folder_of_files_that_nothing_reads_is_not_passed_over(questions: Path, folder: Path) -> None:
    shutil.copytree(folder, questions / "another")
    for file in (questions / "another").iterdir():
        file.rename(file.with_suffix(".yml"))
    assert len(refused_collection(questions)) == 6


def test_a_link_that_leads_nowhere_is_not_passed_over(questions: Path, folder: Path) -> None:
    (folder / "es.yaml").symlink_to("nowhere.yaml")
    (questions / "es.yaml").symlink_to("nowhere.yaml")
    missing = "es.yaml:1:1: The file cannot be read. It is missing: create it."
    assert refused_collection(questions) == [missing, f"tiny/{missing}"]


def test_what_is_hidden_is_nobodys(questions: Path, folder: Path) -> None:
    shutil.copytree(folder, questions / ".backup")
    (folder / ".lint.yaml").write_text("a: b\n")
    assert len(load_collection(questions, LIMITS).questionnaires) == 1


def test_what_is_in_english_alone_beside_a_translation_is_reported(questions: Path, folder: Path) -> None:
    twin = questions / "twin"
    shutil.copytree(folder, twin)
    write(twin / "questionnaire.yaml", "id: tiny", "id: twin")
    write(twin / "questionnaire.yaml", "slug: small-talk", "slug: twin")
    assert load_collection(questions, LIMITS).warnings == ()
    shutil.copy(TINY / "translated" / "es.yaml", folder)
    write(questions / "wording.yaml", "en: [forbidden]", "en: [forbidden]\n    es: [prohibido]")
    write(questions / "wording.yaml", "en: [qualified]", "en: [qualified]\n    es: [profesionales]")
    assert complaint_lines(questions, [*load_collection(questions, LIMITS).warnings]) == [
        f"{file}:1:1: This file has no Spanish translation, but other files do. Add the translation to es.yaml in the "
        "same folder."
        for file in ("twin/questionnaire.yaml", "support.yaml")
    ]


def test_a_fact_of_a_country_without_support_lines_is_refused(questions: Path, folder: Path) -> None:
    write(folder / "topics.yaml", "country: US", "country: UK")
    assert refused_collection(questions) == [
        'tiny/topics.yaml:31:57: "UK" is not a country in support.yaml, so nobody would see this. Available: US.'
    ]


def test_a_fact_on_a_card_or_in_the_box_needs_support_lines_too(questions: Path, folder: Path) -> None:
    fact = "outside: [{say: It rains., country: UK, sources: [agency]}]"
    write(folder / "topics.yaml", "general: [{say: Care takes time.}]", fact)
    write(folder / "topics.yaml", "\ngroups:\n", f"\n  {fact}\ngroups:\n")
    wrong = '"UK" is not a country in support.yaml, so nobody would see this. Available: US.'
    assert refused_collection(questions) == [f"tiny/topics.yaml:{place}: {wrong}" for place in ("23:304", "45:39")]


def test_an_empty_folder_is_reported(questions: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    assert refused_collection(questions) == [
        f"{questions}:1:1: There is no questionnaire here. Add a folder with a questionnaire.yaml."
    ]


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert refused_collection(tmp_path / "nowhere") == [
        "wording.yaml:1:1: The file cannot be read. It is missing: create it.",
        "support.yaml:1:1: The file cannot be read. It is missing: create it.",
    ]


def test_the_faults_of_every_file_are_reported_together(questions: Path, folder: Path) -> None:
    write(questions / "wording.yaml", "id: first", "id: First")
    write(questions / "support.yaml", "    name: United States\n", "")
    write(folder / "topics.yaml", "    warns: [It warns of rain.]\n", "")
    assert refused_collection(questions) == [
        'wording.yaml:2:9: "First" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
        'support.yaml:3:5: "name" is missing here. Add "name:".',
        'tiny/topics.yaml:7:5: "warns" is missing here. Add "warns:".',
    ]


@pytest.mark.parametrize("what", WRONG_SUPPORT)
def test_a_fault_in_the_support_lines_is_reported(tmp_path: Path, what: str) -> None:
    instead_of, this, complaint = WRONG_SUPPORT[what]
    (tmp_path / "support.yaml").write_text(SUPPORT)
    write(tmp_path / "support.yaml", instead_of, this)
    with pytest.raises(BadQuestions) as error:
        load_support(tmp_path / "support.yaml", WORDING)
    assert complaint_lines(tmp_path, error.value.complaints) == [f"support.yaml:{complaint}"]


def test_a_warning_about_support_lines_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "support.yaml").write_text(SUPPORT.replace("One line", "An unusual line"))
    support, warnings = load_support(tmp_path / "support.yaml", WORDING)
    assert support["US"].talk[0].name == "An unusual line"
    assert complaint_lines(tmp_path, warnings) == [
        'support.yaml:7:15: "unusual" may be unsuitable for a patient: It is a test. Review it once more.'
    ]


@pytest.mark.parametrize("what", WRONG_LIST)
def test_a_fault_in_the_wording_list_is_reported(tmp_path: Path, what: str) -> None:
    instead_of, this, complaint = WRONG_LIST[what]
    (tmp_path / "wording.yaml").write_text(LIST)
    write(tmp_path / "wording.yaml", instead_of, this)
    with pytest.raises(BadQuestions) as error:
        load_wording(tmp_path / "wording.yaml")
    assert complaint_lines(tmp_path, error.value.complaints) == [f"wording.yaml:{complaint}"]


def test_an_entry_may_stand_in_one_language_or_in_both(tmp_path: Path) -> None:
    (tmp_path / "wording.yaml").write_text(LIST)
    write(tmp_path / "wording.yaml", "en: [forbidden]", "es: [prohibido]")
    write(tmp_path / "wording.yaml", "en: [unusual]", "en: [unusual]\n    es: [inusual]")
    wording = load_wording(tmp_path / "wording.yaml")
    assert [hit.id for hit in wording.find("Forbidden. Unusual.")] == ["second"]
    assert [hit.id for hit in wording.find("Prohibido. Inusual.")] == ["first", "second"]


# Whatever happens to the real files, they load or get complaints.


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with remembering():
        yield Path(shutil.copytree(QUESTIONS, tmp_path_factory.mktemp("spoilt") / "questions"))


@st.composite
def slips(draw: st.DrawFn) -> tuple[Path, int, list[str]]:
    """Generate a slip in a real file's line: dropped, doubled, indented, emptied, or with another key or value."""
    path = draw(st.sampled_from(sorted(QUESTIONS.glob("**/*.yaml"))))
    lines = path.read_text(encoding="utf-8").splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    key, colon, value = lines[at].partition(":")
    other_key, _, other_value = lines[draw(st.integers(0, len(lines) - 1))].partition(":")
    new = draw(
        st.sampled_from(
            [
                [],
                [lines[at], lines[at]],
                [f"  {lines[at]}"],
                [lines[at].removeprefix("  ")],
                [key + colon],
                [f"{key}{colon}{other_value}"],
                [f"{other_key}{colon}{value}"],
                [f"{key}{colon} [{value}]"],
                [f"{key}{colon} {{{value}: x}}"],
                [f"{key}x{colon}{value}"],
                [lines[at].replace("[", "").replace("]", "")],
            ]
        )
    )
    return path.relative_to(QUESTIONS), at, new


def complaints(questions: Path) -> list[Complaint]:
    try:
        load_collection(questions, LIMITS)
    except BadQuestions as error:
        return error.complaints
    return []


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(slip=slips())
def test_no_slip_in_the_real_files_leads_to_a_traceback(spoilt: Path, slip: tuple[Path, int, list[str]]) -> None:
    name, at, new = slip
    path = spoilt / name
    right = path.read_text(encoding="utf-8")
    lines = right.splitlines()
    path.write_text("\n".join([*lines[:at], *new, *lines[at + 1 :]]) + "\n", encoding="utf-8")
    try:
        for complaint in complaints(spoilt):
            assert_it_helps(complaint)
    finally:
        path.write_text(right, encoding="utf-8")
