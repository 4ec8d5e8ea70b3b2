"""Produces the events of a case, and watches which are settled, to know how far the case is."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import confluent_kafka

from tests.faults import project, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

QUIET = logging.getLogger("tests.faults.kafka")
"""Brokers go away here all the time: the client's complaints are no news."""

QUIET.setLevel(logging.CRITICAL)


class Feeder:
    """Sends events straight to the broker; what it has sent is delivered once the broker is there.

    Attributes:
        sent: how many messages were handed over.
        next: the number of the next event.
    """

    def __init__(self, servers: str, prefix: str) -> None:
        self._topic = f"{prefix}.tasks"
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": servers,
                "message.max.bytes": 2**24,
                "enable.idempotence": True,
                "message.timeout.ms": 900_000,
                "reconnect.backoff.max.ms": 1000,
                "topic.metadata.refresh.interval.ms": 2000,
            },
            logger=QUIET,
        )
        self.sent = 0
        self.next = 0

    def events(self, count: int) -> None:
        """The next so many events, each under a key of its own."""
        for _ in range(count):
            name = f"e{self.next}"
            self.message(project.event(self.next), name, key=name.encode())
            self.next += 1

    def message(
        self,
        value: bytes | None,
        ident: str | None,
        *,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
    ) -> None:
        """Any message; with an `ident`, the checker knows it by that, else by where it stands."""
        marked = [*headers, *([(reading.IDENT, ident.encode())] if ident else [])]
        self._producer.produce(self._topic, value, key=key, headers=marked)
        self._producer.poll(0)
        self.sent += 1

    def close(self) -> None:
        """Give up what the broker does not have, and the connections."""
        self._producer.purge()
        self._producer.flush(1)
        del self._producer

    def flush(self, seconds: float = reading.PATIENCE) -> None:
        """Wait until the broker has all.

        Raises:
            TimeoutError: it has not.
        """
        if self._producer.flush(seconds):
            raise TimeoutError("the broker did not take the events")


class Watch(threading.Thread):
    """Follows results, review and retry from the start; only to know how far a case is, the checker reads anew.

    Attributes:
        settled: the events that have an outcome.
        last: when something came, in monotonic seconds.
    """

    def __init__(self, servers: str, prefix: str) -> None:
        super().__init__(name="watch", daemon=True)
        self.settled: set[str] = set()
        self.last = time.monotonic()
        self._over = threading.Event()
        self._client = confluent_kafka.Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": f"{prefix}-watch",
                "fetch.message.max.bytes": 2**25,
            },
            logger=QUIET,
        )
        parts = []
        for kind in ("results", "review", "retry"):
            topic = f"{prefix}.{kind}"
            known = self._client.list_topics(topic, reading.PATIENCE).topics[topic].partitions
            parts += [confluent_kafka.TopicPartition(topic, part, 0) for part in known]
        self._client.assign(parts)

    def run(self) -> None:
        while not self._over.is_set():
            for message in self._client.consume(500, 0.2):
                if message.error() is None:
                    kind = message.topic().rsplit(".", 1)[1]
                    self.last = time.monotonic()
                    if kind in reading.OUTCOMES:
                        self.settled.add(reading.view(kind, message).ident)
        self._client.close()

    def stop(self) -> None:
        """End it; returns when it has."""
        self._over.set()
        self.join()
