"""A broker of the suite's own: workers reach it through a proxy, the checker and the feeder directly."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

from processor.local import progress
from processor.local.job import Job
from processor.local.kafka import Kafka
from processor.local.runner import Runner

if TYPE_CHECKING:
    import signal
    from pathlib import Path

    from processor.config import Settings
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


class Broker:
    """One server of the local stack's kinds, started and stopped as the cases want it."""

    def __init__(self, server: Kafka, settings: Settings) -> None:
        self._runner = Runner(server, settings)

    async def start(self) -> None:
        """Start it, or find it running, and wait until it answers."""
        job = Job(self._runner.server.name, progress.silent, threading.Event())
        await asyncio.to_thread(self._runner.up, job)

    async def stop(self) -> None:
        """Stop it as one should; returns when it has ended."""
        await asyncio.to_thread(self._runner.down)

    @property
    def port(self) -> int:
        """Its first port: where it listens for clients that are to meet no faults."""
        record = self._runner.record
        assert record is not None
        return record.port

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal: SIGKILL, SIGSTOP, SIGCONT."""
        record = self._runner.record
        assert record is not None
        os.kill(record.pid, number)
