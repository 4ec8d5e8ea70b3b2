"""What a verdict reads from the disk: the assumptions that override, and the history of the task's folder."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from processor.core import errors
from processor.measure.verdict import assumptions
from processor.measure.verdict.evidence import History

if TYPE_CHECKING:
    from pathlib import Path

    from processor.measure.verdict.assumptions import Assumptions

PATIENCE = 30.0
"""Seconds that Git may take."""

SECONDS_PER_DAY = 86_400


def assumed(root: Path, task: str, said: tuple[str, ...] = ()) -> Assumptions:
    """The assumptions: those of untuned, of the project's folder, of the task's, and of `--assume`; the later wins.

    Raises:
        DefinitionError: a file has an unknown key or a wrong value; with its line.
        UsageError: `--assume` has.
    """
    found = assumptions.defaults()
    for path in (assumptions.FILE, f"tasks/{task}/{assumptions.FILE}"):
        try:
            text = (root / path).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise errors.DefinitionError(path, f"cannot be read: {error}") from error
        found = assumptions.override(found, text, path)
    return assumptions.assume(found, said)


def of_folder(root: Path, task: str, now: datetime) -> History | None:
    """How often what a model is told and held to was committed since it first was; None without a Git history.

    That is task.toml, the prompts, the schema and the rules. Labels and knowledge change without a new fine-tune. The
    first commit is no change.
    """
    paths = [
        f"tasks/{task}/task.toml",
        f":(glob)tasks/{task}/*.md",
        f":(exclude)tasks/{task}/README.md",
        f"schemas/{task}.avsc",
        f"rules/{task.replace('-', '_')}.py",
    ]
    command = ["git", "-C", str(root), "log", "--format=%ct", "--no-merges", "--", *paths]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    times = [int(line) for line in done.stdout.split()]
    if not times:
        return None
    days = (now - datetime.fromtimestamp(min(times), UTC)).total_seconds() / SECONDS_PER_DAY
    if days <= 0:
        return None
    changes = len(times) - 1
    return History(changes, days, f"{changes} commits in {days:.0f} days of the task's files after the first")
