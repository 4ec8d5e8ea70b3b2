"""Free ports, in blocks of consecutive ones (Weaviate wants neighbours).

They come from below the range that kernels give to outgoing connections, so that none is taken between the look and
the use; a stack starts to look at a place of its own, so that two stacks that start at once look at different ones.
"""

from __future__ import annotations

import errno
import socket
import zlib

from processor.core import errors

FIRST, LAST = 20_000, 32_000


def free_block(seed: str, count: int) -> int:
    """The first port of a block of `count` free ones; the same seed finds the same block while it is free.

    Raises:
        StackError: there is none.
    """
    blocks = (LAST - FIRST) // count
    start = zlib.crc32(seed.encode()) % blocks
    for step in range(blocks):
        port = FIRST + (start + step) % blocks * count
        if is_free(port, count):
            return port
    raise errors.StackError(f"no {count} free ports side by side between {FIRST} and {LAST}; stop what holds them")


def is_free(port: int, count: int = 1) -> bool:
    """Whether nobody listens on any of `count` ports from `port` on."""
    return all(_bindable(each) for each in range(port, port + count))


def _bindable(port: int) -> bool:
    # On every interface: that collides with a listener on any of them. The servers reuse addresses, so this does too.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
