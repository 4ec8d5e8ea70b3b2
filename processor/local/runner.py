"""Brings one server up: found running and healthy, or prepared, started on free ports and waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from processor import config
from processor.core import errors
from processor.local import ports, process
from processor.local.job import tail

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings
    from processor.local.job import Job
    from processor.local.server import Server

PORT_TRIES = 4
LETTING_GO = 1.0
POLL = 0.1


class Runner:
    """One server of one stack.

    Attributes:
        server: which.
        folder: holds its record, port, log, configuration and data.
        started: whether this runner has begun to start it; whoever cleans up goes by that.
    """

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server = server
        self.folder = settings.state_dir / server.name
        self.started = False
        self._settings = settings

    @property
    def log(self) -> Path:
        """The server's output since its start; the one before is beside it."""
        return self.folder / "log"

    @property
    def record(self) -> process.Record | None:
        """Who its process is or was."""
        return process.read(self.folder / "process.json")

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        found = self.record
        return found is not None and process.alive(found)

    def healthy(self) -> bool:
        """Whether it runs and answers."""
        found = self.record
        return found is not None and process.listens(found) and self.complaint(found, thorough=False) is None

    def complaint(self, record: process.Record, *, thorough: bool) -> errors.StageError | None:
        """What a client meets that uses it; None where all is well."""
        try:
            here = config.with_addresses(self._settings, self.server.addresses(record.port))
            self.server.check(here, thorough=thorough)
        except errors.StageError as error:
            return error
        return None

    def up(self, job: Job) -> dict[str, str]:
        """Start it, where it is not healthy already.

        Returns:
            Its addresses, by the names of the environment.

        Raises:
            StackError: it cannot be had or does not start.
            CalledOff: the whole `up` ends.
        """
        if self.healthy() and (found := self.record):
            return self._done("running already", found, job)
        self.down()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # its data are the events' contents
        prepared = self.server.prepare(self._settings.cache_dir, job)
        for attempt in range(PORT_TRIES):
            port = self._choose_port(attempt)
            command = self.server.command(prepared, self.folder, port, job)
            self._keep_last_log()
            environment = config.child_environment(**command.environment)
            self.started = True
            record = process.start(command.argv, environment, self.folder / "process.json", self.log, port)
            if self._wait(record, job):
                (self.folder / "port").write_text(str(port))
                return self._done("ready", record, job)
        raise errors.StackError(
            f"{self.server.name}: others took its ports {PORT_TRIES} times; call `untuned up` again"
        )

    def down(self) -> bool:
        """Stop what runs of it, by process id and start time. False where nothing ran."""
        stopped = False
        for path in sorted(self.folder.rglob("process.json")):
            if found := process.read(path):
                stopped |= process.stop(found, self.server.grace)
            path.unlink(missing_ok=True)
        self.started = False
        return stopped

    def _choose_port(self, attempt: int) -> int:
        """The last one where it is free, so that clients find the server again; else a new block."""
        try:
            last = int((self.folder / "port").read_text())
        except (OSError, ValueError):
            last = 0
        if attempt == 0 and last and self._becomes_free(last):
            return last
        return ports.free_block(f"{self.folder}/{attempt}", self.server.ports)

    def _becomes_free(self, port: int) -> bool:
        """Whether its ports are free, or soon will be: a killed process lets go of them a moment after its end."""
        deadline = time.monotonic() + LETTING_GO
        while not ports.is_free(port, self.server.ports):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL)
        return True

    def _keep_last_log(self) -> None:
        if self.log.exists():
            self.log.replace(self.folder / "log.previous")

    def _wait(self, record: process.Record, job: Job) -> bool:
        """Wait until it is healthy; False where it ended because another took one of its ports."""
        deadline = time.monotonic() + self.server.patience
        complaint: errors.StageError | None = None
        while time.monotonic() < deadline:
            job.say("starting")
            if not process.alive(record):
                if not ports.is_free(record.port, self.server.ports):
                    return False
                raise self._failure("ended at its start")
            if process.listens(record):
                complaint = self.complaint(record, thorough=True)
                if complaint is None:
                    return True
            job.pause(POLL)
        heard = f" ({complaint})" if complaint else ""
        raise self._failure(f"was not ready after {self.server.patience:.0f} s{heard}")

    def _failure(self, what: str) -> errors.StackError:
        variable = next(iter(self.server.addresses(0)))
        return errors.StackError(
            f"{self.server.name} {what}. The last lines of {self.log}:\n{tail(self.log)}\n"
            f"Mend that and call `untuned up` again (`--fresh` empties the data), "
            f"or set {variable} to one that runs elsewhere"
        )

    def _done(self, what: str, record: process.Record, job: Job) -> dict[str, str]:
        addresses = self.server.addresses(record.port)
        job.finish(f"{what} at {next(iter(addresses.values()))}", well=True)
        return addresses
