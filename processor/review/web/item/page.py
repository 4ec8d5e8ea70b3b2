"""The page of one item: the event, the model's answer as a form, and all that led here; and what is decided on it."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from processor.core import errors
from processor.core.records import Action
from processor.core.views import display
from processor.review import deciding
from processor.review.forms import posted
from processor.review.web import controls, flash, words
from processor.review.web.item import clock as item_clock
from processor.review.web.item import form as item_form
from processor.review.web.item import lease as item_lease
from processor.review.web.item import shown as item_shown
from processor.review.web.item import view as item_view
from processor.review.web.item.view import Asked, Way
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from processor.core.records import Ruling, Violation
    from processor.core.task import Task
    from processor.review.deciding import Weighed
    from processor.review.values import Holder, Item

RETRY_AFTER = 3
"""Seconds after which a form may be sent again where Kafka is away."""

OPENINGS = item_clock.Openings()
"""When this process showed its forms; nothing is lost with it but exact times."""


def routes() -> list[web.RouteDef]:
    """The item's addresses."""
    return [
        web.get("/items/{ref}", show, allow_head=False),  # a look that sees nothing takes no lease
        web.post("/items/{ref}", decide),
        web.get("/items/{ref}/bytes", download),
        web.post("/items/{ref}/lease", item_lease.renew),
        web.post("/items/{ref}/skip", skip),
    ]


async def show(request: web.Request) -> web.Response:
    """The page: takes the item's lease, so that nobody else begins with it unaware."""
    item, task = _found(request)
    me = reviewer(request)
    shown = item_shown.of(item, me)
    asked = Asked(OPENINGS.stamp(site(request).now()), item_form.fresh(item, task, blind=shown.blind))
    if shown.done:
        return _page(request, item, shown, asked, None)
    try:
        holder = await site(request).desk.take(item.ref, me)
    except errors.StageError:
        asked.notice = "Kafka is away: others do not see that you are looking at this, and nothing can be saved now."
        holder = None
    except LookupError:
        raise web.HTTPNotFound from None
    return _page(request, item, shown, asked, holder)


async def decide(request: web.Request) -> web.Response:
    """Take the form: decide and go on to the next item, or show it again with what stands in the way."""
    item, task = _found(request)
    me, now = reviewer(request), site(request).now()
    given = item_form.posted(await controls.posted(request), now)
    taken = next((each for each in item.rulings if (each.id, each.by) == (given.stamp.id, me.name)), None)
    if taken is not None:  # this very form: the answer to it was lost, say
        if item_form.repeats(given, taken, task):
            raise _onwards(request, item, taken.action)
        return _late(request, item, given, taken)
    if item.ruling is not None and not item.blind_for(me.name):
        return _late(request, item, given, item.ruling)
    if given.asks_for_form or (given.action is None and given.wanted != item_form.CHECK):
        return _again(request, item, given, task)
    if given.action is Action.ACCEPT and item_form.is_changed(given, item, task):
        return _again(request, item, given, task, changed=True)
    weighed = _weighed(request, item, given, task)
    if weighed.ruling is None or given.action is None:
        return _again(request, item, given, task, weighed=weighed)
    return await _published(request, item, given, weighed.ruling, task)


async def skip(request: web.Request) -> web.Response:
    """Give the item back, and go on to the next."""
    item, _ = _found(request)
    with contextlib.suppress(errors.StageError):  # its lease ends by itself
        await site(request).desk.give_back(item.ref, reviewer(request))
    raise web.HTTPSeeOther(Way.of(request).beyond(item.ref))


async def download(request: web.Request) -> web.Response:
    """The bytes of a message that is no event, as they came."""
    item, _ = _found(request)
    if item.record["event"]:
        raise web.HTTPNotFound
    headers = {
        "Content-Disposition": f'attachment; filename="{item.ref}.bin"',
        "X-Content-Type-Options": "nosniff",
    }
    body = item_shown.raw_bytes(item)
    return web.Response(body=body, content_type="application/octet-stream", headers=headers)


def _found(request: web.Request) -> tuple[Item, Task | None]:
    item = site(request).view.item(request.match_info["ref"], reviewer(request))
    if item is None:
        raise web.HTTPNotFound
    return item, site(request).task(item.key.task) if item.key.task else None


def _weighed(request: web.Request, item: Item, given: item_form.Posted, task: Task | None) -> Weighed:
    now = site(request).now()
    seconds = OPENINGS.seconds(given.stamp, given.visible, now)
    wanted = item_form.wish(given, given.action or Action.CORRECT, task, seconds)
    return deciding.weigh(item, wanted, task, reviewer(request).name, now, site(request).guard)


async def _published(
    request: web.Request, item: Item, given: item_form.Posted, ruling: Ruling, task: Task | None
) -> web.Response:
    """Give the ruling to the desk; what was typed is kept on the page where it cannot be saved."""
    if not given.blind and not item.is_audit and ruling.blind:
        # Somebody decided while this page, with all that stood against the answer, was open: no blind check.
        ruling = item_form.seeing(ruling)
    try:
        settled = await site(request).desk.decide(ruling)
    except errors.StageError as failed:
        return _again(request, item, given, task, failed=str(failed))
    except LookupError:
        raise web.HTTPNotFound from None
    about = {"task": item.key.task, "event": display.short(item.key.event_id, 200), "action": ruling.action.value}
    site(request).log.write("decided", ruling.by, **about, seconds=ruling.seconds)
    checked = ruling.blind and not item.is_audit and settled.ruling.by != ruling.by  # a second look is never the first
    if settled.counts or checked:
        raise _onwards(request, item, ruling.action)
    return _late(request, item, given, settled.ruling)


def _onwards(request: web.Request, item: Item, action: Action | None) -> web.HTTPSeeOther:
    """To the next item, with a line about this one."""
    done = web.HTTPSeeOther(Way.of(request).next_address(request, item.ref))
    said = words.action(action).capitalize() if action else "Decided"
    flash.flash(request, done, f"{said}: {display.short(item.key.event_id, 60)}.")
    return done


def _late(request: web.Request, item: Item, given: item_form.Posted, first: Ruling) -> web.Response:
    """Somebody else was first: what they decided, and what was given here."""
    way, task = Way.of(request), site(request).task(item.key.task) if item.key.task else None
    values = {
        "item": item,
        "first": first,
        "given": given,
        "mine": first.by == reviewer(request).name,
        "answer": item.record["answer"] if given.action is Action.ACCEPT else item_form.answer_of(given, task),
        "next_address": way.next_address(request, item.ref),
        "item_address": way.address(item.ref),
    }
    return page(request, "item_late.html.j2", values, HTTPStatus.CONFLICT)


def _again(
    request: web.Request,
    item: Item,
    given: item_form.Posted,
    task: Task | None,
    *,
    weighed: Weighed | None = None,
    failed: str = "",
    changed: bool = False,
) -> web.Response:
    """The form as it was typed, with what stands in the way."""
    shown = item_shown.of(item, reviewer(request))
    problems: tuple[Violation, ...] = weighed.problems if weighed else ()
    elsewhere = (deciding.NOTE, item_view.DECISION, posted.RULE)  # the last are told by the form itself
    about_answer = [each for each in problems if each.rule not in elsewhere]
    form = item_form.typed(given, item, task, tuple(about_answer))
    asked = Asked(given.stamp, form, note=given.note, visible=given.visible, overriding=given.override, failed=failed)
    asked.add(problems, changed=changed)
    asked.came_back = weighed is not None
    asked.may_override = weighed is not None and weighed.overridable
    asked.checked = weighed is not None and given.action is None
    asked.retry = given.wanted if failed else ""
    holder = site(request).view.holder(item.ref)
    response = _page(request, item, shown, asked, holder, form_came=True)
    if failed:
        response.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_AFTER)
    elif (problems and not asked.checked) or changed:
        response.set_status(HTTPStatus.UNPROCESSABLE_ENTITY)
    return response


def _page(
    request: web.Request,
    item: Item,
    shown: item_shown.Shown,
    asked: Asked,
    holder: Holder | None,
    *,
    form_came: bool = False,
) -> web.Response:
    me = reviewer(request)
    free = holder is None or holder.by == me.name or form_came
    task = site(request).task(item.key.task) if item.key.task else None
    values = item_view.values(item, shown, asked, task, me)
    way = Way.of(request)
    values |= {
        "deciding": free and not shown.done,
        "lease": item_lease.line(holder, me.name) if holder and not shown.done else "",
        "here": way.address(item.ref),
        "skip_address": way.address(f"{item.ref}/skip"),
        "queue_address": way.queue_address,
        "next_address": "" if free and not shown.done else way.next_address(request, item.ref),
    }
    return page(request, "item.html.j2", values)
