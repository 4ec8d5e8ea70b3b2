"""What the stack knows of a server; each kind stands in a module of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.config import Settings
    from processor.local.job import Job


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is started: its arguments and what is laid over the environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class Server(Protocol):
    """One server of the local stack.

    Attributes:
        name: as the user sees it, and its folder's name.
        ports: how many it needs, side by side; clients use the first.
        patience: seconds until it must be healthy after its start.
        grace: seconds that it may take to stop.
    """

    name: str
    ports: int
    patience: float
    grace: float

    def preflight(self) -> None:
        """Look whether this machine has what the server needs, before anything is fetched.

        Raises:
            StackError: something is missing.
        """
        ...

    def prepare(self, cache: Path, job: Job) -> Any:
        """Fetch or build what it runs from, where the cache has it not; `command` gets what this returns.

        Raises:
            StackError: it cannot be had.
        """
        ...

    def command(self, prepared: Any, folder: Path, port: int, job: Job) -> Command:
        """Write what it reads at its start into `folder`; its data goes to `folder / "data"`."""
        ...

    def addresses(self, port: int) -> dict[str, str]:
        """The settings (names of the environment) that point at it; the keys are what it supplies."""
        ...

    def where(self, settings: Settings) -> str:
        """The address that the settings give, for people."""
        ...

    def check(self, settings: Settings, *, thorough: bool) -> None:
        """Ask it as a client would.

        Args:
            settings: say where it is, and with which key.
            thorough: use it for what it is there for, once, rather than ask what costs nothing and is answered at
                once however busy it is.

        Raises:
            StageError: it does not answer as it should.
        """
        ...
