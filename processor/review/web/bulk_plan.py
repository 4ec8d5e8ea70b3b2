"""One decision for many items: which of them can be decided so, and why the others cannot."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from processor.review import deciding
from processor.review.web import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from processor.core.records import Action, Ruling
    from processor.review.values import Item, Reviewer
    from processor.review.web.site import Site

ID_BYTES = 16
BREATH = 20
"""Items after which other requests get their turn."""
REPORT_PROBLEMS = 3
LABEL = 200
"""Characters of what tells an item from others."""

LATE = 86400.0
"""Seconds that a request is looked for among its reviewer's decisions; ten thousand take some minutes."""

Standing = Literal["ready", "overridable", "left", "done"]
"""`overridable`: rules stand against it, and a note may say why it is right. `done`: by this very request before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `token` is made with the preview: the same sent twice is done once."""

    token: str
    action: Action
    note: str = ""
    override: bool = False


@dataclass(frozen=True, slots=True)
class Sorted:
    """An item of a plan, and what stands against deciding it so; `label` is empty where there is no such item.

    Not the item itself: a plan may have ten thousand, and what became of them is kept for a while.
    """

    ref: str
    standing: Standing
    task: str = ""
    label: str = ""
    why: str = ""
    ruling: Ruling | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All items of a request, sorted."""

    asked: Asked
    items: tuple[Sorted, ...]

    def of(self, standing: Standing) -> list[Sorted]:
        """Those that stand so."""
        return [each for each in self.items if each.standing == standing]


async def make(site: Site, me: Reviewer, asked: Asked, refs: Iterable[str]) -> Plan:
    """Sort the items; other requests are answered meanwhile."""
    made = []
    for number, ref in enumerate(refs):
        made.append(sort(site, me, asked, ref))
        if number % BREATH == BREATH - 1:
            await asyncio.sleep(0)
    return Plan(asked, tuple(made))


def sort(site: Site, me: Reviewer, asked: Asked, ref: str) -> Sorted:
    """How an item stands right now."""
    item = site.view.item(ref, me)
    if item is None:
        return Sorted(ref, "left", why="is not there, or not for you to see")
    made = functools.partial(Sorted, ref, task=item.key.task, label=_label(item))
    if item.ruling is not None and (item.ruling.by, item.ruling.id) == (me.name, ruling_id(asked.token, ref)):
        return made("done")
    if why := _not_now(site, me, item):
        return made("left", why=why)
    wanted = deciding.Wanted(ruling_id(asked.token, ref), asked.action, note=asked.note, override=asked.override)
    weighed = deciding.weigh(item, wanted, site.task(item.key.task), me.name, site.now(), site.guard)
    if weighed.ruling is not None:
        return made("ready", ruling=weighed.ruling)
    why = _told(
        each.message if not each.path.strip("$") else f"{words.place(each.path)}: {each.message}"
        for each in weighed.problems
    )
    return made("overridable" if weighed.overridable else "left", why=why)


def ruling_id(token: str, ref: str) -> str:
    """The id of the ruling that a request makes of an item."""
    return hashlib.blake2b(f"{token}\0{ref}".encode(), digest_size=ID_BYTES).hexdigest()


def decided(site: Site, me: Reviewer, token: str) -> int:
    """How many of the reviewer's decisions of late are of a request, whichever instance works on it."""
    given = site.view.given(me, site.now().timestamp() - LATE)
    return sum(made == ruling_id(token, ref) for ref, made in given)


def _label(item: Item) -> str:
    return (item.row.summary or item.key.event_id)[:LABEL]


def _not_now(site: Site, me: Reviewer, item: Item) -> str:
    """Why this reviewer cannot decide it in bulk, whatever they want; empty where they can."""
    if item.blind_for(me.name):
        return "is a blind check: those are decided one by one"
    if item.ruling is not None:
        return f"is decided: {item.ruling.by} was first"
    if item.row.state == "closed":
        return "is closed: its event was sent through again"
    holder = site.view.holder(item.ref)
    return f"is being looked at by {holder.by}" if holder is not None and holder.by != me.name else ""


def _told(problems: Iterable[str]) -> str:
    found: Sequence[str] = list(dict.fromkeys(each.removesuffix(".") for each in problems))
    more = f" (and {len(found) - REPORT_PROBLEMS} more)" if len(found) > REPORT_PROBLEMS else ""
    return "; ".join(found[:REPORT_PROBLEMS]) + more
