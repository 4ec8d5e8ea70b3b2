"""Run a command beside one local stack: `python -m tests.served pytest tests/acceptance -n 2`.

The processes of a run that is spread over several share the stack so, instead of starting one each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from processor import config
from processor.local import stack


def main() -> int:
    """The command's exit code. A signal is the command's, too; the stack is stopped either way."""
    # While the stack starts, too: what it builds can take minutes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="untuned-tests-") as folder:
        mine = config.load(state_home=Path(folder), stack="tests")
        try:
            addresses = Path(folder) / "addresses.json"
            addresses.write_text(json.dumps(dict(stack.up(mine))))
            return _run(sys.argv[1:], {**os.environ, "UNTUNED_TEST_STACK_ADDRESSES": str(addresses)})
        finally:
            stack.down(mine)


def _run(command: list[str], environment: dict[str, str]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the terminal has sent it to the command as well, which tells what it has done so far


if __name__ == "__main__":
    sys.exit(main())
