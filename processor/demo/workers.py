"""The demo's workers: real processes of `untuned worker`, known and stopped by process id and start time."""

from __future__ import annotations

import concurrent.futures
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from processor import config
from processor.core import errors
from processor.core.views import display
from processor.demo import story
from processor.local import job, process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from processor.config import Settings
    from processor.local.process import Record

COUNT = 2

LOCAL_CONCURRENCY = 2
"""Calls that each worker has in flight on the local model, whose server answers two at a time on a small machine."""

LOCAL_TIMEOUT = 300.0
"""Seconds for a call of the local model, which a busy machine makes slow: to ask it anew would make it slower."""

JOIN_PATIENCE = 60.0
TICK = 0.1

GRACE = 20.0
"""Seconds until a worker that does not end by itself is killed; what it had in flight is not lost but not settled."""

LAST_LINES = 5


@dataclass
class Workers:
    """Two workers; a context manager that stops them however it is left.

    Attributes:
        settings: the demo's own, which the workers get as their environment.
        folder: holds their logs and the records of their processes.
        local: the model is the one that runs on this machine.
    """

    settings: Settings
    folder: Path
    local: bool
    _running: dict[int, Record] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start them.

        Raises:
            StackError: one cannot be started.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            for number in range(1, COUNT + 1):
                self.log(number).unlink(missing_ok=True)
                self._running[number] = process.start(
                    self._command(), self._environment(), self._record(number), self.log(number)
                )
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def join(self, waiting: Callable[[], None]) -> None:
        """Wait until each has its partitions: one that comes while others are at work makes them put it down.

        Raises:
            UntunedError: one ended, or has none after `JOIN_PATIENCE`.
        """
        deadline = time.monotonic() + JOIN_PATIENCE
        while sum('"event": "assigned"' in log for log in self.logs()) < COUNT:
            if ended := self.dead():
                raise errors.UntunedError(ended)
            if time.monotonic() > deadline:
                raise errors.UntunedError(f"the workers do not get to work, their logs: {self.folder}/worker-*.log")
            waiting()
            time.sleep(TICK)

    def log(self, number: int) -> Path:
        """A worker's log."""
        return self.folder / f"worker-{number}.log"

    def logs(self) -> list[str]:
        """What the workers have logged so far."""
        numbers = range(1, COUNT + 1)
        return [self.log(number).read_text(errors="replace") for number in numbers if self.log(number).exists()]

    def dead(self) -> str:
        """What is to be said of a worker that ended by itself; empty while all run."""
        for number, record in list(self._running.items()):
            code = process.exit_code(record)
            if code is not None:
                del self._running[number]
                last = job.tail(self.log(number), LAST_LINES)
                return f"worker {number} ended by itself (exit code {code}); the end of {self.log(number)}:\n{last}"
        return ""

    @property
    def longest_call(self) -> float:
        """Seconds that one call of the model may take."""
        return max(LOCAL_TIMEOUT, self.settings.openai_timeout) if self.local else self.settings.openai_timeout

    def waiting(self) -> str:
        """What the workers wait for, as the last of them said; empty where none does."""
        return display.short(story.last_wait(story.parse(self.logs())), 300)

    def stop(self) -> None:
        """Stop all: SIGTERM, and they finish and commit what is in flight."""
        with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
            list(pool.map(lambda record: process.stop(record, GRACE), self._running.values()))
        for number in self._running:
            self._record(number).unlink(missing_ok=True)
        self._running.clear()

    def _record(self, number: int) -> Path:
        return self.folder / f"worker-{number}.json"

    def _command(self) -> list[str]:
        chosen = ["--concurrency", str(LOCAL_CONCURRENCY)] if self.local else []
        return [sys.executable, "-m", "processor", "worker", "--log-format", "json", *chosen]

    def _environment(self) -> dict[str, str]:
        timeout = {"OPENAI_TIMEOUT": str(self.longest_call)}
        return config.child_environment(**environment(self.settings), **timeout, UNTUNED_LOG_LEVEL="info")


def environment(settings: Settings) -> dict[str, str]:
    """What tells another program of untuned to use the demo's project, topics and servers."""
    return {
        "UNTUNED_PROJECT": str(settings.project.resolve()),
        "UNTUNED_STACK": settings.stack_name,
        "UNTUNED_TOPIC_PREFIX": settings.topic_prefix,
        "UNTUNED_GROUP": settings.group,
        **config.addresses(settings),
    }


def stop_left(folder: Path) -> None:
    """Stop the workers of a demo that was killed."""
    for path in sorted(folder.glob("worker-*.json")):
        if found := process.read(path):
            process.stop(found, GRACE)
        path.unlink(missing_ok=True)
