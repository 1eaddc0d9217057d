from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from screening.questionnaire.model import Questionnaire
from screening.reports.diagram import mermaid_diagram, svg_diagram
from screening.text.text_width import SMALL_STYLE, TITLE, Style, text_width, wrapped
from tests.support.made_questionnaires import made, question, questionnaires, sixty

HOSTILE = [
    '"]; click step1 "javascript:alert(1)"',
    "</text></svg><script>alert(1)</script>",
    "end",
    "1. a list\n- and\r\n\tanother",
    "`code` **strong** _weak_ #35; &lt;b&gt; [a](b) {c} | %% $$x$$ \\n @{shape: x} ~~~",
    "ﬂ°°60¶ßimg src=xﬂ°°62¶ß",
    "\x00\x0b\x1f\ufffe",
    "W" * 300,
    "漢字" * 40,
    " ",
]


def asking(words: str) -> Questionnaire:
    """Make a questionnaire with these words everywhere."""
    first, second = question("first", {"a": {"say": words}, "b": {}}), question("second", {"a": {}}, {"first": ["a"]})
    return made([first | {"ask": words}, second | {"choose_any": first["choose_any"]}])


# Mermaid.


def test_mermaid_tells_the_way_from_the_start_to_the_summary(tiny: Questionnaire) -> None:
    assert mermaid_diagram(tiny) == (
        """\
flowchart TD
  start(["A few questions"])
  subgraph section1["About you"]
    step1["Who are you asking for?<br/>Choose one of 2"]
  end
  subgraph section2["What you tried"]
    step2["What have you tried?<br/>Choose any of 3"]
    step3(["A pause<br/>Nothing is asked here"])
  end
  subgraph section3["What comes next"]
    step4["What are you unsure about?<br/>Choose any of 2"]
  end
  summary(["Summary<br/>Topics to read, questions to take along"])
  start --> step1
  step1 --> step2
  step2 --> step3
  step3 --> step4
  step4 --> summary
  step1 -. "Asked if: “Myself”" .-> step2
  classDef opened stroke-dasharray: 5 4
  class step2 opened
"""
    )


def test_several_conditions_and_several_answers_are_told_on_their_arrows(real: Questionnaire) -> None:
    dotted = [line.strip() for line in mermaid_diagram(real).splitlines() if "-." in line]
    assert dotted[:3] == [
        'step1 -. "Asked if: “Someone I care about”" .-> step3',
        'step1 -. "Asked if: “Myself”" .-> step4',
        'step2 -. "and if: “Cravings and recovery”" .-> step4',
    ]
    assert len(dotted) == sum(len(one.ask_if.needs) for one in real.questions) == 9
    several = made(
        [question("first", {"a": {}, "b": {}}), question("second", {"a": {}, "b": {}}, {"first": ["a", "b"]})]
    )
    assert 'step1 -. "Asked if: “A” or “B”" .-> step2' in mermaid_diagram(several)


def test_where_everyone_is_asked_everything_no_arrow_is_dotted(crowded: Questionnaire) -> None:
    assert "-." not in mermaid_diagram(crowded)
    assert "  class " not in mermaid_diagram(crowded)


def without_labels(drawing: str) -> str:
    """Remove labels that hold only letters and harmless characters from a drawing."""
    return re.sub(r"""(?<=[\[ ])"([^\W_]|[ ,?!'’“”.:-]|#\d+;|<br/>)*"(?=[\] ])""", "", drawing)


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_mean_anything_to_mermaid(words: str) -> None:
    drawing = mermaid_diagram(asking(words))
    assert without_labels(drawing) == without_labels(mermaid_diagram(asking("harmless")))
    assert not re.search(r'"[.:-]|\d[.:-]|“[.:-]|ﬂ', drawing)


def test_words_come_through_mermaid_s_marks() -> None:
    (line,) = (line for line in mermaid_diagram(asking(HOSTILE[4])).splitlines() if "step1[" in line)
    told = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), line)
    assert "$$" not in told
    told = told.replace("$\u2060$", "$$")
    assert told == f'    step1["{HOSTILE[4]}<br/>Choose any of 2"]'


# SVG.

ATTRIBUTES = set(
    "role viewBox width height fill font-family x y rx d cx cy r stroke stroke-width stroke-dasharray stroke-opacity "
    "fill-opacity opacity font-size font-weight".split()
)
ELEMENTS = {"svg", "title", "desc", "g", "rect", "circle", "path", "text"}


def drawn(questionnaire: Questionnaire) -> etree._Element:
    return etree.fromstring(svg_diagram(questionnaire).encode())


def each(root: etree._Element, name: str) -> list[etree._Element]:
    return root.findall(f".//{{*}}{name}")


def words(root: etree._Element) -> str:
    return " ".join(text.text or "" for text in each(root, "text"))


def frames(root: etree._Element) -> Iterator[tuple[int, int, int, int]]:
    """Return the left, top, right and bottom of every box."""
    for frame in each(root, "rect"):
        x, y, width, height = (int(frame.attrib[name]) for name in ("x", "y", "width", "height"))
        yield x, y, x + width, y + height


def curves(root: etree._Element) -> list[tuple[int, int, int]]:
    """Return each curve's horizontal extent, and the heights of its ends."""
    found = []
    for path in each(root, "path"):
        curve = re.match(r"M\d+ (\d+)H\d+Q(\d+) .*Q\d+ (\d+) ", path.attrib["d"])
        if curve:
            found.append((int(curve[2]), int(curve[1]), int(curve[3])))
    return found


def test_the_picture_holds_every_step_by_section_in_the_file_s_order(real: Questionnaire) -> None:
    told = words(drawn(real))
    order = [real.title, "The start page"]
    for section in real.sections:
        order += [step.ask if hasattr(step, "ask") else step.title for step in section.steps]
    places = [told.index(one) for one in [*order, "Summary", "Asked of everyone"]]
    assert places == sorted(places)
    assert all(section.title in told for section in real.sections)
    assert told.count("Choose any of") + told.count("Choose one of") == 11
    assert "Asked if: “Myself” and if: “Cravings and recovery”" in told


def test_the_picture_has_a_name_and_is_told_in_words(tiny: Questionnaire) -> None:
    root = drawn(tiny)
    assert root.attrib["role"] == "img"
    assert [(etree.QName(one).localname, one.text) for one in root[:2]] == [
        ("title", "The way through “A few questions”"),
        (
            "desc",
            "3 questions in 3 sections, then the summary. “What have you tried?” is asked of those who answer “Myself” "
            "to “Who are you asking for?”.",
        ),
    ]


def test_the_legend_explains_what_is_drawn_and_nothing_else(crowded: Questionnaire, tiny: Questionnaire) -> None:
    assert words(drawn(crowded)).endswith("Asked of everyone")
    assert words(drawn(tiny)).endswith("Asked only of those whose answers lead here A pause, without a question")


@pytest.mark.parametrize("message", HOSTILE)
def test_any_words_make_a_whole_picture_of_shapes_and_letters_only(message: str) -> None:
    root = drawn(asking(message))
    assert {etree.QName(one).localname for one in root.iter()} <= ELEMENTS
    assert {name for one in root.iter() for name in one.attrib} <= ATTRIBUTES
    told = re.sub("[\x00-\x08\x0b\x0e-\x1b\ufffe]", "\ufffd", "".join(message.split()))
    assert words(root).replace(" ", "").count(told) >= (2 if told else 0)


def test_a_curve_leads_from_each_question_to_each_condition_that_reads_it() -> None:
    items = [
        question("first", {"a": {}, "b": {}}),
        question("second", {"a": {}, "b": {}}),
        question("third", {"a": {}, "b": {}}, {"first": ["a"], "second": ["a", "b"]}),
    ]
    root = drawn(made(items))
    texts = {text.text: int(text.attrib["y"]) for text in each(root, "text")}
    ends = [(texts["What of first?"], texts["Asked if: “A”"]), (texts["What of second?"], texts["and if: “A” or “B”"])]
    # A text's baseline is a few pixels below the middle, where a curve ends.
    assert [(start + 6, end + 5) for _, start, end in curves(root)] == ends
    arrows = [
        int(path.attrib["d"].split(" ")[1].partition("l")[0]) for path in each(root, "path") if "l9" in path.attrib["d"]
    ]
    assert arrows == [end for _, _, end in curves(root)]


@pytest.mark.parametrize("questionnaire", [sixty(), asking(HOSTILE[7]), made([question("only", {"a": {}, "b": {}})])])
def test_boxes_and_curves_lie_apart_and_inside_the_picture(questionnaire: Questionnaire) -> None:
    root = drawn(questionnaire)
    width, height = (int(root.attrib[name]) for name in ("width", "height"))
    assert root.attrib["viewBox"] == f"0 0 {width} {height}"
    boxes = [frame for frame in frames(root) if frame[0] > 16]
    assert all(above[3] < below[1] for above, below in pairwise(boxes))
    assert all(0 < left < right < width and 0 < top < bottom < height for left, top, right, bottom in frames(root))
    assert all(int(text.attrib["y"]) < height for text in each(root, "text"))
    # As much room on the right as on the left.
    assert max([right for _, _, right, _ in frames(root)] + [lane for lane, _, _ in curves(root)]) + 16 <= width
    edge = max(right for _, _, right, _ in frames(root))
    lanes: dict[int, dict[int, int]] = {}
    for lane, start, end in curves(root):
        assert edge < lane < width
        reached = lanes.setdefault(lane, {})
        reached[start] = max(reached.get(start, 0), end)
    for reached in lanes.values():
        assert all(end < start for (_, end), (start, _) in pairwise(sorted(reached.items())))


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(questionnaires())
def test_any_questionnaire_has_both_pictures(questionnaire: Questionnaire) -> None:
    needs = sum(len(one.ask_if.needs) for one in questionnaire.questions)
    assert len(curves(drawn(questionnaire))) == needs
    assert mermaid_diagram(questionnaire).count(".->") == needs


@given(st.text(), st.sampled_from([SMALL_STYLE, TITLE]), st.integers(40, 400))
def test_wrapped_lines_are_no_wider_than_asked_and_lose_no_letter(text: str, style: Style, width: int) -> None:
    lines = wrapped(text, style, width)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(text_width(line, style) <= width for line in lines)
    assert lines
