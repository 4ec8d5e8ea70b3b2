"""The fault suite's proxy forwards, and can be cut at any moment without leaving a connection to its loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.faults.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def echo(caller: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await loop.sock_recv(caller, 100):
            await loop.sock_sendall(caller, data)


@pytest_asyncio.fixture
async def target() -> AsyncIterator[tuple[str, int]]:
    """Echoes. It owns all that it accepts, until the last moment: what is tested here is the proxy."""
    serving: set[asyncio.Task[None]] = set()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)

        def accept() -> None:
            with contextlib.suppress(OSError):
                caller, _ = listening.accept()
                caller.setblocking(False)
                task = asyncio.ensure_future(echo(caller))
                task.add_done_callback(lambda _: caller.close())
                serving.add(task)

        asyncio.get_running_loop().add_reader(listening, accept)
        yield listening.getsockname()
        asyncio.get_running_loop().remove_reader(listening)
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


async def test_bytes_go_both_ways(target: tuple[str, int]):
    async with Proxy("echo", target) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        assert proxy.connections == 1
        writer.close()
        await writer.wait_closed()


async def test_what_is_cut_is_refused_until_it_flows_again(target: tuple[str, int]):
    async with Proxy("echo", target) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        await reader.readexactly(5)
        await proxy.cut()
        assert await reader.read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.forward()
        again, ahead = await asyncio.open_connection("127.0.0.1", proxy.port)
        ahead.write(b"again")
        assert await again.readexactly(5) == b"again"
        for end in (writer, ahead):
            end.close()
            await end.wait_closed()


@pytest.mark.parametrize("turns", range(12))
async def test_a_connection_accepted_while_it_is_cut_is_closed(target: tuple[str, int], turns: int):
    """asyncio's own server leaves such a connection open and unowned (python/cpython#109564): the collector warns."""
    async with Proxy("echo", target) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as caller:
            for _ in range(turns):
                await asyncio.sleep(0)
            await proxy.cut()
            await asyncio.sleep(0.01)
            gc.collect()
            caller.setblocking(False)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(caller, 1), 30) == b""
