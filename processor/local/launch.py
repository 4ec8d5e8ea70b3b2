"""Runs in a child before the program does: `python -m processor.local.launch RECORD PORT PARENT COMMAND…`.

It writes the record of its own process and then becomes the command (exec keeps process id and start time). When `up`
has died meanwhile it ends instead: a later `up` or `down` then either finds the record, or there is no server.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from processor.local import process


def main() -> None:
    """Record, check, become the server."""
    record, port, parent, *command = sys.argv[1:]
    os.setsid()
    process.write(Path(record), process.Record(os.getpid(), process.start_time(os.getpid()), int(port)))
    if os.getppid() != int(parent):
        sys.exit("`untuned up` has ended: this server does not start")
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
