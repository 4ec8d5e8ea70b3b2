"""Bulk decisions: ticked in the queue, looked at in a preview, confirmed, and followed to their end."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web

from processor.core.records import Action
from processor.review import deciding
from processor.review.values import Filter, Role
from processor.review.web import bulk_plan, controls, filters
from processor.review.web.bulk_job import JOBS, Job, Jobs
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.review.values import Reviewer
    from processor.review.web.bulk_plan import Plan, Sorted
    from processor.review.web.site import Site

MOST_TICKED = 500
MOST_OF_FILTER = 10_000
PAGE = 500
LISTED = 200
"""Items of a kind that a page names; it counts all."""
ACTIONS = (Action.ACCEPT, Action.REJECT, Action.SEND_BACK)
"""A correction is of one item."""
VERBS = {Action.ACCEPT: "Accept", Action.REJECT: "Reject", Action.SEND_BACK: "Send back"}
PLACEHOLDER = "-"
"""Stands for the note while none is asked for yet: the preview does not fail for want of it."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
REF = re.compile(r"[A-Za-z0-9_-]{16}")


def routes() -> list[web.RouteDef]:
    """The pages of bulk decisions."""
    return [
        web.post("/bulk", preview),
        web.post("/bulk/confirm", confirm),
        web.get("/bulk/{token}", follow),
        web.get("/bulk/{token}/progress", progress),
    ]


def install(app: web.Application) -> None:
    """Have jobs end when the application does."""
    app[JOBS] = jobs = Jobs()
    app.on_shutdown.append(jobs.end)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form asked for; `cut` says that more items fit than can be decided at once."""

    refs: tuple[str, ...]
    action: Action
    query: str
    note: str = ""
    override: bool = False
    cut: bool = False


async def preview(request: web.Request) -> web.Response:
    """What would be decided, and what not and why."""
    form = await controls.posted(request)
    query = _last(form, "filter")
    refs, cut = _refs(site(request), reviewer(request), form, query)
    return await _preview(request, Posted(refs, _action(form), query, cut=cut))


async def confirm(request: web.Request) -> web.Response:
    """Begin; the page that follows shows how far it is."""
    at, me = site(request), reviewer(request)
    form = await controls.posted(request)
    action, token, query = _action(form), _last(form, "token"), _last(form, "filter")
    if not TOKEN.fullmatch(token):
        raise web.HTTPBadRequest
    override = "override" in form and action is Action.ACCEPT
    posted = Posted(_listed(form, me), action, query, _last(form, "note").strip(), override)
    if problem := _against_note(posted):
        return await _preview(request, posted, problem)
    asked = bulk_plan.Asked(token, action, posted.note, override=override)
    request.app[JOBS].start(Job(at, me, asked, posted.refs))
    raise web.HTTPSeeOther(filters.address(f"/bulk/{token}", _filter(query)))


async def follow(request: web.Request) -> web.Response:
    """How far a confirmed request is, and in the end what was done and what not."""
    job = _job(request)
    wanted = filters.parse(request.query)
    values = {
        "job": job,
        "verb": VERBS[job.asked.action],
        "second": [(each, by) for each, by in job.second[:LISTED]],
        "left": _by_reason(job.left),
        "listed": LISTED,
        "back": filters.address("/queue", wanted),
        "query": filters.query(wanted),
    }
    return page(request, "bulk_job.html.j2", values)


async def progress(request: web.Request) -> web.Response:
    """The same for the script: how many are through, of how many, and whether it is at work."""
    job = _job(request)
    return web.json_response({"settled": job.settled, "total": len(job.refs), "running": job.running})


async def _preview(request: web.Request, posted: Posted, problem: str = "") -> web.Response:
    needs_note = posted.action is not Action.ACCEPT
    asked = bulk_plan.Asked(secrets.token_urlsafe(18), posted.action, PLACEHOLDER if needs_note else "")
    plan = await bulk_plan.make(site(request), reviewer(request), asked, posted.refs)
    wanted = _filter(posted.query)
    values = {
        "plan": plan,
        "posted": posted,
        "verb": VERBS[posted.action],
        "verbs": VERBS,
        "needs_note": needs_note,
        "note_limit": _note_limit(posted.action),
        "problem": problem,
        "most": MOST_OF_FILTER,
        "left": _by_reason(plan.of("left")),
        "tasks": _tasks(plan),
        "listed": LISTED,
        "query": filters.query(wanted),
        "back": filters.address("/queue", wanted),
    }
    return page(request, "bulk.html.j2", values, 422 if problem else 200)


def _action(form: Mapping[str, list[str]]) -> Action:
    try:
        action = Action(form.get("action", ["accept"])[-1])
    except ValueError:
        raise web.HTTPBadRequest from None
    if action not in ACTIONS:
        raise web.HTTPBadRequest
    return action


def _refs(at: Site, me: Reviewer, form: Mapping[str, list[str]], query: str) -> tuple[tuple[str, ...], bool]:
    """The items that were ticked, or all that fit the filter; and whether there are more than can be decided so."""
    if "refs" in form:  # another action for the same items
        return _listed(form, me), False
    if "all" not in form:
        return _known(form.get("ref", []), MOST_TICKED), False
    if me.role is not Role.ADMIN:
        raise web.HTTPForbidden
    wanted = _filter(query)
    found: list[str] = []
    after = ""
    while len(found) < MOST_OF_FILTER:
        one = at.view.page(wanted, me, after, PAGE)
        found += [row.key.ref for row in one.rows]
        after = one.after
        if not after:
            break
    return tuple(found[:MOST_OF_FILTER]), bool(after) or len(found) > MOST_OF_FILTER


def _listed(form: Mapping[str, list[str]], me: Reviewer) -> tuple[str, ...]:
    most = MOST_OF_FILTER if me.role is Role.ADMIN else MOST_TICKED
    return _known(_last(form, "refs").split(","), most)


def _known(refs: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in refs if REF.fullmatch(each)))[:most]


def _last(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[-1]


def _filter(query: str) -> Filter:
    return filters.parse(dict(parse_qsl(query)))


def _note_limit(action: Action) -> int:
    return deciding.BACK_LIMIT if action is Action.SEND_BACK else deciding.NOTE_LIMIT


def _against_note(posted: Posted) -> str:
    most = _note_limit(posted.action)
    if not posted.note and posted.action is Action.SEND_BACK:
        return "Say what is to be done otherwise: the note goes into the prompt."
    if not posted.note and (posted.action is Action.REJECT or posted.override):
        return "Say why: the note is kept with each decision."
    return f"The note may have at most {most} characters, it has {len(posted.note)}." if len(posted.note) > most else ""


def _by_reason(items: Iterable[Sorted]) -> list[tuple[str, list[Sorted]]]:
    """Items that were left out, by why, the most frequent first."""
    found: dict[str, list[Sorted]] = {}
    for each in items:
        found.setdefault(each.why, []).append(each)
    return sorted(found.items(), key=lambda pair: -len(pair[1]))


def _tasks(plan: Plan) -> list[tuple[str, int]]:
    return Counter(each.item.key.task for each in plan.of("ready") if each.item is not None).most_common()


def _job(request: web.Request) -> Job:
    job = request.app[JOBS].find(request.match_info["token"], reviewer(request).name)
    if job is None:
        raise web.HTTPNotFound
    return job
