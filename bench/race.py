"""One run: events are waiting on fresh topics, a process starts, and its results are watched until the last."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import confluent_kafka
import psutil

from bench.figures import Sample, Trace
from processor.adapters import topics
from processor.core import errors
from processor.local.job import tail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from processor.config import Settings

TASK = "sort"
TEXT = "Hello, I ordered a new card ten days ago and it has not come. Where is it, and can I pay online meanwhile? ({})"

PATIENCE = 60.0
"""Seconds without a new result after which a run has failed."""

LOOK_EVERY = 0.1
STOP_GRACE = 30.0


def prepare(settings: Settings, count: int) -> None:
    """Fresh topics with `count` events waiting."""
    topics.ensure(settings)
    with confluent_kafka.Producer({"bootstrap.servers": settings.kafka}) as producer:
        for number in range(count):
            event = {"id": f"event-{number}", "task": TASK, "input": {"text": TEXT.format(number)}}
            producer.produce(settings.topic("tasks"), json.dumps(event).encode(), key=str(number).encode())
        if producer.flush(PATIENCE):
            raise errors.Unavailable("kafka", "the broker did not take the bench's events")


def run(command: Sequence[str], environment: Mapping[str, str], settings: Settings, count: int, log: Path) -> Trace:
    """Start the process and watch its results; it is stopped by its own id at the end, however that comes.

    Raises:
        UntunedError: it ended, or stopped giving results; with the last lines of its log.
    """
    consumer = _reader(settings)
    started = time.time()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        results, samples = _watch(consumer, psutil.Process(process.pid), process, count, log)
    finally:
        consumer.close()
        _stop(process)
    return Trace(started, tuple(sorted(results)), tuple(samples))


def _watch(
    consumer: confluent_kafka.Consumer, seen: psutil.Process, process: subprocess.Popen[bytes], count: int, log: Path
) -> tuple[list[float], list[Sample]]:
    results: list[float] = []
    samples: list[Sample] = []
    looked = 0.0
    moved = time.monotonic()
    while len(results) < count:
        found = consumer.consume(count, LOOK_EVERY / 2)
        results += [message.timestamp()[1] / 1000 for message in found if message.error() is None]
        now = time.monotonic()
        moved = now if found else moved
        if process.poll() is not None or now - moved > PATIENCE:
            raise errors.UntunedError(f"{len(results)} of {count} results came, then none; its log ends:\n{tail(log)}")
        if len(results) == count or now - looked > LOOK_EVERY:
            looked = now
            samples.append(_look(seen, len(results)))
    return results, samples


def _look(seen: psutil.Process, results: int) -> Sample:
    family = [seen, *seen.children(recursive=True)]
    times = [each.cpu_times() for each in family]
    return Sample(
        results, sum(each.user + each.system for each in times), sum(each.memory_info().rss for each in family)
    )


def _reader(settings: Settings) -> confluent_kafka.Consumer:
    """Reads the results topic from its beginning."""
    name = settings.topic("results")
    # Few, large fetches: the reader shares the machine with whom it watches.
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": settings.kafka, "group.id": "bench", "fetch.wait.max.ms": 100, "fetch.min.bytes": 65536}
    )
    partitions = consumer.list_topics(name, PATIENCE).topics[name].partitions
    consumer.assign([confluent_kafka.TopicPartition(name, number, 0) for number in partitions])
    return consumer


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
