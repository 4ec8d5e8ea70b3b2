"""Every error that untuned raises on purpose.

    UntunedError                     one clear line that says what to do
    ├── UsageError                   the call or the settings are wrong (exit code 2)
    │   └── DefinitionError          a task definition is broken: file, line, what would be right
    ├── StackError                   a part of the local stack cannot be had or does not start
    └── StageError                   a stage of the way of one event failed
        ├── Refused                  this event can never pass: it goes to review, with a reason
        ├── Unavailable              a dependency is away, slow or limits us: wait, no attempt is spent
        └── Misconfigured            wrong key, missing model or collection: pause until it is mended

Adapters translate the exceptions of the library that they wrap into these, at their edge, with `raise … from`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.core.records import Reason


class UntunedError(Exception):
    """The root. `str(error)` is one clear line that says what to do; it holds no event contents and no secrets."""


class UsageError(UntunedError):
    """The call or the settings are wrong; nothing was done."""


class DefinitionError(UsageError):
    """A task definition is broken.

    Attributes:
        path: the file, relative to the project folder.
        line: its line, counted from 1, where it is known.
    """

    def __init__(self, path: str, message: str, line: int | None = None) -> None:
        self.path = path
        self.line = line
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {message}")


class StackError(UntunedError):
    """A part of the local stack cannot be had or does not start; the message says which, why and what to do."""


class StageError(UntunedError):
    """A stage of the way of one event failed."""


class Refused(StageError):
    """This event can never pass this stage, however often it is tried.

    Attributes:
        reason: from the closed list of review reasons.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class Unavailable(StageError):
    """A dependency is away, slow or limits us. Waiting may help; no attempt is spent.

    Attributes:
        dependency: `model` (`model NAME` where it is a [models.NAME]), `embeddings`, `weaviate`, `kafka`, `registry`.
        retry_after: seconds that the dependency asked to wait, where it did.
        limited: it is there, and wants us slower (HTTP 429).
        unreached: nobody takes the connection, so that no event can be to blame.
    """

    def __init__(
        self,
        dependency: str,
        message: str,
        retry_after: float | None = None,
        *,
        limited: bool = False,
        unreached: bool = False,
    ) -> None:
        self.dependency = dependency
        self.retry_after = retry_after
        self.limited = limited
        self.unreached = unreached
        super().__init__(message)


class Misconfigured(StageError):
    """A wrong key, a missing model or collection: nothing passes until somebody mends it; nothing is spent or lost.

    Attributes:
        dependency: as in `Unavailable`.
        shared: it meets whoever asks this dependency, and not only those who ask for one collection or model.
    """

    def __init__(self, dependency: str, message: str, *, shared: bool = True) -> None:
        self.dependency = dependency
        self.shared = shared
        super().__init__(message)
