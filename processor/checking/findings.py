"""What trying a task on its own labelled messages showed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from processor.core.rules import Rule

IDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be right: a label, a rule or a counterexample is wrong. `message` is one sentence."""

    path: str
    line: int
    id: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.id}: {self.message}"


@dataclass(slots=True)
class Tried:
    """One rule: on which right answers and which counterexamples it fired, and its longest time in seconds."""

    rule: Rule
    labels: list[str] = field(default_factory=list)
    counterexamples: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def never(self) -> bool:
        """Whether it fired on nothing: nobody has seen it work."""
        return not self.labels and not self.counterexamples


@dataclass(slots=True)
class Findings:
    """All of one task. `labels` counts right answers that were tried, `partial` those that say too little for it."""

    rules: dict[str, Tried]
    problems: list[Problem] = field(default_factory=list)
    labels: int = 0
    partial: int = 0
    counterexamples: int = 0

    @property
    def never(self) -> list[str]:
        """The rules that fired on nothing."""
        return [name for name, tried in self.rules.items() if tried.never]

    def row(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "labels": self.labels,
            "partial": self.partial,
            "counterexamples": self.counterexamples,
            "problems": [
                {"file": each.path, "line": each.line, "id": each.id, "message": each.message} for each in self.problems
            ],
            "never": self.never,
            "rules": [
                {
                    "rule": name,
                    "description": tried.rule.description,
                    "severity": tried.rule.severity,
                    "then": tried.rule.then,
                    "labels": tried.labels,
                    "counterexamples": tried.counterexamples,
                    "slowest_s": round(tried.slowest, 6),
                }
                for name, tried in self.rules.items()
            ],
        }


def some(ids: list[str]) -> str:
    """A few of many ids, with how many there are."""
    if not ids:
        return "–"
    more = f" … ({len(ids)})" if len(ids) > IDS_SHOWN else ""
    return ", ".join(ids[:IDS_SHOWN]) + more
