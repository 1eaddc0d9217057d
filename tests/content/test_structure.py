"""A public name means one thing, and module sizes stay balanced. `make sure` runs this alone."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from config import ROOT

SCREENING = ROOT / "screening"
# Names that several modules define on purpose, each with its reason.
MAY_REPEAT = {
    "check": "the protocol of a check: the loader calls each module's",
    "log": "the one logger of the site, named where it is used",
    "pages": "a module's blueprint, read as `module.pages` where it is registered",
    "revision": "Alembic reads it in each migration",
    "down_revision": "Alembic reads it in each migration",
    "upgrade": "Alembic calls it in each migration",
    "downgrade": "Alembic calls it in each migration",
}
LARGEST_ROOM = 0.21
# The size that it has. Two thirds are the model and the summary, which pages, proofs, exports and reports all read. It
# may shrink; what it gains has to be taken from elsewhere in it, so that it stays readable in one sitting.
MAX_LINES_OF_CORE = 920
MAX_LINES_OF_MODULE = 250
# Longer modules, each with the reason why it is not split (D-OPS-74).
MAY_BE_LONG = {
    "screening/authoring/schema.py": "the complete list of what a question file may contain, in words for authors",
    "screening/commands/questions.py": "one command group, whose commands share how they read and report files",
    "screening/patient/draft.py": "a draft's form in the cookie: reading, checking and migrating it must agree",
    "screening/patient/journey_pages.py": "the pages of one journey, in the order of a patient's way",
    "screening/po/exchange.py": "export and import are inverse, and change together",
    "screening/questionnaire/model.py": "the whole model, read in one place",
    "screening/questionnaire/summary.py": "the whole summary, read in one place",
    "screening/reports/diff.py": "one function for each kind of item, all with the same rules for matching",
    "screening/storage/accounts.py": "every query of accounts and their sessions",
    "screening/storage/audit.py": "how entries are chained and how the chain is checked, which must agree",
    "screening/storage/backups.py": "making, listing and restoring a backup, which must agree",
    "screening/storage/tallies.py": "counts and the rows that they come from, which must agree",
}
# Flask identifies a view by its endpoint, so views of different blueprints may share a name.
ROUTES = {"get", "post", "route"}


def is_view(function: ast.stmt) -> bool:
    return isinstance(function, ast.FunctionDef) and any(
        isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ROUTES
        for decorator in function.decorator_list
    )


def public_names(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Yield each top-level name of a module, and whether it is a view."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                names = []
        yield from ((name, is_view(node)) for name in names if not name.startswith("_"))


def repeated(modules: dict[str, str]) -> dict[str, list[str]]:
    """Return public names defined more than once (name -> modules), except among views."""
    where: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for module, code in modules.items():
        for name, view in public_names(ast.parse(code)):
            where[name].append((module, view))
    return {
        name: [module for module, _ in found]
        for name, found in where.items()
        if len({module for module, _ in found}) > 1 and not all(view for _, view in found)
    }


def modules() -> dict[str, str]:
    files = chain(SCREENING.rglob("*.py"), [ROOT / "config.py", ROOT / "wsgi.py"])
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


def modules_with_views(folder: Path) -> set[str]:
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in folder.rglob("*.py")
        if any(map(is_view, ast.parse(file.read_text(encoding="utf-8")).body))
    }


def lines(folder: Path) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in folder.rglob("*.py"))


def test_a_public_name_is_defined_once() -> None:
    found = repeated(modules())
    assert {name: where for name, where in found.items() if name not in MAY_REPEAT} == {}
    assert set(found) == set(MAY_REPEAT), "a name is listed that does not repeat"


def test_a_repeated_name_is_found() -> None:
    view = "@pages.get('/')\ndef home(): ...\n"
    assert repeated({"a": "def add(): ...", "b": "add = 1", "c": "_add = 1"}) == {"add": ["a", "b"]}
    assert repeated({"a": view, "b": view}) == {}
    assert repeated({"a": view, "b": "class home: ..."}) == {"home": ["a", "b"]}


def test_every_page_is_in_the_contract_that_keeps_pages_apart() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (apart,) = (set(contract["modules"]) for contract in contracts if contract["name"] == "No page imports another.")
    pages = modules_with_views(SCREENING / "patient") | modules_with_views(SCREENING / "staff")
    # The blueprint, which all pages import, has a few small views itself. Sign-in serves Flask-Security's views.
    assert pages - {"screening.staff.blueprint"} == apart - {"screening.staff.auth.sign_in"}


def test_a_long_module_has_a_reason() -> None:
    long = {name for name, code in modules().items() if len(code.splitlines()) > MAX_LINES_OF_MODULE}
    assert long - set(MAY_BE_LONG) == set(), "split it, if that makes it easier to read, or give a reason"
    assert set(MAY_BE_LONG) - long == set(), "a module is listed that is short"


def test_no_room_holds_more_than_a_fifth_of_the_house() -> None:
    whole = lines(SCREENING)
    rooms = {folder.name: lines(folder) for folder in SCREENING.iterdir() if folder.is_dir()}
    assert {name: size for name, size in rooms.items() if size > LARGEST_ROOM * whole} == {}
    assert rooms["questionnaire"] <= MAX_LINES_OF_CORE
