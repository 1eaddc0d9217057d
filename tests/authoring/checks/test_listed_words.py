from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from screening.authoring.wording_list import Hit, WordingList
from screening.text.normalization import normalize, sentences

FILE = Path(__file__).parents[3] / "questions" / "wording.yaml"
DATA = YAML(typ="safe", pure=True).load(FILE)
WORDING = WordingList.from_data(DATA)
LANGUAGES = ("en", "es")

# content.md, "Wording check".
REFUSED_BY_DESIGN = {
    "en": """
You may be a good candidate for ketamine therapy.
Based on your answers, this could be a good fit.
People like you often do well with it.
Your answers suggest depression.
Ketamine may not suit you.
Your history rules it out.
You scored 7 out of 10.
Ask your doctor to start you on ketamine.
Book your first session now.
Since usual treatments failed you, ketamine works best.
It is a proven, safe treatment.
It could be life-changing for you.
Your answers are completely anonymous.
A counselor will review this and call you.
""",
    "es": """
Usted podría ser un buen candidato.
Según sus respuestas, le conviene.
Su nivel de riesgo es bajo.
¿Cuánto tiempo lleva limpio?
""",
}
ALLOWED_BY_DESIGN = {
    "en": """
This page cannot tell you if ketamine therapy is right for you.
Only a qualified professional can judge if it is suitable.
No score is kept.
This is not a diagnosis.
It does not mean you are or are not a candidate.
As a result, the articles disagree.
One article says it is no magic cure.
The review raises concerns about addiction.
One article says ketamine can "reset" these pathways; this is not settled.
He died by suicide.
Start.
Change this answer.
""",
    "es": """
Esta página no puede decirle si la ketamina es adecuada para usted.
Esto no es un diagnóstico.
No recomendamos ningún tratamiento.
Como resultado, los artículos no coinciden.
""",
}

# content.md, "Model passages".
PASSAGES = {
    "cravings": """
One article says a craving is more than a wish. It ties cravings to the brain's reward system, the part that makes
things feel good. In time, it says,
people, places and feelings can turn into triggers. A trigger is a thing that sets off a craving. Stress, boredom or a
known smell can do it too, even after a person has
stopped using. The article says ketamine may weaken the brain's response to triggers. That is its claim, and it names
no studies. — The other article does not talk
about cravings. It warns that many people rush to each new thing in recovery and hope for an easy way. It says
ketamine in the wrong setting can be dangerous, above all
for people in recovery. — We do not learn how often ketamine helps with cravings, who it helps, or for how long. —
Ask: What is known, and not known, about ketamine and
cravings? What else could help with my triggers? Could it put my recovery at risk, and who would watch for that?
""",
    "referral": """
This page cannot tell you if ketamine therapy is right for you. No form can. It takes a qualified health professional
and a full evaluation, where they look
at your health and your past with you. The choice is then yours to make, with them. Your answers did one thing here:
they picked which topics and questions to show first.
Please do not start, stop or change any treatment because of this page.
""",
    "sharing": """
Would you like to share your answers with the clinic? It is up to you. What your summary says and your care stay the
same either way. If you share, we store what is in the
box below and nothing else. We do not ask for your name, phone or email. Someone could still guess that answers are
yours, when few people use this form or when your answers
are rare. If you show your code to staff, they will know which answers are yours. Staff use shared answers to see what
people want to know, and to prepare better information
and talks. They may read yours, but nobody will write back. We delete them after 90 days. With your code, you can
delete them sooner. Without it, we cannot find them.
""",
    "help": """
Need help now? If someone is in danger or may have taken too much of something, call 911. To talk with a person at any
hour, call or text 988. Nobody is watching
this form.
""",
}


class Sentence(NamedTuple):
    """A sentence, and the entries that must match it; without entries, any may."""

    language: str
    text: str
    entries: frozenset[str] = frozenset()


def listed(kind: str, by_design: Mapping[str, str] = MappingProxyType({})) -> list[Sentence]:
    """Return the sentences of the design and of the files: one per line, with ids of entries after a bar.

    Most were written by people who had not seen the patterns.
    """
    found = []
    for language in LANGUAGES:
        found += [Sentence(language, text) for text in by_design.get(language, "").strip().splitlines()]
        file = Path(__file__).with_name("sentences") / f"{kind}-{language}.txt"
        for line in file.read_text(encoding="utf-8").splitlines():
            text, _, entries = line.partition(" | ")
            found.append(Sentence(language, text, frozenset(entries.split())))
    return found


def paired(kind: str) -> list[tuple[str, str]]:
    """Return sentences that say the same in both languages: English, a bar, and Spanish on each line."""
    file = Path(__file__).with_name("sentences") / f"pairs-{kind}.txt"
    pairs = [line.split(" | ") for line in file.read_text(encoding="utf-8").splitlines()]
    return [(english, spanish) for english, spanish in pairs]


REFUSED_PAIRS = paired("refuse")
ALLOWED_PAIRS = paired("allow")
REFUSED = listed("refuse", REFUSED_BY_DESIGN)
ALLOWED = listed("allow", ALLOWED_BY_DESIGN)
WARNED = listed("warn")
IN_TITLES = listed("title")
REFERRALS = listed("referral")


def refusals(text: str) -> list[Hit]:
    return [hit for hit in WORDING.find(text) if hit.is_refused]


@pytest.mark.parametrize(("language", "text", "entries"), REFUSED, ids=[one.text for one in REFUSED])
def test_a_forbidden_sentence_is_refused(language: str, text: str, entries: frozenset[str]) -> None:
    hits = refusals(text)
    assert hits
    assert entries <= {hit.id for hit in hits}


@pytest.mark.parametrize(("language", "text", "entries"), ALLOWED, ids=[one.text for one in ALLOWED])
def test_a_sentence_that_patients_need_passes(language: str, text: str, entries: frozenset[str]) -> None:
    assert refusals(text) == []


@pytest.mark.parametrize(("english", "spanish"), REFUSED_PAIRS)
def test_what_one_language_refuses_the_other_refuses_too(english: str, spanish: str) -> None:
    assert (bool(refusals(english)), bool(refusals(spanish))) == (True, True)


@pytest.mark.parametrize(("english", "spanish"), ALLOWED_PAIRS)
def test_what_one_language_passes_the_other_passes_too(english: str, spanish: str) -> None:
    assert (refusals(english), refusals(spanish)) == ([], [])


@pytest.mark.parametrize(("language", "text", "entries"), WARNED, ids=[one.text for one in WARNED])
def test_a_doubtful_sentence_is_only_warned_of(language: str, text: str, entries: frozenset[str]) -> None:
    hits = WORDING.find(text)
    assert {hit.tier for hit in hits} == {"warn"}
    assert entries <= {hit.id for hit in hits}


@pytest.mark.parametrize("text", [text for _, text, _ in IN_TITLES])
def test_a_title_that_tells_what_somebody_reads_is_refused_as_a_title_alone(text: str) -> None:
    assert [hit.id for hit in WORDING.find(text, ["refuse-in-titles"])] == ["seen-by-others"]
    assert refusals(text) == []


@pytest.mark.parametrize(("language", "text", "entries"), REFERRALS, ids=[one.text for one in REFERRALS])
def test_a_referral_is_known_in_its_own_language(language: str, text: str, entries: frozenset[str]) -> None:
    (other,) = set(LANGUAGES) - {language}
    assert list(WORDING.missing(f"Hello. {text}", language)) == []
    assert [pattern.id for pattern in WORDING.missing(text, other)] == ["referral"]
    assert refusals(text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hello."),
        ("en", "You need no qualified professional."),
        ("en", "A qualified professional can never tell."),
        ("en", "Do not talk with a qualified professional."),
        ("en", "Talk with a friend."),
        ("es", "Hola."),
        ("es", "No hace falta ver a profesionales de la salud."),
        ("es", "Profesionales de la salud no pueden saberlo."),
        ("es", "No hable con profesionales de la salud."),
        ("es", "Hable con una amiga."),
    ],
)
def test_what_sends_to_nobody_qualified_is_no_referral(language: str, text: str) -> None:
    assert [pattern.id for pattern in WORDING.missing(text, language)] == ["referral"]


def test_no_sentence_is_listed_twice() -> None:
    listed = [text for _, text, _ in (*REFUSED, *ALLOWED, *WARNED, *IN_TITLES, *REFERRALS)]
    everything = [*listed, *(text for pair in (*REFUSED_PAIRS, *ALLOWED_PAIRS) for text in pair)]
    assert sorted(everything) == sorted(set(everything))
    assert all(text == text.strip() != "" for text in everything)


@pytest.mark.parametrize("name", PASSAGES)
def test_the_model_passages_pass_whole(name: str) -> None:
    assert refusals(PASSAGES[name]) == []


def written(language: str) -> list[tuple[str, str]]:
    """Return every written form of a language's patterns, with the id of its entry."""
    return [(entry["id"], form) for entries in DATA.values() for entry in entries for form in entry.get(language, ())]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_is_found_in_a_sample(language: str) -> None:
    samples = [text for spoken, text, _ in (*REFUSED, *WARNED, *IN_TITLES, *REFERRALS) if spoken == language]
    samples += [pair[LANGUAGES.index(language)] for pair in REFUSED_PAIRS]
    forms = {f"{id_}: {form}": small(**{language: [form]}).patterns[0] for id_, form in written(language)}
    each = WordingList(tuple(replace(pattern, id=name) for name, pattern in forms.items()))
    assert forms.keys() - {hit.id for _, hit in each.find_in(samples)} == set()


def test_a_warning_is_reported_but_refuses_nothing() -> None:
    (hit,) = WORDING.find("She is addicted.")
    assert (hit.id, hit.tier, hit.found, hit.is_refused) == ("addicted", "warn", "addicted", False)


@pytest.mark.parametrize(
    "text",
    [
        "YOU MAY BE A GOOD CANDIDATE",
        "You may be a good can\u00addidate",
        "You may be a good can\u200bdi\u2060date",
        "You may be a \u202egood\u202c candidate",
        "You may\nbe a good\r\n\tcandidate",
        "You may be a good\u00a0candidate",
        "You\u2003may be a good\u3000candidate",
        "You may be a g\u043e\u043ed c\u0430ndid\u0430t\u0435",
        "You may be a good \u0441\u03b1\u03b7didate",
        "You may be a good cándídàte",
        "You may be a good ca\u0301ndidate",
        "You may be a \uff47\uff4f\uff4f\uff44 candidate",
        "You may be a \U0001d420\U0001d428\U0001d428\U0001d41d candidate",
        "You may be a “good” candidate",
        "You may be a *good* _candidate_",
        "You may be a good, candidate(s)",
        "You may be a good-candidate",
        "You may be a good candi-date",
        "You may be a good candi\u2011date",
        "You may be a good can.di_da/te",
        "You may be a … good candidate",
        "A clinic. You may be a good candidate? Perhaps.",
    ],
)
def test_no_disguise_hides_a_word(text: str) -> None:
    assert [hit.id for hit in refusals(text)] == ["candidate", "verdict-words"]


@pytest.mark.parametrize(
    "text",
    [
        "USTED PODRÍA SER UN BUEN CANDIDATO",
        "Usted podria ser un buen candidato",
        "Usted podri\u0301a ser un buen candidato",
        "Usted p\u00f3dria s\u00e9r un bu\u00ean c\u00e0ndidato",
        "Usted podría ser un buen can\u00addidato",
        "Usted podría ser un buen can\u200bdi\u2060dato",
        "Usted podría ser un \u202ebuen\u202c candidato",
        "Usted\npodría ser\r\n\tun buen candidato",
        "Usted podría  ser   un buen candidato",
        "Usted podría ser un buen\u00a0candidato",
        "Usted podría ser un buen c\u0430ndid\u0430t\u043e",
        "Usted podría ser un \uff42\uff55\uff45\uff4e candidato",
        "Usted podría ser un \U0001d41b\U0001d42e\U0001d41e\U0001d427 candidato",
        "Usted podría ser un «buen» candidato",
        "Usted podría ser un “buen” *candidato*",
        "Usted podría ser un buen, candidato(a)",
        "¿Usted podría ser un buen candidato?",
        "¡Usted podría ser un buen candidato!",
        "Ud. podría ser un buen candidato",
        "ud podría ser un buen candidato",
        "Usted podría ser un buen candidato/a",
        "Usted podría ser buen@ candidat@",
        "Una clínica. ¿Usted podría ser un buen candidato? Quizás.",
    ],
)
def test_no_disguise_hides_a_spanish_word(text: str) -> None:
    assert [hit.id for hit in refusals(text)] == ["candidate", "verdict-words"]


@pytest.mark.parametrize(
    "text",
    [
        "Un daño menor",
        "¿Cuántos años lleva limpia?",
        "Según sus respuestas, sí.",
        "Es 100% eficaz.",
        "Es 100\u00a0% eficaz.",
    ],
)
def test_spanish_signs_and_letters_are_no_obstacle(text: str) -> None:
    assert bool(refusals(text)) is (text != "Un daño menor")


@pytest.mark.parametrize("apostrophe", ["'", "`", *"\u2019\u2018\u02bc\u00b4\u2032\uff07"])
def test_any_apostrophe_is_an_apostrophe(apostrophe: str) -> None:
    assert refusals(f"You{apostrophe}re depressed.")
    assert refusals(f"We{apostrophe}ll call you.")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  You\u2019re — “well-suited”,\n(so) it\u2019s said… yes! ", "you're well suited so it's said yes!"),
        ("Call 988.  It answers at 1.5 times; 24/7.", "call 988. it answers at 1 5 times 24 7."),
        ("Dr. Ames of the U.S. clinic, e.g. here. Then?!", "dr ames of the u s clinic e g here. then?"),
        ("¿Cuánto tiempo lleva limpio, señor?", "cuanto tiempo lleva limpio senor?"),
        ("Safe & 100% sure", "safe and 100% sure"),
        (
            "Uds. y el doctor(a), hija/os, ell@s, l@s; c*sa @ *a* y/o nada",
            "ustedes y el doctor hija ellos los c*sa a y o nada",
        ),
        ("patients' 'own' words", "patients own words"),
        ("", ""),
    ],
)
def test_text_is_made_plain(text: str, normal: str) -> None:
    assert normalize(text) == normal


def test_a_pattern_stays_inside_its_sentence() -> None:
    assert sentences("It is yours. Answers? Kept!") == ["it is yours.", "answers?", "kept!"]
    assert refusals("Ask your doctor. To start, read on. About ketamine, you will read more.") != []
    assert refusals("No score is kept. You see your topics. They show what the articles say.") == []


def test_hits_come_in_the_order_of_the_sentences_with_words_and_reason() -> None:
    first, second = WORDING.find("We like addicts. Nothing here. It is a miracle.")
    assert (first.found, first.sentence) == ("addicts", "we like addicts.")
    assert (second.found, second.sentence) == ("miracle", "it is a miracle.")
    assert second.reason.endswith(".")


ALLOWANCES = [
    (language, pattern["id"], allowance["sentence"])
    for pattern in DATA["refuse-unless-allowed"]
    for language, allowances in pattern.get("allow", {}).items()
    for allowance in allowances
]
STRICT = WordingList.from_data(
    {"refuse": [{key: entry[key] for key in entry if key != "allow"} for entry in DATA["refuse-unless-allowed"]]}
)
MORE = {
    "en": ("One sentence.", "Another one.", ", but it is right for you."),
    "es": ("Una frase.", "Otra más.", ", pero es adecuada para usted."),
}


@pytest.mark.parametrize(("language", "id_", "sentence"), ALLOWANCES)
def test_an_allowed_sentence_is_allowed_only_as_it_stands(language: str, id_: str, sentence: str) -> None:
    before, after, addition = MORE[language]
    assert refusals(sentence) == []
    assert refusals(sentence.upper().removesuffix(".")) == []
    assert refusals(f"{before} {sentence} {after}") == []
    assert refusals(sentence.removesuffix(".") + addition)


@pytest.mark.parametrize(("language", "id_", "sentence"), ALLOWANCES)
def test_an_allowed_sentence_would_be_refused_otherwise(language: str, id_: str, sentence: str) -> None:
    assert id_ in [hit.id for hit in STRICT.find(sentence)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "This page cannot tell you if ketamine therapy is right for you, but your doctor thinks so."),
        ("en", "This page cannot tell you that ketamine is right for you."),
        ("en", "No form but this one can tell you if ketamine therapy is right for you."),
        ("en", "No form can tell you if ketamine therapy is right for you better than this one."),
        ("en", "Only a talk with our team can tell if it is right for you."),
        ("en", "This page can tell you if ketamine therapy is right for you."),
        ("en", "You are, and are not only, a candidate."),
        ("en", "One article says it works best for you."),
        ("en", "This clinic may offer ketamine therapy, so you may want to ask for it."),
        ("en", "Nothing here tells you to choose ketamine or to avoid it, but you should."),
        ("es", "Esta página no puede decirle si la ketamina es adecuada para usted, pero su médico cree que sí."),
        ("es", "Esta página no puede decirle que la ketamina es adecuada para usted."),
        ("es", "Ningún formulario salvo este puede decirle si la ketamina es adecuada para usted."),
        ("es", "Ningún formulario puede decirle mejor que este si la ketamina es adecuada para usted."),
        ("es", "Solo nuestro equipo puede decirle si la ketamina es adecuada para usted."),
        ("es", "Esta página puede decirle si la terapia con ketamina es adecuada para usted."),
        ("es", "Usted es, y no solo en parte, candidato."),
        ("es", "Un artículo dice que funciona mejor para usted."),
    ],
)
def test_a_frame_lets_nothing_else_through(language: str, text: str) -> None:
    assert refusals(text)


def small(**entry: object) -> WordingList:
    return WordingList.from_data({"refuse-unless-allowed": [{"id": "small", "reason": "Because.", **entry}]})


def test_each_language_has_its_own_forms_and_allowances() -> None:
    allow = {"es": [{"sentence": "No es limpio.", "reason": "A test."}]}
    both = small(en=["clean"], es=["limpi[oa]s?"], allow=allow)
    assert both.find("clean limpia")[0].found == "clean"
    assert [hit.found for hit in both.find("¿Está LÍMPIA? No es limpio.")] == ["limpia"]


def test_every_text_is_read_in_every_language() -> None:
    both = small(en=["clean"], es=["limpio"], allow={"en": [{"sentence": "No clean slate.", "reason": "A test."}]})
    assert [hit.sentence for hit in both.find("It is clean. Es limpio. No clean slate.")] == [
        "it is clean.",
        "es limpio.",
    ]


def test_a_list_knows_the_languages_that_it_reads() -> None:
    assert small(en=["clean"]).reads("en")
    assert not small(en=["clean"]).reads("es")


def test_a_list_without_patterns_refuses_nothing() -> None:
    assert WordingList(()).find("You may be a good candidate.") == []


def test_a_form_may_stand_on_several_lines() -> None:
    assert small(en=["one (two|\nthree)"]).find("One three.")


@pytest.mark.parametrize(
    "forms",
    [["(open"], ["late ^start"], ["one|^two"], ["good", "(open"], ["on)(e", "good"], ["one[", "two]"], ["on)", "(e"]],
)
def test_an_unusable_form_is_named(forms: list[str]) -> None:
    with pytest.raises(ValueError, match=r'small: "(\(open|late \^start|one\|\^two|on\)\(e|one\[|on\))"'):
        small(en=forms)


def test_signs_in_brackets_are_words() -> None:
    assert small(en=["[)]?one[(]?", "three[^(] four"]).find("It is one.")


@pytest.mark.parametrize(
    ("form", "never", "instead"),
    [
        ("Clean", "C", '"c"'),
        ("daño", "ñ", '"n"'),
        ("life-changing", "-", "a space"),
        ("(life-changing) [ab]", "-", "a space"),
        ("you’re", "’", '"\'"'),
        ("risks & benefits", "&", '"and"'),
        ("first, second", ",", "a space"),
        (r"\Aclean", r"\\", "a space"),
    ],
)
def test_a_form_that_would_never_be_found_is_named(form: str, never: str, instead: str) -> None:
    with pytest.raises(ValueError, match=f'has "{never}", which would never match: write {instead} instead'):
        small(en=[form])


def test_every_sign_of_an_expression_may_be_used() -> None:
    form = r"(?<! no )(?:clean|[a-z]{2,3}er\b)( \S+){0,2}(?= now| 100%)|can't [^.!?]*[.]$"
    assert small(en=[form]).find("It is newer now.")


def test_an_allowed_text_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="single sentence"):
        small(en=["one"], allow={"en": [{"sentence": "One. Two.", "reason": "A test."}]})


def forms_as_written() -> list[str]:
    return ["".join(form.splitlines()) for language in LANGUAGES for _, form in written(language)]


def test_forms_that_are_put_together_are_found_as_each_is_alone() -> None:
    # Every eighth text in `make test`, every second one in `make test-all`.
    read = [text for _, text, _ in (*REFUSED, *ALLOWED, *WARNED)][:: 200 // settings().max_examples]
    for entry in DATA["refuse"]:
        together = WordingList.from_data({"refuse": [entry]})
        alone = [small(**{language: [form]}) for language in LANGUAGES for form in entry.get(language, ())]
        found = {number for one in alone for number, _ in one.find_in(read)}
        assert {number for number, _ in together.find_in(read)} == found


def test_no_form_was_broken_at_the_wrong_place() -> None:
    # A badly broken line leaves two spaces or an empty alternative.
    assert [form for form in forms_as_written() if re.search(r"  |\|\||\(\||\|\)", form)] == []


def test_no_form_takes_the_end_of_a_word_for_a_word() -> None:
    # "camino" ends like "no"; "n't" is meant as an ending.
    assert [form for form in forms_as_written() if re.search(r"\(\?<!(?! |n't|\\S)", form)] == []
    assert refusals("Es un camino libre de riesgos.")


def seconds_to_read(text: str) -> float:
    start = time.process_time()
    WORDING.find(text)
    return time.process_time() - start


@pytest.mark.parametrize("language", LANGUAGES)
def test_forty_kilobytes_are_read_in_a_moment(language: str) -> None:
    text = " ".join(text for spoken, text, _ in ALLOWED if spoken == language) * 4
    assert len(text) > 40_000
    # As many times as long as 10 KB: each sign is looked at about as often, however much there is.
    few, many = (min(seconds_to_read(text[:size]) for _ in range(5)) for size in (10_000, 40_000))
    assert many < 8 * few


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "you your of the"),
        ("en", "your"),
        ("en", "ask your"),
        ("es", "usted su de la"),
        ("es", "usted"),
        ("es", "ketamina su"),
    ],
)
def test_one_endless_sentence_is_read_in_good_time(language: str, words: str) -> None:
    # It takes less than a second; patterns with catastrophic backtracking would take minutes.
    assert seconds_to_read(f"{words} " * (5000 // len(words.split()))) < 5


VOCABULARY = {
    language: sorted({word for _, form in written(language) for word in re.findall(r"[a-z']{2,}", form)})
    for language in LANGUAGES
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_the_list_make_it_slow(language: str) -> None:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.lists(st.sampled_from(VOCABULARY[language]), min_size=1, max_size=5))
    def read(words: list[str]) -> None:
        assert seconds_to_read(" ".join(words * (1000 // len(words)))) < 1

    read()
