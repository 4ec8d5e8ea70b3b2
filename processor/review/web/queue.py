"""The queue: what waits for a reviewer, as a list that can be narrowed, and the way to the next item."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web

from processor.core.views import display
from processor.review.values import Filter
from processor.review.web import filters, flash, words
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.review.values import Counts, Reviewer

PAGE = 50
"""Rows of a page."""
MOST_VALUES = 8
"""Values of a facet that are shown at once; the others unfold."""
MOST_SKIPPED = 50

Facet = Literal["task", "reason", "rule"]

ORDERS = {"oldest": "Oldest first", "newest": "Newest first", "worth": "Most valuable first", "cost": "Dearest first"}
STATES = {"open": "Waiting", "closed": "Done", "all": "All"}
AGES = {
    "": "Any age",
    "older=3600": "Older than 1 hour",
    "older=14400": "Older than 4 hours",
    "older=86400": "Older than 1 day",
    "older=604800": "Older than 1 week",
    "newer=3600": "Of the last hour",
    "newer=86400": "Of the last day",
}
IGNORED = {
    "older": "age",
    "newer": "age",
    "min_cost": "cost",
    "reason": "reason",
    "state": "state",
    "order": "order",
    "task": "task",
    "rule": "rule",
    "text": "text",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: `href` asks for it, or for all again where it is `chosen`."""

    name: str
    label: str
    number: int
    href: str
    chosen: bool


def routes() -> list[web.RouteDef]:
    """The pages of the queue."""
    return [web.get("/queue", show), web.get("/next", begin)]


async def show(request: web.Request) -> web.Response:
    """A page of the queue."""
    at, me = site(request), reviewer(request)
    parsed = filters.read(_with_age(request.query))
    wanted = parsed.filter
    found = at.view.page(wanted, me, request.query.get("after", ""), PAGE)
    counts = at.view.counts(wanted, me)
    values = {
        "wanted": wanted,
        "narrowed": dataclasses.replace(wanted, order="oldest") != Filter(),
        "ignored": sorted({IGNORED[name] for name in parsed.ignored}),
        "page": found,
        "counts": counts,
        "facets": _facets(wanted, counts, at.tasks(), me),
        "chips": _chips(wanted),
        "states": [(name, label, _narrowed(wanted, state=name)) for name, label in STATES.items()],
        "orders": ORDERS,
        "ages": AGES,
        "age": _age(wanted),
        "age_told": _age_told(_age(wanted)),
        "query": filters.query(wanted),
        "address": filters.address,
        "first": filters.address("/queue", wanted) if "after" in request.query else "",
        "following": filters.address("/queue", wanted, after=found.after) if found.after else "",
    }
    if counts_all(wanted):
        values["open_now"] = counts.open
    return page(request, "queue.html.j2", values)


def counts_all(wanted: Filter) -> bool:
    """Whether the counts within a filter are those of all that waits: they do not heed task, reason, rule and state."""
    return (wanted.text, wanted.older, wanted.newer, wanted.min_cost) == ("", None, None, None)


async def begin(request: web.Request) -> web.Response:
    """Go to the first item that fits and is free; back to the queue where there is none."""
    wanted = filters.parse(_with_age(request.query))
    skip = request.query.get("skip", "")
    skipped = [each for each in skip.split(",") if each][-MOST_SKIPPED:]
    ref = site(request).view.next(wanted, reviewer(request), skipped)
    if ref is not None:
        raise web.HTTPSeeOther(filters.address(f"/items/{ref}", wanted, skip=",".join(skipped)))
    response = web.Response(status=303, headers={"Location": filters.address("/queue", wanted)})
    flash.flash(
        request, response, "You have seen all that is free here." if skipped else "Nothing here is free right now."
    )
    return response


def _facets(
    wanted: Filter, counts: Counts, tasks: Sequence[str], me: Reviewer
) -> list[tuple[Facet, str, list[Value], list[Value]]]:
    """Each facet: its name, its title, the values that are shown at once, and those that unfold."""
    scope = {name: 0 for name in tasks if me.tasks is None or name in me.tasks}
    given: list[tuple[Facet, str, Mapping[str, int]]] = [
        ("task", "Task", {**scope, **counts.tasks}),
        ("reason", "Reason", counts.reasons),
        ("rule", "Rule", counts.rules),
    ]
    made = []
    for facet, title, numbers in given:
        values = _values(facet, numbers, wanted)
        most = max(MOST_VALUES, 1 + next((place for place, each in enumerate(values) if each.chosen), 0))
        made.append((facet, title, values[:most], values[most:]))
    return made


def _chips(wanted: Filter) -> list[tuple[str, str, str]]:
    """What the list is narrowed to, each with its words and the address of the list without it."""
    told = [
        ("task", "Task", wanted.task),
        ("reason", "Reason", words.reason(wanted.reason) if wanted.reason else ""),
        ("rule", "Rule", wanted.rule),
        ("text", "Text", f"“{wanted.text}”" if wanted.text else ""),
        ("min_cost", "Cost", f"at least ${wanted.min_cost:f}" if wanted.min_cost is not None else ""),
        ("older", "Age", _age_told(_bound("older", wanted.older)) if wanted.older else ""),
        ("newer", "Age", _age_told(_bound("newer", wanted.newer)) if wanted.newer else ""),
    ]
    usual = Filter()
    return [(title, text, _narrowed(wanted, **{name: getattr(usual, name)})) for name, title, text in told if text]


def _values(facet: Facet, numbers: Mapping[str, int], wanted: Filter) -> list[Value]:
    """The most frequent first; the chosen one is among them even where nothing of it is left."""
    chosen = getattr(wanted, facet)
    all_numbers = {**({chosen: 0} if chosen else {}), **numbers}
    return [
        Value(
            name,
            words.reason(name) if facet == "reason" else name or "no task",
            number,
            _narrowed(wanted, **{facet: "" if name == chosen else name}),
            name == chosen,
        )
        for name, number in sorted(all_numbers.items(), key=lambda pair: (-pair[1], pair[0]))
        if name
    ]


def _narrowed(wanted: Filter, **changes: Any) -> str:
    return filters.address("/queue", dataclasses.replace(wanted, **changes))


def _with_age(query: Mapping[str, str]) -> dict[str, str]:
    """The query with the form's one control of ages, `age`, taken apart into `older` or `newer`."""
    given = dict(query)
    name, _, seconds = given.pop("age", "").partition("=")
    return {**given, name: seconds} if name in ("older", "newer") else given


def _age(wanted: Filter) -> str:
    """The value of the form's one control of ages; where both bounds are given, it shows the older."""
    return _bound("older", wanted.older) or _bound("newer", wanted.newer)


def _bound(name: str, seconds: float | None) -> str:
    return "" if seconds is None else f"{name}={seconds:.15g}"


def _age_told(age: str) -> str:
    """Such a value in words; an address may have others than the page offers."""
    name, _, seconds = age.partition("=")
    return AGES.get(age) or f"{name.capitalize()} than {display.duration(float(seconds))}"
