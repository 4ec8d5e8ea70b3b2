"""The composition root: every part is made and wired here, from frozen settings; nothing happens at import."""

from __future__ import annotations

import contextlib
import functools
import gc
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from processor import config
from processor.adapters import (
    embeddings,
    flight,
    health,
    kafka_cluster,
    live_tasks,
    model,
    openai_client,
    project,
    registry,
    retrieval,
    rule_timer,
    settler,
    stream,
    telemetry,
    watchdog,
    wire,
)
from processor.checking import prompts
from processor.core import errors, models
from processor.core.views import health as health_view
from processor.core.vitals import Deadlines
from processor.core.wire import written
from processor.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from processor.config import Settings
    from processor.core.contracts.contract import Contract
    from processor.core.records import Result, Retry, Review
    from processor.core.task import Task

READ_TOPICS = ("tasks", "retry")
ALL_TOPICS = ("tasks", "retry", "results", "review", "decisions")

LATE = 5.0
"""Seconds that the watchdog leaves a shutdown beyond those in which it ends itself."""


def create_registry(settings: Settings) -> registry.Registry | None:
    """The schema registry, where one is set."""
    return registry.Registry(settings.registry) if settings.registry else None


def written_schemas(settings: Settings, tasks: Mapping[str, Task]) -> tuple[written.Written, ...]:
    """The schemas that workers write with."""
    contracts = {name: task.contract for name, task in tasks.items()}
    return tuple(written.of(contracts, wire.envelope, settings.topic))


def create_wire(
    settings: Settings, contract_of: Callable[[str], Contract | None], schemas: registry.Registry | None = None
) -> wire.Wire:
    """What turns messages into records and back; `schemas` is the registry, if it is there already."""
    return wire.Wire(
        contract_of,
        wire_format=settings.wire_format,
        registry=schemas or create_registry(settings),
        topic=settings.topic,
        source=f"/untuned/{settings.topic_prefix}",
    )


def create_embedder(settings: Settings) -> embeddings.Embedder:
    """The embedding model."""
    key = settings.embedding_key.get_secret_value()
    client = openai_client.connect(settings.embedding, key, settings.openai_timeout)
    return embeddings.Embedder(client, settings.embedding_model)


def create_models(settings: Settings, story: telemetry.Story) -> model.Models:
    """The chat models: the default one, and those that steps name."""
    key = settings.openai_key.get_secret_value()
    default = model.Default(settings.openai, key, settings.openai_model, settings.openai_timeout)
    return model.Models(default, functools.partial(config.secret, settings.project), story.warn)


def create_pipeline(
    settings: Settings, find_task: Callable[[str], Task], decode: Any, story: telemetry.Story
) -> Pipeline:
    """The way of one event, over the real adapters."""
    embedder = create_embedder(settings)
    retriever = retrieval.Retriever(
        url=settings.weaviate,
        grpc=settings.weaviate_grpc,
        api_key=settings.weaviate_key.get_secret_value(),
        embed=embedder.embed,
        embedding_model=settings.embedding_model,
    )
    chat = create_models(settings, story)
    return Pipeline(
        decode=decode,
        find_task=find_task,
        retrieve=retriever.retrieve,
        complete=chat.complete,
        clock=time.monotonic,
        prefix=settings.topic_prefix,
        guard=rule_timer.Timer(lambda name, took: story.warn("rule_slow", rule=name, seconds=round(took, 3))),
    )


def create_tasks(settings: Settings, schemas: registry.Registry | None, story: telemetry.Story) -> live_tasks.LiveTasks:
    """The project's tasks, as they are now and as they change.

    Raises:
        DefinitionError: a task is broken, or its results do not fit their subject in the schema registry.
        UsageError: the key of a model that a step names is not set.
        Unavailable, Misconfigured: no schema registry at the address, or it refuses us.
    """

    def verify(tasks: Mapping[str, Task]) -> None:
        named = (endpoint for task in tasks.values() for endpoint in task.endpoints.values())
        if missing := models.missing_keys(named, functools.partial(config.secret, settings.project)):
            raise errors.UsageError("; ".join(missing))
        for task in tasks.values():
            prompts.try_one(task, settings.project)
        if schemas and settings.wire_format == "avro":
            schemas.announce(written_schemas(settings, tasks))

    return live_tasks.LiveTasks(project.Project(settings.project), verify, story)


def create_worker(
    settings: Settings, tasks: live_tasks.LiveTasks, schemas: registry.Registry | None, story: telemetry.Story
) -> stream.Worker:
    """A worker, not yet started; `schemas` as of `create_wire`."""
    logging_config = telemetry.logging_config(settings.log_format, settings.log_level)
    codec = create_wire(settings, lambda _: None, schemas)
    pipeline = create_pipeline(settings, tasks.find, codec.decode, story)

    async def publish(decision: Result | Retry | Review) -> None:
        outgoing = codec.encode(decision, now=datetime.now(UTC))
        await send(settings.topic(outgoing.kind), outgoing.key, outgoing.value, outgoing.headers)

    settle = settler.Settler(pipeline.handle, publish, story).settle
    options = stream.Options(
        servers=settings.kafka,
        group=settings.group,
        topics=tuple(settings.topic(kind) for kind in READ_TOPICS),
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
    worker = stream.create(options, flight.Flight(settle, settings.concurrency), story, logging_config)
    send = stream.sender(worker)
    watch = create_watchdog(settings, worker, story)
    worker.watch = watch.start
    worker.beside = tuple(_beside(settings, tasks, worker, watch))
    return worker


def create_watchdog(settings: Settings, worker: stream.Worker, story: telemetry.Story) -> watchdog.Watchdog:
    """What ends the worker's process where it is stuck, not yet started."""
    deadlines = Deadlines(stop=settings.grace + stream.LEAVE + LATE).times(settings.watchdog or 1.0)
    topics = [settings.topic(kind) for kind in READ_TOPICS]
    return watchdog.Watchdog(
        functools.partial(worker.pulse.observe, worker),
        functools.partial(watchdog.broker_answers, settings, topics),
        story.warn,
        deadlines,
        ends=settings.watchdog > 0,
    )


def _beside(
    settings: Settings, tasks: live_tasks.LiveTasks, worker: stream.Worker, watch: watchdog.Watchdog
) -> Iterator[stream.Beside]:
    """What a worker does beside its events: it looks for changed tasks, and tells how it is."""
    if settings.reload:
        yield functools.partial(tasks.watch, settings.reload)
    if settings.health_port is not None:
        listener = health.listen(settings.health_host, settings.health_port)
        yield functools.partial(
            health.serve,
            listener,
            lambda: health_view.report(
                watch.vitals, watch.history, watch.deadlines, broker=watch.broker, gates={}, tasks=tasks.report()
            ),
            lambda address: worker.story.note("health", address=address),
        )


def run_worker(settings: Settings) -> NoReturn:
    """Check what can be checked before anything is consumed, then work until a signal ends it.

    Raises:
        DefinitionError: a task is broken, or its results do not fit their subject in the schema registry.
        UsageError: the key of a model that a step names is not set, or the port of /health is taken.
        Unavailable: no Kafka or no schema registry at the address.
        Misconfigured: a topic does not exist, or a login is refused.
    """
    story = telemetry.Story(contents=settings.log_contents)
    schemas = create_registry(settings)
    with contextlib.closing(schemas) if schemas else contextlib.nullcontext():
        tasks = create_tasks(settings, schemas, story)
        with kafka_cluster.Cluster(settings) as cluster:
            cluster.require(settings.topic(kind) for kind in ALL_TOPICS)
        worker = create_worker(settings, tasks, schemas, story)
        # What is there now stays: the garbage collector need not walk through all of it again and again.
        gc.collect()
        gc.freeze()
        stream.run(worker)
