"""How a worker is made of its parts, and run."""

from __future__ import annotations

import contextlib
import functools
import gc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from processor import app, gated
from processor.adapters import (
    flight,
    gate,
    health,
    journal,
    kafka_cluster,
    live_tasks,
    memory,
    process,
    registry,
    sending,
    settler,
    stream,
    telemetry,
    watchdog,
)
from processor.core import errors, routing
from processor.core.delivery import needs
from processor.core.diagnosis import Deadlines
from processor.core.views import health as health_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.config import Settings
    from processor.core.records import (
        Provenance,
        Result,
        Retry,
        Review,
        Wait,
        Work,
    )
    from processor.core.topics import Existing

WINDOW = 2048
"""Offsets that a partition may run ahead of its oldest unfinished event, as far as the journal remembers them."""

WINDOW_WITHOUT_JOURNAL = 8
"""The same without a journal, where a crash repeats them: in multiples of the concurrency."""

LATE = 5.0
"""Seconds that the watchdog leaves a shutdown beyond those in which it ends itself."""


def create_worker(
    settings: Settings,
    tasks: live_tasks.LiveTasks,
    schemas: registry.Registry | None,
    topics: Mapping[str, Existing],
    story: telemetry.Story,
) -> stream.Worker:
    """A worker, not yet started; `schemas` as of `create_wire`, `topics` are all that it needs, as they are."""
    options = _options(settings, {name: int(topic.settings["max.message.bytes"]) for name, topic in topics.items()})
    worker = stream.create(options, story, telemetry.logging_config(settings.log_format, settings.log_level))
    send, codec = sending.sender(worker), app.create_wire(settings, lambda _: None, schemas)
    gates = gated.create_gates(settings, tasks.limits, story)
    kept = journal.Journal(settings, sending.appender(worker)) if settings.journal else None
    ask = gated.models(app.create_models(settings, story), gates, tasks.prices)
    worker.memory = memory.Memory(kept, settings.journal or _window(settings), ask, story.warn, flight.current)
    retriever = functools.cache(lambda: gated.create_retriever(settings, app.create_embedder(settings), gates))
    if any(task.definition.retrieval for task in tasks.current().values()):
        retriever()
    retrieve = gated.retrieve(retriever, gates)
    decode = gated.decode(codec, gates)
    pipeline = app.create_pipeline(settings, tasks.find, decode, retrieve, worker.memory.complete, story)

    async def publish(decision: Result | Retry | Review) -> None:
        outgoing = codec.encode(decision, now=datetime.now(UTC))
        await send(settings.topic(outgoing.kind), outgoing.key, outgoing.value, outgoing.headers)

    def parks(work: Work, met: Wait | None) -> Provenance | None:
        away = gates.open_circuits()
        alone = met is not None and met.broken and met.dependency not in away
        if not ((away or alone) and worker.flight.pressed):
            return None
        if not needs.keeps_others(tasks.current(), work, away, alone=alone):
            return None
        return routing.provenance(work, tasks.find(work.event.task))

    settle = settler.Settler(pipeline, publish, worker.memory, story, parks, gates.answered, worker.pulse.sleep).settle
    worker.flight = flight.Flight(settle, flight.Bounds.of(settings.concurrency, _window(settings)))
    needed = {name: int(topic.settings["min.insync.replicas"]) for name, topic in topics.items()}
    watch = create_watchdog(settings, worker, gates, needed, story)
    worker.watch = watch.start
    worker.beside = tuple(_beside(settings, tasks, gates, worker, watch))
    return worker


def _window(settings: Settings) -> int:
    if not settings.journal:
        return WINDOW_WITHOUT_JOURNAL * settings.concurrency
    # Of each partition number two topics are read, and both are in one journal.
    return max(1, min(WINDOW, settings.journal // len(app.READ_TOPICS)))


def _options(settings: Settings, limits: Mapping[str, int]) -> stream.Options:
    return stream.Options(
        servers=settings.kafka,
        group=settings.group,
        topics=tuple(settings.topic(kind) for kind in app.READ_TOPICS),
        delayed=frozenset({settings.topic("retry")}),
        limits=limits,
        datadir=settings.state_dir / "faust",
        concurrency=settings.concurrency,
        grace=settings.grace,
        credentials=stream.credentials(
            protocol=settings.kafka_security_protocol,
            mechanism=settings.kafka_sasl_mechanism,
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            cafile=settings.kafka_ca,
        ),
    )


def _kinds(settings: Settings) -> tuple[str, ...]:
    """The topics that a worker needs."""
    return (*app.ALL_TOPICS, "journal") if settings.journal else app.ALL_TOPICS


def create_watchdog(
    settings: Settings, worker: stream.Worker, gates: gate.Gates, needed: Mapping[str, int], story: telemetry.Story
) -> watchdog.Watchdog:
    """What ends the worker's process where it is stuck, not yet started; `needed` as of `watchdog.broker_answers`."""
    deadlines = Deadlines(stop=settings.grace + stream.LEAVE + LATE).times(settings.watchdog or 1.0)
    return watchdog.Watchdog(
        functools.partial(worker.pulse.observe, worker, lambda: gates.busy),
        functools.partial(watchdog.broker_answers, settings, needed),
        story.warn,
        deadlines,
        ends=settings.watchdog > 0,
    )


def _beside(
    settings: Settings,
    tasks: live_tasks.LiveTasks,
    gates: gate.Gates,
    worker: stream.Worker,
    watch: watchdog.Watchdog,
) -> Iterator[stream.Beside]:
    """What a worker does beside its events: it looks for changed tasks, and tells how it is."""

    def state() -> dict[str, Any]:
        return health_view.report(
            watch.vitals,
            watch.history,
            watch.deadlines,
            broker=watch.broker,
            gates=gates.report(),
            tasks=tasks.report(),
        )

    if settings.reload:
        yield functools.partial(tasks.watch, settings.reload)
    if settings.health_port is not None:
        listener = health.listen(settings.health_host, settings.health_port)
        yield functools.partial(
            health.serve,
            listener,
            state,
            lambda address: worker.story.note("health", address=address),
        )


def _topics(settings: Settings) -> dict[str, Existing]:
    """The topics that a worker needs; all must be there, the journal with a place for each event.

    Raises:
        Misconfigured: a topic is missing, or the journal has fewer partitions than what is read.
    """
    kinds = _kinds(settings)
    with kafka_cluster.Cluster(settings) as cluster:
        found = cluster.require(settings.topic(kind) for kind in kinds)
    if settings.journal:
        kept = found[settings.topic("journal")].partitions
        for topic in map(settings.topic, app.READ_TOPICS):
            if found[topic].partitions > kept:
                told = f"{settings.topic('journal')} has {kept} partitions, and {topic} has {found[topic].partitions}"
                raise errors.Misconfigured("kafka", f"{told}: raise them with `untuned topics --alter --partitions N`")
    return found


def run(settings: Settings) -> NoReturn:
    """Check what can be checked before anything is consumed, then work until a signal ends it.

    Raises:
        DefinitionError: a task is broken, or its results do not fit their subject in the schema registry.
        UsageError: the key of a model that a step names is not set, or the port of /health is taken.
        Unavailable: no Kafka or no schema registry at the address.
        Misconfigured: a topic does not exist, or a login is refused.
    """
    story = telemetry.Story(contents=settings.log_contents)
    schemas = app.create_registry(settings)
    with contextlib.closing(schemas) if schemas else contextlib.nullcontext():
        tasks = app.create_tasks(settings, schemas, story)
        worker = create_worker(settings, tasks, schemas, _topics(settings), story)
        # What is there now stays: the garbage collector need not walk through all of it again and again.
        gc.collect()
        gc.freeze()
        process.run(worker)
