import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from processor.adapters import health
from processor.core import errors

pytestmark = pytest.mark.asks_a_stub


@contextlib.asynccontextmanager
async def served(report: dict[str, Any]) -> AsyncIterator[str]:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(health.serve(health.listen("127.0.0.1", 0), lambda: report, address.set_result))
    try:
        yield await address
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def ask(report: dict[str, Any], path: str) -> tuple[int, Any]:
    async with served(report) as address, aiohttp.ClientSession() as session, session.get(address + path) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_health_says_what_is_reported(ready: bool, status: int):
    report = {"live": True, "ready": ready, "why": [], "tasks": {}}
    assert await ask(report, "") == (status, report)
    assert await ask(report, "/ready") == (status, {"ready": ready, "why": []})


@pytest.mark.parametrize(("live", "status"), [(True, 200), (False, 503)])
async def test_a_probe_for_restarts_asks_only_whether_it_lives(live: bool, status: int):
    report = {"live": live, "ready": False, "why": ["it rebalances"], "tasks": {}}
    assert await ask(report, "/live") == (status, {"live": live, "why": ["it rebalances"]})


def test_a_port_that_is_taken_is_a_clear_error():
    with (
        health.listen("127.0.0.1", 0) as taken,
        pytest.raises(errors.UsageError, match=r"UNTUNED_HEALTH_PORT.*in use"),
    ):
        health.listen("127.0.0.1", taken.getsockname()[1])


def test_a_free_port_is_told_and_what_cannot_be_there():
    with health.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert health.address(listener) == f"http://127.0.0.1:{port}"
        assert health.address(listener, "https") == f"https://127.0.0.1:{port}"
        with pytest.raises(errors.UsageError, match=r"the application cannot be at .* \(--port\)"):
            health.listen("127.0.0.1", port, "the application", "--port")


def test_the_address_of_a_number_with_colons_is_in_brackets():
    class Listener(socket.socket):
        def getsockname(self) -> tuple[str, int, int, int]:
            return "::1", 8090, 0, 0

    with Listener() as listener:
        assert health.address(listener) == "http://[::1]:8090"


def test_another_machines_address_is_a_clear_error():
    with pytest.raises(errors.UsageError, match="UNTUNED_HEALTH_HOST"):
        health.listen("192.0.2.1", 0)
