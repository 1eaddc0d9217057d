"""Parts of the site, told apart by how their paths begin."""

from __future__ import annotations

import pytest

from screening.web.path_prefix import part_of


@pytest.mark.parametrize(
    ("path", "part"),
    [("/staff", "staff"), ("/staff/", "staff"), ("/staff/a/b", "staff"), ("/staffroom", "rest"), ("/", "rest")],
)
def test_a_part_is_its_name_and_all_below_it(path: str, part: str) -> None:
    assert part_of(path, {"/staff": "staff"}, "rest") == part
