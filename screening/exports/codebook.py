"""Codebook of exported files: what each column and value means. It holds no answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from screening.exports.csv_cells import LINE_END, csv_line
from screening.exports.formats import RECORD_NUMBER, MergedQuestion, merged_questions, short_version
from screening.exports.responses import RECORD_EXTENSION
from screening.questionnaire.model import Question, Questionnaire

# Without it, Excel on Windows does not read the file as UTF-8 and garbles characters such as apostrophes.
BYTE_ORDER_MARK = "\ufeff"
CODEBOOK_HEADER = tuple("version section question question_words type option option_words alone column value".split())
FIELDS = {
    RECORD_NUMBER: "Which lines belong together. It means nothing else, and is another one in the next export.",
    "shared_year": "The year in which it was shared. Its weeks are whole ones, as ISO 8601 counts them.",
    "shared_week": "The week in which it was shared, as ISO 8601 counts them.",
    "week_begins": "The Monday of that week.",
    "questions_version": "In which words the questions were asked: see the column version here.",
    "review_state": "What staff did with it: unread, reviewed or set-aside.",
    RECORD_EXTENSION: "In a FHIR file, the URL of the extension that holds the fields above, each under its name. "
    "The version is in the canonical URL of the Questionnaire instead.",
}
NO_ANSWER = "No answer. Somebody who skipped the question and somebody who was not asked it are the same here."
NOT_PICKED = (
    "Not picked, though something else was. In a year-only file also: not offered in the version that was asked. "
    "In a weekly file that is an empty cell."
)


def codebook(versions: Sequence[Questionnaire]) -> str:
    """Return a CSV that explains every column and value of the files, in the words of each version, newest first."""
    rows: list[Sequence[str]] = [CODEBOOK_HEADER]
    rows += [("", "", "", words, "", "", "", "", name, "") for name, words in FIELDS.items()]
    asked = {one.id: one for one in merged_questions(versions)}
    for version in versions:
        for question in version.questions:
            rows += _rows(version, question, asked[question.id])
    return BYTE_ORDER_MARK + "".join(csv_line(row) + LINE_END for row in rows)


def _rows(version: Questionnaire, question: Question, asked: MergedQuestion) -> Iterator[Sequence[str]]:
    kind = "choose any" if question.many else "choose one"
    common = (
        short_version(version.version),
        version.section_of[question.section].title,
        question.id,
        question.ask,
        kind,
    )
    yield (*common, "", NO_ANSWER, "", " ".join(asked.columns), "")
    for option in question.options:
        column, value = (f"{question.id}.{option.id}", "1") if asked.many else (question.id, option.id)
        alone = "yes" if option.alone else "no"
        yield (*common, option.id, option.say, alone, column, value)
    if asked.many:
        yield (*common, "", NOT_PICKED, "", " ".join(asked.columns), "0")
