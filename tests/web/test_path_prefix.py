"""Sections of the site are recognized by their path prefix."""

from __future__ import annotations

import pytest

from screening.web.path_prefix import value_for_path


@pytest.mark.parametrize(
    ("path", "part"),
    [("/staff", "staff"), ("/staff/", "staff"), ("/staff/a/b", "staff"), ("/staffroom", "rest"), ("/", "rest")],
)
def test_a_part_is_its_name_and_all_below_it(path: str, part: str) -> None:
    assert value_for_path(path, {"/staff": "staff"}, "rest") == part
