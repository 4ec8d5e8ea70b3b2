"""What all cases share: a broker of the suite's own, and the proxy through which workers reach it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

from processor import config
from tests.faults.broker import ProxiedKafka
from tests.faults.proxy import Proxy
from tests.faults.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from processor.config import Settings

LOOK = 0.05
"""Seconds between two looks whether the broker listens."""


class Stage:
    """`async with Stage(folder)` starts the broker; it is stopped by its own id when the block ends.

    Attributes:
        folder: for logs, projects and the broker's data.
        settings: point at the broker directly.
        broker: to be stopped, killed and paused.
        kafka: the proxy before it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kafka = Proxy("kafka")
        self._mine = config.load(state_home=folder / "state", stack="faults")
        self.broker = Server(ProxiedKafka(self.kafka.port), self._mine)

    @contextlib.asynccontextmanager
    async def broker_away(self) -> AsyncIterator[None]:
        """Connections are refused while the block runs, as they are where no broker runs; it is started at the end.

        Workers come through as soon as it listens: it leads no partition yet then.
        """
        await self.kafka.cut()
        yield
        starting = asyncio.create_task(self.broker.start())
        while not (starting.done() or await self._listens()):  # noqa: ASYNC110 - another process does
            await asyncio.sleep(LOOK)
        await self.kafka.forward()
        await starting

    async def _listens(self) -> bool:
        assert self.kafka.target is not None
        try:
            _, writer = await asyncio.open_connection(*self.kafka.target)
        except OSError:
            return False
        writer.close()
        return True

    @property
    def settings(self) -> Settings:
        return config.with_addresses(self._mine, {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.broker.port}"})

    async def __aenter__(self) -> Self:
        self._stack = contextlib.AsyncExitStack()
        try:
            self._stack.push_async_callback(self.broker.stop)
            await self.broker.start()
            self.kafka.target = ("127.0.0.1", self.broker.port + 2)
            await self._stack.enter_async_context(self.kafka)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
