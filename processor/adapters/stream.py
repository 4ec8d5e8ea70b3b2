"""Faust, arranged so that nothing is lost under slow calls.

Faust 0.15 commits past a missing head offset and forgets acks of partitions that it gives up before it commits them
(faust-streaming issue 606). Here its acks only say that a message is no longer in hand; what may be committed is the
contiguous prefix that `Flight` has settled, and a rebalance drains and commits before partitions are given up.
"""

from __future__ import annotations

import asyncio
import faulthandler
import functools
import logging.config
import os
import signal
import ssl
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import aiokafka.errors
import faust
import faust.exceptions
from faust.transport.drivers import aiokafka as driver

from processor.adapters import fetching
from processor.adapters.fence import Fence
from processor.adapters.pulse import Pulse
from processor.core import errors, exit_codes
from processor.core.records import Message, Origin
from processor.core.wire import size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from pathlib import Path

    from processor.adapters.flight import Flight
    from processor.adapters.memory import Memory

MAX_MESSAGE = 16 * 2**20
"""Bytes of the largest message that is read or written; the topics' own limits are at or below it."""


REBALANCE_DRAIN = 15.0
"""Seconds that calls in flight get before partitions are given up: the whole group waits for it, so it is short."""

REBALANCE = 30.0
"""Seconds that the coordinator waits for all members (`rebalance.timeout.ms`): the drain, its last deliveries, and the
commit. A member that has just died holds up the group for as long."""


LEAVE = 15.0
"""Seconds that a shutdown may take beyond the grace period, to commit and leave the group."""

ONE_SIGNAL = 0.5
"""Seconds in which signals are one: a terminal and whoever started the worker may both send it."""

SESSION = 10.0
"""Seconds after which the group gives a worker up that it has not heard of (`session.timeout.ms`)."""


Beside = Callable[[], Coroutine[Any, Any, NoReturn]]
"""Starts what runs in the worker's loop for as long as it does."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to reach the broker and how to behave there. Times are in seconds.

    `delayed` names those of the `topics` whose messages may have to wait for their time, `limits` has the bytes that a
    message may have, by topic.
    """

    servers: str
    group: str
    topics: tuple[str, ...]
    delayed: frozenset[str]
    limits: Mapping[str, int]
    datadir: Path
    concurrency: int
    grace: float
    credentials: Any = None


class _Consumer(fetching.Consumer):
    """Commits what `Flight` has settled, and nothing else."""

    def _new_offset(self, tp: Any) -> int | None:
        # Faust keeps its list of acks for this decision; it is not used for it, so it must not grow.
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self.app.flight.committable((tp.topic, tp.partition))  # type: ignore[no-any-return]

    async def _commit_offsets(self, offsets: Any, start_new_transaction: bool = True) -> bool:
        before = {tp: self._committed_offset[tp] for tp in offsets}
        done: bool = await super()._commit_offsets(offsets, start_new_transaction)
        if not done:
            # Faust takes a commit that failed for done, and would not repeat it before more is settled (issue 316).
            self._committed_offset.update(before)
        return done

    async def on_partitions_revoked(self, revoked: Any) -> None:
        if revoked:
            await self.app.drain(REBALANCE_DRAIN, "rebalance")
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        self.app.fence.beat(time.monotonic())
        if not self.app.should_stop:
            self.app.flight.resume()
            self.app.memory.assign({tp.partition for tp in assigned})
        self.app.pulse.begin()
        self.app.story.note("assigned", partitions=sorted(f"{tp.topic}/{tp.partition}" for tp in assigned))
        await super().on_partitions_assigned(assigned, generation_id)


class _Producer(driver.Producer):  # type: ignore[misc]
    """Idempotent: what is sent again after a lost acknowledgement is written once.

    No message is given up, so that none leaves a gap in the sequence. Where it is broken all the same, aiokafka sends
    nothing any more (issue 1017), and the watchdog ends the process.
    """

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class _Transport(driver.Transport):  # type: ignore[misc]
    Consumer = _Consumer
    Producer = _Producer


class Worker(faust.App):  # type: ignore[misc]
    """A Faust app with one agent per topic; made by `create`."""

    options: Options
    flight: Flight
    memory: Memory
    fence: Fence
    story: Any
    beside: tuple[Beside, ...]
    pulse: Pulse
    watch: Callable[[asyncio.AbstractEventLoop], None]

    async def on_start(self) -> None:
        """Start what runs beside the agents, too."""
        await super().on_start()
        for start in self.beside:
            self.add_future(start())

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)

    async def drain(self, seconds: float, why: str) -> None:
        """Finish what is in flight, then commit it; what is late is left to the partitions' next owner."""
        self.consumer.stop_flow()
        late = await self.flight.drain(0.0 if self.fence.holds else seconds)
        if not await self.consumer.commit():  # it may only have waited for a commit that began before the last events
            await self.consumer.commit()
        self.story.note("drained", why=why, cancelled=late)

    async def on_stop(self) -> None:
        """Drain within the grace period before Faust leaves the group.

        With the broker away, Faust would wait for its commit for ever: past the limit the process ends as it is, and
        what is not committed is repeated by the partitions' next owner. After a crash nothing of Faust can be trusted
        to end, and the process does at once.
        """
        if self.crashed:
            self.story.warn("the worker broke", error=type(self.crash_reason).__name__, exit_code=exit_codes.BROKEN)
            os._exit(exit_codes.BROKEN)
        try:
            async with asyncio.timeout(self.options.grace + LEAVE):
                if self._consumer is not None:
                    await self.drain(self.options.grace, "stop")
                await self.memory.close()
                await super().on_stop()
        except TimeoutError:
            self.story.warn("ended without leaving the group", grace=self.options.grace)
            os._exit(exit_codes.BROKEN)


def create(options: Options, story: Any, logging_config: dict[str, Any]) -> Worker:
    """The app, not yet started; its `flight` is to settle what the agents read, its `memory` is told of partitions."""
    options.datadir.mkdir(parents=True, exist_ok=True)
    app = Worker(
        options.group,
        broker=[f"kafka://{server.strip()}" for server in options.servers.split(",")],
        broker_credentials=options.credentials,
        datadir=options.datadir,
        autodiscover=False,
        logging_config=logging_config,
        web_enabled=False,
        worker_redirect_stdouts=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=fetching.MOST_OF_A_PARTITION,
        # A worker that waits out an outage does not poll; past this it would leave the group and never rejoin.
        broker_max_poll_interval=86400.0,
        broker_max_poll_records=100,
        broker_session_timeout=SESSION,
        broker_rebalance_timeout=REBALANCE,
        broker_heartbeat_interval=3.0,
        broker_commit_interval=1.0,
        broker_commit_every=options.concurrency,
        stream_buffer_maxsize=2 * options.concurrency,
        stream_wait_empty=True,
        producer_acks=-1,
        producer_max_request_size=MAX_MESSAGE,
        producer_request_timeout=60.0,
        producer_threaded=False,
    )
    app.options, app.story, app.beside, app.fence = options, story, (), Fence(SESSION)
    app.pulse = Pulse()
    for name in options.topics:
        _read(app, name, delayed=name in options.delayed)
    return app


def credentials(*, protocol: str, mechanism: str, username: str, password: str, cafile: str) -> Any:
    """Faust's credentials for a `security.protocol` of Kafka's clients; None for plain text."""
    context = ssl.create_default_context(cafile=cafile or None) if protocol.endswith("SSL") else None
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(username=username, password=password, mechanism=mechanism, ssl_context=context)
    return None if context is None else faust.SSLCredentials(context=context)


def _read(app: Worker, name: str, *, delayed: bool) -> None:
    topic = app.topic(name, key_serializer="raw", value_serializer="raw", allow_empty=True)

    @app.agent(topic, concurrency=1, name=f"untuned.{name}")  # type: ignore[untyped-decorator]
    async def agent(stream: Any) -> None:
        async for event in stream.noack().events():
            message = _message(event.message)
            with app.pulse.taking(message.origin):
                await app.flight.take(message, event.ack, delayed=delayed)


def _message(found: Any) -> Message:
    origin = Origin(found.topic, found.partition, found.offset, int((found.timestamp or 0) * 1000))
    headers = tuple((name, value or b"") for name, value in found.headers or ())
    return Message(origin, found.key, found.value, headers)


Headers = tuple[tuple[str, bytes], ...]


def sender(app: Worker) -> Callable[[str, bytes | None, bytes, Headers], Awaitable[None]]:
    """A function `(topic, key, value, headers)` that returns once all in-sync replicas have the message.

    It waits while the fence holds and while the broker is away. It raises ValueError where the message is over the
    topic's limit, and Unavailable for any other refusal of the broker.
    """

    async def send(topic: str, key: bytes | None, value: bytes, headers: Headers) -> None:
        await app.fence.passed()
        await _send(app, topic, key, value, None, headers)

    return send


def appender(app: Worker) -> Callable[[str, int, bytes, bytes], Awaitable[None]]:
    """A function `(topic, partition, key, value)`, else as of `sender`, that does not heed the fence."""

    async def append(topic: str, partition: int, key: bytes, value: bytes) -> None:
        await _send(app, topic, key, value, partition, ())

    return append


async def _send(
    app: Worker, topic: str, key: bytes | None, value: bytes, partition: int | None, headers: Headers
) -> None:
    if (found := size.of(key, value, headers)) > (limit := app.options.limits.get(topic, MAX_MESSAGE)):
        # The broker would refuse it, and aiokafka then breaks the sequence of what follows.
        raise ValueError(f"the message of {found} bytes is over the limit of {topic}: {limit}")
    try:
        await app.producer.send_and_wait(topic, key, value, partition, None, list(headers))
    except (aiokafka.errors.KafkaError, faust.exceptions.ProducerSendError) as error:
        _translate(error)


def _translate(error: Exception) -> NoReturn:
    cause = error.__cause__ if isinstance(error, faust.exceptions.ProducerSendError) else error
    raise errors.Unavailable("kafka", f"the broker did not take a message: {type(cause or error).__name__}") from error


class _Process(faust.Worker):  # type: ignore[misc]
    """Handles the signals; leaves logging to the app's own configuration and draws nothing on the terminal."""

    def _setup_logging(self) -> None:
        logging.config.dictConfig(self.app.conf.logging_config)

    def _install_signal_handlers_unix(self) -> None:
        # Faust's SIGUSR1 prints all local variables, events and keys among them, and its SIGUSR2 waits for a debugger.
        self.loop.add_signal_handler(signal.SIGINT, self._on_sigint)
        self.loop.add_signal_handler(signal.SIGTERM, self._on_sigterm)
        self.loop.add_signal_handler(signal.SIGUSR1, functools.partial(faulthandler.dump_traceback, all_threads=True))

    def _schedule_shutdown(self, number: signal.Signals) -> None:
        begun = self._signal_stop_time
        if begun is not None and self.loop.time() - begun > ONE_SIGNAL:
            # Only what was delivered is committed, so whoever reads on loses nothing.
            self.app.story.warn("ended at once, by a second signal", signal=number.name)
            os._exit(128 + number)
        super()._schedule_shutdown(number)


def run(app: Worker) -> NoReturn:
    """Run the worker until a signal ends it; never returns.

    The process exits with `exit_codes.DONE`; with BROKEN after an error in a thread or a task of Faust's own.
    """
    process = _Process(app, quiet=True)
    process.spinner = None
    faulthandler.enable()  # a crash in native code says where, too
    app.watch(process.loop)
    try:
        process.execute_from_commandline()
    except SystemExit as ended:
        if ended.code == exit_codes.DONE:
            raise
        app.story.warn("the worker ended by an error of Faust", exit_code=exit_codes.BROKEN)
    raise SystemExit(exit_codes.BROKEN)
