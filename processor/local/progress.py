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
        done: bytes fetched so far, where bytes are counted.
        total: bytes that there will be, where that is known.
        state: `ready` and `failed` end a server's steps.
    """

    server: str
    what: str
    seconds: float
    done: int | None = None
    total: int | None = None
    state: Literal["working", "ready", "failed"] = "working"


if TYPE_CHECKING:
    Report = Callable[[Step], None]
    """Called from several threads at once."""


def silent(step: Step) -> None:
    """Report to nobody."""
    del step


def megabytes(size: int) -> str:
    """A size for people: bytes as `12 MB`."""
    return f"{size / 1e6:.0f} MB"
