"""Publishing single messages as they come up, each one's delivery awaited: for what sends now and then, for long."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import confluent_kafka

from processor.adapters import kafka_client
from processor.core import errors, topics
from processor.core.records import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.config import Settings

DELIVERY_TIMEOUT = 15.0
"""Seconds that a message may wait for its confirmation: a broker is restarted in less, and a person waits no longer."""

LAST_LOOK = 5.0
"""Seconds that what was handed over may still take at the end."""

TICK = 0.1

BY_KEY = -1

ROOM = 1024 * 1024
"""Bytes for headers and a batch's own, over the largest message."""


class Publisher:
    """One producer for a process, and a thread that listens for confirmations. Used from one event loop; `close` it."""

    def __init__(self, settings: Settings) -> None:
        """Connect; nothing is awaited from the cluster.

        Raises:
            UsageError: the settings contradict each other.
        """
        self._settings = settings
        self._producer = self._connect()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="publishing", daemon=True)
        self._thread.start()

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: Iterable[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> Origin:
        """Publish a message; where it stands, once all in-sync replicas have it.

        Equal keys go to the same partition as with Kafka's Java client and the worker's (murmur2).

        Args:
            topic: the full name.
            key: as it was produced.
            value: the message.
            headers: in their order.
            partition: where it is to stand, whatever its key.

        Raises:
            Unavailable: there was no confirmation in `DELIVERY_TIMEOUT` seconds; the message may be there all the same.
            Misconfigured: the topic is missing, or the login is refused.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Origin] = loop.create_future()

        def delivered(error: Any, message: Any) -> None:
            loop.call_soon_threadsafe(self._tell, told, error, message)

        try:
            self._producer.produce(
                topic, value, key, BY_KEY if partition is None else partition, delivered, headers=list(headers)
            )
        except BufferError as error:
            raise errors.Unavailable("kafka", "too many messages wait for Kafka: try again in a moment") from error
        except confluent_kafka.KafkaException as error:
            raise self._translated(error.args[0]) from error
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT + LAST_LOOK):
                return await told
        except TimeoutError:  # its producer was given up meanwhile: nobody hears what became of it
            raise errors.Unavailable("kafka", f"Kafka at {self._settings.kafka} confirmed nothing in time") from None

    def close(self) -> None:
        """Wait a little for what was handed over, then let the connection go."""
        self._producer.flush(LAST_LOOK)
        self._closed.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._closed.is_set():
            self._producer.poll(TICK)

    def _tell(self, told: asyncio.Future[Origin], error: Any, message: Any) -> None:
        if told.done():  # whoever waited is gone
            return
        if error is None:
            told.set_result(Origin(message.topic(), message.partition(), message.offset(), message.timestamp()[1]))
        else:
            told.set_exception(self._translated(error))

    def _translated(self, error: Any) -> errors.StageError:
        if error.fatal():  # this producer sends nothing any more
            self._producer = self._connect()
        return kafka_client.translate(error, self._settings)

    def _connect(self) -> Any:
        return kafka_client.connect(
            confluent_kafka.Producer,
            self._settings,
            enable_idempotence=True,  # with it, acks=all: a retried request stores no message twice
            partitioner="murmur2_random",
            linger_ms=0,  # a person waits
            message_max_bytes=topics.RECORD_LIMIT + ROOM,
            message_timeout_ms=int(DELIVERY_TIMEOUT * 1000),
        )
