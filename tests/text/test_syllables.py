"""Syllables as dictionaries divide them: everyday words, words of care and medicine, and irregular words."""

from __future__ import annotations

import pytest

from screening.text.syllables import english_syllables, spanish_syllables

# Of two accepted pronunciations, the shorter one.
ENGLISH = {
    1: "a I the care asked helped called their they you your year eyes whole through thought health brain pain "
    "drug dose stress sleep smell loved worked changed please league court friend field blue know rhyme nurse "
    "hopes",
    2: "prescribe little people something someone sometimes careful safely movement before became treated "
    "settled changes wishes nation special patient ancient doctor nurse's nurses seizure diet’s craving "
    "trauma being doing trying believe beyond player quiet giant science client create reset rhythm didn't "
    "couldn’t language therefore beside delight million fashion statement unique business maybe ruin cruel "
    "poem poet chaos family theory every themselves program naive onion several",
    3: "ketamine opioid opium medicine therapy treatable addiction depression recovered clinical hospital "
    "qualified article everyone anyone another finally suicide idea ideas area radio period element article’s "
    "dopamine glutamate receptor disorder behavior museum video poetry serious obvious arrangement "
    "announcement familiar convenient likelihood reaction counselor heroin questionnaire recipe pneumonia "
    "linear opinion basically advertised detachment",
    4: "recovery professional anxiety psychiatric psychiatrist medication information esketamine experience "
    "particular usually continuous ingredient responsible anesthetic reality situation society’s appreciate "
    "difficulty therapeutic emotional coordinate cooperate biology memorial",
    5: "psychotherapy hallucination dissociation association’s evaluation immediately opportunity electricity "
    "ambiguity possibility university continuity pharmaceutical",
}
SPANISH = {
    1: "y la muy hay ley buey rey fue vio guion pie que quien dios bien cual más soy huir",
    2: "día país baúl oír búho ciudad viuda causa aire deuda agua cuota reyes mayo niños guerra seguir huevo "
    "hielo leer guía cielo miedo duele reír ahí salud hablar cuerpo triunfo prohibir cambiáis suyo yuca",
    3: "ahora poeta línea héroe alcohol cohete leído paciente jesuita construido opioides rehúsa ahijado ayudar "
    "pingüino preguntas cerebro oía adicción médico ahumado construyó huyeron inyección",
    4: "todavía aéreo ketamina vehículo profesional cacahuete paranoia oxígeno averigua psiquiatría uruguayo "
    "evaluación",
    5: "recuperación enfermedades terapéutico medicamentos",
    7: "antiinflamatorio",
}


def words(table: dict[int, str]) -> list[tuple[str, int]]:
    return [(word, count) for count, listed in table.items() for word in listed.split()]


def test_english_words_are_right_but_for_4_of_191_and_those_are_one_off() -> None:
    known = words(ENGLISH)
    off = {word: english_syllables(word) - count for word, count in known if english_syllables(word) != count}
    assert len(known) == 191
    assert off == {"family": 1, "likelihood": 1, "pneumonia": 1, "linear": -1}


@pytest.mark.parametrize(("word", "count"), words(SPANISH))
def test_spanish_words_are_all_right(word: str, count: int) -> None:
    assert spanish_syllables(word) == count
