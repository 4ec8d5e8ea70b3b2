"""The watchdog: a thread beside the worker's event loop that ends a process which will not mend itself.

Faust and aiokafka can stop without dying (faust-streaming issues 175, 523 and 532 tell of it): nothing is read any
more, and nothing is raised. The thread looks every second, in the loop itself, at what the worker shows; what that
means is decided in `core.diagnosis`. Before it blames the worker for what an outage of the broker does, too, it asks
the broker.

It counts only the seconds in which it ran itself: a process that was stopped, or a machine that slept, owes nothing.
Code that holds the interpreter's lock would stop the thread as well; then a timer of the operating system, which the
thread sets back at every look, ends the process (SIGVTALRM) after it has printed where its threads are.
"""

from __future__ import annotations

import faulthandler
import functools
import logging
import os
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

import confluent_kafka

from processor.adapters import kafka_client
from processor.core import diagnosis, exit_codes
from processor.core.diagnosis import NEEDS_BROKER, Trouble
from processor.core.vitals import Vitals

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence

    from processor.config import Settings
    from processor.core.diagnosis import Complaint, Deadlines, History

TELLING = 2.0
"""Seconds that the last words may take: what hangs may hold the log."""

LEAST_PROCESSOR_SECONDS = 15.0
"""Of the whole process between two looks, before the timer ends it."""


class Watchdog:
    """Watches one worker from `start` on, to the end of the process.

    Attributes:
        deadlines: how long each trouble may last.
        vitals: what was last observed.
        history: what was wrong with that, and for how long.
        broker: whether the broker answers, where there was a reason to ask.
    """

    def __init__(
        self,
        observe: Callable[[], Vitals],
        broker_answers: Callable[[], bool],
        warn: Callable[..., None],
        deadlines: Deadlines,
        *,
        ends: bool = True,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        """Nothing runs yet.

        Args:
            observe: called in the worker's loop.
            broker_answers: called in a thread of its own; may hang.
            warn: writes a line to the log, from a name and fields.
            deadlines: how long each trouble may last.
            ends: whether a complaint ends the process, or is only told.
            end: ends the process at once.
        """
        self._observe = observe
        self._broker_answers = broker_answers
        self._warn = warn
        self.deadlines = deadlines
        self._ends = ends
        self._end = end
        self._interval = min(1.0, deadlines.loop / 30)
        self._answered = True
        self._told: set[diagnosis.Symptom] = set()
        # Between two questions to the broker; one that was not answered by then counts as refused.
        self._ask_every = deadlines.group / 8
        self._since_asked = self._ask_every
        self._asking = False
        self.vitals = Vitals(started=False)
        self.history: History = {}
        self.broker: bool | None = None

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """What has passed its deadline: the process is about to end."""
        return diagnosis.diagnose(self.history, self.deadlines)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch from now on; `loop` need not run yet."""
        if self._ends:
            faulthandler.register(signal.SIGVTALRM, all_threads=True, chain=True)
        _in_thread(functools.partial(self._watch, loop))

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            before = time.monotonic()
            time.sleep(self._interval)
            try:
                self.look(loop, min(time.monotonic() - before, 2 * self._interval))
            except Exception as defect:  # noqa: BLE001 - a watchdog that dies of its own defect watches no more
                self._warn("the watchdog stumbled", error=repr(defect))

    def look(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Look once, `seconds` after the last time, and end the process where a deadline has passed."""
        self._set_timer()
        answered = self._answered
        self.history = diagnosis.after(self.history, self.vitals, seconds, answered=answered)
        if answered:
            self._ping(loop)
        self._since_asked += seconds
        self._consider_broker()
        self._complain([each for each in self.complaints if self.broker or each.symptom.trouble not in NEEDS_BROKER])

    def _ping(self, loop: asyncio.AbstractEventLoop) -> None:
        self._answered = False
        try:
            loop.call_soon_threadsafe(self._in_loop)
        except RuntimeError:  # closed: what is left is the end of the shutdown
            self.vitals = Vitals(stopping=True)
            self._answered = True

    def _in_loop(self) -> None:
        try:
            self.vitals = self._observe()
        except Exception as defect:  # noqa: BLE001 - the loop does answer
            self._warn("the worker could not be observed", error=repr(defect))
        self._answered = True

    def _consider_broker(self) -> None:
        if not diagnosis.suspects_broker(self.history, 0):
            self.broker = None
        elif (
            diagnosis.suspects_broker(self.history, self.deadlines.group / 12) and self._since_asked >= self._ask_every
        ):
            if self._asking:
                self.broker = False
            self._since_asked, self._asking = 0.0, True
            _in_thread(self._ask)
        if self.broker is False:
            self.history = diagnosis.without_broker(self.history)

    def _ask(self) -> None:
        self.broker = self._broker_answers()
        self._asking = False

    def _complain(self, complaints: Sequence[Complaint]) -> None:
        new = [each for each in complaints if each.symptom not in self._told]
        self._told = {each.symptom for each in complaints}
        if not self._ends and new:
            self._warn("the worker is stuck", reasons=[str(each) for each in new])
        if not self._ends or not complaints:
            return
        _in_thread(functools.partial(self._last_words, complaints)).join(TELLING)
        self._end(exit_codes.BROKEN)

    def _last_words(self, complaints: Sequence[Complaint]) -> None:
        stuck = any(each.symptom.trouble in {Trouble.LOOP, Trouble.STOP} for each in complaints)
        where = {"at": _main_thread()} if stuck else {}
        self._warn(
            "the watchdog ends the worker",
            reasons=[str(each) for each in complaints],
            exit_code=exit_codes.BROKEN,
            **where,
        )
        for handler in logging.root.handlers:
            handler.flush()

    def _set_timer(self) -> None:
        if self._ends:
            limit = max(2 * self.deadlines.loop, LEAST_PROCESSOR_SECONDS)
            signal.setitimer(signal.ITIMER_VIRTUAL, limit)


def _in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, name="watchdog", daemon=True)
    thread.start()
    return thread


def _main_thread() -> list[str]:
    """Where the main thread is, the innermost call last; places in the code and no values."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - its public name
    return [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_stack(frame)[-12:]]


def broker_answers(settings: Settings, needed: Mapping[str, int]) -> bool:
    """Whether the broker answers, with the group's coordinator and the leaders of all partitions, and takes messages.

    `needed` says of each topic how many in-sync replicas a write needs; with fewer the producer waits.

    It is asked with a consumer: an AdminClient's questions to the coordinator can crash the process where a connection
    breaks (librdkafka pull request 5397).
    """
    consumer = kafka_client.reader(settings)
    try:
        found = [consumer.list_topics(topic, kafka_client.TIMEOUT).topics[topic] for topic in needed]
        if not all(takes_messages(topic, needed[topic.topic]) for topic in found):
            return False
        partitions = [
            confluent_kafka.TopicPartition(topic.topic, number) for topic in found for number in topic.partitions
        ]
        consumer.committed(partitions, kafka_client.TIMEOUT)
        for partition in partitions:
            consumer.get_watermark_offsets(partition, kafka_client.TIMEOUT)
    except confluent_kafka.KafkaException:
        return False
    finally:
        consumer.close()
    return bool(partitions)


def takes_messages(topic: Any, needed: int) -> bool:
    """Whether all partitions of a topic, by the client's metadata, have the in-sync replicas that a write needs."""
    return all(len(partition.isrs) >= needed for partition in topic.partitions.values())
