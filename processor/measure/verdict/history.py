"""What a verdict reads from the disk: the assumptions that override, and the history of the task's folder."""

from __future__ import annotations

import subprocess
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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

    That is task.toml, the prompts, the schema and the rules. Labels and knowledge change without a new fine-tune, and
    so do thresholds: a commit of nothing but what `untuned calibrate` wrote is no change. Nor is the first commit.
    """
    file = f"tasks/{task}/task.toml"
    paths = [
        file,
        f":(glob)tasks/{task}/*.md",
        f":(exclude)tasks/{task}/README.md",
        f"schemas/{task}.avsc",
        f"rules/{task.replace('-', '_')}.py",
    ]
    told = _git(root, "log", "--format=%x00%H %ct", "--name-only", "--relative", "--no-merges", "--", *paths)
    commits = [each.split() for each in (told or "").split("\0")[1:]]
    if not commits:
        return None
    days = (now - datetime.fromtimestamp(min(int(each[1]) for each in commits), UTC)).total_seconds() / SECONDS_PER_DAY
    if days <= 0:
        return None
    # A calibration always writes the line `of`: only commits with one have to be read.
    written = set((_git(root, "log", "--format=%H", "-G^of = ", "--no-merges", "--", file) or "").split())
    alone = [commit for commit, _, *names in commits if commit in written and names == [file]]
    changes = len(commits) - 1 - sum(_calibrated(root, commit, file) for commit in alone)
    return History(changes, days, f"{changes} commits in {days:.0f} days of the task's files after the first")


def _git(root: Path, *arguments: str) -> str | None:
    """What Git prints; None where it cannot say."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=True)
    except (OSError, UnicodeDecodeError, subprocess.SubprocessError):
        return None
    return done.stdout


def _calibrated(root: Path, commit: str, file: str) -> bool:
    """Whether a commit wrote a calibration into task.toml and nothing else."""
    texts = [_git(root, "show", f"{revision}:./{file}") for revision in (f"{commit}^", commit)]
    try:
        before, after = (tomllib.loads((text or "").removeprefix("\ufeff")) for text in texts)
    except tomllib.TOMLDecodeError:
        return False
    was, now = before.pop("calibration", None), after.pop("calibration", None)
    steps, made = _bare(before.pop("step", [])), _bare(after.pop("step", []))
    if not before or before != after or now in (None, was) or steps is None or made is None:
        return False
    # A task that wrote no steps got some, for the thresholds to stand at.
    return steps == made or (not steps and all(set(step) == {"prompt"} for step in made))


def _bare(steps: Any) -> list[dict[str, Any]] | None:
    """The steps without what calibration writes; None where these are no steps."""
    if not (isinstance(steps, list) and all(isinstance(step, dict) for step in steps)):
        return None
    return [{key: value for key, value in step.items() if key not in {"accept", "field"}} for step in steps]
