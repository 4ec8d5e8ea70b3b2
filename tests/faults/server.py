"""A server of the local stack's kinds, started and stopped as the cases want it."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

from processor.local import progress
from processor.local.job import Job
from processor.local.runner import Runner

if TYPE_CHECKING:
    import signal
    from pathlib import Path

    from processor.config import Settings
    from processor.local.server import Server as Kind


class Server:
    """One server; its process is known by its own id."""

    def __init__(self, server: Kind, settings: Settings) -> None:
        self._runner = Runner(server, settings)

    async def start(self) -> None:
        """Start it, or find it running, and wait until it answers."""
        job = Job(self._runner.server.name, progress.silent, threading.Event())
        await asyncio.to_thread(self._runner.up, job)

    async def stop(self) -> None:
        """Stop it as one should; returns when it has ended."""
        await asyncio.to_thread(self._runner.down)

    @property
    def data(self) -> Path:
        """Its data."""
        return self._runner.folder / "data"

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
