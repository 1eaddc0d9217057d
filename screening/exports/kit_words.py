"""What the analysis kit says in English and Spanish, besides the words of the questionnaire."""

from __future__ import annotations

from typing import NamedTuple

from screening.exports.missing_codes import NOT_PICKED, PICKED, MissingCode

KIT_LANGUAGES = ("en", "es")


class Words(NamedTuple):
    """The same in both languages."""

    en: str
    es: str


FIELD_WORDS = {
    "shared_year": Words(
        "Year in which it was shared (of ISO 8601 weeks)",
        "Año en que se compartió (de semanas ISO 8601)",
    ),
    "shared_week": Words("Week in which it was shared (ISO 8601)", "Semana en que se compartió (ISO 8601)"),
    "week_begins": Words("Monday of that week", "Lunes de esa semana"),
    "questions_version": Words(
        "Version of the questions: see the column version of codebook.csv",
        "Versión de las preguntas: véase la columna version de codebook.csv",
    ),
    "review_state": Words("What staff did with it", "Qué hizo con ello el personal"),
}
FIELD_VALUES = {
    "review_state": {
        "unread": Words("Not reviewed yet", "Aún sin revisar"),
        "reviewed": Words("Reviewed", "Revisado"),
        "set-aside": Words("Set aside", "Apartado"),
    }
}
CELL_WORDS = {
    PICKED: Words("Picked", "Elegida"),
    NOT_PICKED: Words("Not picked", "No elegida"),
    f"{MissingCode.NO_ANSWER}": Words("Asked, no answer", "Se preguntó, sin respuesta"),
    f"{MissingCode.NOT_ASKED}": Words("Not asked or not offered", "No se preguntó o no se ofreció"),
    f"{MissingCode.UNDETERMINED}": Words("Cannot be determined", "No se puede determinar"),
}
