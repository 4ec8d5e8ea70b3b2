"""The local stack: `up`, `down` and `status` of the servers that the project's settings do not point elsewhere."""

from __future__ import annotations

import concurrent.futures
import functools
import json
import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from processor import config
from processor.adapters import locks
from processor.local import artifacts, process, progress, yours
from processor.local.chat import Chat
from processor.local.embeddings import Embeddings
from processor.local.job import CalledOff, Job
from processor.local.kafka import Kafka
from processor.local.runner import Runner
from processor.local.weaviate import Weaviate

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from processor.config import Settings
    from processor.local.server import Server

SERVERS: tuple[Server, ...] = (Kafka(), Weaviate(), Chat(), Embeddings())
LONGEST_UP = 3600.0
"""Seconds that another `up` of the same stack is waited for: it may be building."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How one server does.

    Attributes:
        name: of the server.
        state: `running`; `stopped`; `unhealthy`: its process runs and does not answer as it should; `yours`: not the
            stack's but one that the user's settings name, and it answers; `unreachable`: one of those that does not.
        address: where clients find it; empty where it is stopped.
        detail: what a client meets, where that is not an answer.
        pid: its process, where the stack runs it.
        log: its log, where the stack runs it.
        memory: resident bytes of its process.
    """

    name: str
    state: Literal["running", "stopped", "unhealthy", "yours", "unreachable"]
    address: str = ""
    detail: str = ""
    pid: int | None = None
    log: Path | None = None
    memory: int | None = None


def up(settings: Settings, *, fresh: bool = False, report: progress.Report = progress.silent) -> dict[str, str]:
    """Start what is not running yet, all servers at once. When one fails, those that this call started are stopped.

    Args:
        settings: name the stack's folders and whatever the user runs elsewhere.
        fresh: empty the servers' data first.
        report: gets every step, from several threads.

    Returns:
        The addresses of all servers, the user's own included, by the names of the environment.

    Raises:
        StackError: a server cannot be had, does not start, or one of the user's own does not answer.
    """
    with _locked(settings, report):
        artifacts.sweep(settings.cache_dir)
        runners = [Runner(server, settings) for server in SERVERS if not yours.variables(server, settings)]
        if fresh:
            _stop(runners)
            for runner in runners:
                shutil.rmtree(runner.folder / "data", ignore_errors=True)
        for runner in runners:
            if not runner.alive:
                runner.server.preflight()
        try:
            return _bring_up(settings, runners, report)
        finally:
            _publish(settings, runners)


def down(settings: Settings, *, report: progress.Report = progress.silent) -> list[str]:
    """Stop exactly what `up` started, by process id and start time; data and logs stay.

    An `up` that is still at work is waited for; `report` tells so.

    Returns:
        The names of the servers that ran.
    """
    with _locked(settings, report):
        artifacts.sweep(settings.cache_dir)
        settings.addresses_file.unlink(missing_ok=True)
        return _stop([Runner(server, settings) for server in SERVERS])


def status(settings: Settings) -> list[ServerStatus]:
    """How each server does, asked as a client would; nothing is changed."""
    with concurrent.futures.ThreadPoolExecutor(len(SERVERS)) as pool:
        return list(pool.map(lambda server: _status(server, settings), SERVERS))


def _status(server: Server, settings: Settings) -> ServerStatus:
    if yours.variables(server, settings):
        complaint = yours.complaint(server, settings)
        state: Literal["yours", "unreachable"] = "unreachable" if complaint else "yours"
        return ServerStatus(server.name, state, server.where(settings), str(complaint or ""))
    runner = Runner(server, settings)
    record = runner.record
    if record is None or not process.alive(record):
        return ServerStatus(server.name, "stopped")
    complaint = runner.complaint(record, thorough=False)
    address = next(iter(server.addresses(record.port).values()))
    memory = process.memory(record)
    how: Literal["unhealthy", "running"] = "unhealthy" if complaint else "running"
    return ServerStatus(server.name, how, address, str(complaint or ""), record.pid, runner.log, memory)


def _bring_up(settings: Settings, runners: list[Runner], report: progress.Report) -> dict[str, str]:
    """All servers at once, each in a thread; when one fails, those that were started here are stopped."""
    off = threading.Event()
    works: dict[str, Callable[[Job], dict[str, str]]] = {runner.server.name: runner.up for runner in runners}
    for server in SERVERS:
        if server.name not in works:
            works[server.name] = functools.partial(yours.greet, server, settings)
    found: dict[str, str] = {}
    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(_guarded, work, Job(name, report, off)) for name, work in works.items()]
        try:
            for future in concurrent.futures.as_completed(futures):
                found |= future.result()
        except BaseException:  # an interrupt from the keyboard, too
            off.set()
            concurrent.futures.wait(futures)
            _stop([runner for runner in runners if runner.started])
            raise
    return {name: found[name] for name in config.STACK_ADDRESSES if name in found}


def _guarded(work: Callable[[Job], dict[str, str]], job: Job) -> dict[str, str]:
    try:
        return work(job)
    except BaseException as error:
        job.finish("called off" if isinstance(error, CalledOff) else "failed", well=False)
        raise


def _stop(runners: list[Runner]) -> list[str]:
    """Stop several at once; the names of those that ran."""
    if not runners:
        return []
    with concurrent.futures.ThreadPoolExecutor(len(runners)) as pool:
        ran = list(pool.map(lambda runner: runner.down(), runners))
    return [runner.server.name for runner, stopped in zip(runners, ran, strict=True) if stopped]


def _publish(settings: Settings, runners: list[Runner]) -> None:
    """Tell later commands where the servers are: exactly those that run."""
    addresses: dict[str, str] = {}
    for runner in runners:
        if runner.alive and (record := runner.record):
            addresses |= runner.server.addresses(record.port)
    if not addresses:
        settings.addresses_file.unlink(missing_ok=True)
        return
    draft = settings.addresses_file.with_suffix(".draft")
    draft.write_text(json.dumps(addresses, indent=2))
    draft.replace(settings.addresses_file)


def _locked(settings: Settings, report: progress.Report) -> AbstractContextManager[None]:
    waiting = Job("stack", report, threading.Event())
    return locks.held(
        settings.state_dir / "lock", LONGEST_UP, lambda: waiting.say("waiting: another `up` or `down` of it runs")
    )
