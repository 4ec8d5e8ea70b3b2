"""Rules under a time limit, by an alarm of the operating system.

In the main thread an alarm interrupts whatever runs: Python code, regular expressions, sleeps, waits for the network.
What it cannot interrupt is one call into C that never looks for signals (`sum(range(10**12))`, a huge `sorted`): the
rule is stopped as soon as that call is over. In other threads, where no signal arrives, a rule runs to its end, and
only then it is asked how much of the processor it took.

Two ticks make a limit, each of half of it: a process that was stopped or starved gets the first one at once when it
goes on, and the rule still has half its time. Ticks go on until the rule is over, so one that catches everything is
interrupted again.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from processor.core.rules import Overrun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.core.rules import Rule

SLOW = 0.05
"""Seconds from which a rule is told of: for so long the worker did nothing else."""


class Timer:
    """Times the rules of one answer; a `rulebook.Guard` as `Timer(told)`, where `told` gets names and seconds.

    The alarm is the process's only one (SIGALRM): whoever else uses it has it back, with the time left, after each use.
    """

    def __init__(self, told: Callable[[str, float], None], slow: float = SLOW) -> None:
        self._told = told
        self._slow = slow

    @contextlib.contextmanager
    def __call__(self) -> Iterator[Callable[[Rule], None]]:
        """Watch over the rules of one answer.

        Raises:
            Overrun: out of the rule that ran past its limit, or once it is over.
        """
        watch = _Watch(self._told, self._slow)
        if threading.current_thread() is not threading.main_thread():
            yield watch.begin
            watch.end()
            return
        with _alarm(watch):
            yield watch.begin_with_alarm
            watch.end()


class _Watch:
    """The rule that runs now, and since when."""

    def __init__(self, told: Callable[[str, float], None], slow: float) -> None:
        self._told = told
        self._slow = slow
        self._rule: Rule | None = None
        self._since = self._cpu_since = 0.0
        self._ticks = 0

    def begin(self, rule: Rule) -> None:
        self.end()
        self._since, self._cpu_since, self._ticks = time.perf_counter(), time.thread_time(), 0
        self._rule = rule

    def begin_with_alarm(self, rule: Rule) -> None:
        self.begin(rule)
        signal.setitimer(signal.ITIMER_REAL, rule.seconds / 2, rule.seconds / 2)

    def tick(self, *_: Any) -> None:
        self._ticks += 1
        # Ticks during one long call into C arrive as one.
        if self._rule is not None and (self._ticks > 1 or self._cpu() >= self._rule.seconds):
            raise Overrun(self._rule)

    def end(self) -> None:
        rule, self._rule = self._rule, None
        if rule is None:
            return
        took = time.perf_counter() - self._since
        if took >= self._slow:
            self._told(rule.name, took)
        if self._cpu() >= rule.seconds:
            raise Overrun(rule)

    def stop(self) -> None:
        self._rule = None

    def _cpu(self) -> float:
        return time.thread_time() - self._cpu_since


@contextlib.contextmanager
def _alarm(watch: _Watch) -> Iterator[None]:
    """Have the alarm ring for us, and give it back as it was."""
    began = time.perf_counter()
    others = signal.signal(signal.SIGALRM, watch.tick) or signal.SIG_DFL
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)

    def give_back() -> None:
        watch.stop()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, others)

    try:
        yield
    finally:
        try:
            give_back()
        except Overrun:  # a last tick on the way out
            give_back()
            raise
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.perf_counter() - began), 0.001), interval)
