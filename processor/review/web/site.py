"""What every handler has at hand, and how it answers with a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import jinja2
from aiohttp import web

from processor.review.values import Reviewer
from processor.review.web import flash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.judging import rulebook
    from processor.core.task import Task
    from processor.review.ports import Desk, View
    from processor.review.values import LogEntry


class Log(Protocol):
    """The audit log: who did what, when; never an event's contents."""

    def write(self, what: str, by: str, **about: str | float) -> None:
        """Note one thing: `decided`, `bulk`, `login`, `login_failed`, `logout` and so on."""

    def read(self, limit: int = 100, before: int | None = None) -> Sequence[LogEntry]:
        """What was noted, newest first; `before` is the number of the last entry of the page that was seen."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the handlers need.

    Attributes:
        view: reads of the local view.
        desk: what changes things.
        task: a task of the project by its name, in its last good version; None where there is none.
        tasks: the names of all.
        log: the audit log.
        guard: holds rules to their time.
        now: the clock.
    """

    view: View
    desk: Desk
    task: Callable[[str], Task | None]
    tasks: Callable[[], tuple[str, ...]]
    log: Log
    guard: rulebook.Guard
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


SITE = web.AppKey("site", Site)
TEMPLATES = web.AppKey("templates", jinja2.Environment)

REVIEWER = web.RequestKey("reviewer", Reviewer)
CSRF = web.RequestKey("csrf", str)
"""Keys of a request: who makes it (a `Reviewer`), and the token that a form of theirs must carry as `csrf`."""
ALIVE: web.RequestKey[Callable[[], bool]] = web.RequestKey("alive", Callable)  # type: ignore[arg-type]
"""Key of a request: says whether the login that it was made with still holds, and lets see and do the same."""


def site(request: web.Request) -> Site:
    """What the handler needs."""
    return request.app[SITE]


def reviewer(request: web.Request) -> Reviewer:
    """Who makes the request; every page but the login has somebody."""
    return request[REVIEWER]


def page(request: web.Request, template: str, values: Mapping[str, Any], status: int = 200) -> web.Response:
    """A page out of a template: everything in it is escaped. It knows `me`, `csrf` and `path` besides its values."""
    shown = request.app[TEMPLATES].get_template(template)
    said = flash.read(request)
    about = {"me": request.get(REVIEWER), "csrf": request.get(CSRF, ""), "path": request.rel_url.raw_path_qs}
    text = shown.render(**about, flash=said, **values)
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    if said:
        flash.clear(request, response)
    return response
