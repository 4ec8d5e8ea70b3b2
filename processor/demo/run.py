"""The demo from its first stage to its last."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn, TextIO

import rich.console
from rich.text import Text

from processor import config
from processor.adapters import locks
from processor.adapters import topics as topic_adapter
from processor.core import errors
from processor.demo import farewell, knowledge, loop, story, summary, topics, view, watch
from processor.demo import plan as planning
from processor.demo.report import Report
from processor.demo.workers import Workers, stop_left
from processor.local import display, stack
from processor.local.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from processor.config import Settings
    from processor.demo.plan import Plan, Wish
    from processor.demo.samples import Sample
    from processor.demo.topics import Ground
    from processor.local.progress import Report as Show

PIPED_WIDTH = 140

LOCK_PATIENCE = 5.0


def run(settings: Settings, wish: Wish, stream: TextIO) -> Report:
    """Run the demo; people read along on `stream`.

    The stack is left as it was found, unless it is wished to stay up. Workers are stopped in any case.

    Raises:
        UsageError: what is wished for cannot be.
        UntunedError: a stage before the events were produced has failed.
    """
    with _interruptible(), _alone(settings):
        stop_left(planning.folder(settings))
        return _Demo(settings, planning.make(settings, wish), stream).run(keep=wish.keep)


@dataclass
class _Demo:
    settings: Settings
    plan: Plan
    stream: TextIO
    stages: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.console = rich.console.Console(file=self.stream, highlight=False, emoji=False)
        if not self.console.is_terminal:
            self.console.width = PIPED_WIDTH

    def run(self, *, keep: bool) -> Report:
        for note in [*self.plan.notes, *filter(None, map(self.plan.left_out, self.plan.shown))]:
            self.console.print(Text(note))
        stays = keep or any(each.state in ("running", "unhealthy") for each in stack.status(self.settings))
        try:
            with display.shown(self.stream) as show:
                ground = self._prepare(show)
            found = self._work(ground)
            self.console.print(summary.render(found))
        finally:
            if not stays:
                with self._timed("down"):
                    stack.down(self.settings)
        self._say_farewell(up=stays)
        return replace(found, stages=self.stages)

    def _prepare(self, show: Show) -> Ground:
        """The stack, the topics and the knowledge."""
        with self._timed("stack"):
            addresses = stack.up(self.settings, report=show)
        own = config.with_addresses(self.plan.settings, addresses)
        self.plan = replace(self.plan, settings=own)
        with self._stage("topics", show) as job:
            made = topic_adapter.ensure(own)
            waiting = "waiting: workers of an earlier demo are still in its group"
            ground = topics.open_ground(own, self.plan.tasks, lambda: job.say(waiting))
            new = sum(each.state == "created" for each in made)
            job.finish(f"{len(made)} topics {own.topic_prefix}.*, {new} of them created", well=True)
        with self._stage("knowledge", show) as job:
            job.finish(knowledge.load(self.plan, job), well=True)
        return ground

    def _produce(self, ground: Ground, show: Show) -> dict[str, Sample]:
        """Send the messages; returns them by their identities."""
        with self._stage("produce", show) as job:
            total = len(self.plan.samples)
            topics.produce(
                self.plan.settings, self.plan.samples, lambda done: job.say("sending", done, total, "events")
            )
            job.finish(f"{total:,} events, each confirmed by Kafka", well=True)
        return self._produced(ground)

    def _produced(self, ground: Ground) -> dict[str, Sample]:
        """All samples by identity; one that Kafka confirmed and does not have is there by its key."""
        found = ground.produced(self.plan.samples)
        there = {sample.key for sample in found.values()}
        return found | {sample.key: sample for sample in self.plan.samples if sample.key not in there}

    def _work(self, ground: Ground) -> Report:
        folder = planning.folder(self.settings)
        local = "OPENAI_BASE_URL" not in config.explicit(self.settings.project)
        with Workers(self.plan.settings, folder, local) as workers:
            with display.shown(self.stream) as show:
                with self._stage("workers", show) as job:
                    workers.join(lambda: job.say("starting"))
                    job.finish(f"two are at it, their logs: {folder}/worker-*.log", well=True)
                produced = self._produce(ground, show)
            with self._timed("work"), view.shown(self.console) as shown:
                ended = watch.until_settled(ground, workers, frozenset(produced), shown)
            lines = story.parse(workers.logs())
            with self._timed("accounts"):
                books = ground.books(produced)
                with ground.lag() as lagging:
                    lag = topics.total(lagging.read())
            made = Report(
                plan=self.plan,
                samples=produced,
                books=books,
                lag=lag,
                working=ended.working,
                trouble=ended.trouble,
                story=story.retried(lines, books.retried),
            )
            return made if made.complaints else self._corrected(made, ground, folder)

    def _corrected(self, made: Report, ground: Ground, folder: Path) -> Report:
        """One message is corrected and sent again, while the workers are still there."""
        with display.shown(self.stream) as show, self._stage("correction", show) as job:
            job.say("deciding one message as a person would, and sending it again")
            found = loop.run(self.plan, ground, made.books, made.samples, folder)
            told = found.why or f"{found.event} was decided, learnt and sent again"
            job.finish(told, well=True)
        return replace(made, loop=found)

    def _say_farewell(self, *, up: bool) -> None:
        spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.stages.items())
        text = [f"\n{sum(self.stages.values()):.1f} s in all ({spent})"]
        for line in [*text, *farewell.lines(self.plan, self.settings, up=up)]:
            self.console.print(Text(line), soft_wrap=True)

    @contextlib.contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.stages[name] = time.monotonic() - began

    @contextlib.contextmanager
    def _stage(self, name: str, show: Show) -> Iterator[Job]:
        job = Job(name, show, threading.Event())
        job.say("begins")
        with self._timed(name):
            try:
                yield job
            except BaseException:
                job.finish("failed", well=False)
                raise


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    def refuse() -> NoReturn:
        raise errors.UsageError(f"another demo of this project is running ({planning.folder(settings)})")

    with locks.held(planning.folder(settings) / "lock", LOCK_PATIENCE, refuse):
        yield


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does, so that nothing it started is left."""

    def interrupt(number: int, frame: object) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    before: dict[int, Callable[..., object] | int | None] = {
        number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
