"""The review application as a process on real topics, for acceptance tests: its project, its items, its users."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import confluent_kafka

from processor.adapters.project import Project
from processor.app import create_wire
from processor.core.records import Reason, Review, Violation
from processor.local import ports
from processor.review.values import Key
from tests import builders, running, verbs, wires

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from playwright.async_api import Page

    from processor.config import Settings

STARTED_WITHIN = 2 * running.PATIENCE
"""Seconds for an application to start, beside others and workers that do, too."""

PASSWORD = "a long and boring pass phrase"
UNSURE = Violation("$", "confidence", "The model is not sure of it.", "0.5", "at least 0.8")

SORT = json.loads(builders.SCHEMA)
SORT["fields"][0]["type"]["symbols"].append("other")
ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "test",
    "doc": "What is ordered.",
    "fields": [
        {"name": "kind", "type": {"type": "enum", "name": "OrderKind", "symbols": ["new", "change", "cancel"]}},
        {"name": "customer", "type": "string", "minLength": 1, "doc": "As they sign."},
        {"name": "due", "type": ["null", {"type": "int", "logicalType": "date"}], "doc": "By when."},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
        {"name": "express", "type": "boolean"},
        {"name": "note", "type": ["null", "string"]},
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Line",
                    "fields": [
                        {"name": "sku", "type": "string"},
                        {"name": "quantity", "type": "int", "minimum": 1, "maximum": 99},
                    ],
                },
            },
        },
    ],
}
ORDERED = {
    "kind": "new",
    "customer": "Ann",
    "due": "2026-12-01",
    "amount": "12.50",
    "express": False,
    "note": None,
    "lines": [{"sku": "A-1", "quantity": 2}, {"sku": "B-2", "quantity": 0}],
}
TOO_FEW = Violation("$.lines[1].quantity", "minimum", "Must be at least 1.", "0", "a whole number from 1 to 99")


def project(root: Path, **more: str) -> Path:
    """A project with the tasks `sort` and `order`, and `twice`, whose items two reviewers decide.

    All tell tenants apart by the attribute `tenant`; `more` is put at the end of a task's definition.
    """
    running.plain_project(root)
    head, _, steps = (root / "tasks/sort/task.toml").read_text().partition("[[step]]")
    accepts = f"[[step]]{steps}".replace("[[step]]", "[[step]]\naccept = { confidence = 0.8 }")
    definition = f'{head}\n[visibility]\nattribute = "tenant"\n\n{accepts}'
    for name, schema in (("sort", SORT), ("order", ORDER), ("twice", SORT)):
        folder = root / "tasks" / name
        folder.mkdir(exist_ok=True)
        end = more.get(name, "[review]\nsecond_look = 1.0" if name == "twice" else "")
        (folder / "task.toml").write_text(f"{definition}\n{end}\n")
        (folder / "prompt.md").write_text(builders.PROMPT)
        (folder / "retry.md").write_text(builders.RETRY)
        (root / f"schemas/{name}.avsc").write_text(json.dumps(schema))
    return root


@dataclass
class App:
    """`untuned review` as a process; `async with` starts it, and ends it by its own id however the block is left.

    Attributes:
        address: of its pages, without a slash at the end.
    """

    environment: Mapping[str, str]
    log: Path
    arguments: tuple[str, ...] = ()
    address: str = ""
    process: asyncio.subprocess.Process = field(init=False)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it and wait until it serves; after a `kill` at the port that it had."""
        # Not one that the kernel chose: it would give that to somebody else while the application is down.
        port = self.address.rpartition(":")[2] or str(ports.free_block(str(self.log), 1))
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "processor", "review", "--port", port, "--json", *self.arguments),
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        told = await asyncio.wait_for(self.process.stdout.readline(), STARTED_WITHIN)
        assert told, self.log.read_text()[-2000:]
        self.address = json.loads(told)["address"].rstrip("/")

    async def kill(self) -> None:
        """As `kill -9` does."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), running.PATIENCE)


@contextlib.asynccontextmanager
async def together(*processes: contextlib.AbstractAsyncContextManager[Any]) -> AsyncIterator[None]:
    """Start all at once; all are ended, whichever fails."""
    async with contextlib.AsyncExitStack() as stack:
        for each in processes:
            stack.push_async_exit(each)
        for outcome in await asyncio.gather(*(each.__aenter__() for each in processes), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        yield


def add_user(environment: Mapping[str, str], name: str, *options: str) -> None:
    """A user who logs in with `PASSWORD`."""
    called = ("review", "user", "add", name, "--password-stdin", *options)
    added = verbs.run(environment, *called, stdin=f"{PASSWORD}\n".encode())
    assert added.code == 0, added.err


async def log_in(page: Page, address: str, name: str) -> None:
    """Come to the queue as that user."""
    await page.goto(f"{address}/login")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.wait_for_url(f"{address}/queue")


async def there(page: Page, url: str) -> None:
    """Open a page once it is there: what has just come to a topic is in a view a moment later."""
    end = time.monotonic() + running.PATIENCE
    while (answer := await page.goto(url)) is None or answer.status == HTTPStatus.NOT_FOUND:
        assert time.monotonic() < end, f"waited in vain for {url}"
        await asyncio.sleep(0.1)
    assert answer.ok, f"{url}: {answer.status}"


async def until_text(page: Page, url: str, text: str) -> None:
    """Open a page again and again until it says so."""
    end = time.monotonic() + running.PATIENCE
    while text not in (told := await _said(page, url)):
        assert time.monotonic() < end, f"waited in vain for {text!r} at {url}, which says: {told[:2000]}"
        await asyncio.sleep(0.1)


async def _said(page: Page, url: str) -> str:
    await page.goto(url)
    return await page.locator("body").inner_text()


def item(ident: str, text: Any = "Where is my card?", task: str = "sort", **changes: Any) -> Review:
    """A review item of two attempts, neither sure enough; `changes` are of the Review, `tenant` of its event."""
    answer = changes.pop("answer", {"category": "card", "reason": "asks for a card"} if task != "order" else ORDERED)
    against = changes.pop("violations", (UNSURE,) if task != "order" else (TOO_FEW,))
    attempts = tuple(
        builders.an_attempt(number, answer=json.dumps(answer), violations=against, step=step)
        for number, step in ((1, "prompt.md"), (2, "retry.md"))
    )
    attributes = {"tenant": changes.pop("tenant", "acme"), **changes.pop("attributes", {})}
    work = builders.work(text, 2, attempts, id=ident, task=task, attributes=attributes)
    work = dataclasses.replace(work, key=ident.encode())
    message = dataclasses.replace(builders.message(b"{}", topic="untuned.retry"), key=work.key, headers=work.headers)
    made = Review(
        Reason.STEPS_EXHAUSTED,
        "no answer was accepted in 2 steps",
        message,
        work,
        against,
        answer,
        wires.provenance(work),
    )
    return dataclasses.replace(made, **changes)


def publish(settings: Settings, *items: Review) -> None:
    """Send items to people, as a worker does."""
    tasks = Project(settings.project).load_all()
    codec = create_wire(settings, lambda name: tasks[name].contract if name in tasks else None)
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "message.max.bytes": 8 * 2**20})
    for each in items:
        outgoing = codec.encode(each, now=datetime.now(UTC))
        producer.produce(settings.topic("review"), outgoing.value, outgoing.key, headers=list(outgoing.headers))
    assert producer.flush(running.PATIENCE) == 0


def ref(ident: str, task: str = "sort", replay: int = 0) -> str:
    """The name of an item in addresses."""
    return Key(task, ident, replay).ref


def of(records: list[dict[str, Any]], ident: str) -> list[dict[str, Any]]:
    """Those of one event."""
    return [record for record in records if running.ident(record) == ident]
