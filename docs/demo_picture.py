"""The picture of the demo, docs/demo.svg: `python -m docs.demo_picture`, some minutes.

`untuned demo` is run once on a terminal of its own; what is on its screen at the end is drawn. Left out are the blocks
that would make the picture longer than a page, which a line says, and where this machine keeps its state.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import rich.console
from rich.text import Text

from processor import config

HERE = Path(__file__).parent
WIDTH = 112
LEFT_OUT = ("Who answered", "One event that was retried", "Waiting for people")
"""The titles of blocks."""

CONTROL = re.compile(r"\x1b\[(?:\?25[lh]|\d*[ABCDK])|\r")
SHOWN_STATE = "~/.local/state/untuned/main"


def run() -> str:
    """Everything that the demo writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = config.child_environment(PATH=path, TERM="xterm-256color", COLORTERM="")
    with subprocess.Popen(["untuned", "demo"], env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as demo:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    if demo.returncode:
        sys.exit("\n".join(screen(written.decode())))
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # its other end is closed
        return b""


def screen(written: str) -> list[str]:
    """The lines that are left once all that was drawn over is gone; colours stay."""
    lines = [""]
    for part in re.split(rf"({CONTROL.pattern}|\n)", written):
        if part == "\n":
            lines.append("")
        elif part == "\x1b[2K":
            lines[-1] = ""
        elif part == "\x1b[1A":
            lines.pop()
        elif not CONTROL.fullmatch(part):
            lines[-1] += part
    return lines


def shortened(lines: list[str]) -> list[str]:
    """Without the blocks of `LEFT_OUT`; each begins with its title behind an empty line."""
    kept: list[str] = []
    dropping = False
    for line in lines:
        plain = Text.from_ansi(line).plain
        if plain and not plain.startswith(" "):
            dropping = plain.strip() in LEFT_OUT
            kept += [f"{plain}: …", ""] if dropping else []
        if not dropping:
            kept.append(line)
    return kept


def main() -> None:
    """Run the demo, and draw it."""
    written = run().replace(str(config.load().state_dir), SHOWN_STATE)
    drawn = rich.console.Console(record=True, width=WIDTH, file=io.StringIO())
    drawn.print(Text("$ make demo", style="bold"))
    for line in shortened(screen(written)):
        drawn.print(Text.from_ansi(line), soft_wrap=False)
    drawn.save_svg(str(HERE / "demo.svg"), title="")


if __name__ == "__main__":
    main()
