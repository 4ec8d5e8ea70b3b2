"""Worker processes under a supervisor that does what systemd does: a worker that ended by itself is started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RESTART_DELAY = 1.0
STOPPING = 90.0
"""Seconds that a worker may take to end after SIGTERM before it is killed, which counts against the case."""

MOST_ENDS = 30
"""Ends by itself after which a worker is given up."""

NEVER_RESTARTED = (0, 2)
"""Exit codes: stopped by a signal; a usage or definition that a new start would not mend."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker's end that nobody had asked for."""

    code: int
    reason: str
    at: float


@dataclass
class Supervised:
    """One worker of a fleet; a killed one is started again, too. `before` is what its command begins with."""

    name: str
    environment: Mapping[str, str]
    before: tuple[str, ...]
    folder: Path
    ended: list[Ended] = field(default_factory=list)
    starts: int = 0
    process: asyncio.subprocess.Process | None = None
    _served: int = 0
    _wanted: bool = True
    _asked: bool = False
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Have it run, until `stop`."""
        self._wanted = True
        self._task = asyncio.create_task(self._supervise())

    @property
    def running(self) -> bool:
        """Whether its process runs now."""
        return self.process is not None and self.process.returncode is None

    @property
    def serving(self) -> bool:
        """Whether it has got partitions since it was started."""
        if self.running and self._served < self.starts and b'"event": "assigned"' in self.log.read_bytes():
            self._served = self.starts
        return self.running and self._served == self.starts

    @property
    def log(self) -> Path:
        """The log of its last start."""
        return self.folder / f"{self.name}-{self.starts}.log"

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal; where that ends it, the end was asked for and it is started again."""
        if self.running and self.process is not None:
            self._asked = self._asked or number not in (signal.SIGSTOP, signal.SIGCONT)
            self.process.send_signal(number)

    async def stop(self) -> int | None:
        """SIGTERM, and not started again. Its exit code; None where it had to be killed or did not run."""
        self._wanted = False
        process, code = self.process, None
        if process is not None and process.returncode is None:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                code = await asyncio.wait_for(process.wait(), STOPPING)
        await self.abandon()
        return code

    async def abandon(self) -> None:
        """End it at once."""
        self._wanted = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.running and self.process is not None:
            self.process.kill()
            await self.process.wait()

    def memory(self) -> int:
        """Resident bytes; 0 where it does not run."""
        import psutil

        if self.process is None or not self.running:
            return 0
        with contextlib.suppress(psutil.Error):
            return int(psutil.Process(self.process.pid).memory_info().rss)
        return 0

    async def _supervise(self) -> None:
        while self._wanted:
            code = await self._once()
            if not self._asked:
                self.ended.append(Ended(code, last_words(self.log), time.time()))
                if code in NEVER_RESTARTED or len(self.ended) >= MOST_ENDS:
                    return
            await asyncio.sleep(RESTART_DELAY)

    async def _once(self) -> int:
        self.starts += 1
        self._asked = False
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(*self.before, sys.executable, "-m", "processor", "worker", "--log-format", "json"),
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return await self.process.wait()


def story(log: Path) -> list[dict[str, Any]]:
    """A log's lines."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    found = []
    for line in lines:
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return [line for line in found if isinstance(line, dict)]


def last_words(log: Path) -> str:
    """Why a worker said that it ends, or the last that it said as a warning or worse, or else its log's last line."""
    words = [line for line in story(log) if line.get("level") in ("warning", "error", "critical")]
    words = [line for line in words if line.get("event") not in ("wait", "review")]
    if words:
        last = next((line for line in reversed(words) if "exit_code" in line), words[-1])
        told = (last.get(name) for name in ("event", "reason", "reasons", "detail"))
        return " ".join("; ".join(each) if isinstance(each, list) else str(each) for each in told if each)[:300]
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "said nothing"
