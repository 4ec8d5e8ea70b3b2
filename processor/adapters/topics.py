"""Creating and altering the topics."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from confluent_kafka import KafkaError, admin

from processor.adapters import kafka_client, kafka_cluster
from processor.core import errors
from processor.core import topics as plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.config import Settings
    from processor.core.topics import Difference, Existing, Spec


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one topic. `differences` are those that are still there."""

    name: str
    spec: Spec
    state: Literal["created", "would be created", "as wanted", "altered", "would be altered", "differs"]
    differences: tuple[Difference, ...] = ()


def ensure(
    settings: Settings,
    *,
    partitions: int | None = None,
    replication: int | None = None,
    alter: bool = False,
    dry_run: bool = False,
) -> tuple[Outcome, ...]:
    """Create the topics that are missing; with `alter`, set right what can be on those that are there.

    Args:
        settings: where Kafka is, and the topics' prefix.
        partitions: of each topic; None takes the most that any of the five has, else `plan.DEFAULT_PARTITIONS`.
        replication: copies of each partition; None leaves it to the cluster.
        alter: change what differs and can be changed; without it, differences are only told.
        dry_run: change nothing; the cluster still checks what it would be asked.

    Raises:
        UsageError: the cluster refuses, for one because it has fewer brokers than `replication`.
        Unavailable, Misconfigured: no cluster, or no rights on it.
    """
    names = {spec.kind: settings.topic(spec.kind) for spec in plan.specs(1)}
    with kafka_cluster.Cluster(settings) as cluster:
        existing = cluster.existing(names.values())
        most = max((topic.partitions for topic in existing.values()), default=plan.DEFAULT_PARTITIONS)
        specs = plan.specs(partitions or most, plan.CLUSTER_DEFAULT if replication is None else replication)
        wanted = {names[spec.kind]: spec for spec in specs}
        raced = _create(cluster, {n: spec for n, spec in wanted.items() if n not in existing}, dry_run=dry_run)
        existing |= raced
        outcomes = tuple(_compare(name, spec, existing.get(name), dry_run=dry_run) for name, spec in wanted.items())
        if alter:
            outcomes = tuple(_alter(cluster, outcome, dry_run=dry_run) for outcome in outcomes)
        _await(cluster, {o.name: o.spec.partitions for o in outcomes if o.state in ("created", "altered")})
        return outcomes


def _create(cluster: kafka_cluster.Cluster, missing: Mapping[str, Spec], *, dry_run: bool) -> dict[str, Existing]:
    """Create topics; returns those that somebody else created in the meantime."""
    if not missing:
        return {}
    asked = [
        admin.NewTopic(name, spec.partitions, spec.replication, config=dict(spec.settings))
        for name, spec in missing.items()
    ]
    answers = cluster.call(
        lambda client: client.create_topics(
            asked,
            validate_only=dry_run,
            request_timeout=kafka_client.TIMEOUT,
            operation_timeout=kafka_client.TIMEOUT,
        )
    )
    raced = [name for name, answer in answers.items() if _name(answer) == "TOPIC_ALREADY_EXISTS"]
    for name, answer in answers.items():
        if name not in raced:
            _refuse(name, answer, missing[name], cluster)
    return cluster.existing(raced) if raced else {}


def _await(cluster: kafka_cluster.Cluster, changed: Mapping[str, int]) -> None:
    """Wait until the topics show so many partitions, each with a leader: only then can they be used."""
    deadline = time.monotonic() + kafka_client.TIMEOUT
    while not _usable(cluster, changed):
        if time.monotonic() > deadline:
            raise errors.Unavailable("kafka", "the topics are made, but some partitions still have no leader")
        time.sleep(0.1)


def _usable(cluster: kafka_cluster.Cluster, changed: Mapping[str, int]) -> bool:
    existing = cluster.existing(changed)
    try:
        cluster.offsets(kafka_cluster.partitions(existing), admin.OffsetSpec.latest())
    except errors.StageError:
        return False
    return all(name in existing and existing[name].partitions >= count for name, count in changed.items())


def _refuse(name: str, answer: object, spec: Spec, cluster: kafka_cluster.Cluster) -> None:
    if _name(answer) == "INVALID_REPLICATION_FACTOR":
        copies = "the cluster's default replication" if spec.replication == plan.CLUSTER_DEFAULT else spec.replication
        raise errors.UsageError(
            f"the cluster has fewer brokers than copies were asked for ({copies}); lower it with --replication"
        )
    if _name(answer) in {"POLICY_VIOLATION", "INVALID_PARTITIONS", "INVALID_CONFIG", "INVALID_REQUEST"}:
        assert isinstance(answer, KafkaError)
        raise errors.UsageError(f"the cluster refuses to create {name}: {answer.str()}")
    cluster.checked({name: answer})


def _name(answer: object) -> str:
    return str(answer.name()) if isinstance(answer, KafkaError) else ""


def _compare(name: str, spec: Spec, existing: Existing | None, *, dry_run: bool) -> Outcome:
    if existing is None:
        return Outcome(name, spec, "would be created" if dry_run else "created")
    found = plan.differences(spec, existing)
    return Outcome(name, spec, "differs" if found else "as wanted", found)


def _alter(cluster: kafka_cluster.Cluster, outcome: Outcome, *, dry_run: bool) -> Outcome:
    """Set right what can be, keeping what cannot as the outcome's differences."""
    alterable = tuple(difference for difference in outcome.differences if difference.alterable)
    if not alterable:
        return outcome
    if any(difference.setting == "partitions" for difference in alterable):
        grown = [admin.NewPartitions(outcome.name, outcome.spec.partitions)]
        cluster.checked(cluster.call(lambda client: client.create_partitions(grown, validate_only=dry_run)))
    entries = [
        admin.ConfigEntry(difference.setting, difference.wanted, incremental_operation=admin.AlterConfigOpType.SET)
        for difference in alterable
        if difference.setting != "partitions"
    ]
    if entries:
        changed = [admin.ConfigResource(admin.ConfigResource.Type.TOPIC, outcome.name, incremental_configs=entries)]
        cluster.checked(cluster.call(lambda client: client.incremental_alter_configs(changed, validate_only=dry_run)))
    if dry_run:
        return replace(outcome, state="would be altered")
    left = tuple(difference for difference in outcome.differences if not difference.alterable)
    return replace(outcome, state="altered", differences=left)
