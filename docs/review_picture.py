"""The pictures of the review application, docs/review.png and docs/review-queue.png: `python -m docs.review_picture`.

Real pages over items in memory: messages and handbook of tasks/ticket-triage, answers that a model might give, held
against the task's own schema and rules. Needs Chromium, as the tests of pages do.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from processor.adapters import project
from processor.core.judging import verdict
from processor.core.records import Answered, Completion, Event, Usage
from processor.review.values import Holder
from tests import browsing, review_server, reviewing

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.core.task import Task
    from processor.review.values import Item

ROOT = Path(__file__).parent.parent
NAME = "ticket-triage"
FOLDER = ROOT / "tasks" / NAME
SIZE = (1280, 860)
SHOWN = "demo-15"
"""The event of the item's picture: a hazard inside of a question about a return."""
SEEN = (("safety.md", "What counts as a hazard"), ("returns.md", "Thirty days"))
LABELLED = ("ex-094", "ex-089")
WRONG = {"category": "returns", "urgency": "normal", "needs_person": False}
WRONGS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
    lambda right: right | {"category": "shipping"},
    lambda right: right | {"urgency": "critical" if right["category"] != "safety" else "low"},
    lambda right: right | {"urgency": "medium"},
    lambda right: right,
)
"""What a model makes of a right answer; the last leaves it so, and a rule sends it to people."""
REASONS = {SHOWN: "The customer asks if the electric blanket can still go back."}


def item(task: Task, place: int, case: dict[str, Any]) -> Item:
    """The item of a case that no step answered well: a bad first answer, a better one after the correction."""
    at = reviewing.NOW - dt.timedelta(minutes=14 + 23 * place)
    event = reviewing.record()["event"] | {"id": case["id"], "task": NAME, "input": case["input"], "attributes": {}}
    reason = {"reason": REASONS.get(case["id"], "The customer asks what can be done.")}
    expected = case["expected"] or {"category": "other", "urgency": "low", "needs_person": False}
    last = WRONG if place == 0 else WRONGS[place % len(WRONGS)](expected)
    answers = [reason | WRONG | {"category": "return"}, reason | last]
    attempts = [
        attempt(task, number, json.dumps(answer), Event(case["id"], NAME, case["input"]))
        for number, answer in enumerate(answers, 1)
    ]
    against = attempts[-1]["violations"]
    changes = {
        "event": event,
        "answer": answers[-1],
        "attempts": attempts,
        "violations": against,
        "passages": passages(),
        "reason": "steps_exhausted" if against else "rule",
        "detail": "no answer was accepted in 2 steps" if against else "",
        "inclusion": 0.1 if place % 5 == 4 else None,  # noqa: PLR2004 - one in five
        "at": at.isoformat(),
    }
    made = reviewing.item(case["id"], offset=place, task=NAME, **changes)
    cost = None if made.is_audit else Decimal("0.00042") + Decimal("0.00003") * (place % 4)
    row = dataclasses.replace(made.row, at=at, cost=cost)
    return dataclasses.replace(made, row=row)


def attempt(task: Task, number: int, answer: str, event: Event) -> dict[str, Any]:
    """An attempt, with what the task itself finds against the answer."""
    completion = Completion(answer, "stop", "gpt-5-mini", Usage(812, 41), 0.9)
    found = verdict.judge(task, event, Answered(completion, ()))
    return reviewing.attempt(
        number,
        answer,
        step=("prompt.md", "retry.md")[number - 1],
        model=completion.model,
        violations=[dataclasses.asdict(each) for each in found.violations],
        usage={"input_tokens": 812, "output_tokens": 41, "cached_tokens": 0},
        duration_ms=900.0,
        cost_usd="0.00021",
    )


def passages() -> list[dict[str, Any]]:
    """What the handbook says, and labelled past messages."""
    found = []
    for name, title in SEEN:
        _, _, after = (FOLDER / "knowledge" / name).read_text(encoding="utf-8").partition(f"## {title}\n")
        text = after.partition("\n## ")[0].strip()
        found.append({"id": name, "kind": "fact", "source": name, "title": title, "text": text, "score": 0.81})
    lines = (FOLDER / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    for case in map(json.loads, lines):
        if case["id"] in LABELLED:
            about = {"id": case["id"], "kind": "example", "source": "examples.jsonl", "title": case["id"]}
            found.append({**about, "text": case["input"]["text"], "answer": case["answer"], "score": 0.74})
    return found


def application() -> web.Application:
    """The pages over the items of the task's demo events."""
    task = project.Project(ROOT).load_all()[NAME]
    cases = map(json.loads, (FOLDER / "demo.jsonl").read_text(encoding="utf-8").splitlines())
    usual = [each for each in cases if each.get("expected") and each["input"]["text"].isascii()]
    wanted = sorted(usual, key=lambda each: each["id"] != SHOWN)
    items = [item(task, place, each) for place, each in enumerate(wanted)]
    view = reviewing.FakeView(*items)
    view.holders[items[2].ref] = Holder("bob", view.now() + dt.timedelta(minutes=4))
    return review_server.over(view, {NAME: task}, "ann")


async def main() -> None:
    """Serve the pages on a free port, and photograph them."""
    runner = web.AppRunner(application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        async with browsing.browser() as started, browsing.window(started, SIZE) as window:
            await window.page.goto(f"{address}/queue")
            await window.page.screenshot(path=ROOT / "docs" / "review-queue.png")
            await window.page.get_by_role("link", name="electric blanket").click()
            await window.page.locator("#form").wait_for()
            await window.page.screenshot(path=ROOT / "docs" / "review.png")
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
