"""Published figures give nobody away: all that a viewer can fetch is a function of the rounded cells alone."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlencode, urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from config import TestConfig
from screening.app import create_app
from screening.storage import submissions, weeks
from screening.storage.accounts import VIEWER
from screening.storage.database import db
from screening.storage.migrating import migrations
from tests.pages import said
from tests.staff.counting import RETENTION_DAYS, VERSIONS, Answers, Shared, blocks, empty, fill, publish
from tests.staff.staff import Staff
from tests.staff.test_access import FILLED, OPENS_FOR

BLOCKS = blocks()[-2:]
FIGURES = "/staff/figures"
# What other pages are asked with; it must not open anything here.
ASKED_ELSEWHERE = {
    "answer": "who.myself",
    "week": weeks.written(BLOCKS[0][1]),
    "state": "unread",
    "format": "csv",
    "from": weeks.written(BLOCKS[0][1]),
    "to": weeks.written(BLOCKS[1][2]),
}
some = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """A viewer who is signed in."""
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
    """All that a viewer can fetch: every page of theirs, every link and every choice of every form on it, all else."""
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
    """Every staff address, and what could be asked of figures beside what their page offers."""
    for rule, method in OPENS_FOR:
        if method == "GET":
            for part, filling in (FILLED | {"<week>": weeks.written(BLOCKS[0][0])}).items():
                rule = rule.replace(part, filling)
            yield rule
    for number in range(len(ASKED_ELSEWHERE)):
        yield f"{FIGURES}?{urlencode(list(ASKED_ELSEWHERE.items())[number:])}"


def led_to(address: str, text: str) -> Iterator[str]:
    """Where a page's links lead, and its forms that only ask, with each combination of choices."""
    tree = html.document_fromstring(text)
    for link in tree.xpath("//a/@href"):
        yield urljoin(address, str(link)).partition("#")[0]
    for form in tree.xpath("//form[@method='get']"):
        selects = form.xpath(".//select")
        choices = [[str(one.get("value")) for one in select.xpath(".//option")] for select in selects]
        for chosen in itertools.product(*choices):
            query = {str(select.get("name")): value for select, value in zip(selects, chosen, strict=True)}
            yield f"{form.get('action')}?{urlencode(query)}"


# ----------------------------------------------------------------------------------------- what people share


@st.composite
def groups(draw: st.DrawFn) -> list[Shared]:
    """Up to six groups of up to 27 people, each of one mind, in one week and version."""
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


def rounded(number: int) -> str:
    """What the promise says of a count."""
    return "fewer than 11" if number < 11 else str((number + 5) // 10 * 10)


def cells(shared: Sequence[Shared]) -> dict[tuple[object, ...], str]:
    """Every cell of every block and version that at least 11 people answered, and how many they were."""
    counts: Counter[tuple[object, ...]] = Counter()
    for week, version, given_answers in shared:
        place = (weeks.block(week), version)
        counts[place] += 1
        counts.update((*place, name, option) for name, options in given_answers.items() for option in options)
    enough = {place for place in counts if len(place) == 2 and counts[place] >= 11}
    options = [
        (question.id, option.id) for one in VERSIONS for question in one.questions for option in question.options
    ]
    told = {place: rounded(counts[place]) for place in enough}
    return told | {(*place, *option): rounded(counts[*place, *option]) for place in enough for option in options}


def another(shared: list[Shared], chance: Random) -> list[Shared]:
    """Other submissions with the same cells: some come, some go, some change weeks or answers."""
    same = list(shared)
    for _ in range(12):
        tried = list(same)
        one = chance.choice(tried)
        match chance.randrange(4):
            case 0:
                tried.remove(one)
            case 1:
                tried.append(chance.choice(shared))
            case 2:
                tried[tried.index(one)] = (chance.choice(weeks.block(one[0])), *one[1:])
            case 3:
                tried[tried.index(one)] = (*one[:2], chance.choice(shared)[2])
        if tried and cells(tried) == cells(shared):
            same = tried
    return same


def shown(viewer: Staff, shared: Sequence[Shared]) -> dict[str, tuple[int, bytes]]:
    """All that a viewer can fetch once both blocks are published."""
    empty(viewer.app)
    fill(viewer.app, shared)
    publish(viewer.app, *(block[0] for block in BLOCKS))
    return everything(viewer)


# ----------------------------------------------------------------------------------------- what viewers can tell


@some
@given(shared=groups(), chance=st.randoms(use_true_random=False))
def test_the_same_cells_are_the_same_bytes_whatever_was_shared(
    viewer: Staff, shared: list[Shared], chance: Random
) -> None:
    assert shown(viewer, shared) == shown(viewer, another(shared, chance))


@some
@given(shared=groups(), place=st.integers(0, 1000))
def test_nobody_can_tell_whether_one_person_shared(viewer: Staff, shared: list[Shared], place: int) -> None:
    one = shared[place % len(shared)]
    before = shown(viewer, shared)
    for other in ([*shared, one], [each for number, each in enumerate(shared) if number != place % len(shared)]):
        if cells(other) == cells(shared):
            assert shown(viewer, other) == before


@some
@given(shared=groups())
def test_every_number_is_a_multiple_of_10_or_fewer_than_11(viewer: Staff, shared: list[Shared]) -> None:
    pages = shown(viewer, shared)
    numbers = 0
    for address, (_, body) in pages.items():
        if address.startswith(FIGURES):
            tree = html.document_fromstring(body)
            for element in tree.xpath("//td | //*[name()='text'] | //*[name()='desc'] | //p[@class='lead']"):
                found = re.findall(r"\d+", said(element).replace("fewer than 11", ""))
                assert all(int(number) % 10 == 0 for number in found), (address, said(element))
                numbers += len(found)
    assert numbers or not any(value.isdigit() for value in cells(shared).values())


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
        assert submissions.remove(db.session, [week for block in BLOCKS for week in block], refs[:gone])
    assert everything(viewer) == before


def test_what_is_not_published_is_told_to_no_viewer(viewer: Staff) -> None:
    empty(viewer.app)
    before = everything(viewer)
    fill(viewer.app, [(BLOCKS[0][0], 0, {"who": ("myself",)})] * 40)
    assert everything(viewer) == before


def test_the_walk_reaches_figures_and_the_adversary_would_see_a_difference(viewer: Staff) -> None:
    myself: Shared = (BLOCKS[1][2], 0, {"who": ("myself",), "what": ("bread",)})
    few, more = shown(viewer, [myself] * 34), shown(viewer, [myself] * 35)
    differ = {address for address in few if few[address] != more[address]}
    assert FIGURES in differ
    assert {address.partition("?")[0] for address in differ} == {FIGURES}
    assert any("version=" in address for address in few) is False, "one version is nothing to choose among"


def test_it_can_be_chosen_which_weeks_and_which_version(viewer: Staff) -> None:
    both = [(BLOCKS[1][2], version, {"what": ("bread",)}) for version in (0, 1)]
    assert sum("version=" in address for address in shown(viewer, both * 20)) == 2 * 2 * 2
