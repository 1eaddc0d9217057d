"""The data dictionary: every stored column in words for patients. The site does not start with one undescribed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class StoredTable:
    """A table: its purpose, how long its rows are kept, and each column's name with its description."""

    name: str
    title: str
    stays: str
    columns: tuple[tuple[str, str], ...]


def describe_tables(tables: Mapping[str, Iterable[str]], days: int) -> tuple[StoredTable, ...]:
    """Describe every table of the schema (name -> columns). `days`: how many days a submission is kept.

    Raises:
        ValueError: a table is not described.
        KeyError: a column is not described.
    """
    kept = _("For %(days)s days from the Monday of its week, or until its code deletes it.", days=days)
    order, stays = list(_TITLES), _STAYS | {"submission": kept}
    return tuple(
        StoredTable(name, _TITLES[name], stays[name], tuple((column, _WORDS[name][column]) for column in columns))
        for name, columns in sorted(tables.items(), key=lambda table: order.index(table[0]))
    )


_TITLES = {
    "submission": _("What somebody chose to share"),
    "saved_draft": _("What somebody saved for later"),
    "questionnaire_version": _("The questions, as they once were"),
    "tally": _("How many picked each choice, counted by week"),
    "drawn": _("Figures that may be published"),
    "published": _("Figures for everyone who works here"),
    "notice": _("Notices to staff about the site"),
    "installation": _("Notes about this site itself"),
    "account": _("Accounts of staff"),
    "staff_session": _("Staff who are signed in"),
    "audit_entry": _("What staff did"),
}

_STAYS = {
    "saved_draft": _("For 14 days, or until somebody goes on with its return code."),
    "questionnaire_version": _(
        "As long as this site runs, so that shared answers can be read in the words of their time."
    ),
    "tally": _(
        "As long as everything that was counted is stored. When some of it is deleted, the count is deleted with it, "
        "and what is left is counted anew."
    ),
    "drawn": _(
        "Until a manager publishes them, or until what was shared in the first of these weeks is deleted. "
        "Deleting what you shared does not change these figures."
    ),
    "published": _(
        "As long as this site runs. Deleting what you shared does not change these figures. Each number is moved by "
        "chance and rounded, so that nobody can be made out in them."
    ),
    "notice": _("As long as this site runs."),
    "installation": _("As long as this site runs."),
    "account": _("As long as the clinic keeps it."),
    "staff_session": _("Until they sign out, or a day or two after their last page, when someone signs in."),
    "audit_entry": _(
        "As long as this site runs, also when the record is gone, so that it can be checked later what staff opened."
    ),
}

_WORDS = {
    "questionnaire_version": {
        "id": _("A number."),
        "questionnaire": _("Which questionnaire it is."),
        "hash": _("A check value of its words."),
        "content": _("All its questions, choices and topics."),
        "since": _("The day on which it was first shown to anyone."),
    },
    "submission": {
        "week": _("The week in which it was shared. No day, no hour."),
        "ref": _("Your code, scrambled with a secret key. The code itself is not stored."),
        "version": _("Which version of the questions was answered."),
        "state": _("Whether staff have marked it as reviewed, or set it aside."),
        "answers": _("What was chosen. A skipped question is not stored, but staff can see that it has no answer."),
    },
    "saved_draft": {
        "id": _("Your return code, scrambled with a secret key. The return code itself is not stored."),
        "sealed": _(
            "The answers so far and what else the browser kept for them, encrypted. Only the return code opens this. "
            "It is always of the same length, however much was answered."
        ),
        "last_day": _("The last day on which it can be opened. Then it is deleted."),
    },
    "tally": {
        "week": _("The week that was counted. It is over."),
        "version": _("Which version of the questions was answered."),
        "number": _("How many shared in that week."),
        "bits": _("For each choice, a row of yes and no, in random order: who picked it. No codes, no names."),
    },
    "drawn": {
        "week": _("The first of the four weeks that are counted together."),
        "figures": _(
            "About how many picked each choice: moved by chance, then rounded to tens. Fewer than 11 are not told "
            "apart from none."
        ),
    },
    "published": {
        "week": _("The first of the four weeks that are counted together."),
        "figures": _(
            "About how many picked each choice: moved by chance, then rounded to tens. Fewer than 11 are not told "
            "apart from none."
        ),
    },
    "notice": {
        "week": _("The week it is about."),
        "kind": _("What happened to the site, such as a pause in sharing or saving. Never anything about a patient."),
    },
    "installation": {
        "id": _("A number. It is always 1."),
        "purged_on": _(
            "The day on which this site last deleted what was over its time, was set up, or was put back from a backup."
        ),
        "held_hours": _("For how many hours it has waited with deleting, because its clock may be wrong."),
        "oldest_code": _("The oldest version of this site’s program that can still use what is stored."),
    },
    "account": {
        "id": _("A number."),
        "email": _("The name they sign in with."),
        "password": _("A scrambled form of their password."),
        "must_change_password": _("Whether they still have the password they were given."),
        "active": _("Whether they may sign in."),
        "fs_uniquifier": _("A random value that ties their sessions to the account."),
        "role": _("What they may open."),
        "purpose": _("Why they may open it."),
        "tf_primary_method": _("How they prove a second time who they are."),
        "tf_totp_secret": _("The key of their second proof, encrypted."),
        "totp_counter": _("Which of its codes was used last, to the half minute."),
        "mf_recovery_codes": _("Codes for a lost second proof, encrypted."),
        "since": _("The day on which the account was made."),
        "link": _("A scrambled form of the link by which they set up the account, until they have."),
        "link_until": _("The last day on which that link opens."),
    },
    "staff_session": {
        "id": _("A scrambled form of the value in their cookie."),
        "account_id": _("Whose session it is."),
        "last_day": _("The day of the last page they opened."),
        "sealed": _("What the session needs to know, encrypted."),
    },
    "audit_entry": {
        "number": _("A number, counted up."),
        "account_id": _("Who did it."),
        "action": _("What was done, such as reading a list or one record."),
        "day": _("The day. No hour."),
        "about": _("For one record or account, a keyed mark that names it to nobody without the key."),
        "mac": _("A check value that shows if an entry was changed."),
    },
}
