"""The composition root: every part is made and wired here, from frozen settings; nothing happens at import."""

from __future__ import annotations

import asyncio
import concurrent.futures
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
    gate,
    health,
    journal,
    kafka_cluster,
    live_tasks,
    memory,
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
from processor.core import cost, errors, models, routing
from processor.core.delivery import needs
from processor.core.pacing import budget
from processor.core.views import health as health_view
from processor.core.vitals import Deadlines
from processor.core.wire import written
from processor.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from processor.config import Settings
    from processor.core.contracts.contract import Contract
    from processor.core.records import (
        Completion,
        Message,
        Passage,
        Prompt,
        Provenance,
        Query,
        Result,
        Retry,
        Review,
        Work,
    )
    from processor.core.task import Task
    from processor.pipeline import Complete, Decode, Retrieve

READ_TOPICS = ("tasks", "retry")
ALL_TOPICS = ("tasks", "retry", "results", "review", "decisions")

REGISTRY_THREADS = 2
"""Questions to the schema registry that may wait for their answers at a time."""

WINDOW = 2048
"""Offsets that a partition may run ahead of its oldest unfinished event, as far as the journal remembers them."""

WINDOW_WITHOUT_JOURNAL = 8
"""The same without a journal, where a crash repeats them: in multiples of the concurrency."""

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


def create_gates(settings: Settings, tasks: live_tasks.LiveTasks, story: telemetry.Story) -> gate.Gates:
    """What every call to a dependency waits at until it may start."""
    default = budget.Limits(settings.requests_per_minute, settings.tokens_per_minute, settings.usd_per_minute)

    def limits(dependency: str) -> budget.Limits:
        return default if dependency == "model" else tasks.limits(dependency)

    return gate.Gates(limits, story, slots=settings.concurrency)


def gated_models(
    settings: Settings, gates: gate.Gates, tasks: live_tasks.LiveTasks, story: telemetry.Story
) -> memory.Ask:
    """Asks the models, each at its gate."""
    chat = create_models(settings, story)

    def spent(completion: Completion) -> budget.Spent:
        usd = cost.of_call(completion.usage, completion.model, tasks.prices())
        return budget.Spent(completion.usage.total, None if usd is None else float(usd))

    async def ask(prompt: Prompt, begin: Callable[[], None]) -> Completion:
        async def call() -> Completion:
            begin()
            return await chat.complete(prompt)

        return await gates.call(prompt.endpoint.dependency, call, spent)

    return ask


def gated_retrieve(settings: Settings, gates: gate.Gates) -> Retrieve:
    """Asks Weaviate and the embeddings server, each at its gate."""
    embedder = create_embedder(settings)

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return await gates.call("embeddings", lambda: embedder.embed(texts))

    retriever = retrieval.Retriever(
        url=settings.weaviate,
        grpc=settings.weaviate_grpc,
        api_key=settings.weaviate_key.get_secret_value(),
        embed=embed,
        embedding_model=settings.embedding_model,
    )

    async def retrieve(queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        return await gates.call("weaviate", lambda: retriever.retrieve(queries)) if queries else ()

    return retrieve


def create_pipeline(
    settings: Settings,
    find_task: Callable[[str], Task],
    decode: Decode,
    retrieve: Retrieve,
    complete: Complete,
    story: telemetry.Story,
) -> Pipeline:
    """The way of one event; `retrieve` and `complete` ask what is outside."""
    return Pipeline(
        decode=decode,
        find_task=find_task,
        retrieve=retrieve,
        complete=complete,
        clock=time.monotonic,
        prefix=settings.topic_prefix,
        guard=rule_timer.Timer(lambda name, took: story.warn("rule_slow", rule=name, seconds=round(took, 3))),
    )


def create_decode(codec: wire.Wire, gates: gate.Gates) -> Decode:
    """What is in a message; a schema that is not known yet is asked for beside the loop, at the registry's gate."""
    asking = concurrent.futures.ThreadPoolExecutor(REGISTRY_THREADS, "registry")

    async def decode(message: Message) -> Work:
        if codec.knows(message):
            return codec.decode(message)
        loop = asyncio.get_running_loop()
        return await gates.call("registry", lambda: loop.run_in_executor(asking, codec.decode, message))

    return decode


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
    settings: Settings,
    tasks: live_tasks.LiveTasks,
    schemas: registry.Registry | None,
    limits: Mapping[str, int],
    story: telemetry.Story,
) -> stream.Worker:
    """A worker, not yet started; `schemas` as of `create_wire`, `limits` as of `stream.Options`."""
    options = _options(settings, limits)
    worker = stream.create(options, story, telemetry.logging_config(settings.log_format, settings.log_level))
    send, codec = stream.sender(worker), create_wire(settings, lambda _: None, schemas)
    gates = create_gates(settings, tasks, story)
    kept = journal.Journal(settings, stream.appender(worker)) if settings.journal else None
    ask = gated_models(settings, gates, tasks, story)
    worker.memory = memory.Memory(kept, settings.journal or _window(settings), ask, story.warn, flight.current)
    retrieve = gated_retrieve(settings, gates)
    decode = create_decode(codec, gates)
    pipeline = create_pipeline(settings, tasks.find, decode, retrieve, worker.memory.complete, story)

    async def publish(decision: Result | Retry | Review) -> None:
        outgoing = codec.encode(decision, now=datetime.now(UTC))
        await send(settings.topic(outgoing.kind), outgoing.key, outgoing.value, outgoing.headers)

    def parks(work: Work) -> Provenance | None:
        away = gates.open_circuits()
        if not (away and worker.flight.pressed and needs.keeps_others(tasks.current(), work, away)):
            return None
        return routing.provenance(work, tasks.find(work.event.task))

    settle = settler.Settler(pipeline, publish, worker.memory, story, parks, gates.answered, worker.pulse.sleep).settle
    worker.flight = flight.Flight(settle, flight.Bounds.of(settings.concurrency, _window(settings)))
    watch = create_watchdog(settings, worker, gates, story)
    worker.watch = watch.start
    worker.beside = tuple(_beside(settings, tasks, gates, worker, watch))
    return worker


def _window(settings: Settings) -> int:
    if not settings.journal:
        return WINDOW_WITHOUT_JOURNAL * settings.concurrency
    # Of each partition number two topics are read, and both are in one journal.
    return min(WINDOW, settings.journal // len(READ_TOPICS))


def _options(settings: Settings, limits: Mapping[str, int]) -> stream.Options:
    return stream.Options(
        servers=settings.kafka,
        group=settings.group,
        topics=tuple(settings.topic(kind) for kind in READ_TOPICS),
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
    return (*ALL_TOPICS, "journal") if settings.journal else ALL_TOPICS


def create_watchdog(
    settings: Settings, worker: stream.Worker, gates: gate.Gates, story: telemetry.Story
) -> watchdog.Watchdog:
    """What ends the worker's process where it is stuck, not yet started."""
    deadlines = Deadlines(stop=settings.grace + stream.LEAVE + LATE).times(settings.watchdog or 1.0)
    topics = [settings.topic(kind) for kind in _kinds(settings)]
    return watchdog.Watchdog(
        functools.partial(worker.pulse.observe, worker, lambda: gates.busy),
        functools.partial(watchdog.broker_answers, settings, topics),
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


def _limits(settings: Settings) -> dict[str, int]:
    """The bytes that a message may have, by topic; all topics must be there, the journal with a place for each event.

    Raises:
        Misconfigured: a topic is missing, or the journal has fewer partitions than what is read.
    """
    kinds = _kinds(settings)
    with kafka_cluster.Cluster(settings) as cluster:
        found = cluster.require(settings.topic(kind) for kind in kinds)
    if settings.journal:
        kept = found[settings.topic("journal")].partitions
        for topic in map(settings.topic, READ_TOPICS):
            if found[topic].partitions > kept:
                told = f"{settings.topic('journal')} has {kept} partitions, and {topic} has {found[topic].partitions}"
                raise errors.Misconfigured("kafka", f"{told}: raise them with `untuned topics --alter --partitions N`")
    return {name: int(topic.settings["max.message.bytes"]) for name, topic in found.items()}


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
        worker = create_worker(settings, tasks, schemas, _limits(settings), story)
        # What is there now stays: the garbage collector need not walk through all of it again and again.
        gc.collect()
        gc.freeze()
        stream.run(worker)
