"""An option that no earlier version may have met in an export either."""

from __future__ import annotations

from pathlib import Path

from tests.support.spoiled_files import refused, write

# Their columns are shortened to the same name.
ONE, OTHER = "walk-9256", "walk-18161"


def test_an_option_does_not_take_the_column_of_one_that_has_gone(folder: Path) -> None:
    file = folder / "questionnaire.yaml"
    write(file, "id: unsure", "id: what-you-have-tried-so-far")
    write(file, "price: {", f"{ONE}: {{")
    write(file, "gone: {", f"gone: {{what-you-have-tried-so-far/{OTHER}: Older, ")
    assert refused(folder) == [
        f'questionnaire.yaml:39:11: "what-you-have-tried-so-far/{OTHER}" and "what-you-have-tried-so-far/{ONE}" would '
        "both be the column what_you_have_tried_s___891cf4a5 of an export. Choose another id for one of them."
    ]
