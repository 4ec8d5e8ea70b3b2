"""What `up` is doing, as values: the servers' threads report them and a display shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Step:
    """One server's progress at one moment.

    Attributes:
        server: whose step it is: `kafka`, `weaviate`, `chat`, `embeddings`.
        what: what is being done, in words for the user.
        seconds: since this server's work began.
        done: how much is done, where that is counted.
        total: how much there will be, where that is known.
        unit: of both: `bytes`, or what else is counted.
        state: `ready` and `failed` end a server's steps.
    """

    server: str
    what: str
    seconds: float
    done: int | None = None
    total: int | None = None
    unit: str = "bytes"
    state: Literal["working", "ready", "failed"] = "working"


if TYPE_CHECKING:
    Report = Callable[[Step], None]
    """Called from several threads at once."""


def silent(step: Step) -> None:
    """Report to nobody."""
    del step


def amount(step: Step) -> str:
    """How much of a step is done, for people: `12 of 93 MB`, `412 packages`; empty where nothing is counted."""
    if step.done is None:
        return ""
    scale, unit = (1e6, "MB") if step.unit == "bytes" else (1, step.unit)
    whole = f" of {step.total / scale:.0f}" if step.total else ""
    return f"{step.done / scale:.0f}{whole} {unit}"
