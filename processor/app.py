"""The composition root: every part is made and wired here, from frozen settings; nothing happens at import.

The client of the models is imported where it is made: whoever asks no model starts in half the time without it.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from processor import config
from processor.adapters import live_tasks, project, registry, rule_timer, telemetry, wire
from processor.checking import prompts
from processor.core import errors, models
from processor.core.wire import written
from processor.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from processor.adapters import embeddings, model
    from processor.config import Settings
    from processor.core.contracts.contract import Contract
    from processor.core.task import Task
    from processor.pipeline import Clock, Complete, Decode, FindTask, Retrieve

READ_TOPICS = ("tasks", "retry")
ALL_TOPICS = ("tasks", "retry", "results", "review", "decisions")


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
    from processor.adapters import embeddings, openai_client

    key = settings.embedding_key.get_secret_value()
    client = openai_client.connect(settings.embedding, key, settings.openai_timeout)
    return embeddings.Embedder(client, settings.embedding_model)


def create_models(settings: Settings, story: telemetry.Story) -> model.Models:
    """The chat models: the default one, and those that steps name."""
    from processor.adapters import model

    key = settings.openai_key.get_secret_value()
    default = model.Default(settings.openai, key, settings.openai_model, settings.openai_timeout)
    return model.Models(default, functools.partial(config.secret, settings.project), story.warn)


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


def create_pipeline(
    settings: Settings,
    find_task: FindTask,
    decode: Decode,
    retrieve: Retrieve,
    complete: Complete,
    story: telemetry.Story,
    clock: Clock = time.monotonic,
) -> Pipeline:
    """The way of one event; `retrieve` and `complete` ask what is outside."""
    return Pipeline(
        decode=decode,
        find_task=find_task,
        retrieve=retrieve,
        complete=complete,
        clock=clock,
        prefix=settings.topic_prefix,
        guard=rule_timer.Timer(lambda name, took: story.warn("rule_slow", rule=name, seconds=round(took, 3))),
    )
