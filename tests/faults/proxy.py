"""A TCP proxy that can be cut, stalled, reset and slowed, for the way to Kafka, to Weaviate and to the model."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import Self

from processor.local import ports

CHUNK = 2**16
LAST = 2.0
"""Seconds that connections get to end when the proxy does: none may be left to its loop."""

ABRUPTLY = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends RST."""


class Proxy:
    """Forwards every connection to `target` (host and port); `async with` listens on a free port of 127.0.0.1.

    Attributes:
        port: where it listens.
        connections: how many were accepted so far.
    """

    def __init__(self, name: str, target: tuple[str, int] | None = None) -> None:
        self.name = name
        self.target = target
        # Below the kernel's range for outgoing connections: the port is still free when the proxy listens again.
        self.port = ports.free_block(f"faults/{name}/{os.getpid()}", 1)
        self.connections = 0
        self._listening: socket.socket | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._served: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._delay = 0.0

    @property
    def address(self) -> str:
        """Host and port, as in Kafka's bootstrap servers."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.forward()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        if self._served:
            await asyncio.wait(self._served, timeout=LAST)
        await asyncio.sleep(0)

    async def forward(self) -> None:
        """Undo every fault."""
        self._delay = 0.0
        self._flows.set()
        if self._listening is None:
            self._listening = socket.create_server(("127.0.0.1", self.port))
            self._listening.setblocking(False)
            asyncio.get_running_loop().add_reader(self._listening, self._accept, self._listening)

    async def cut(self) -> None:
        """Close what is open and refuse what comes, as if nothing were there."""
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        for writer in tuple(self._open):
            writer.close()
        self._flows.set()
        await asyncio.sleep(0)

    def stall(self) -> None:
        """Accept, and let no byte through in either direction: a network that drops packets."""
        self._flows.clear()

    def reset(self) -> None:
        """Send RST on what is open; what comes is forwarded."""
        for writer in tuple(self._open):
            peer = writer.get_extra_info("socket")
            if peer is not None and peer.fileno() >= 0:
                with contextlib.suppress(OSError):
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPTLY)
            writer.transport.abort()

    def slow(self, seconds: float) -> None:
        """Hold every piece of data for so long, in both directions."""
        self._delay = seconds

    def _accept(self, listening: socket.socket) -> None:
        # asyncio's own server disowns what it accepted while it is being closed: python/cpython#109564.
        with contextlib.suppress(OSError):
            caller, _ = listening.accept()
            task = asyncio.ensure_future(self._serve(caller))
            self._served.add(task)
            task.add_done_callback(self._served.discard)

    async def _serve(self, caller: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=caller, limit=CHUNK)
        if self._listening is None:
            writer.close()
            return
        self.connections += 1
        self._open.add(writer)
        ahead: asyncio.StreamWriter | None = None
        try:
            assert self.target is not None
            await self._flows.wait()
            back, ahead = await asyncio.open_connection(*self.target, limit=CHUNK)
            self._open.add(ahead)
            ways = [asyncio.ensure_future(self._pump(reader, ahead)), asyncio.ensure_future(self._pump(back, writer))]
            _, rest = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in rest:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            for end in (writer, ahead):
                if end is not None:
                    self._open.discard(end)
                    end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()
