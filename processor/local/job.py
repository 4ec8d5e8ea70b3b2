"""One server's work during `up`: it reports its steps, can be called off, and runs the tools that fetch and build."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from processor import config
from processor.core import errors
from processor.core.views import display
from processor.local import process, progress

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

TICK = 0.2
TOOL_GRACE = 5.0
TAIL_LINES = 15
LINE = 300


class CalledOff(Exception):
    """This server's work ends because the whole `up` does."""


class Job:
    """Passed down to whatever works for one server; used by that server's thread only.

    Args:
        server: its name.
        report: gets every step.
        off: set when the whole `up` ends early.
    """

    def __init__(self, server: str, report: progress.Report, off: threading.Event) -> None:
        self.server = server
        self._report = report
        self._off = off
        self._began = time.monotonic()

    def say(self, what: str, done: int | None = None, total: int | None = None, unit: str = "bytes") -> None:
        """Report what is being done; how much of how much where that is known.

        Raises:
            CalledOff: the whole `up` ends.
        """
        if self._off.is_set():
            raise CalledOff
        self._report(progress.Step(self.server, what, time.monotonic() - self._began, done, total, unit))

    def finish(self, what: str, *, well: bool) -> None:
        """Report the last step."""
        state: Literal["ready", "failed"] = "ready" if well else "failed"
        self._report(progress.Step(self.server, what, time.monotonic() - self._began, state=state))

    def pause(self, seconds: float) -> None:
        """Sleep, shorter when the whole `up` ends."""
        self._off.wait(seconds)

    def run(
        self,
        argv: Sequence[str],
        what: str,
        folder: Path,
        *,
        patience: float,
        measure: Callable[[], int] | None = None,
        total: int | None = None,
        unit: str = "bytes",
        **environment: str,
    ) -> None:
        """Run a tool to its end.

        Args:
            argv: the command.
            what: it does, for the reports.
            folder: keeps the tool's log and its process's record.
            patience: seconds that it may take.
            measure: tells how much it has done so far.
            total: how much it will do.
            unit: of both.
            **environment: laid over this process's.

        Raises:
            StackError: it failed or took too long; the message has its last lines.
            CalledOff: the whole `up` ends; the tool was stopped.
        """
        log = folder / "log"
        child = process.start(argv, config.child_environment(**environment), folder / "process.json", log)
        deadline = time.monotonic() + patience
        try:
            while (code := process.exit_code(child)) is None:
                if time.monotonic() > deadline:
                    raise errors.StackError(f"{self.server}: {what} took over {patience / 60:.0f} min\n{tail(log)}")
                self.say(what, measure() if measure else None, total, unit)
                self.pause(TICK)
        finally:
            process.stop(child, TOOL_GRACE)
        if code != 0:
            raise errors.StackError(f"{self.server}: {what} failed; {argv[0]} said:\n{tail(log)}")


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented, made safe for a terminal."""
    try:
        text = log.read_bytes()[-16_384:].decode(errors="replace")
    except OSError:
        text = ""
    kept = [line for line in text.splitlines() if line.strip()][-lines:]
    shown = "\n".join(f"  {display.short(line, LINE)}" for line in kept)
    return shown or "  (its log is empty)"


def folder_size(folder: Path) -> int:
    """Bytes in a folder that others are writing to."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size
        except OSError:  # moved away meanwhile
            continue
    return size
