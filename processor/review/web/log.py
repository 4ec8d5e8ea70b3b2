"""The audit log, for administrators: who did what, when; never what an event holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from processor.core.views import display
from processor.review.values import Key
from processor.review.web import events, words
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.review.values import LogEntry

PAGE = 100

WORDS = {
    "login": "logged in",
    "login_failed": "failed to log in",
    "oidc_failed": "failed to log in with the organisation",
    "logout": "logged out",
    "refused": "was refused",
    "forged": "sent a form that is not ours",
}
ABOUT = {"how": "with", "address": "from", "why": "because:", "path": "to"}
"""What a line has besides, in words that its value may follow; what is not here follows its own name."""
HOW = {"password": "a password", "oidc": "the organisation’s login", "proxy": "the proxy’s login"}
UNTOLD = frozenset({"task", "event", "action", "items", "done", "bulk", "token"})
"""What is told in another way, or means something only in the structured log."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words.

    Attributes:
        entry: the entry.
        what: was done.
        event: the id of that to which it was done; empty where it was to none.
        href: where the event is.
        more: what else there is to say.
    """

    entry: LogEntry
    what: str
    event: str
    href: str
    more: str


def routes() -> list[web.RouteDef]:
    """The page of the log."""
    return [web.get("/log", show)]


async def show(request: web.Request) -> web.Response:
    """A page of the log, newest first; `before` is the number of the last entry of the page that was seen."""
    if not reviewer(request).sees_log:
        raise web.HTTPForbidden
    given = request.query.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(2**62)) - 1 else None
    entries = site(request).log.read(PAGE + 1, before)
    shown = entries[:PAGE]
    values = {
        "entries": _by_day(shown),
        "older": shown[-1].number if len(entries) > PAGE else 0,
        "newest": before is not None,
    }
    return page(request, "log.html.j2", values)


def _by_day(entries: Sequence[LogEntry]) -> list[tuple[str, list[Line]]]:
    days: dict[str, list[Line]] = {}
    for each in entries:
        days.setdefault(f"{each.at:%A, %-d %B %Y}", []).append(_line(each))
    return [*days.items()]


def _line(entry: LogEntry) -> Line:
    about = entry.about
    action, task, event = (str(about.get(name, "")) for name in ("action", "task", "event"))
    what = WORDS.get(entry.what, entry.what.replace("_", " "))
    if entry.what == "decided" and action:
        what = words.action(action)
    elif entry.what == "bulk":
        number = about.get("items", 0)
        what = f"began to decide {number} item{'' if number == 1 else 's'} in bulk: {words.action(action)}"
    elif entry.what == "bulk_stopped":
        what = f"stopped deciding in bulk after {about.get('done', 0)} of {about.get('items', 0)} items"
    more = ["in bulk"] if "bulk" in about else []
    more += [task] if task else []
    more += [_told(name, value) for name, value in about.items() if name not in UNTOLD]
    return Line(entry, what, event, events.address(Key(task, event)), ", ".join(more))


def _told(name: str, value: str | float) -> str:
    if name == "seconds" and isinstance(value, float):
        return f"looked at for {display.duration(value)}"
    return f"{ABOUT.get(name, name)} {HOW.get(str(value), value) if name == 'how' else value}"
