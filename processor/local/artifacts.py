"""What is fetched or built once for all stacks of this user: in the cache folder, one folder for a name and version.

A folder there is complete: it is filled elsewhere and renamed. What a killed `up` left half-made, the next removes.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from processor.adapters import locks
from processor.core import errors
from processor.local import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processor.local.job import Job

    Build = Callable[[Path, Job], None]
    """Fills the empty folder `contents` in the folder that it is given; tools log beside it."""

LONGEST_BUILD = 3600.0
STOP_GRACE = 5.0


def obtain(cache: Path, name: str, build: Build, job: Job) -> Path:
    """The finished artifact's folder, made now where the cache has none; two that want it make it once.

    Args:
        cache: the cache folder.
        name: with its version, so that another version is another artifact.
        build: makes it.
        job: gets the steps.

    Raises:
        StackError: it cannot be had.
    """
    finished = cache / name
    if finished.is_dir():
        return finished
    building = cache / ".building" / name
    with locks.held(_lock(cache, name), LONGEST_BUILD, lambda: job.say(f"waiting: another untuned makes {name}")):
        if finished.is_dir():
            return finished
        _clear(building)
        (building / "contents").mkdir(parents=True)
        try:
            build(building, job)
            (building / "contents").rename(finished)
        finally:
            _clear(building)
    return finished


def sweep(cache: Path) -> None:
    """Stop and remove the builds that a killed `up` left; those that go on are left alone."""
    for building in (cache / ".building").glob("*"):
        try:
            with locks.held(_lock(cache, building.name), 0.0, _nothing):
                _clear(building)
        except errors.StackError:
            continue  # its maker lives


def verify(path: Path, sha256: str) -> None:
    """Check a fetched file.

    Raises:
        StackError: it is not the one that was pinned.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise errors.StackError(
            f"{path.name}: what was fetched is not what untuned was tried with (SHA-256 {found}, expected {sha256}): "
            "call `untuned up` again; if it stays so, what your package index serves has been changed"
        )


def _lock(cache: Path, name: str) -> Path:
    return cache / ".locks" / name


def _clear(building: Path) -> None:
    if left := process.read(building / "process.json"):
        process.stop(left, STOP_GRACE)
    shutil.rmtree(building, ignore_errors=True)


def _nothing() -> None:
    """Waiting needs no word where nobody waits."""
