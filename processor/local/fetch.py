"""Fetch a local model into the cache and print where it is: `python -m processor.local.fetch chat|embedding`.

For images: `untuned up` fetches by itself.
"""

from __future__ import annotations

import sys
import threading

from processor import config
from processor.local import models
from processor.local.job import Job


def main(name: str) -> None:
    """Fetch it and print its path."""
    fetch = {"chat": models.chat, "embedding": models.embedding}[name]
    job = Job(name, lambda _: None, threading.Event())
    sys.stdout.write(f"{fetch(config.load().cache_dir, job)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
