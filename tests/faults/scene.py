"""One case: fresh topics, a fleet of workers, a model, a feeder; what its script does faults with."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bench.stub_model import StubModel
from processor import config
from processor.adapters import topics
from processor.core import errors
from tests.faults import project, reading
from tests.faults.checker import AUDIT, Fault, judge
from tests.faults.feeder import Feeder, Watch
from tests.faults.fleet import Supervised
from tests.faults.proxy import Proxy
from tests.faults.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.faults.checker import Verdict
    from tests.faults.stage import Stage

T = TypeVar("T")

CONCURRENCY = 16
PARTITIONS = 8
PER_FAULT = 2 * CONCURRENCY + 16
"""The bound of duplicates for one fault that docs/reliability.md states: what a worker has in hand."""

ENDS = (0, -signal.SIGTERM)
"""How a worker ends that was asked to; by the signal itself where it had not come as far as to handle it."""

PATIENCE = 300.0
"""Seconds that a script waits for what is to happen: on a machine with other work, workers take minutes to start."""

RECOVERY = 30.0
"""Seconds from a fault's end within which there is progress."""

BESIDE_OTHERS = 4.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One more thing that a case found out: `value` is held against `most` or `least` where there is one."""

    what: str
    value: float
    most: float | None = None
    least: float | None = None

    @property
    def well(self) -> bool:
        over = self.most is not None and self.value > self.most
        under = self.least is not None and self.value < self.least
        return not (over or under)

    def __str__(self) -> str:
        bound = "" if self.most is None else f" (at most {self.most:g})"
        bound += "" if self.least is None else f" (at least {self.least:g})"
        return f"{self.what} {self.value:.3g}{bound}"


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, or several of one kind, that the suite tries.

    Attributes:
        script: what is done to the scene while workers work; it returns when the last fault has ended.
        about: one line.
        workers: how many run from the start.
        duplicates: the documented bound, by the number of faults that the script has noted.
        bought_twice: the same for answers that were paid twice.
        environment: laid over that of the workers; `{folder}` is the case's.
        patience: seconds that all events may take to be settled after the script's end.
        short: whether a short form of it is worth a place in `make test`.
        retrieves: whether the task searches Weaviate.
        rules: the task's rules module.
        audited: whether people look at all results, too.
        odd: events that need not end as `project.attempts` says.
        partitions: of each topic.
        recovery: seconds from a fault's end within which there must be progress.
        before: what the workers' command begins with.
    """

    name: str
    about: str
    script: Callable[[Scene], Awaitable[None]]
    workers: int = 3
    duplicates: int = PER_FAULT
    bought_twice: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    patience: float = 180.0
    short: bool = False
    retrieves: bool = False
    rules: str = ""
    audited: bool = False
    odd: tuple[str, ...] = ()
    partitions: int = PARTITIONS
    recovery: float = RECOVERY
    before: tuple[str, ...] = ()


class Scene:
    """What a case's script has in hand.

    Attributes:
        stage: the broker and its proxy.
        case: which.
        short: whether the short form is wanted.
        model: the model's server, and `way` the proxy before it.
        random: seeded; the only source of chance.
        part: how much of a long load is wanted, from 0 to 1.
        workers: the fleet.
        faults, findings: what the script has noted.
    """

    def __init__(self, stage: Stage, case: Case, *, short: bool, seed: int, say: Callable[[str], None]) -> None:
        self.stage, self.case, self.short, self.say = stage, case, short, say
        self.random = random.Random(f"{case.name}/{seed}")
        self.folder = stage.folder / f"{case.name}-{seed}-{time.time_ns() % 10**9}"
        self.prefix = f"faults-{self.folder.name}"
        self.settings = stage.settings.model_copy(update={"topic_prefix": self.prefix, "group": self.prefix})
        self.model = StubModel(project.answer, latency=self._latency, label=project.label)
        self.way = Proxy(f"model/{self.prefix}")
        self.workers: list[Supervised] = []
        self.faults: list[Fault] = []
        self.findings: list[Finding] = []
        self.latency = 0.3
        self.part = 1.0
        self.environment: dict[str, str] = {}
        self.store: Store | None = None

    async def __aenter__(self) -> Self:
        self._stack = contextlib.AsyncExitStack()
        self.folder.mkdir(parents=True)
        project.write(
            self.folder / "project",
            retrieves=self.case.retrieves,
            rules=self.case.rules,
            audited=self.case.audited,
        )
        await self._have_topics()
        await self._stack.enter_async_context(self.model)
        self.way.target = ("127.0.0.1", self.model.port)
        await self._stack.enter_async_context(self.way)
        self.feeder = Feeder(self.settings.kafka, self.prefix)
        self.watch = await asyncio.to_thread(Watch, self.settings.kafka, self.prefix)
        self.watch.start()
        where = await self._with_store() if self.case.retrieves else {}
        self.environment = config.child_environment(
            **{
                **where,
                "KAFKA_BOOTSTRAP_SERVERS": self.stage.kafka.address,
                "OPENAI_BASE_URL": f"http://{self.way.address}/v1",
                "OPENAI_MODEL": "stub",
                "PYTHONFAULTHANDLER": "1",
                "UNTUNED_TOPIC_PREFIX": self.prefix,
                "UNTUNED_GROUP": self.prefix,
                "UNTUNED_WIRE_FORMAT": "json",
                "UNTUNED_CONCURRENCY": str(CONCURRENCY),
                "UNTUNED_PROJECT": str(self.folder / "project"),
                "UNTUNED_RELOAD": "0",
                "XDG_STATE_HOME": str(self.folder / "state"),
                **{name: value.format(folder=self.folder) for name, value in self.case.environment.items()},
            }
        )
        if self.case.retrieves:
            await self.load_knowledge()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stage.kafka.forward()
        for worker in self.workers:
            await worker.abandon()
        await asyncio.to_thread(self.watch.stop)
        self.feeder.close()
        await self._stack.aclose()

    async def _have_topics(self) -> None:
        try:
            await asyncio.to_thread(topics.ensure, self.settings, partitions=self.case.partitions)
        except errors.Unavailable:  # on a machine with other work they have no leader for long: workers wait for that
            self.say("the topics are slow to come")
            await asyncio.to_thread(topics.ensure, self.settings, partitions=self.case.partitions)

    async def run(self) -> Verdict:
        """The script, then everything settled, then the workers stopped; what the checker found."""
        for _ in range(min(self.case.workers, 2) if self.short else self.case.workers):
            self.hire()
        await self.case.script(self)
        self.say("waiting until all is settled")
        await asyncio.to_thread(self.feeder.flush)
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: len(self.watch.settled) >= self.expected, "all", self.case.patience * self.slack)
        over = time.time()
        self.say("stopping")
        codes = await asyncio.gather(*(worker.stop() for worker in self.workers if worker.running))
        self.find("workers that did not end well when asked", sum(code not in ENDS for code in codes), most=0)
        log = await asyncio.to_thread(reading.read, self.settings.kafka, self.prefix, self.settings.group)
        with (self.folder / "seen.jsonl").open("w") as file:
            file.writelines(json.dumps(dataclasses.asdict(each)) + "\n" for each in log.seen)
        self.find("events with other attempts or another end than the task wants", unusual(log, self.case.odd), most=0)
        calls = [call for call in self.model.calls if call.label[0]]
        return judge(log, calls, self.faults, over)

    async def _with_store(self) -> dict[str, str]:
        mine = self.settings.model_copy(update={"state_home": self.folder / "state"})
        self.store = await self._stack.enter_async_context(Store(mine))
        return self.store.environment

    async def load_knowledge(self) -> None:
        """What a user does: `untuned knowledge load sort`."""
        command = (sys.executable, "-m", "processor", "knowledge", "load", "sort")
        with (self.folder / "knowledge.log").open("ab") as log:
            loading = await asyncio.create_subprocess_exec(*command, env=self.environment, stdout=log, stderr=log)
            if await loading.wait():
                raise RuntimeError(f"knowledge was not loaded: {self.folder / 'knowledge.log'}")

    async def enter(self, beside: contextlib.AbstractAsyncContextManager[T]) -> T:
        """Have something more run until the case's end."""
        return await self._stack.enter_async_context(beside)

    @property
    def slack(self) -> float:
        """How many times as long things may take: the short form runs beside other tests, on the same processors."""
        return BESIDE_OTHERS if self.short else 1.0

    @property
    def expected(self) -> int:
        """How many events are to be settled; a script may send others than the feeder's."""
        return self._expected if self._expected is not None else self.feeder.sent

    _expected: int | None = None

    def expect(self, count: int) -> None:
        """Have the case over when so many different events are settled."""
        self._expected = count

    def hire(self, **environment: str) -> Supervised:
        """One worker more."""
        worker = Supervised(
            f"worker-{len(self.workers) + 1}", {**self.environment, **environment}, self.case.before, self.folder
        )
        self.workers.append(worker)
        worker.start()
        return worker

    async def any_worker(self) -> Supervised:
        """One of those that serve, once there are two: on a slow machine a start takes longer than a fault's turn."""
        least = min(2, len(self.workers))
        await self.until(lambda: sum(worker.serving for worker in self.workers) >= least, "workers to serve")
        return self.random.choice([worker for worker in self.workers if worker.serving])

    def find(self, what: str, value: float, *, most: float | None = None, least: float | None = None) -> None:
        """Note a figure of the case's own."""
        self.findings.append(Finding(what, value, most, least))

    @contextlib.asynccontextmanager
    async def fault(self, what: str) -> AsyncIterator[None]:
        """Note that there is a fault while the block runs."""
        self.say(what)
        began = time.time()
        try:
            yield
        finally:
            self.faults.append(Fault(what, began, time.time()))

    def note(self, what: str) -> None:
        """Note a fault that is over at once."""
        self.say(what)
        self.faults.append(Fault(what, time.time(), time.time()))

    async def working(self, count: int = 1) -> None:
        """Wait until so many more events are settled."""
        wanted = len(self.watch.settled) + count
        await self.until(lambda: len(self.watch.settled) >= wanted, f"{count} more events to be settled")

    async def paid(self) -> None:
        """Wait until the model has sent one more answer."""
        known = len(self.model.calls)
        await self.until(lambda: any(call.sent is not None for call in self.model.calls[known:]), "an answer")

    async def until(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait for it.

        Raises:
            TimeoutError: it was not so in time.
        """
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"waited in vain for {what}")
            await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def load(self, least: int, backlog: int = 400) -> AsyncIterator[None]:
        """Keep so many events waiting while the block runs, and send at least `least` in all."""
        task = asyncio.create_task(self._feed(backlog))
        try:
            await self.working()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.feeder.events(max(0, least - self.feeder.next))

    async def _feed(self, backlog: int) -> None:
        while True:
            missing = backlog - (self.feeder.sent - len(self.watch.settled))
            if missing > 0:
                self.feeder.events(min(missing, 200))
            await asyncio.sleep(0.1)

    def _latency(self, _: dict[str, Any]) -> float:
        return self.latency * self.random.uniform(0.3, 1.7)


def unusual(log: reading.Log, odd: tuple[str, ...]) -> int:
    """How many outcomes of the feeder's events took other attempts, or ended elsewhere, than they were to."""
    ends = [each for each in log.seen if each.kind in reading.OUTCOMES and each.reason != AUDIT]
    ends = [each for each in ends if project.NAME.fullmatch(each.ident) and each.ident not in odd]
    return sum((each.attempts, each.kind) != project.attempts(each.ident) for each in ends)
