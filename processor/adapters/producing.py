"""Producing messages to a topic, each one's delivery confirmed by all in-sync replicas."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import confluent_kafka

from processor.adapters import kafka_client, kafka_cluster
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from processor.config import Settings
    from processor.core.files.producer_record import ProducerRecord

DELIVERY_TIMEOUT = 30.0
"""Seconds that a message may wait for its confirmation: longer than a broker takes to restart."""

WINDOW = 10_000
"""Messages that may wait for their confirmation at once: as many may be sent again after a broken run."""

LAST_LOOK = 2.0
"""Seconds that what was handed over may still take once producing has failed."""

TICK = 0.1


@dataclass(frozen=True, slots=True)
class Delivery:
    """How producing ended.

    Attributes:
        confirmed: messages that all in-sync replicas have.
        resume_line: the line of the first message that is not confirmed; None where all are. Some behind it may be.
        failure: why it ended early; None where all messages were produced.
    """

    confirmed: int
    resume_line: int | None
    failure: errors.UntunedError | None


def limit(settings: Settings, topic: str) -> int:
    """Bytes that one message on the topic may have.

    Raises:
        Misconfigured: the topic does not exist.
        Unavailable: no Kafka.
    """
    with kafka_cluster.Cluster(settings) as cluster:
        return int(cluster.require([topic])[topic].settings["max.message.bytes"])


def send(
    settings: Settings,
    topic: str,
    records: Iterable[ProducerRecord],
    *,
    max_bytes: int,
    rate: float | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Delivery:
    """Produce the records in their order and wait for every confirmation, until one fails.

    Equal keys go to the same partition as with Kafka's Java client and the worker's (murmur2).

    Args:
        settings: where Kafka is.
        topic: the full name of a topic that exists.
        records: taken one by one; an `UntunedError` that it raises ends the producing as `failure`.
        max_bytes: the topic's `limit`.
        rate: messages per second at the most; None as fast as it goes.
        progress: called now and then with the number of confirmed messages.
    """
    sender = _Sender(settings, topic, max_bytes, progress)
    try:
        _hand_over(sender, records, rate)
        sender.wait()
    except errors.UntunedError as error:
        sender.failure = sender.failure or error
    except KeyboardInterrupt:
        sender.failure = errors.UntunedError("interrupted")
    sender.end()
    return Delivery(sender.confirmed, sender.resume_line, sender.failure)


def _hand_over(sender: _Sender, records: Iterable[ProducerRecord], rate: float | None) -> None:
    started = time.monotonic()
    for number, record in enumerate(records):
        sender.next_line = record.line
        while rate is not None and (early := started + number / rate - time.monotonic()) > 0:
            sender.poll(min(early, TICK))
        sender.send(record)
        if sender.failure is not None:
            return


@dataclass
class _Sender:
    """One producer and what became of its messages so far. `next_line` is the first that was not handed over."""

    settings: Settings
    topic: str
    max_bytes: int
    progress: Callable[[int], None]
    confirmed: int = 0
    next_line: int = 1
    failure: errors.UntunedError | None = None
    _waiting: dict[int, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._producer = kafka_client.connect(
            confluent_kafka.Producer,
            self.settings,
            enable_idempotence=True,  # with it, acks=all: a retried request stores no message twice
            partitioner="murmur2_random",
            message_max_bytes=max(1000, self.max_bytes),  # a batch may not be larger either
            message_timeout_ms=int(DELIVERY_TIMEOUT * 1000),
            queue_buffering_max_messages=WINDOW,
            queue_buffering_max_kbytes=64 * 1024,
        )

    @property
    def resume_line(self) -> int | None:
        return next(iter(self._waiting), None if self.failure is None else self.next_line)

    def send(self, record: ProducerRecord) -> None:
        self._waiting[record.line] = None
        self.next_line = record.line + 1
        while self.failure is None:
            try:
                self._producer.produce(
                    self.topic,
                    record.value,
                    record.key,
                    headers=list(record.headers),
                    on_delivery=partial(self._delivered, record.line),
                )
            except BufferError:
                self.poll(TICK)  # the queue is full; every message leaves it within DELIVERY_TIMEOUT
            except confluent_kafka.KafkaException as error:
                self.failure = kafka_client.translate(error.args[0], self.settings)
            else:
                self.poll(0)
                return

    def poll(self, seconds: float) -> None:
        if self._producer.poll(seconds):
            self.progress(self.confirmed)

    def wait(self) -> None:
        while self._waiting and self.failure is None:
            self.poll(TICK)

    def end(self) -> None:
        """After a failure: a last chance for what was handed over, then the rest is taken back."""
        if self.failure is not None:
            self._producer.flush(LAST_LOOK)
            self._producer.purge()
            self._producer.flush(0)
        self.progress(self.confirmed)

    def _delivered(self, line: int, error: Any, _: Any) -> None:
        if error is None:
            self.confirmed += 1
            del self._waiting[line]
        elif self.failure is None:
            self.failure = kafka_client.translate(error, self.settings)
