"""Maven as a downloader: jars into a folder, with the bytes fetched so far."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from processor.local.job import Job

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
PATIENCE = 1200.0
UNITS = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}
DOWNLOADED = re.compile(r"^\[INFO\] Downloaded .*\((\d+(?:\.\d+)?) (B|kB|MB|GB) at ", re.MULTILINE)


def run(mvn: str, goal: str, options: list[str], what: str, folder: Path, job: Job, total: int) -> None:
    """Run one goal of the dependency plugin; `total` is about how many bytes it fetches.

    Raises:
        StackError: Maven failed; the message has its last lines.
    """
    log = folder / "log"
    job.run(
        [mvn, "--batch-mode", "--update-snapshots", f"{PLUGIN}:{goal}", *options],
        what,
        folder,
        patience=PATIENCE,
        measure=lambda: downloaded(log),
        total=total,
    )


def downloaded(log: Path) -> int:
    """Bytes fetched, as Maven's log tells so far."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return 0
    return int(sum(float(number) * UNITS[unit] for number, unit in DOWNLOADED.findall(text)))
