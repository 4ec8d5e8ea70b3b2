"""A lock between processes. The kernel gives it up when its holder dies, however that happens."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POLL = 0.1


@contextlib.contextmanager
def held(path: Path, patience: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of this file.

    Args:
        path: made where it is missing, and left there: removing it would let two holders in.
        patience: seconds to wait for another holder.
        waiting: called over and over while another holds it; it may raise to give up.

    Raises:
        StackError: another process held it all that time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _try(handle):
            if time.monotonic() > deadline:
                raise errors.StackError(
                    f"another untuned process holds {path} for over {patience:.0f} s; stop it first"
                )
            waiting()
            time.sleep(POLL)
        yield
    finally:
        os.close(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
