"""Published figures identify nobody: all that a viewer can fetch is a function of the published cells alone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from screening.app import create_app
from screening.statistics import publishing
from screening.statistics.disclosure import cells_of
from screening.storage import published_figures, submissions, weeks
from screening.storage.accounts import VIEWER
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.storage.published_figures import Block, Figures
from tests.staff.auth.test_access import FILLED, ROUTE_ROLES
from tests.support.figure_samples import NOW, RETENTION_DAYS, VERSIONS, Answers, Shared, blocks, empty, fill, publish
from tests.support.page_checker import text_of
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

BLOCKS = blocks()[-2:]
FIGURES = "/staff/figures"
OPTIONS = sum(len(question.options) for question in VERSIONS[0].questions)
# Parameters of other pages, which must not open anything here.
ASKED_ELSEWHERE = {
    "answer": "who.myself",
    "week": weeks.format_week(BLOCKS[0][1]),
    "state": "unread",
    "format": "csv",
    "from": weeks.format_week(BLOCKS[0][1]),
    "to": weeks.format_week(BLOCKS[1][2]),
    "compare": weeks.format_week(BLOCKS[1][3]),
}
some = settings(max_examples=settings().max_examples // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """A signed-in viewer."""
    url = f"sqlite:///{Path(tmp_path_factory.mktemp('figures')) / 'screening.sqlite'}"
    app = create_app(TestConfig(database_url=url, retention_days=RETENTION_DAYS))
    with app.app_context():
        migrations().upgrade()
    viewer = Staff(app)
    viewer.sign_in(VIEWER)
    yield viewer
    with app.app_context():
        db.engine.dispose()


def everything(viewer: Staff) -> dict[str, tuple[int, bytes]]:
    """Fetch all that a viewer can: every page, every link, every choice of every form, and every other address."""
    found: dict[str, tuple[int, bytes]] = {}
    following = list(addresses())
    while following:
        address = following.pop()
        if address in found:
            continue
        answer = viewer.client.get(address)
        body = re.sub(rb'name="csrf_token" value="[^"]+"', b"", answer.data)
        found[address] = (answer.status_code, body)
        if answer.mimetype == "text/html" and answer.data:
            following += [one for one in led_to(address, answer.text) if one.startswith("/staff")]
    return found


def addresses() -> Iterator[str]:
    """Return every staff address, and queries about figures beyond those that the page offers."""
    for rule, method in ROUTE_ROLES:
        if method == "GET":
            for part, filling in (FILLED | {"<week>": weeks.format_week(BLOCKS[0][0])}).items():
                rule = rule.replace(part, filling)
            yield rule
    for number in range(len(ASKED_ELSEWHERE)):
        yield f"{FIGURES}?{urlencode(list(ASKED_ELSEWHERE.items())[number:])}"


def led_to(address: str, text: str) -> Iterator[str]:
    """Return the targets of a page's links, and of its GET forms with each combination of choices.

    The order of rows is changed only where nothing else is chosen.
    """
    tree = html.document_fromstring(text)
    for link in tree.xpath("//a/@href"):
        yield urljoin(address, str(link)).partition("#")[0]
    for form in tree.xpath("//form[@method='get']"):
        selects = [select for select in form.xpath(".//select") if select.get("name") != "sort"]
        choices = [[str(one.get("value")) for one in select.xpath(".//option")] for select in selects]
        for chosen in itertools.product(*choices):
            query = {str(select.get("name")): value for select, value in zip(selects, chosen, strict=True)}
            yield f"{form.get('action')}?{urlencode(query)}"
        for order in form.xpath(".//select[@name='sort']/option/@value"):
            yield f"{form.get('action')}?sort={order}"


# ----------------------------------------------------------------------------------------- what people share


@st.composite
def groups(draw: st.DrawFn) -> list[Shared]:
    """Generate up to six groups of up to 27 people with the same answers, in one week and version."""
    shared: list[Shared] = []
    for _ in range(draw(st.integers(1, 6))):
        block = draw(st.sampled_from(BLOCKS))
        one = (draw(st.sampled_from(block)), draw(st.integers(0, 1)), draw(answers()))
        shared += [one] * draw(st.integers(1, 27))
    return shared


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    who = draw(st.sampled_from([(), ("myself",), ("someone",)]))
    what = draw(st.sampled_from([(), ("bread",), ("cheese",), ("bread", "cheese"), ("none",)]))
    more = draw(st.sampled_from([(), ("apples",), ("apples", "pears")])) if who == ("myself",) else ()
    return {"who": who, "what": what} | ({"more": more} if more else {})


def shown(viewer: Staff, shared: Sequence[Shared]) -> dict[str, tuple[int, bytes]]:
    """Fetch all that a viewer can once both blocks are published."""
    empty(viewer.app)
    fill(viewer.app, shared)
    publish(viewer.app, *(block[0] for block in BLOCKS))
    return everything(viewer)


def all_published(viewer: Staff) -> dict[int, Block]:
    """Return all published figures, by the first week of each block."""
    with viewer.app.app_context():
        return {
            week: block for week, block in published_figures.published_blocks(db.session).items() if block is not None
        }


def shown_of(
    viewer: Staff, figures: Mapping[int, Block], shared: Sequence[Shared] = ()
) -> dict[str, tuple[int, bytes]]:
    """Fetch all that a viewer can once exactly these figures are published, whatever was shared."""
    empty(viewer.app)
    fill(viewer.app, shared)
    with viewer.app.app_context():
        for week, block in figures.items():
            assert published_figures.publish_block(db.session, week, block)
    return everything(viewer)


def figures_of(number: int, *places: int) -> Block:
    """Make figures of some versions in which everything was picked this often."""
    return {VERSIONS[place].version: Figures(number, cells_of(VERSIONS[place], [number] * OPTIONS)) for place in places}


# ----------------------------------------------------------------------------------------- what viewers can tell


@some
@given(shared=groups(), other=groups())
def test_the_same_cells_are_the_same_bytes_whatever_was_shared(
    viewer: Staff, shared: list[Shared], other: list[Shared]
) -> None:
    before = shown(viewer, shared)
    assert shown_of(viewer, all_published(viewer), other) == before


@some
@given(shared=groups())
def test_every_number_is_a_multiple_of_10_or_fewer_than_11(viewer: Staff, shared: list[Shared]) -> None:
    pages = shown(viewer, shared)
    numbers = 0
    for address, (_, body) in pages.items():
        if address.startswith(FIGURES):
            tree = html.document_fromstring(body)
            numbered = "//td | //*[@class='number'] | //p[@class='figure'] | //p[@class='lead']"
            for element in tree.xpath(numbered):
                found = re.findall(r"\d+", text_of(element).rpartition("Submissions:")[2].replace("fewer than 11", ""))
                assert all(int(number) % 10 == 0 for number in found), (address, text_of(element))
                numbers += len(found)
    assert numbers or not any(all_published(viewer).values())


@some
@given(shared=groups(), gone=st.integers(1, 200))
def test_what_is_published_stays_when_people_delete_what_they_shared(
    viewer: Staff, shared: list[Shared], gone: int
) -> None:
    empty(viewer.app)
    refs = fill(viewer.app, shared)
    publish(viewer.app, *(block[0] for block in BLOCKS))
    before = everything(viewer)
    with viewer.app.app_context():
        assert submissions.remove_submission(db.session, [week for block in BLOCKS for week in block], refs[:gone])
    assert everything(viewer) == before


def test_what_is_not_published_is_told_to_no_viewer(viewer: Staff) -> None:
    empty(viewer.app)
    before = everything(viewer)
    fill(viewer.app, [(BLOCKS[0][0], 0, {"who": ("myself",)})] * 40)
    assert everything(viewer) == before
    with viewer.app.app_context():
        # A manager has looked at them.
        assert publishing.block_figures(db.session, BLOCKS[0][0], NOW)
    assert everything(viewer) == before


def test_the_walk_reaches_figures_and_the_adversary_would_see_a_difference(viewer: Staff) -> None:
    week = BLOCKS[1][0]
    few, more = (shown_of(viewer, {week: figures_of(number, 0)}) for number in (30, 40))
    differ = {address for address in few if few[address] != more[address]}
    assert FIGURES in differ
    # The home page shows how many shared in each block.
    assert {address.partition("?")[0] for address in differ} == {FIGURES, "/staff/"}
    assert any("version=" in address for address in few) is False, "one version is nothing to choose among"


def test_it_can_be_chosen_which_weeks_which_version_and_what_to_compare(viewer: Staff) -> None:
    figures = {BLOCKS[0][0]: {}, BLOCKS[1][0]: figures_of(20, 0, 1)}
    assert sum("version=" in address for address in shown_of(viewer, figures)) == 2 * 2 * 2 * 3
