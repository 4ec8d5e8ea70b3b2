"""The last verdict on each task, kept beside the local state, for `untuned export` to ask. It holds no contents."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings
    from processor.measure.verdict.values import Answer, Verdict


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of a verdict."""

    version: str
    answer: Answer
    sentence: str
    at: str
    cases: int


def keep(settings: Settings, found: Verdict) -> None:
    """Remember a verdict as the task's last one; one of an unfinished measurement says nothing, and is none.

    Raises:
        UsageError: the state folder cannot be written to.
    """
    if found.unfinished:
        return
    path = _path(settings, found.task)
    row = {
        "version": found.version,
        "answer": found.answer,
        "sentence": found.sentence,
        "at": found.at.isoformat(),
        "cases": found.cases,
    }
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(row) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be written: {error.strerror}") from error


def last(settings: Settings, task: str, version: str) -> Kept | None:
    """The last verdict on this version of a task; None where there is none, or the last was on another version."""
    try:
        row = json.loads(_path(settings, task).read_text(encoding="utf-8"))
        found = Kept(**row)
    except (OSError, ValueError, TypeError):
        return None
    return found if found.version == version else None


def _path(settings: Settings, task: str) -> Path:
    return settings.state_dir / "verdicts" / f"{task}.json"
