"""Processes that untuned started: found again, and stopped, by process id and start time, never by name."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psutil

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SAME_START = 0.05  # seconds: kernels count a process's start in hundredths
LAUNCH_PATIENCE = 30.0  # seconds until a started child has recorded itself, on a machine that is busy


@dataclass(frozen=True, slots=True)
class Record:
    """Who a process is; another that got the same id later has another start time.

    Attributes:
        pid: process id; the process leads a session and a group of its own.
        started: seconds between the machine's boot and the process's start: no change of the clock moves it.
        port: the first port of a server; 0 where the process is none.
    """

    pid: int
    started: float
    port: int = 0


def start_time(pid: int) -> float:
    """When a process started, in seconds since boot.

    Raises:
        psutil.NoSuchProcess: there is none.
    """
    return float(psutil.Process(pid).create_time() - psutil.boot_time())


def write(path: Path, record: Record) -> None:
    """Keep a record, whole or not at all."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(path)


def read(path: Path) -> Record | None:
    """The record kept in this file; None where there is none or it is unreadable."""
    try:
        found = json.loads(path.read_text())
        return Record(int(found["pid"]), float(found["started"]), int(found["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def start(argv: Sequence[str], environment: Mapping[str, str], path: Path, log: Path, port: int = 0) -> Record:
    """Start a program in a session of its own (no Ctrl-C reaches it), its output appended to `log`.

    The child writes its own record to `path` before it becomes the program (see `launch`): there is no moment in which
    it runs and nothing tells of it, even when this process is killed.

    Raises:
        StackError: it did not get as far as its record.
    """
    path.unlink(missing_ok=True)
    launcher = [sys.executable, "-m", "processor.local.launch", str(path), str(port), str(os.getpid()), *argv]
    redirect = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    pid = os.posix_spawn(sys.executable, launcher, dict(environment), file_actions=redirect)
    deadline = time.monotonic() + LAUNCH_PATIENCE
    while (record := read(path)) is None:
        if os.waitpid(pid, os.WNOHANG)[0] or time.monotonic() > deadline:
            raise errors.StackError(f"{argv[0]} was not started; {log} says why")
        time.sleep(0.01)
    return record


def exit_code(record: Record) -> int | None:
    """How a process that this one started has ended (minus the signal's number where one ended it); None: it runs."""
    pid, status = os.waitpid(record.pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def alive(record: Record) -> bool:
    """Whether that very process runs."""
    return _find(record) is not None


def memory(record: Record) -> int | None:
    """Its resident memory in bytes; None where it does not run."""
    found = _find(record)
    try:
        return int(found.memory_info().rss) if found else None
    except psutil.Error:
        return None


def listens(record: Record) -> bool:
    """Whether that very process listens on its port: one that is another's must not pass for it."""
    found = _find(record)
    try:
        sockets = found.net_connections("tcp") if found else []
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == record.port for each in sockets)


def stop(record: Record, grace: float) -> bool:
    """Stop that very process and its children: SIGTERM, SIGKILL after `grace` seconds. False where it did not run.

    Raises:
        StackError: not even SIGKILL ended it.
    """
    found = _find(record)
    if found is None:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            os.killpg(record.pid, number)
            try:
                found.wait(grace)
            except psutil.TimeoutExpired:
                continue
        return True
    raise errors.StackError(f"process {record.pid} does not end, even when killed: look at what it waits for")


def _find(record: Record) -> psutil.Process | None:
    try:
        found = psutil.Process(record.pid)
        same = abs(start_time(record.pid) - record.started) < SAME_START
        # A dead child that nobody has waited for yet still has its id.
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:  # gone, or another user's: not ours
        return None
