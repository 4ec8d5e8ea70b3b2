"""The quality page: how far reviewers agree, how long they take, which rules cost more than they catch."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from processor.measure.ladder import told
from processor.measure.report import numbers
from processor.review.quality import summary
from processor.review.values import Role
from processor.review.web.figures import Figures
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from processor.core.records import Ruling
    from processor.review.quality.values import Day, Quality
    from processor.review.values import Item, Reviewer

LITTLE = 30
"""Pairs, audits or items below which a figure says little; its interval shows how little."""
MOST_DISAGREEMENTS = 100
DAYS = 30
SPANS = {"7": "7 days", "30": "30 days", "90": "90 days", "": "All"}
DAY_SECONDS = 86400.0
TOLD_FROM = 2.0
"""Seconds from which the page says how old its figures are."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An item that two reviewers decided differently."""

    item: Item
    first: Ruling
    second: Ruling


@dataclass(slots=True)
class Passing:
    """Items on their way to the figures; the last that two reviewers decided differently are kept."""

    disagreements: deque[Disagreement] = field(default_factory=lambda: deque(maxlen=MOST_DISAGREEMENTS))

    def through(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items."""
        for item in items:
            if (found := _disagreement(item)) is not None:
                self.disagreements.append(found)
            yield item


FIGURES: web.AppKey[Figures[tuple[Quality, Passing]]] = web.AppKey("figures", Figures)


def install(app: web.Application) -> None:
    """What the page keeps."""
    app[FIGURES] = Figures()


def routes() -> list[web.RouteDef]:
    """The quality page."""
    return [web.get("/quality", show)]


async def show(request: web.Request) -> web.Response:
    """The figures of all that the reviewer may see; those of persons only to administrators, and one's own."""
    at, me = site(request), reviewer(request)
    span = request.query.get("days", "30")
    span = span if span in SPANS else "30"
    names = tuple(name for name in at.tasks() if me.tasks is None or name in me.tasks)
    task = request.query.get("task", "")
    task = task if task in names else ""

    def reckon() -> tuple[Quality, Passing]:
        since = at.now().timestamp() - int(span) * DAY_SECONDS if span else None
        passing, waiting = Passing(), at.view.undecided_audits(me, task, since)
        return summary.of(passing.through(at.view.decided(me, task, since)), at.task, waiting), passing

    (found, passing), age = await request.app[FIGURES].of((me, names, task, span), reckon)
    values = {
        "found": found,
        "age": age if age >= TOLD_FROM else None,
        "times": _times(found, me),
        "days": _days(found),
        "busiest": max((day.rulings for day in found.days), default=0),
        "disagreements": [*reversed(passing.disagreements)],
        "most": MOST_DISAGREEMENTS,
        "little": LITTLE,
        "names": names,
        "task": task,
        "span": span,
        "spans": SPANS,
        "percent": numbers.percent,
        "interval": numbers.interval,
        "rate": told.rate,
    }
    return page(request, "quality.html.j2", values)


def _times(found: Quality, me: Reviewer) -> list[object]:
    return [each for each in found.times if not each.by or me.role is Role.ADMIN or each.by == me.name]


def _days(found: Quality) -> list[Day]:
    return [*found.days[-DAYS:]]


def _disagreement(item: Item) -> Disagreement | None:
    first = item.ruling
    if first is None or item.is_audit:
        return None
    second = next((each for each in item.rulings if each.blind and each.by != first.by), None)
    if second is None or (first.answer == second.answer and (first.answer is None) == (second.answer is None)):
        return None
    return Disagreement(item, first, second)
