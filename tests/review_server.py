"""The review application over fakes, to look at: `python -m tests.review_server --items 300 --user eve`.

Nothing is kept. The project's own tasks are loaded, so that forms are those of real contracts; `--user nobody` sees an
empty queue, `bob` only one task.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from aiohttp import web

from processor.adapters import project, rule_timer
from processor.core.records import Action
from processor.review.values import Holder, Item, Key, Reviewer, Role
from processor.review.web import app as web_app
from processor.review.web import site
from processor.review.web.site import ALIVE, CSRF, REVIEWER, Site
from tests import reviewing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp.typedefs import Handler

    from processor.core.task import Task

ROOT = Path(__file__).parent.parent
REASONS = ("steps_exhausted", "steps_exhausted", "steps_exhausted", "rule", "refusal", "budget_spent", "rule_failed")
RULES = ("enum", "known_sku", "sums_add_up", "no_promises", "quotes_the_message", "a_rule_with_a_very_long_name_indeed")
HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7 * 7 }} {% raw %}',
    "\u202eright to left\u202c and \u200bnothing\x1b[31mred\x00 \U0001f469\u200d\U0001f467 مرحبا بالعالم",
    "unbroken" * 4000,
    "A very long message. " * 3000,
    "",
    '=HYPERLINK("http://example.com")\n\n\n\'); DROP TABLE items; --',
)
USERS = {
    "eve": Reviewer("eve", Role.ADMIN),
    "ann": Reviewer("ann"),
    "bob": Reviewer("bob", tasks=frozenset({"ticket-triage"})),
    "nobody": Reviewer("nobody", tasks=frozenset({"none"})),
}


def seed(number: int, tasks: dict[str, Task]) -> Iterator[Item]:
    """Items of all kinds: the same each time."""
    chance = random.Random(7)
    texts = {name: [*_cases(name)] for name in tasks}
    now = dt.datetime.now(dt.UTC)
    for place in range(number):
        name = chance.choice(list(tasks))
        made = chance.choice(texts[name])
        given = HOSTILE[place] if place < len(HOSTILE) else str(made["input"].get("text", ""))
        rules = chance.sample(RULES, k=chance.choice((1, 1, 1, 2, 4)))
        event = reviewing.record()["event"] | {"id": f"{name}-{place:05}", "task": name}
        changes: dict[str, Any] = {
            "reason": "audit" if place % 11 == 3 else chance.choice(REASONS),
            "inclusion": 0.05 if place % 11 == 3 else None,
            "event": event | {"input": made["input"] | {"text": given}},
            "violations": [reviewing.violation(_place(made), rule=rule) for rule in rules],
            "answer": _answer(name, made),
        }
        item = reviewing.item(f"{name}-{place:05}", offset=place, second=place % 7 == 5, **changes)
        at = now - dt.timedelta(seconds=chance.expovariate(1 / 90000))
        cost = None if place % 13 == 0 else Decimal(f"{chance.uniform(0.0001, 0.01):.5f}")
        row = dataclasses.replace(
            item.row, at=at, cost=cost, worth=chance.random(), summary=" ".join(given.split())[:200]
        )
        item = dataclasses.replace(item, row=row)
        yield _decided(item, _answer(name, made), chance) if chance.random() < 0.4 else item


def _cases(name: str) -> Iterator[dict[str, Any]]:
    with (ROOT / "tasks" / name / "cases.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _answer(name: str, case: dict[str, Any]) -> dict[str, Any]:
    """As a model gives it: tickets are answered with a reason, which labels leave out."""
    reason = {"reason": "as the message says"} if name.startswith("ticket-") else {}
    expected: dict[str, Any] = case.get("expected", {})
    return reason | expected


def _place(case: dict[str, Any]) -> str:
    names = list(case.get("expected") or {"category": ""})
    return f"$.{names[0]}"


def _decided(item: Item, answer: dict[str, Any], chance: random.Random) -> Item:
    at = item.row.at + dt.timedelta(minutes=chance.uniform(1, 600))
    action = chance.choice((Action.ACCEPT, Action.ACCEPT, Action.CORRECT, Action.REJECT))
    given = answer if action in (Action.ACCEPT, Action.CORRECT) else None
    first = reviewing.ruling(item, chance.choice(("ann", "bob", "cyd")), action, answer=given, at=at)
    first = dataclasses.replace(first, id=f"r-{item.ref}", seconds=chance.lognormvariate(3, 0.6), blind=item.is_audit)
    both = item.second and not item.is_audit and chance.random() < 0.7
    action = action if chance.random() < 0.8 else Action.REJECT
    again = dataclasses.replace(first, id=f"r2-{item.ref}", by="eve", action=action, blind=True)
    return dataclasses.replace(item, rulings=(first, again) if both else (first,))


@web.middleware
async def _login(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[REVIEWER] = USERS.get(request.cookies.get("as", ""), USERS[request.app[USER]])
    request[CSRF] = "a-token"
    request[ALIVE] = lambda: True
    return await handler(request)


USER: web.AppKey[str] = web.AppKey("user", str)


class Access:
    """Whoever asks is the one that the command names, or that the cookie `as` does."""

    def __init__(self, user: str) -> None:
        self._user = user

    def install(self, app: web.Application) -> None:
        app[USER] = self._user
        app.middlewares.append(_login)


def create(number: int, user: str, trouble: str = "") -> web.Application:
    """The application with `number` items, seen by `user`."""
    tasks = project.Project(ROOT).load_all()
    view = reviewing.FakeView(*seed(number, tasks))
    view.now = lambda: dt.datetime.now(dt.UTC)
    for ref in list(view.items)[7:100:9]:
        view.holders[ref] = Holder("bob", view.now() + dt.timedelta(minutes=4))
    app = over(view, tasks, user, trouble)
    app.cleanup_ctx.append(_arrivals(view, app[site.SITE].desk, tasks))
    return app


def over(view: reviewing.FakeView, tasks: dict[str, Task], user: str, trouble: str = "") -> web.Application:
    """The application over a view in memory, by the view's clock."""
    log = reviewing.FakeLog()
    for each in list(view.items.values())[:120]:
        log.write("decided", "ann", task=each.key.task, event=each.key.event_id, action="accept", seconds=12.5)
    guard = rule_timer.Timer(lambda *_: None)
    desk = reviewing.FakeDesk(view)
    found = Site(view, desk, tasks.get, lambda: tuple(tasks), log, guard, view.now)
    return web_app.create_app(found, Access(user), trouble=lambda: trouble)


def _arrivals(view: reviewing.FakeView, desk: Any, tasks: dict[str, Task]) -> Any:
    """A new item every now and then, so that live updates are seen."""

    async def context(_: web.Application) -> Any:
        async def come() -> None:
            fresh = (each for each in seed(1000, tasks) if not each.rulings)
            for number, each in enumerate(fresh):
                await asyncio.sleep(20)
                key = Key(each.key.task, f"new-{number}")
                item = dataclasses.replace(each, row=dataclasses.replace(each.row, key=key, at=view.now()))
                view.items[item.ref] = item
                desk.version += 1

        task = asyncio.create_task(come())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return context


@click.command()
@click.option("--items", default=300)
@click.option("--user", default="eve", type=click.Choice(tuple(USERS)))
@click.option("--port", default=8900)
@click.option("--trouble", default="")
def main(items: int, user: str, port: int, trouble: str) -> None:
    """Serve on loopback until interrupted."""
    web.run_app(create(items, user, trouble), host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
