"""Audit entries in words, for the page and for the file."""

from __future__ import annotations

from collections.abc import Sequence

from screening.site import site
from screening.storage import audit
from screening.storage.accounts import User
from screening.storage.audit import MAX_PER_DAY, Action, TrailEntry
from screening.storage.column_types import NO_NUMBER

ACTION_WORDS = {
    Action.SIGNED_IN: "signed in",
    Action.PASSWORD_FAILED: "was refused for a wrong password",
    Action.NAME_UNKNOWN: "refused a name without an account",
    Action.SECOND_STEP_FAILED: "was refused at the second step",
    Action.RECOVERY_CODE_USED: "used a recovery code",
    Action.PAGE_REFUSED: "was refused a page for another role",
    Action.PASSWORD_CHANGED: "changed the password",
    Action.RECOVERY_CODES_MADE: "created new recovery codes",
    Action.OWN_SESSIONS_ENDED: "ended own sessions",
    Action.LIST_READ: "read the list of submissions",
    Action.RECORD_READ: "read a submission",
    Action.RECORD_LOOKED_UP: "looked up a patient’s code",
    Action.RECORD_MARKED: "marked a submission",
    Action.MARK_UNDONE: "undid a mark of a submission",
    Action.RECORD_DELETED: "deleted a submission",
    Action.INSIGHTS_READ: "read insights",
    Action.DISCLOSURE_MEASURED: "counted whom an export singles out",
    Action.EXPORTED_YEARS: "exported submissions, year-only",
    Action.EXPORTED_WEEKS: "exported submissions, weekly",
    Action.FIGURES_PREVIEWED: "previewed figures",
    Action.FIGURES_PUBLISHED: "published figures",
    Action.ACCOUNT_ADDED: "created an account",
    Action.ACCOUNT_RENEWED: "issued a new link or password",
    Action.ACCOUNT_DISABLED: "disabled an account",
    Action.ACCOUNT_ENABLED: "enabled an account",
    Action.MADE_VIEWER: "made someone a viewer",
    Action.MADE_DESK: "made someone desk staff",
    Action.MADE_REVIEWER: "made someone a reviewer",
    Action.MADE_MANAGER: "made someone a manager",
    Action.SESSIONS_ENDED: "ended sessions",
    Action.TRAIL_READ: "read this audit trail",
    Action.TRAIL_DOWNLOADED: "downloaded this audit trail",
    Action.PURGED: "deleted expired data",
    Action.BACKED_UP: "made a backup",
    Action.RESTORED: "restored a backup",
    Action.KEY_ROTATED: "rotated the key of this trail",
}
# Appended to the words of an entry: the rest of it may be intact.
DAMAGED_ENTRY = " (this entry is damaged)"
LAST_OF_DAY_NOTE = f" (the last of {MAX_PER_DAY} recorded in a day)"
DAMAGED_DAY = "unknown"
SHORT_MARK = 8
_WORDS = {action.value: words for action, words in ACTION_WORDS.items()}


class TrailNames:
    """Names of accounts, by their number and by their mark in audit entries."""

    def __init__(self, everyone: Sequence[User]) -> None:
        keys = audit.audit_keys(site().audit_key)
        self._accounts = {one.id: one.email for one in everyone}
        self._marks = {audit.account_mac(key, email): email for key in keys for email in self._accounts.values()}
        self._accounts[audit.COMMAND_LINE] = "the command line or the site itself"

    def account(self, number: int) -> str:
        """Return an account's name. A changed entry can hold any number, and a damaged one none."""
        return "damaged" if number == NO_NUMBER else self._accounts.get(number, f"account {number}")

    def about(self, mark: bytes) -> str:
        """Return the account name or the shortened submission mark."""
        return self._marks.get(mark) or (f"submission {mark.hex()[:SHORT_MARK]}" if mark else "")


def action_words(entry: TrailEntry) -> str:
    """Say what an entry records, and whether it is damaged or the last of its kind on that day."""
    did = _WORDS.get(entry.action, entry.action)
    return did + LAST_OF_DAY_NOTE * entry.is_last_of_day + DAMAGED_ENTRY * entry.is_damaged
