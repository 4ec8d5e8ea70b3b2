"""A real schema registry for the integration tests: Apicurio, in memory, with the Confluent API."""

from __future__ import annotations

import contextlib
import subprocess
import tarfile
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from processor import config
from processor.local import artifacts, maven, ports, tools
from processor.local.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "2.6.13.Final"
ARTIFACT = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
SHA256 = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba"
BYTES = 142_000_000
PATIENCE = 120.0
GRACE = 10.0


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a registry's Confluent API while the block lasts; `folder` gets its log."""
    home = artifacts.obtain(config.load().cache_dir, f"apicurio-{VERSION}", _fetch, _job())
    port = ports.free_block(str(folder), 1)
    (jar,) = home.glob("*-runner.jar")
    java = tools.java()
    command = [java, "-Xmx256m", "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}", "-jar", str(jar)]
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    with (folder / "registry.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
        try:
            _wait(server, url)
            yield url
        finally:
            _stop(server)


def _fetch(building: Path, job: Job) -> None:
    mvn = tools.maven("the schema registry", "registry", "SCHEMA_REGISTRY_URL")
    options = [f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={building / 'archive'}"]
    maven.run(mvn, "copy", options, "fetching Apicurio Registry", building, job, BYTES)
    (archive,) = (building / "archive").glob("*.tar.gz")
    artifacts.verify(archive, SHA256)
    with tarfile.open(archive) as opened:
        opened.extractall(building / "contents", filter="data")


def _job() -> Job:
    return Job("registry", lambda _: None, threading.Event())


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/subjects", timeout=5).close()
            return
        assert server.poll() is None, "the registry ended; see registry.log"
        assert time.monotonic() < deadline, "the registry does not answer; see registry.log"
        time.sleep(0.2)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(GRACE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
