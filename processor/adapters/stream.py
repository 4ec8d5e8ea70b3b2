"""Faust, arranged so that nothing is lost under slow calls.

Faust 0.15 commits past a missing head offset and forgets acks of partitions that it gives up before it commits them
(faust-streaming issue 606). Here its acks only say that a message is no longer in hand; what may be committed is the
contiguous prefix that `Flight` has settled, and a rebalance drains and commits before partitions are given up.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import faust
import faust.exceptions
from faust.transport.drivers import aiokafka as driver

from processor.adapters import fetching, sending
from processor.adapters.fence import Fence
from processor.adapters.pulse import Pulse
from processor.core import exit_codes
from processor.core.records import Message, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.adapters.flight import Flight
    from processor.adapters.memory import Memory


REBALANCE_DRAIN = 15.0
"""Seconds that calls in flight get before partitions are given up: the whole group waits for it, so it is short."""

REBALANCE = 30.0
"""Seconds that the coordinator waits for all members (`rebalance.timeout.ms`): the drain, its last deliveries, and the
commit. A member that has just died holds up the group for as long."""


LEAVE = 15.0
"""Seconds that a shutdown may take beyond the grace period, to commit and leave the group."""

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
        try:
            if revoked:
                await self.app.drain(REBALANCE_DRAIN, "rebalance")
        finally:  # empties the buffers: what is in them belongs to no generation any more
            await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        self.app.fence.beat(time.monotonic())
        if not self.app.should_stop:
            self.app.flight.resume()
            self.app.memory.assign({tp.partition for tp in assigned})
        self.app.pulse.begin()
        self.app.story.note("assigned", partitions=sorted(f"{tp.topic}/{tp.partition}" for tp in assigned))
        await super().on_partitions_assigned(assigned, generation_id)


class _Transport(driver.Transport):  # type: ignore[misc]
    Consumer = _Consumer
    Producer = sending.Producer


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
        producer_max_request_size=sending.MAX_MESSAGE,
        producer_max_batch_size=min([sending.MOST_OF_A_BATCH, *options.limits.values()]),
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
