"""Published figures for everyone with an account, and the pages on which a manager publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.figures.figure_choices import versions_offered, wanted_version, wanted_week
from screening.staff.figures.published_words import BlockSum, describe_figures
from screening.statistics import publishing
from screening.storage import notices, published_figures, weeks
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.published_figures import Block


@staff.get("/figures")
@allowed(VIEWER, REVIEWER, MANAGER)
def figures() -> str:
    """Show the published figures of one version: of a range of four-week blocks, or next to those of another block."""
    every = published_figures.published_blocks(db.session)
    blocks = {week: block for week, block in every.items() if block is not None}
    answered = {version for block in blocks.values() for version in block}
    offered = [choice for choice in versions_offered() if choice.version in answered]
    version = wanted_version(offered)
    first, last = sorted(wanted_week(name, blocks, max(blocks)) for name in ("from", "to")) if blocks else (0, 0)
    other = wanted_week("compare", blocks, 0)
    chosen = [block for week, block in blocks.items() if first <= week <= last]
    sums = [_sum_of(version, several) for several in ([chosen, [blocks[other]]] if other else [chosen])]
    order = request.args.get("sort", "")
    return render_template(
        "staff/figures/figures.html",
        blocks=[weeks.block_of(week) for week in blocks],
        damaged=[week for week in every if week not in blocks],
        first=first,
        last=last,
        chosen=(first, weeks.block_of(last)[-1]) if blocks else (),
        compared=weeks.block_of(other) if other else (),
        offered=offered,
        version=version,
        order=order,
        published=describe_figures(version, sums, order) if version else None,
    )


@staff.get("/publish")
@allowed(MANAGER)
def list_blocks() -> str:
    """List the blocks that can be published."""
    now, done = datetime.now(UTC), request.args.get("done", "")
    days = site().retention_days
    return render_template(
        "staff/figures/publish.html",
        blocks=[(weeks.block_of(week), weeks.last_day_kept(week, days)) for week in _to_publish(now)],
        done=done if weeks.parse_week(done) in published_figures.published_blocks(db.session) else "",
        closes=weeks.closes_on(weeks.block_of(weeks.week_of(now))[-1]),
        days=days,
    )


@staff.get("/publish/<week>")
@allowed(MANAGER)
def preview(week: str) -> str:
    """Show exactly the figures that publishing a block would publish."""
    first = _first(week)
    log_page_access(Action.FIGURES_PREVIEWED)
    now, days = datetime.now(UTC), site().retention_days
    block = publishing.block_figures(db.session, first, now)
    return render_template(
        "staff/figures/preview.html",
        block=weeks.block_of(first),
        paused=paused_weeks(first),
        busy=publishing.busy_weeks(db.session, first, now, days),
        versions=[
            describe_figures(version, [BlockSum([figures], 1)]) for version, figures in reversed([*block.items()])
        ],
        digest=publishing.digest(block),
        is_changed="changed" in request.args,
    )


@staff.post("/publish/<week>")
@allowed(MANAGER)
def publish(week: str) -> Response:
    """Publish the figures of a block, if they are the ones that were shown."""
    first = _first(week)
    block = published_figures.drawn_figures(db.session, first)
    if block is None or request.form.get("seen") != publishing.digest(block):
        return redirect(url_for("staff.preview", week=week, changed=1), 303)
    log_page_access(Action.FIGURES_PUBLISHED)
    published_figures.publish_block(db.session, first, block)
    return redirect(url_for("staff.list_blocks", done=week), 303)


def paused_weeks(first: int) -> list[int]:
    """Return the weeks of a block in which sharing was paused, because too many people shared within an hour."""
    given = notices.notices_since(db.session, first)
    return [week for week in weeks.block_of(first) if (week, notices.SHARING_PAUSED) in given]


def _sum_of(version: str, several: Sequence[Block]) -> BlockSum:
    return BlockSum([block[version] for block in several if version in block], len(several))


def _to_publish(now: datetime) -> list[int]:
    return publishing.blocks_to_publish(db.session, now, site().retention_days)


def _first(week: str) -> int:
    """Return the first week of the URL's block; 404 unless it can be published."""
    first = weeks.parse_week(week)
    if first is None or first not in _to_publish(datetime.now(UTC)):
        abort(404)
    return first
