"""Bulk decisions: ticked in the queue, looked at in a preview, confirmed, and followed to their end."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from aiohttp import web

from processor.core.records import Action
from processor.review.web import bulk_form, bulk_plan, controls, filters
from processor.review.web.bulk_job import JOBS, Asker, Job, Jobs
from processor.review.web.site import ALIVE, page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.review.values import Filter
    from processor.review.web.bulk_plan import Plan, Sorted

MOST_RUNNING = 3
"""Jobs of one reviewer at a time."""
LISTED = 200
"""Items of a kind that a page names; it counts all."""
VERBS = {Action.ACCEPT: "Accept", Action.REJECT: "Reject", Action.SEND_BACK: "Send back"}
PLACEHOLDER = "-"
"""Stands for the note while none is asked for yet: the preview does not fail for want of it."""


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


async def preview(request: web.Request) -> web.Response:
    """What would be decided, and what not and why."""
    form = await controls.posted(request)
    return await _preview(request, bulk_form.asked(form, reviewer(request), site(request).view))


async def confirm(request: web.Request) -> web.Response:
    """Begin; the page that follows shows how far it is."""
    me, jobs = reviewer(request), request.app[JOBS]
    token, posted = bulk_form.confirmed(await controls.posted(request), me)
    if problem := bulk_form.against_note(posted) or _against_more(jobs.running(me.name, but=token)):
        return await _preview(request, posted, problem)
    asked = bulk_plan.Asked(token, posted.action, posted.note, override=posted.override)
    jobs.start(Job(site(request), Asker(me, request[ALIVE]), asked, posted.refs))
    raise web.HTTPSeeOther(filters.address(f"/bulk/{token}", posted.wanted))


async def follow(request: web.Request) -> web.Response:
    """How far a confirmed request is, and in the end what was done and what not."""
    job, wanted = _job(request), filters.parse(request.query)
    if job is None:
        return _elsewhere(request, wanted)
    sees = job.seen_by == {
        reviewer(request)
    }  # with another scope by now, they are told how many there are, and no more
    values = {
        "job": job,
        "verb": VERBS[job.asked.action],
        "second": job.second[:LISTED] if sees else [],
        "left": _by_reason(job.left) if sees else [],
        "listed": LISTED,
        "back": filters.address("/queue", wanted),
        "query": filters.query(wanted),
    }
    return page(request, "bulk_job.html.j2", values)


async def progress(request: web.Request) -> web.Response:
    """The same for the script: how many are through, of how many, and whether it is at work."""
    job = _job(request)
    if job is None:
        return web.json_response({"error": "elsewhere"}, status=404)
    return web.json_response({"settled": job.settled, "total": len(job.refs), "running": job.running})


def _elsewhere(request: web.Request, wanted: Filter) -> web.Response:
    """Of a request that another instance works on, or that ended with one: what it has decided is in the view."""
    token = request.match_info["token"]
    if not bulk_form.TOKEN.fullmatch(token):
        raise web.HTTPNotFound
    values = {
        "decided": bulk_plan.decided(site(request), reviewer(request), token),
        "again": request.rel_url.raw_path_qs,
        "back": filters.address("/queue", wanted),
    }
    return page(request, "bulk_elsewhere.html.j2", values, 404)


async def _preview(request: web.Request, posted: bulk_form.Posted, problem: str = "") -> web.Response:
    needs_note = posted.action is not Action.ACCEPT
    asked = bulk_plan.Asked(secrets.token_urlsafe(18), posted.action, PLACEHOLDER if needs_note else "")
    plan = await bulk_plan.make(site(request), reviewer(request), asked, posted.refs)
    values = {
        "plan": plan,
        "posted": posted,
        "verb": VERBS[posted.action],
        "verbs": VERBS,
        "needs_note": needs_note,
        "note_limit": bulk_form.note_limit(posted.action),
        "problem": problem,
        "most": bulk_form.MOST_OF_FILTER,
        "left": _by_reason(plan.of("left")),
        "tasks": _tasks(plan),
        "listed": LISTED,
        "query": filters.query(posted.wanted),
        "back": filters.address("/queue", posted.wanted),
    }
    return page(request, "bulk.html.j2", values, 422 if problem else 200)


def _against_more(running: int) -> str:
    many = f"{running} of your decisions on many items are at work: wait until one of them is through."
    return many if running >= MOST_RUNNING else ""


def _by_reason(items: Iterable[Sorted]) -> list[tuple[str, list[Sorted]]]:
    """Items that were left out, by why, the most frequent first."""
    found: dict[str, list[Sorted]] = {}
    for each in items:
        found.setdefault(each.why, []).append(each)
    return sorted(found.items(), key=lambda pair: -len(pair[1]))


def _tasks(plan: Plan) -> list[tuple[str, int]]:
    return Counter(each.task for each in plan.of("ready")).most_common()


def _job(request: web.Request) -> Job | None:
    """The reviewer's own request of that token, where this instance has it."""
    return request.app[JOBS].find(request.match_info["token"], reviewer(request).name)
