"""Rules under a real time limit: what is interrupted, what is left behind, and whom it must not disturb."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import threading
import time
from typing import Any

import pytest

from processor.adapters import rule_timer
from processor.core.judging import rulebook
from processor.core.records import Reason
from processor.core.rules import Overrun, rule
from tests import builders

GOOD = {"category": "card", "reason": "asks for a card"}


def apply(*functions: Any, seconds: float = 0.02, told: Any = lambda *_: None, slow: float = 60):
    rules = [rule(seconds=seconds)(function) for function in functions]
    guard = rule_timer.Timer(told, slow)
    return rulebook.apply(builders.a_task(*rules), builders.event(), GOOD, (), guard)


def loops(event, answer, passages):
    while True:
        pass


def backtracks(event, answer, passages):
    re.match(r"(a+)+$", "a" * 60 + "b")


def sleeps(event, answer, passages):
    time.sleep(3600)


def catches_exceptions(event, answer, passages):
    while True:
        with contextlib.suppress(Exception):
            while True:
                pass


def catches_everything_once(event, answer, passages):
    with contextlib.suppress(BaseException):
        loops(event, answer, passages)
    loops(event, answer, passages)


def yields_nothing(event, answer, passages):
    yield from ()
    loops(event, answer, passages)


def is_deaf(event, answer, passages):
    sum(range(20_000_000))


def is_quick(event, answer, passages):
    return None


@pytest.mark.parametrize(
    "runs_on",
    [loops, backtracks, sleeps, catches_exceptions, catches_everything_once, yields_nothing, is_deaf],
    ids=lambda function: function.__name__,
)
def test_a_rule_that_runs_on_is_stopped_and_named(runs_on: Any):
    found = apply(is_quick, runs_on)
    assert found.review is Reason.RULE_FAILED
    assert found.detail == f"rule {runs_on.__name__} ran longer than 0.02 s"


def test_quick_rules_are_left_alone_and_nothing_is_left_behind():
    before = signal.getsignal(signal.SIGALRM), signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        assert apply(is_quick).accepted
        assert apply(loops).review is Reason.RULE_FAILED
        assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (before[0], (0, 0))
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before[1])


def test_whoever_uses_the_alarm_has_it_back_with_the_time_left():
    rung = []
    handler, timer = (
        signal.signal(signal.SIGALRM, lambda *_: rung.append("theirs")),
        signal.getitimer(signal.ITIMER_REAL),
    )
    try:
        signal.setitimer(signal.ITIMER_REAL, 60, 30)
        assert apply(loops).review is Reason.RULE_FAILED
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left < 60
        assert interval == 30
        signal.raise_signal(signal.SIGALRM)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
    assert rung == ["theirs"]


def test_a_rule_that_was_stopped_with_its_process_still_has_half_its_time():
    """The first tick alone, whenever it comes, ends no rule that used nothing of the processor."""
    made = rule(seconds=60)(is_quick)
    with rule_timer.Timer(lambda *_: None)() as begin:
        begin(made)
        signal.raise_signal(signal.SIGALRM)
        with pytest.raises(Overrun):
            signal.raise_signal(signal.SIGALRM)


def test_an_alarm_between_rules_is_nobodys():
    with rule_timer.Timer(lambda *_: None)():
        signal.raise_signal(signal.SIGALRM)
        signal.raise_signal(signal.SIGALRM)


def test_in_another_thread_a_rule_is_judged_when_it_is_over():
    found = []
    thread = threading.Thread(target=lambda: found.extend([apply(is_quick), apply(is_deaf)]))
    thread.start()
    thread.join()
    assert found[0].accepted
    assert found[1].detail == "rule is_deaf ran longer than 0.02 s"


def test_a_slow_rule_is_told_of():
    told = []
    apply(is_quick, is_deaf, seconds=60, told=lambda name, seconds: told.append((name, seconds > 0)), slow=0.1)
    assert told == [("is_deaf", True)]


async def test_an_event_loop_goes_on():
    """A loop that handles signals is woken by ours, and takes no harm from it."""
    loop = asyncio.get_running_loop()
    seen: asyncio.Future[None] = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, lambda: seen.set_result(None))
    try:
        assert apply(loops).review is Reason.RULE_FAILED
        await asyncio.sleep(0)
        signal.raise_signal(signal.SIGUSR1)
        await asyncio.wait_for(seen, 30)
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
