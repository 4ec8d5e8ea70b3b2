"""Weaviate: one node, no modules, anonymous access; vectors come from the client.

HTTP is on the loopback interface only; gRPC and the node's own data port have no such setting in Weaviate and listen on
all interfaces.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from processor.core import errors
from processor.local import weaviate_binary
from processor.local.server import Command

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings
    from processor.local.job import Job

CHECK_TIMEOUT = 5.0


class Weaviate:
    """The vector store."""

    name = "weaviate"
    ports = 6
    patience = 180.0
    grace = 15.0

    def preflight(self) -> None:
        """Go is asked for only where the release cannot be downloaded: `prepare` says so."""

    def prepare(self, cache: Path, job: Job) -> Path:
        """The server program."""
        return weaviate_binary.obtain(cache, job)

    def command(self, prepared: Path, folder: Path, port: int, job: Job) -> Command:
        """The program; all its settings are in the environment."""
        del job
        http, grpc, gossip, data, raft, raft_internal = (str(port + n) for n in range(self.ports))
        environment = {
            "PERSISTENCE_DATA_PATH": str(folder / "data"),
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "true",
            "DEFAULT_VECTORIZER_MODULE": "none",
            "ENABLE_MODULES": "",
            "GRPC_PORT": grpc,
            "GO_PROFILING_DISABLE": "true",
            # Alone, on the loopback interface; its own guess fails on a machine that has only an IPv6 address.
            "CLUSTER_BIND_ADDR": "127.0.0.1",
            "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
            "CLUSTER_HOSTNAME": "local",
            "CLUSTER_IN_LOCALHOST": "true",
            "CLUSTER_GOSSIP_BIND_PORT": gossip,
            "CLUSTER_DATA_BIND_PORT": data,  # must be the gossip port + 1
            "RAFT_PORT": raft,
            "RAFT_INTERNAL_RPC_PORT": raft_internal,
            "RAFT_JOIN": f"local:{raft}",
            "RAFT_BOOTSTRAP_EXPECT": "1",
            "RAFT_TIMEOUTS_MULTIPLIER": "1",  # it elects itself: after 1 to 2 s instead of 5 to 10
            # Keyword search by blockmax WAND answers wrongly for up to a minute after a bulk load.
            "USE_BLOCKMAX_WAND": "false",
            "DISABLE_TELEMETRY": "true",
            "LOG_LEVEL": "warning",
        }
        return Command((str(prepared), "--host", "127.0.0.1", "--port", http, "--scheme", "http"), environment)

    def addresses(self, port: int) -> dict[str, str]:
        """HTTP and gRPC."""
        return {"WEAVIATE_URL": f"http://127.0.0.1:{port}", "WEAVIATE_GRPC_URL": f"127.0.0.1:{port + 1}"}

    def where(self, settings: Settings) -> str:
        """The URL."""
        return settings.weaviate

    def check(self, settings: Settings, *, thorough: bool) -> None:
        """Ready over HTTP, and serving over gRPC: clients need both."""
        del thorough  # being ready costs nothing
        asyncio.run(_check(settings))


async def _check(settings: Settings) -> None:
    from processor.adapters import weaviate_client

    key = settings.weaviate_key.get_secret_value()
    client = weaviate_client.connect(settings.weaviate, settings.weaviate_grpc, key, CHECK_TIMEOUT)
    async with weaviate_client.edge("", CHECK_TIMEOUT):
        try:
            await client.connect()
            # Ready by REST; live asks gRPC, too.
            if not (await client.is_ready() and await client.is_live()):
                raise errors.Unavailable("weaviate", f"Weaviate at {settings.weaviate} is not ready yet")
        finally:
            await client.close()
