"""Signing in: the whole way, and everything that must not lead in."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.storage.accounts import ROLES
from tests.staff.staff import ONE_TIME, PASSWORD, Staff

OWN = "a password of my own"


def test_the_whole_way_from_the_one_time_password_to_the_first_page(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.begin()
    page = staff.enter(ONE_TIME)
    assert (page.path, page.heading) == ("/staff/set-up", "Set up your authenticator")
    page = staff.set_up()
    assert (page.path, page.heading) == ("/staff/password", "Choose a password of your own")
    page = staff.press("Change it", password=ONE_TIME, new_password=OWN, new_password_confirm=OWN)
    assert (page.path, page.heading) == ("/staff/recovery-codes", "Recovery codes")
    page = staff.press("Make recovery codes")
    codes = [code.text for code in page.find("//code")]
    assert len(set(codes)) == 10
    page = staff.open(page.links["I have them. Continue"])
    assert (page.path, page.heading) == ("/staff/", "Welcome")
    assert "You are signed in as a manager." in page.text
    assert staff.press("Sign out").path == "/staff/sign-in"
    staff.enter(OWN)
    # The code of the set-up is used; the next one is not.
    assert staff.press("Continue", code=staff.code(later=1)).path == "/staff/"
