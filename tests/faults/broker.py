"""A broker of the suite's own: workers reach it through a proxy, the checker and the feeder directly."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import confluent_kafka.admin

from processor.local.kafka import Kafka

if TYPE_CHECKING:
    from pathlib import Path

    from processor.local.job import Job
    from processor.local.server import Command

HEAD = struct.Struct(">qi")


class ProxiedKafka(Kafka):
    """The local stack's Kafka with one more listener, which tells its clients that it is at the proxy."""

    ports = 3

    def __init__(self, proxy_port: int) -> None:
        self._proxy = proxy_port

    def command(self, prepared: Path, folder: Path, port: int, job: Job) -> Command:
        found = super().command(prepared, folder, port, job)
        properties = folder / "server.properties"
        changed = []
        for line in properties.read_text().splitlines():
            if line.startswith("listeners="):
                changed.append(f"{line},WORKERS://127.0.0.1:{port + 2}")
            elif line.startswith("advertised.listeners="):
                changed.append(f"{line},WORKERS://127.0.0.1:{self._proxy}")
            elif line.startswith("listener.security.protocol.map="):
                changed.append(f"{line},WORKERS:PLAINTEXT")
            else:
                changed.append(line)
        properties.write_text("\n".join(changed) + "\n")
        return found


def alter(servers: str, topic: str, changes: dict[str, str]) -> None:
    """Change a topic's settings."""
    client = confluent_kafka.admin.AdminClient({"bootstrap.servers": servers})
    entries = [
        confluent_kafka.admin.ConfigEntry(
            name, value, incremental_operation=confluent_kafka.admin.AlterConfigOpType.SET
        )
        for name, value in changes.items()
    ]
    resource = confluent_kafka.admin.ConfigResource(
        confluent_kafka.admin.ResourceType.TOPIC, topic, incremental_configs=entries
    )
    for done in client.incremental_alter_configs([resource]).values():
        done.result(30)


def forget(data: Path, topic: str, part: float = 0.4) -> int:
    """Cut the last batches off a topic's logs, as a power loss does with what the disk did not have yet.

    The broker must not run, and must have been killed: it then looks at its logs anew when it is started. What it
    knew of producers' sequences goes with the batches.

    Args:
        data: the broker's folder.
        topic: its name.
        part: of each partition's batches, but for the first of them.

    Returns:
        How many partitions lost something.
    """
    shorter = 0
    for log in [log for log in data.glob("*/*.log") if log.parent.name.rpartition("-")[0] == topic]:
        starts = _batches(log.read_bytes())
        if gone := round(part * len(starts[1:])):
            os.truncate(log, starts[-gone])
            shorter += 1
    return shorter


def _batches(log: bytes) -> list[int]:
    """Where the batches of a log begin: each has its first offset and the length of what follows these two."""
    starts, at = [], 0
    while at + HEAD.size <= len(log) and (length := HEAD.unpack_from(log, at)[1]):
        starts.append(at)
        at += HEAD.size + length
    return starts
