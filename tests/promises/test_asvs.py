"""ASVS 5.0, levels 1 and 2, chapters V6, V7, V8 and V16: how each requirement is shown, or why it is not met.

The standard's text is at https://github.com/OWASP/ASVS. The words here are our own. Small tests that nothing else needs
follow the list.
"""

from __future__ import annotations

import ast
import logging
import random
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select

from config import ROOT
from screening.commands.staff import _one_time_password
from screening.staff.auth.passwords import EASY_WORDS, PasswordRules
from screening.staff.auth.sessions import IDLE_LASTS, SIGNED_IN_LASTS
from screening.staff.auth.sign_in_throttle import ATTEMPTS_PER_NAME, FAILURES_PER_ADDRESS
from screening.storage import accounts
from screening.storage.accounts import ROLES
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.tables import AuditEntry
from screening.web.logs import QuietFlask
from tests.staff.auth.test_access import ROUTE_ROLES
from tests.support.page_checker import CONTROLS
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

DECISIONS = {path.stem: " ".join(path.read_text("utf-8").split()) for path in (ROOT / "docs/decisions").glob("*.md")}
STAFF = DECISIONS["staff-access"]

# The number of level 1 and 2 requirements in each section.
SECTIONS = {
    **{"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4},
    **{"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2},
    **{"8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1},
    **{"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3},
}
REQUIREMENTS = [f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)]


class Entry(NamedTuple):
    """How one requirement is met. `tests`: the tests that show it, or as much of it as is met."""

    tests: tuple[str, ...] = ()
    deviation: str = ""
    does_not_apply: str = ""


def shown(*tests: str) -> Entry:
    """Name tests as `folder/file::name` without "tests/" and ".py"; those of this file by name alone."""
    return Entry(tests)


def deviates(reason: str, *tests: str) -> Entry:
    return Entry(tests, deviation=reason)


def does_not_apply(reason: str) -> Entry:
    return Entry(does_not_apply=reason)


NO_PHONE_OR_MAIL = does_not_apply("The second step is an authenticator or a recovery code. Nothing is sent to anyone.")
NO_PROVIDER = does_not_apply("Accounts are the site's own. It trusts no identity provider.")

ENTRIES: dict[str, Entry] = {
    # Authentication.
    "6.1.1": shown("test_decisions_tell_the_limits_that_are_in_force"),
    "6.1.2": shown("test_decisions_name_the_words_forbidden_in_passwords"),
    "6.1.3": shown("test_decisions_tell_the_ways_in_and_there_are_no_others"),
    "6.2.1": shown("staff/auth/test_sign_in::test_a_password_that_cannot_be_taken_says_why"),
    "6.2.2": shown("staff/auth/test_sign_in::test_a_changed_password_ends_every_other_session"),
    "6.2.3": shown("staff/auth/test_sign_in::test_a_password_that_cannot_be_taken_says_why"),
    "6.2.4": shown(
        "staff/auth/test_passwords::test_a_common_long_password_is_refused",
        "staff/auth/test_passwords::test_every_listed_common_password_of_our_length_is_refused",
    ),
    "6.2.5": shown("staff/auth/test_passwords::test_no_rule_says_which_characters_a_password_has"),
    "6.2.6": shown("test_passwords_are_masked_and_browsers_may_fill_them_in"),
    "6.2.7": shown("test_passwords_are_masked_and_browsers_may_fill_them_in"),
    "6.2.8": shown("test_a_password_opens_only_as_it_was_chosen"),
    "6.2.9": shown("staff/auth/test_passwords::test_up_to_128_characters_are_taken"),
    "6.2.10": shown("test_no_password_expires"),
    "6.2.11": shown(
        "staff/auth/test_passwords::test_names_of_this_site_and_of_the_account_do_not_count_however_they_are_written",
        "staff/auth/test_passwords::test_each_refusal_gives_its_reason",
    ),
    "6.2.12": deviates(
        "Kept where BREACHED_PASSWORDS names a list. Without one only the score protects: asking a service would tell "
        "it about sign-ins, and a list that is worth having has a gigabyte or more.",
        "staff/auth/test_passwords::test_each_refusal_gives_its_reason",
        "settings/test_breached_passwords::test_exactly_what_is_in_the_list_is_found",
    ),
    "6.3.1": shown(
        "staff/auth/test_sign_in::test_a_name_is_locked_for_a_while_after_eight_failures_whether_it_has_an_account_or_not",
        "staff/auth/test_sign_in::test_the_second_step_is_locked_too_and_the_password_does_not_open_it_again",
        "staff/auth/test_sign_in::test_an_address_is_locked_after_twenty_failures_and_patients_there_are_not",
        "staff/auth/test_sign_in::test_a_new_port_each_time_is_no_new_address",
        "web/test_client_address::test_however_an_ipv4_address_is_written_it_is_counted_as_one",
    ),
    "6.3.2": shown(
        "commands/test_staff::test_without_a_name_and_a_terminal_the_first_manager_s_name_is_drawn",
        "commands/test_staff::test_the_first_manager_has_the_name_that_is_set",
        "commands/test_staff::test_at_a_terminal_the_first_manager_s_name_is_asked_for",
    ),
    "6.3.3": shown(
        "staff/auth/test_sign_in::test_the_whole_way_from_the_one_time_password_to_the_first_page",
        "staff/auth/test_access::test_until_the_authenticator_is_set_up_only_its_set_up_opens",
    ),
    "6.3.4": shown(
        "test_decisions_tell_the_ways_in_and_there_are_no_others",
        "staff/auth/test_access::test_what_flask_security_could_do_more_is_closed",
        "staff/auth/test_sign_in::test_json_and_tokens_open_nothing",
        "staff/auth/test_sign_in::test_nobody_is_remembered_beyond_the_session",
    ),
    "6.4.1": shown(
        "test_what_the_site_makes_up_is_hard_to_guess_and_never_twice_the_same",
        "staff/auth/test_access::test_until_the_password_is_their_own_only_its_change_opens",
        "staff/auth/test_sign_in::test_a_password_that_cannot_be_taken_says_why",
        "staff/auth/test_accounts::test_a_link_opens_for_three_days",
    ),
    "6.4.2": shown("test_signing_in_asks_for_name_password_and_code_and_nothing_else"),
    "6.4.3": shown(
        "staff/auth/test_accounts::test_a_new_link_takes_everything_that_was_set_up_and_says_so_first",
        "staff/auth/test_accounts::test_who_is_interrupted_between_phone_and_password_goes_on_with_the_same_link",
        "staff/auth/test_accounts::test_what_opens_something_asks_for_the_manager_s_password",
    ),
    "6.4.4": shown(
        # The same person gives the same kind of link as the first time: a manager knows the recipient.
        "staff/auth/test_accounts::test_a_new_link_takes_everything_that_was_set_up_and_says_so_first",
        "commands/test_staff::test_who_lost_everything_begins_anew_and_every_session_ends",
    ),
    "6.5.1": shown(
        "staff/auth/test_sign_in::test_a_code_opens_once",
        "staff/auth/test_sign_in::test_a_code_opens_once_for_two_at_the_same_moment",
        "staff/auth/test_sign_in::test_a_recovery_code_opens_once",
        "staff/auth/test_sign_in::test_two_recovery_codes_at_the_same_moment_are_both_used_up",
    ),
    "6.5.2": deviates(
        "Recovery codes are encrypted with STAFF_KEYS, not hashed. Their 48 random bits are safe from whoever has the "
        "database alone, and whoever has the keys too can read the authenticators' secrets in any case. Hashes as "
        "slow as passwords' would cost ten of them at each try.",
        "staff/auth/test_sign_in::test_secrets_are_encrypted_where_they_lie",
    ),
    "6.5.3": shown("test_what_the_site_makes_up_is_hard_to_guess_and_never_twice_the_same"),
    "6.5.4": shown("test_what_the_site_makes_up_is_hard_to_guess_and_never_twice_the_same"),
    "6.5.5": deviates(
        "The half-minutes before and after the present one are taken too, so a code lives for about 90 seconds: "
        "phones' clocks differ, and somebody types. Each is taken once, and none that is older than a used one.",
        "staff/auth/test_sign_in::test_a_code_of_two_half_minutes_ago_does_not_open",
        "staff/auth/test_sign_in::test_a_code_opens_once",
    ),
    "6.6.1": NO_PHONE_OR_MAIL,
    "6.6.2": NO_PHONE_OR_MAIL,
    "6.6.3": NO_PHONE_OR_MAIL,
    "6.8.1": NO_PROVIDER,
    "6.8.2": NO_PROVIDER,
    "6.8.3": NO_PROVIDER,
    "6.8.4": NO_PROVIDER,
    # Sessions.
    "7.1.1": shown("test_decisions_tell_how_long_and_how_many_sessions_there_may_be"),
    "7.1.2": shown("test_decisions_tell_how_long_and_how_many_sessions_there_may_be"),
    "7.1.3": NO_PROVIDER,
    "7.2.1": shown(
        "staff/auth/test_sessions::test_signed_in_the_cookie_holds_nothing_but_an_id_that_the_database_knows_as_a_hash",
        "staff/auth/test_sessions::test_what_a_row_holds_is_no_cookie",
    ),
    "7.2.2": shown("staff/auth/test_sign_in::test_json_and_tokens_open_nothing"),
    "7.2.3": shown("test_an_id_of_a_session_has_256_random_bits"),
    "7.2.4": shown(
        "staff/auth/test_sessions::test_an_id_from_before_sign_in_is_worth_nothing_after_it",
        "staff/auth/test_sessions::test_a_changed_password_gives_a_new_id",
    ),
    "7.3.1": shown("staff/auth/test_sessions::test_half_an_hour_without_a_page_ends_it"),
    "7.3.2": shown("staff/auth/test_sessions::test_twelve_hours_end_it_whatever_happens"),
    "7.4.1": shown(
        "staff/auth/test_sessions::test_sign_out_ends_the_row_and_takes_the_cookie_away",
        "web/test_headers::test_nothing_is_kept_in_a_cache_but_static_files",
    ),
    "7.4.2": shown(
        "staff/auth/test_sessions::test_a_disabled_account_is_out_at_once",
        "staff/auth/test_sessions::test_an_account_that_is_deleted_takes_its_sessions_with_it",
        "staff/auth/test_accounts::test_who_is_disabled_is_out_at_once_and_comes_back_as_before",
    ),
    "7.4.3": shown("staff/auth/test_sign_in::test_a_changed_password_ends_every_other_session"),
    "7.4.4": shown(
        "test_every_page_offers_to_sign_out",
        "browser/test_sign_out::test_sign_out_is_in_view_on_every_page_before_and_after_scrolling",
    ),
    "7.4.5": shown("staff/auth/test_accounts::test_one_session_or_all_of_an_account_are_ended"),
    "7.5.1": shown(
        "staff/auth/test_sign_in::test_new_recovery_codes_ask_for_the_password_and_guessing_it_ends",
        "staff/auth/test_sign_in::test_a_password_that_cannot_be_taken_says_why",
        "staff/auth/test_sign_in::test_an_account_with_an_authenticator_gets_no_other_from_an_older_set_up",
        "staff/auth/test_accounts::test_what_opens_something_asks_for_the_manager_s_password",
    ),
    "7.5.2": shown(
        "staff/auth/test_own_sessions::test_another_session_ends_at_once_and_that_is_written",
        "staff/auth/test_own_sessions::test_nothing_ends_without_a_choice_and_the_password",
        "staff/auth/test_accounts::test_one_session_or_all_of_an_account_are_ended",
    ),
    "7.6.1": NO_PROVIDER,
    "7.6.2": shown(
        "staff/auth/test_accounts::test_what_fetches_a_link_ahead_sees_nothing_of_it_and_uses_nothing_up",
        "staff/auth/test_access::test_every_form_needs_its_token",
    ),
    # Authorization.
    "8.1.1": shown("test_decisions_tell_what_each_role_opens"),
    "8.1.2": shown("test_decisions_tell_what_each_role_opens"),
    "8.2.1": shown(
        "staff/auth/test_access::test_the_list_is_complete",
        "staff/auth/test_access::test_desk_staff_have_these_pages_and_no_other",
        "staff/auth/test_access::test_a_page_opens_for_its_roles_and_no_other",
    ),
    "8.2.2": shown(
        "staff/review/test_submissions::test_the_open_week_is_invisible_in_the_list_and_by_address",
        "staff/review/test_lookup::test_what_a_code_opened_stays_closed_to_other_sign_ins",
        "staff/auth/test_accounts::test_nobody_s_session_is_ended_through_another_account",
    ),
    "8.2.3": shown(
        "test_no_form_changes_more_of_an_account_than_it_shows",
        "promises/test_figures::test_what_is_not_published_is_told_to_no_viewer",
    ),
    "8.3.1": shown(
        "staff/auth/test_access::test_a_page_that_says_nothing_opens_for_nobody",
        "staff/auth/test_access::test_a_page_opens_for_its_roles_and_no_other",
    ),
    "8.4.1": does_not_apply("An installation serves one clinic, with a database of its own."),
    # Logs and errors.
    "16.1.1": shown("test_decisions_tell_every_log"),
    "16.2.1": deviates(
        "Entries have account, action and day, but neither time nor address. A time would link a member of staff "
        "to a patient's visit; the order of entries is kept by their numbers.",
        "storage/test_audit::test_an_entry_is_what_was_told",
        "staff/auth/test_sessions::test_no_address_browser_or_minute_is_kept",
    ),
    "16.2.2": shown("test_the_day_of_an_entry_is_that_of_utc_wherever_the_server_stands"),
    "16.2.3": shown(
        "test_decisions_tell_every_log", "test_server::test_it_serves_patients_and_writes_no_line_about_them"
    ),
    "16.2.4": shown(
        "staff/audit/test_trail_page::test_every_action_has_words",
        "staff/audit/test_trail_page::test_filters_choose_and_stay_in_the_address",
        "storage/test_audit::test_a_chain_that_nobody_touched_is_whole",
    ),
    "16.2.5": shown(
        "staff/auth/test_sign_in::test_signing_in_writes_no_line_into_the_log",
        "staff/auth/test_accounts::test_a_link_lies_nowhere_but_as_a_hash_and_in_no_log",
        "storage/test_audit::test_the_table_names_no_record",
    ),
    "16.3.1": shown(
        "staff/audit/test_log_access::test_a_sign_in_is_written_once_it_is_whole",
        "staff/auth/test_bounded_trail::test_it_is_written_with_account_and_day",
        "staff/auth/test_bounded_trail::test_a_name_without_an_account_is_kept_nowhere_and_all_of_them_share_one_kind",
    ),
    "16.3.2": shown(
        "staff/auth/test_bounded_trail::test_it_is_written_with_account_and_day",
        "staff/auth/test_bounded_trail::test_a_page_that_cannot_be_refused_in_writing_is_not_shown",
        "staff/auth/test_access::test_a_page_opens_for_its_roles_and_no_other",
    ),
    "16.3.3": deviates(
        "What D-STAFF-20 to D-STAFF-40 say is written is written. Of attempts to get around limits, forms or checks "
        "only failed sign-ins, refused pages and the pauses of sharing are noted: the rest would be kept about "
        "patients too.",
        "staff/audit/test_written_first::test_no_list_is_shown",
        "staff/auth/test_bounded_trail::test_it_is_written_with_account_and_day",
        "staff/review/test_submissions::test_a_pause_of_sharing_or_saving_is_told_for_some_weeks",
    ),
    "16.3.4": shown(
        "web/test_errors::test_our_own_failure_gets_a_page_and_the_log_tells_nothing_of_the_patient",
        "storage/test_expiry::test_a_clock_that_jumped_deletes_nothing_by_itself_and_the_log_says_so",
    ),
    "16.4.1": shown("test_nothing_that_was_sent_makes_a_line_of_a_log"),
    "16.4.2": shown(
        "storage/test_audit::test_a_changed_field_is_found_where_it_is",
        "storage/test_audit::test_an_entry_taken_out_is_found",
        "staff/auth/test_access::test_a_page_opens_for_its_roles_and_no_other",
        "test_server::test_what_the_site_writes_is_for_its_owner_alone",
    ),
    "16.4.3": deviates(
        "The site sends nothing anywhere. stderr goes where its operator says. Of the audit trail the head is kept "
        "elsewhere, on paper or by a command, and shows whether entries were changed or cut off.",
        "storage/test_audit::test_a_cut_tail_is_found_against_a_head_that_was_kept",
    ),
    "16.5.1": shown("web/test_errors::test_our_own_failure_gets_a_page_and_the_log_tells_nothing_of_the_patient"),
    "16.5.2": shown(
        "staff/auth/test_sessions::test_while_the_database_is_away_staff_read_so_and_patients_notice_nothing",
        "staff/auth/test_passwords::test_while_the_list_cannot_be_read_nobody_is_kept_out_and_no_password_is_taken",
    ),
    "16.5.3": shown(
        "staff/audit/test_log_access::test_nobody_gets_in_whose_sign_in_cannot_be_written",
        "staff/auth/test_accounts::test_what_cannot_be_written_is_not_done",
    ),
}


def test_every_requirement_has_an_entry_and_there_are_76() -> None:
    assert len(REQUIREMENTS) == 76
    of = [sum(number.startswith(f"{chapter}.") for number in REQUIREMENTS) for chapter in (6, 7, 8, 16)]
    assert of == [35, 18, 7, 16]
    assert list(ENTRIES) == REQUIREMENTS


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_an_entry_is_shown_by_tests_that_there_are_or_says_why_not(number: str) -> None:
    entry = ENTRIES[number]
    assert [bool(entry.tests or entry.deviation), bool(entry.does_not_apply)].count(True) == 1
    for reason in filter(None, (entry.deviation, entry.does_not_apply)):
        assert len(reason.split()) >= 8
        assert reason.endswith(".")
    for test in entry.tests:
        file, _, name = test.rpartition("::")
        assert name in found_in(f"tests/{file or 'promises/test_asvs'}.py"), test


@cache
def found_in(file: str) -> frozenset[str]:
    """Return the tests that pytest collects in a file and does not skip."""
    there = ast.parse((ROOT / file).read_text("utf-8")).body
    functions = [one for one in there if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
    return frozenset(one.name for one in functions if not any("skip" in ast.dump(mark) for mark in one.decorator_list))


def test_decisions_tell_the_limits_that_are_in_force() -> None:
    words = {8: "Eight attempts for a name in 15 minutes", 20: "20 failures in 10 minutes"}
    for limit in (ATTEMPTS_PER_NAME, FAILURES_PER_ADDRESS):
        assert f"in {limit.multiples} minutes" in words[limit.amount]
        assert words[limit.amount] in STAFF
    assert "nobody can be locked out permanently" in STAFF


def test_decisions_name_the_words_forbidden_in_passwords() -> None:
    assert "the list `EASY_WORDS` in `screening/staff/auth/passwords.py`" in STAFF
    assert {"screening", "ketamine", "clinic", *ROLES} <= set(EASY_WORDS)


def test_decisions_tell_the_ways_in_and_there_are_no_others() -> None:
    assert "There are three ways in, and each ends at the second step" in STAFF
    signing_in = {
        rule for rule, method in ROUTE_ROLES if method == "POST" and not set(ROUTE_ROLES[rule, method]) & set(ROLES)
    }
    first, second, afterwards = {"/staff/sign-in", "/staff/join"}, {"/staff/code", "/staff/recovery"}, {"/staff/set-up"}
    assert signing_in == first | second | afterwards


def test_decisions_tell_how_long_and_how_many_sessions_there_may_be() -> None:
    assert (IDLE_LASTS, SIGNED_IN_LASTS) == (30 * 60, 12 * 60 * 60)
    assert "A session lasts 12 hours at most, and half an hour without a page." in STAFF
    assert "An account may have any number of sessions" in STAFF


def test_decisions_tell_what_each_role_opens() -> None:
    rules = STAFF.partition("### D-STAFF-15 Rights are rules about pages, records and fields ")[2].partition("###")[0]
    assert set(re.findall(r"A \*(\w+)\* ", rules)) == set(ROLES)
    assert "Of a record nobody changes more than its mark" in rules


def test_decisions_tell_every_log() -> None:
    logs = DECISIONS["operations"].partition("### D-OPS-07 There are three logs ")[2].partition("###")[0]
    sources = [path.read_text("utf-8") for path in (ROOT / "screening").rglob("*.py")]
    named = {name for source in sources for name in re.findall(r'getLogger\("(\w+)', source)}
    # Let through only severe failures, which commands report as one sentence.
    assert {name for name in named if f"`{name}`" not in logs} == {"alembic", "sqlalchemy"}
    assert not any(re.search(r"FileHandler|SysLogHandler|HTTPHandler|SocketHandler", source) for source in sources)


@pytest.fixture
def staff(clinic: Flask) -> Staff:
    """A manager with everything set up, not signed in."""
    staff = Staff(clinic)
    staff.join()
    return staff


@pytest.fixture
def signed_in(staff: Staff) -> Staff:
    staff.enter(PASSWORD)
    staff.press("Continue", code=staff.code())
    return staff


def pages(staff: Staff) -> Iterator[str]:
    """Return the addresses of pages that a manager can open without further knowledge."""
    files = {"/staff/export/codebook", "/staff/export/schema", "/staff/picture"}
    for rule, method in ROUTE_ROLES:
        if method == "GET" and "<" not in rule and rule not in files and "manager" in ROUTE_ROLES[rule, method]:
            yield rule
    yield f"/staff/accounts/{staff.account().id}/sessions"


def test_passwords_are_masked_and_browsers_may_fill_them_in(signed_in: Staff) -> None:
    number = signed_in.account().id
    there = ["/staff/password", "/staff/recovery-codes", "/staff/accounts/invite", f"/staff/accounts/{number}/role"]
    found = [field for path in there for field in signed_in.open(path).find("//input[contains(@name, 'password')]")]
    signed_in.press("Sign out")
    found += signed_in.open("/staff/sign-in").find("//input[contains(@name, 'password')]")
    assert len(found) == 7
    for field in found:
        assert field.get("type") == "password"
        assert field.get("autocomplete") in ("current-password", "new-password")
        assert field.get("maxlength") is None
    scripts = [path.read_text("utf-8") for path in (ROOT / "screening/static").glob("*.js")]
    assert not any("paste" in script for script in scripts)


@pytest.mark.parametrize("typed", [PASSWORD.upper(), f"{PASSWORD} ", f" {PASSWORD}", PASSWORD[:-1], f"{PASSWORD}\0"])
def test_a_password_opens_only_as_it_was_chosen(staff: Staff, typed: str) -> None:
    assert staff.enter(typed).path == "/staff/sign-in"
    assert staff.enter(PASSWORD).path == "/staff/code"


def test_no_password_expires(staff: Staff) -> None:
    staff.change(since=date(2001, 1, 1))
    staff.enter(PASSWORD)
    assert staff.press("Continue", code=staff.code()).path == "/staff/"
    columns = {column.key for column in accounts.User.__table__.columns}
    assert {name for name in columns if "password" in name} == {"password", "must_change_password"}


def test_signing_in_asks_for_name_password_and_code_and_nothing_else(clinic: Flask, staff: Staff) -> None:
    new = Staff(clinic)
    new.begin()
    new.enter(ONE_TIME)
    new.press("Show the QR code")
    seen = {str(field.get("name")) for field in new.page.find(CONTROLS)}
    staff.open("/staff/sign-in")
    seen |= {str(field.get("name")) for field in staff.page.find(CONTROLS)}
    staff.enter(PASSWORD)
    for path in ("/staff/code", "/staff/recovery"):
        seen |= {str(field.get("name")) for field in staff.open(path).find(CONTROLS)}
    assert seen == {"email", "password", "code"}


def test_what_the_site_makes_up_is_hard_to_guess_and_never_twice_the_same(clinic: Flask, staff: Staff) -> None:
    rules = PasswordRules((), None)

    def made() -> list[str]:
        # A predictable generator would now start over.
        random.seed(1)
        security = clinic.extensions["security"]
        with clinic.app_context():
            account = staff.account()
            link = accounts.reset_account(db.session, db.session.merge(account), datetime.now(UTC).date())
            totp = security.totp_factory
            codes = totp.generate_recovery_codes(10)
            return [totp.get_totp_b32_key(totp.generate_totp_secret()), link, _one_time_password(), *codes]

    several = [made() for _ in range(20)]
    assert len({one for each in several for one in each}) == 20 * 13
    for secret, link, password, *codes in several:
        assert len(secret) >= 32
        assert len(link) >= 22
        assert rules.why_refused(password, staff.email) == ""
        assert all(re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", code) for code in codes)


def test_an_id_of_a_session_has_256_random_bits(clinic: Flask) -> None:
    ids = set()
    for _ in range(3):
        random.seed(1)
        staff = Staff(clinic)
        staff.sign_in("viewer")
        ids.add(staff.cookie()["row"])
    assert len(ids) == 3
    assert all(len(bytes.fromhex(one)) == 32 for one in ids)


def test_every_page_offers_to_sign_out(signed_in: Staff) -> None:
    for path in pages(signed_in):
        assert signed_in.open(path).status in (200, 404), path
        assert signed_in.form("Sign out").get("action") == "/staff/sign-out", path


def test_no_form_changes_more_of_an_account_than_it_shows(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in("viewer")
    own = {"new_password": "seven kettles under the violin", "new_password_confirm": "seven kettles under the violin"}
    more = {"role": "manager", "purpose": "All.", "email": "kim@clinic.test", "active": "", "id": "1", "must": "1"}
    staff.open("/staff/password")
    assert staff.press("Change password", password=PASSWORD, **own, **more).path == "/staff/"
    account = staff.account()
    assert (account.role, account.purpose, account.active) == ("viewer", "A test.", True)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_day_of_an_entry_is_that_of_utc_wherever_the_server_stands(
    clinic: Flask, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = datetime.now(UTC).date()
        Staff(clinic).sign_in("viewer")
        with clinic.app_context():
            entry = db.session.scalars(select(AuditEntry)).one()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert entry.action == Action.SIGNED_IN.value
    assert before <= entry.day <= before + timedelta(days=1)
    assert entry.day <= datetime.now(UTC).date()


def test_nothing_that_was_sent_makes_a_line_of_a_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(app, QuietFlask)
    sent = "x\r\nERROR somebody else signed in"
    with caplog.at_level(logging.DEBUG), app.test_request_context("/help", headers={"X-Sent": "y"}, data={"a": sent}):
        try:
            raise ValueError(sent)
        except ValueError as error:
            app.log_exception((ValueError, error, error.__traceback__))  # type: ignore[arg-type]
    [line] = caplog.messages
    assert "somebody else" not in line
    assert "\n" not in line
