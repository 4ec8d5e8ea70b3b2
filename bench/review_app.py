"""`untuned review` as a process over many items, for `review_pages`: its topics filled, its user, news on demand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import sqlite3
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from bench import review_items
from bench.worker_vs_loop import broker
from processor import config
from processor.adapters import topics
from processor.core import errors
from processor.local.job import tail
from processor.review.access import store
from processor.review.values import Key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bench.review_items import Items, Topics
    from processor.config import Settings
    from processor.core.records import Review, Ruling

USER = "eve"
PASSWORD = secrets.token_urlsafe(18)
RECORDS = 500
"""Of the longest item's list."""

ITEMS_A_SECOND = 5
STOP_GRACE = 30.0
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Running:
    """The process, where it serves, and how long it took until it did."""

    process: psutil.Process
    address: str
    start_seconds: float


class App:
    """A running application.

    Attributes:
        address: of its pages, without a slash at the end.
        start_seconds: from the process's start until it served.
        more: addresses of its pages beside those that every application has.
    """

    def __init__(self, settings: Settings, items: Items, sent: Topics, running: Running) -> None:
        self.address, self.start_seconds = running.address, running.start_seconds
        self._process = running.process
        self.more = (f"/items/{Key('order-parsing', 'long').ref}",)
        self._view = settings.review_dir / "view-0.sqlite"
        self._items, self._sent = items, sent

    async def until_settled(self) -> None:
        """Wait until it has looked after all decisions: it finds them without their results, and publishes those."""
        end = time.monotonic() + PATIENCE
        while self._pending():
            if time.monotonic() > end:
                raise errors.UntunedError("what follows from the decisions was not published in time")
            await asyncio.sleep(1)

    def spent(self) -> float:
        """Seconds of the processor that it has taken so far."""
        times = self._process.cpu_times()
        return times.user + times.system

    @contextlib.asynccontextmanager
    async def news(self) -> AsyncIterator[None]:
        """While the block lasts, items come, and some of them are decided."""
        coming = asyncio.create_task(self._come())
        try:
            yield
        finally:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await coming

    async def _come(self) -> None:
        for number in itertools.count():
            fresh = list(self._items.some(ITEMS_A_SECOND, f"new-{number}"))
            await asyncio.to_thread(self._sent.publish, [*fresh, *self._items.rulings(fresh[0])])
            await asyncio.sleep(1)

    def _pending(self) -> int:
        with contextlib.closing(sqlite3.connect(f"file:{self._view}?mode=ro", uri=True)) as db:
            found: int = db.execute("SELECT count(*) FROM rulings WHERE counts AND outcome = ''").fetchone()[0]
            return found


@contextlib.contextmanager
def started(folder: Path, waiting: int, decided: int) -> Iterator[App]:
    """The application over so many items; it is ended by its own id.

    Raises:
        UntunedError: there is no broker, or it did not start.
    """
    unique = f"bench-{uuid.uuid4().hex[:8]}"
    loaded = config.load(project=review_items.PROJECT)
    with broker(loaded) as found:
        changes: dict[str, Any] = {"topic_prefix": unique, "group": unique, "state_home": folder}
        settings = found.model_copy(update=changes)
        _ensure(settings)
        items = review_items.Items()
        sent = review_items.Topics(settings, items.tasks)
        _fill(items, sent, waiting, decided)
        _log(settings, decided)
        environment = config.child_environment(
            UNTUNED_PROJECT=str(settings.project),
            UNTUNED_TOPIC_PREFIX=unique,
            UNTUNED_GROUP=unique,
            KAFKA_BOOTSTRAP_SERVERS=settings.kafka,
            XDG_STATE_HOME=str(folder),
        )
        _add_user(environment)
        with _process(environment, folder / "log") as running:
            yield App(settings, items, sent, running)


def _ensure(settings: Settings) -> None:
    """Make the topics, and wait until they can be written to: on a busy machine that takes its time."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            topics.ensure(settings)
        except errors.Unavailable:
            if time.monotonic() > end:
                raise
        else:
            return


def _fill(items: Items, sent: Topics, waiting: int, decided: int) -> None:
    """Put the items on the topics, and what was decided of the older ones."""
    sent.publish(_decided(items, decided))
    sent.publish(items.some(waiting, "open"))
    sent.publish([items.long("long", RECORDS)])


def _decided(items: Items, count: int) -> Iterator[Review | Ruling]:
    for item in items.some(count, "done"):
        yield item
        yield from items.rulings(item)


def _log(settings: Settings, count: int) -> None:
    """Lines of the audit log, as so many decisions leave them."""
    about = json.dumps({"task": "ticket-triage", "event": "done-00001", "action": "accept", "seconds": 12.5})
    with contextlib.closing(store.connect(settings.review_dir / "access.sqlite")) as db:
        lines = [(time.time(), "decided", "ann", about)] * count
        db.executemany("insert into log (at, what, by, about) values (?, ?, ?, ?)", lines)


def _add_user(environment: dict[str, str]) -> None:
    command = ("review", "user", "add", USER, "--role", "admin", "--password-stdin")
    subprocess.run(
        [sys.executable, "-m", "processor", *command],
        env=environment,
        input=PASSWORD.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def _process(environment: dict[str, str], log: Path) -> Iterator[Running]:
    command = [sys.executable, "-m", "processor", "review", "--port", "0", "--json", "--log-format", "json"]
    began = time.monotonic()
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=output) as process,
    ):
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            if not told:
                raise errors.UntunedError(f"the application ended; its log ends:\n{tail(log)}")
            address, took = json.loads(told)["address"].rstrip("/"), time.monotonic() - began
            yield Running(psutil.Process(process.pid), address, took)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_GRACE)
            process.kill()
