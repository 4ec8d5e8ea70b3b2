"""Fetching and building with real child processes: failing, too slow, killed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import psutil
import pytest

from processor.core import errors
from processor.local import artifacts, process, progress
from processor.local.job import CalledOff, Job

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "thing-1.0"
PATIENCE = 120.0
T = TypeVar("T")


def ends(pid: int) -> bool:
    """Whether a process that was told to end does; who collects it is another's business."""
    deadline = time.monotonic() + PATIENCE
    try:
        while (found := psutil.Process(pid)).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        return found.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def once(look: Callable[[], T]) -> T:
    """What is there once something is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def job(off: threading.Event | None = None) -> Job:
    return Job("server", progress.silent, off or threading.Event())


def test_a_tool_runs_with_its_environment_and_its_progress_is_reported(tmp_path):
    steps: list[progress.Step] = []

    def report(step: progress.Step) -> None:
        steps.append(step)
        if step.done:
            (tmp_path / "measured").touch()

    one = Job("server", report, threading.Event())
    log = tmp_path / "log"
    one.run(
        ["/bin/sh", "-c", f'echo "$SAID"; until test -e {tmp_path}/measured; do sleep 0.05; done'],
        "building",
        tmp_path,
        patience=PATIENCE,
        total=9,
        measure=lambda: log.stat().st_size,
        SAID="by test",
    )
    assert log.read_text() == "by test\n"
    assert (steps[-1].what, steps[-1].done, steps[-1].total) == ("building", 8, 9)


def test_a_tool_that_fails_is_told_with_its_last_lines(tmp_path):
    with pytest.raises(errors.StackError, match=r"server: building failed; /bin/sh said:\n  cannot reach it$"):
        job().run(["/bin/sh", "-c", "echo cannot reach it; exit 7"], "building", tmp_path, patience=PATIENCE)


def test_a_tool_that_takes_too_long_is_stopped_with_its_children(tmp_path):
    with pytest.raises(errors.StackError, match="building took over 0 min"):
        job().run(
            ["/bin/sh", "-c", f"sleep 600 & echo $! > {tmp_path}/child; wait"],
            "building",
            tmp_path,
            patience=0.5,
            measure=lambda: int(once(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text())),
        )
    assert ends(int((tmp_path / "child").read_text()))


def test_a_tool_whose_up_is_called_off_is_stopped(tmp_path):
    off = threading.Event()

    def measure() -> int:
        off.set()
        return 0

    with pytest.raises(CalledOff):
        job(off).run(["/bin/sleep", "600"], "building", tmp_path, patience=PATIENCE, measure=measure)
    assert (left := process.read(tmp_path / "process.json"))
    assert not process.alive(left)


def test_a_build_whose_up_was_killed_is_stopped_and_removed_by_sweeping(tmp_path):
    script = textwrap.dedent(f"""
        import pathlib, threading
        from processor.local import artifacts, progress
        from processor.local.job import Job
        def build(building, job):
            job.run(["/bin/sleep", "600"], "building", building, patience=600)
        job = Job("server", progress.silent, threading.Event())
        artifacts.obtain(pathlib.Path({str(tmp_path)!r}), {NAME!r}, build, job)
    """)
    building = tmp_path / ".building" / NAME
    with subprocess.Popen([sys.executable, "-c", script], env=dict(os.environ)) as up:
        left = once(lambda: process.read(building / "process.json"))
        artifacts.sweep(tmp_path)  # its maker lives
        assert left is not None
        assert process.alive(left)
        up.kill()
    artifacts.sweep(tmp_path)
    assert not process.alive(left)
    assert not building.exists()
