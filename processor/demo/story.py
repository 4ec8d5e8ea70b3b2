"""The way of one event through several workers, out of their logs."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

STAGES = {"retrieve_s": "retrieval", "complete_s": "model", "judge_s": "checks"}


@dataclass(frozen=True, slots=True)
class Line:
    """One decision as a worker logged it. `worker` counts from 1, `at` is when it was logged."""

    worker: int
    at: datetime
    decision: str
    fields: Mapping[str, Any]

    @property
    def attempt(self) -> int:
        """Which attempt it decided on; 0 where the line does not say."""
        found = self.fields.get("attempt")
        return found if isinstance(found, int) else 0


def parse(logs: Sequence[str]) -> list[Line]:
    """The decisions in the workers' logs, in the order of time."""
    found = []
    for worker, log in enumerate(logs, start=1):
        for text in log.splitlines():
            line = _line(worker, text)
            if line is not None:
                found.append(line)
    return sorted(found, key=lambda line: line.at)


def _line(worker: int, text: str) -> Line | None:
    """None for what is no decision: a library's line, a broken one, a note about the worker itself."""
    try:
        fields = json.loads(text)
        decision = fields["event"]
        at = datetime.fromisoformat(fields["timestamp"])
    except (ValueError, KeyError, TypeError):
        return None
    return Line(worker, at, decision, fields) if decision in ("result", "retry", "review", "wait") else None


def retried(lines: Iterable[Line], wanted: Collection[str]) -> list[Line]:
    """The lines of one event that was retried; best one that two workers worked on and that ended in a result.

    Args:
        lines: of the workers' logs.
        wanted: ids of the events that may be told of.
    """
    by_event: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.fields.get("id") in wanted and line.decision != "wait":
            by_event[line.fields["id"]].append(line)
    told = [story for story in by_event.values() if story[0].decision == "retry" and len(story) > 1]
    return max(told, key=_worth, default=[])


def _worth(story: list[Line]) -> tuple[bool, int]:
    return story[-1].decision == "result", len({line.worker for line in story})


def tell(story: Sequence[Line]) -> list[str]:
    """The lines for people, times relative to the first."""
    return [f"{(line.at - story[0].at).total_seconds():6.2f} s  {_sentence(line)}" for line in story]


def _sentence(line: Line) -> str:
    fields = line.fields
    what = line.decision
    if violated := fields.get("violated"):
        what += f", violated: {', '.join(map(str, violated))}"
    spent = [f"{name} {float(fields[key]):.2f} s" for key, name in STAGES.items() if key in fields]
    whole = f"{float(fields.get('seconds', 0)):.2f} s in all"
    return f"worker {line.worker}  attempt {line.attempt}  {what} ({', '.join([*spent, whole])})"


def last_wait(lines: Sequence[Line]) -> str:
    """What the workers waited for, as the last of them said; empty where none waits."""
    last = next((line for line in reversed(lines)), None)
    if last is None or last.decision != "wait":
        return ""
    return f"{last.fields.get('dependency')}: {last.fields.get('detail')}"
