"""A broker of the suite's own: workers reach it through a proxy, the checker and the feeder directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.local.kafka import Kafka

if TYPE_CHECKING:
    from pathlib import Path

    from processor.local.job import Job
    from processor.local.server import Command


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
