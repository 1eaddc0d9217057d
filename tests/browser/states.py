"""Every patient page in every reachable state, by name. Those of staff are in `staff_states`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import mock

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.test import TestResponse

from screening.storage import patient_codes, saved_drafts
from screening.storage.patient_codes import CodeKind
from tests.browser.clinic import Clinic, everything, first, nothing
from tests.browser.patient import Patient
from tests.browser.ways import Go, Held, State, at, draft, drawn, in_trouble, press, tells, then, too_much
from tests.support.sample_submissions import OPEN_WEEK
from tests.support.saving_patient import AGAIN

LAST_DAY = datetime.now(UTC).date() + saved_drafts.SAVED_FOR
LAPSED = 3 * 60 * 60

START = "patient/start.html"
QUESTION = "patient/question.html"
PAUSE = "patient/pause.html"
CHECK = "patient/check.html"
SUMMARY = "patient/summary.html"
FIRST = "patient/first.html"
FOUR = ("always/1", "always/2", "always/3", "always/4")
SHARE = "patient/share.html"
SHARED = "patient/shared.html"
CODE = "patient/code_entry.html"
DAMAGED = "patient/damaged.html"
RECORD = "patient/record.html"
LATER = "patient/saving.html"
RETURN = "patient/resume.html"
TOPIC = "patient/topic.html"
TOPICS = "patient/topics.html"
PAPER = "patient/blank_copy.html"
HELP = "patient/help.html"
ERROR = "errors/error.html"

WHO, READ = "Who are you asking for?", "What would you like to read about?"
TRIED = "What help have you tried, and what would you say about it?"
ALONE = "“%(words)s” does not go together with other answers."
DROPPED: dict[str, Any] = {"dropped": ("triggers", "tried"), "is_news": True}
begun, answered, full = draft(first, "tried"), draft(first), draft(everything)
long = draft(everything, slug="long-words")


def closed(outcome: str) -> Held:
    """A draft that ended with this outcome."""
    with_codes: dict[str, Any] = {
        "code": patient_codes.make_code(),
        "return_code": patient_codes.make_code(CodeKind.RETURN),
        "last_day": LAST_DAY,
    }
    return draft(nothing, "asking-for", closed=outcome, **with_codes)


def shared(path: str, says: str, slug: str = "reflection") -> Go:
    """Open an address with the code of a stored record."""

    def go(patient: Patient, clinic: Clinic) -> None:
        code = patient_codes.make_code()
        clinic.put(OPEN_WEEK, code, slug=slug)
        at(path, says, code=code)(patient, clinic)

    return go


def damaged(path: str, says: str) -> Go:
    """Open an address with the code of a record that cannot be read."""

    def go(patient: Patient, clinic: Clinic) -> None:
        code = patient_codes.make_code()
        clinic.damage(clinic.put(OPEN_WEEK, code))
        at(path, says, code=code)(patient, clinic)

    return go


def not_deleted_yet(clinic: Clinic, language: str) -> TestResponse:
    """Return the page after resuming, while the database refuses changes."""
    client = clinic.app.test_client()
    client.set_cookie("draft", clinic.sealed(begun(clinic) | {"returned": "00" * 16}))
    with (
        mock.patch.object(saved_drafts, "remove_saved_draft", side_effect=SQLAlchemyError),
        mock.patch.object(clinic.app, "log_exception"),
    ):
        return client.get("/return/here", headers={"Accept-Language": language})


def fetched_ahead(clinic: Clinic, language: str) -> TestResponse:
    return clinic.app.test_client().get("/leave", headers={"Sec-Purpose": "prefetch", "Accept-Language": language})


def lost(says: str, held: Held | None = None, seconds_ago: float = 0) -> Go:
    """Send an answer with this in the cookie instead of the original draft."""

    def go(patient: Patient, clinic: Clinic) -> None:
        at("/reflection/1", WHO, begun)(patient, clinic)
        patient.context.clear_cookies()
        if held:
            patient.bring(clinic.sealed(held(clinic), seconds_ago))
        patient.press("Continue")
        tells(patient, says)

    return go


def open_why(patient: Patient) -> None:
    patient.page.locator("summary").press("Enter")


def about_to_lapse(patient: Patient) -> None:
    """Do what the page's script does shortly before the answers lapse."""
    patient.page.locator("#lapse").evaluate(
        "notice => { const told = notice.children[0]; told.textContent = told.dataset.say.replace('#', 10); }"
    )
    patient.page.locator("#lapse").evaluate("notice => { notice.hidden = false; }")


STARTS = {
    "start": State(START, at("/", "Read the topics instead")),
    "start, lapsed": State(START, at("/", "About two hours went by without a new page", begun, LAPSED)),
    "start, with a draft": State(START, at("/", "Go on where you were", begun)),
    "start, with a code": State(START, at("/", "See your code", closed("stored"))),
    "start, with a return code": State(START, at("/", "See your return code", closed("saved"))),
    "start, after deleting": State(START, at("/", "Print a blank copy instead", closed("deleted"))),
    "start, long words": State(START, at("/long-words/", "Long words such as"), is_busy=True),
    "several questionnaires": State(
        "patient/questionnaires.html", at("/", "Choose what you would like to think about."), is_busy=True
    ),
}
QUESTIONS = {
    "question, one choice": State(QUESTION, at("/reflection/1", WHO, draft(nothing, "asking-for"))),
    "question, one choice, answered": State(QUESTION, at("/reflection/1", WHO, begun)),
    "question, many choices": State(QUESTION, at("/reflection/4", TRIED, begun)),
    "question, everything chosen": State(QUESTION, at("/reflection/2", READ, full)),
    "question, to be changed": State(QUESTION, at("/reflection/2?change=1", READ, answered)),
    "question, why open": State(QUESTION, then(at("/reflection/4", TRIED, begun), open_why, says="This is no test")),
    "question, about to lapse": State(QUESTION, then(at("/reflection/4", TRIED, begun), about_to_lapse, says=TRIED)),
    "question, error, one choice": State(
        QUESTION,
        at("/reflection/1", "Choose an answer, or press Skip.", draft(nothing, "asking-for", mistake=("asking-for",))),
    ),
    "question, error, many choices": State(
        QUESTION, at("/reflection/4", "Choose an answer, or press Skip.", draft(first, "tried", mistake=("tried",)))
    ),
    "question, error, what stands alone": State(
        QUESTION,
        at(
            "/reflection/4",
            "Talking therapy",
            draft(first, "tried", mistake=("tried", "talking-therapy", "nothing-yet")),
        ),
    ),
    "question, dropped answers": State(
        QUESTION, at("/reflection/4", "Which triggers would you like", draft(first, "tried", **DROPPED))
    ),
    "question, revised": State(
        QUESTION,
        at("/reflection/4", "These questions were updated", draft(first, "tried", is_revised=True, is_news=True)),
    ),
    "question, revised and dropped": State(
        QUESTION, at("/reflection/4", "These questions were updated", draft(first, "tried", is_revised=True, **DROPPED))
    ),
    "question, after the page about sharing": State(
        QUESTION, at("/reflection/4", TRIED, draft(first, fixed=(OPEN_WEEK, bytes(16))))
    ),
    "question, long words, many choices": State(
        QUESTION, at("/long-words/1", "What do you like", draft(nothing, "likes", "long-words")), is_busy=True
    ),
    "question, long words, one choice": State(
        QUESTION, then(at("/long-words/2", "Which way", long), open_why, says="twelve choices"), is_busy=True
    ),
    "question, long words, error": State(
        QUESTION,
        at(
            "/long-words/1",
            "does not go together",
            draft(everything, slug="long-words", mistake=("likes", "choice-1", "none-of-these")),
        ),
        is_busy=True,
    ),
    "pause": State(PAUSE, at("/reflection/pause", "Keep going", draft(first, "around-you"))),
    "pause, dropped answers": State(
        PAUSE, at("/reflection/pause", "Keep going", draft(first, "around-you", **DROPPED))
    ),
    "pause, long words": State(PAUSE, at("/long-words/pause", "Keep going", long), is_busy=True),
}
ENDS = {
    "check, all skipped": State(CHECK, at("/reflection/check", "See your summary", draft(nothing))),
    "check, full": State(CHECK, at("/reflection/check", "See your summary", full)),
    "check, dropped answers": State(CHECK, at("/reflection/check", "See your summary", draft(nothing, **DROPPED))),
    "check, revised": State(
        CHECK, at("/reflection/check", "These questions were updated", draft(first, is_revised=True))
    ),
    "check, long words": State(CHECK, at("/long-words/check", "See your summary", long), is_busy=True),
    "first, all skipped": State(FIRST, at("/reflection/first", "Which questions would you ask", draft(nothing))),
    "first, everything picked": State(FIRST, at("/reflection/first", "Which questions would you ask", full)),
    "first, four picked": State(
        FIRST, at("/reflection/first", "Please look at this again", draft(nothing, mistake=("/first", *FOUR)))
    ),
    "first, long words": State(FIRST, at("/long-words/first", "Which questions would you ask", long), is_busy=True),
    "summary, all skipped": State(SUMMARY, at("/reflection/summary", "Your questions", draft(nothing))),
    "summary, three put first": State(
        SUMMARY, at("/reflection/summary", "Change which come first", draft(nothing, first=FOUR[:3]))
    ),
    "summary, everything picked": State(SUMMARY, at("/reflection/summary", "Your questions", full)),
    "summary, long words": State(SUMMARY, at("/long-words/summary", "Your questions", long), is_busy=True),
    "share": State(SHARE, at("/reflection/share", "It is up to you.", answered)),
    "share, nothing picked": State(SHARE, at("/reflection/share", "It is up to you.", draft(nothing))),
    "share, everything picked": State(SHARE, at("/reflection/share", "It is up to you.", full)),
    "share, changed": State(SHARE, at("/reflection/share", "was changed in another window", answered, news="changed")),
    "share, new questions": State(SHARE, at("/reflection/share", "questions have changed", answered, news="revised")),
    "share, a new week": State(SHARE, at("/reflection/share", "A new week has begun", answered, news="week")),
    "share, paused": State(SHARE, at("/reflection/share", "Sharing is paused", answered, news="paused")),
    "share, cut off": State(SHARE, at("/reflection/share", "we do not know if yours arrived", answered, news="away")),
    "share, long words": State(SHARE, at("/long-words/share", "It is up to you.", long), is_busy=True),
    "shared": State(SHARED, at("/reflection/share", "Your answers were shared", closed("stored"))),
    "shared, others before": State(SHARED, at("/reflection/share", "Other answers were shared", closed("different"))),
    "shared, deleted since": State(SHARED, at("/reflection/share", "You deleted what", closed("deleted"))),
    "done": State("patient/done.html", at("/reflection/done", "Cleared from this browser")),
}
TYPED: dict[str, Any] = {"typed": "abcd efgh"}
CODES = {
    "code": State(CODE, at("/code", "See what I shared")),
    "code, still on this device": State(CODE, at("/code", "Your code is still on this device.", closed("stored"))),
    "code, nothing typed": State(CODE, at("/code", "Type your code.", news="empty")),
    "code, mistyped": State(CODE, at("/code", "This is not a whole code, or a", news="mistyped", **TYPED)),
    "code, of the other kind": State(CODE, at("/code", "Go on with a return code", news="other", **TYPED)),
    "code, unknown": State(CODE, at("/code", "Nothing is stored under this code.", news="unknown", **TYPED)),
    "code, limited": State(CODE, at("/code", "Very many codes", news="busy", **TYPED)),
    "code, cut off": State(CODE, at("/code", "Nothing was changed.", news="away", **TYPED)),
    "code, deleting unsure": State(CODE, at("/code", "We cannot tell if it was deleted.", news="unsure")),
    "code, deleted": State(CODE, at("/code", "Deleted. Your answers are no longer stored.", news="deleted")),
    "code, deleted while it is read": State(CODE, at("/code", "So a copy stays in it", news="still-read")),
    "code, cleared": State(CODE, at("/code", "What you shared is still stored.", news="closed")),
    "record": State(RECORD, shared("/code", "What you shared")),
    "record, long words": State(RECORD, shared("/code", "What you shared", "long-words"), is_busy=True),
    "delete": State(RECORD, shared("/code/delete", "Delete what you shared?")),
    "record, damaged": State(DAMAGED, damaged("/code", "It was damaged.")),
    "delete, damaged": State(DAMAGED, damaged("/code/delete", "Delete what you shared?")),
    "later": State(LATER, at("/reflection/later", "Save your answers for later?", begun)),
    "later, nothing to save": State(
        LATER, at("/reflection/later", "There is nothing to save yet", draft(nothing, "asking-for"))
    ),
    "later, paused": State(LATER, at("/reflection/later", "Saving is paused", begun, news="paused")),
    "later, limited": State(LATER, at("/reflection/later", "Very many people are saving", begun, news="busy")),
    "later, cut off": State(LATER, at("/reflection/later", "we do not know if yours arrived", begun, news="away")),
    "later, not to be saved": State(
        LATER, at("/reflection/later", "These answers cannot be saved", draft(first, fixed=(OPEN_WEEK, bytes(16))))
    ),
    "saved": State("patient/saved.html", at("/reflection/later", "Your answers are saved", closed("saved"))),
    "return": State(RETURN, at("/return", "Go on with what I saved")),
    "return, with a draft": State(RETURN, at("/return", "Somebody began to answer on this device.", begun)),
    "return, with a code": State(RETURN, at("/return", "See your code", closed("stored"))),
    "return, with a return code": State(RETURN, at("/return", "See your return code", closed("saved"))),
    "return, asked again": State(RETURN, at("/return", "Go on with what is here", begun, news="here", **TYPED)),
    "return, nothing typed": State(RETURN, at("/return", "Type your return code.", news="empty")),
    "return, mistyped": State(RETURN, at("/return", "This is not a whole return code", news="mistyped", **TYPED)),
    "return, of the other kind": State(RETURN, at("/return", "Your code", news="other", **TYPED)),
    "return, unknown": State(RETURN, at("/return", "Nothing is saved under this", news="unknown", **TYPED)),
    "return, too old": State(RETURN, at("/return", "cannot be opened any more", news="old", **TYPED)),
    "return, limited": State(RETURN, at("/return", "Very many codes", news="busy", **TYPED)),
    "return, cut off": State(RETURN, at("/return", "Nothing was changed.", news="away", **TYPED)),
    "returned": State("patient/resumed.html", at("/return/here", AGAIN, begun, returned="00" * 16)),
    "returned, not deleted yet": State("patient/resumed.html", drawn(not_deleted_yet, AGAIN)),
}
READING = {
    "topics": State(TOPICS, at("/reflection/topics", "Where this comes from")),
    "topic": State(TOPIC, at("/reflection/topics/1", "What the articles say")),
    "topic, the last": State(TOPIC, at("/reflection/topics/20", "What the articles say")),
    "topic, long words": State(TOPIC, at("/long-words/topics/1", "What the articles say"), is_busy=True),
    "paper": State(PAPER, at("/reflection/paper", "A blank copy, for you to keep.")),
    "paper, long words": State(PAPER, at("/long-words/paper", "A blank copy, for you to keep."), is_busy=True),
    "help": State(HELP, at("/help", "The clinic has not looked through them yet")),
    "help, confirmed": State(HELP, at("/help", "Finding treatment"), is_busy=True),
    "help, with a draft": State(HELP, at("/help", "Keep going", begun)),
    "help, with a code": State(HELP, at("/help", "See your code", closed("stored"))),
    "privacy": State("patient/privacy.html", at("/privacy", "Everything that is stored")),
    "accessibility": State("patient/accessibility.html", at("/accessibility", "What was tested")),
    "leave": State("patient/leave.html", drawn(fetched_ahead, "Clear my answers and leave")),
}
ERRORS = {
    "400": State(ERROR, in_trouble(400, "We could not read that", "/privacy", "information.privacy")),
    "400, no cookies": State(ERROR, lost("Your answers could not be kept")),
    "400, older": State(ERROR, lost("This page is older than your answers", begun)),
    "400, lapsed": State(ERROR, lost("Your answers were cleared", begun, LAPSED)),
    "404": State(ERROR, at("/nowhere", "This page is not here")),
    "404, several questionnaires": State(ERROR, at("/nowhere", "This page is not here"), is_busy=True),
    "405": State(ERROR, at("/code/close", "This page opens another way")),
    "413": State(
        ERROR,
        then(at("/code", "Your code"), too_much, press("See what I shared"), says="That was more than we can take"),
    ),
    "429": State(ERROR, in_trouble(429, "Please wait a little", "/privacy", "information.privacy")),
    "500": State(ERROR, in_trouble(500, "Something went wrong on our side", "/privacy", "information.privacy")),
}
PATIENTS: dict[str, State] = STARTS | QUESTIONS | ENDS | CODES | READING | ERRORS
