"""What the end of a call says of the dependency that was called."""

from __future__ import annotations

from enum import Enum

from processor.core import errors


class Outcome(Enum):
    """How a call ended, as far as its dependency is concerned."""

    ANSWERED = "answered"  # with what was asked for, or with a refusal of this one request
    LIMITED = "limited"  # it is there, and wants us slower
    FAILED = "failed"  # it may be away, or this one call may have been to blame
    UNREACHED = "unreached"  # nobody takes the connection
    REFUSED = "refused"  # it refuses whoever asks, until somebody mends it
    SILENT = "silent"  # nothing can be said: cancelled, another dependency failed, a defect of ours


def of(error: BaseException | None, dependency: str) -> Outcome:
    """What `error`, or its absence, says of `dependency`; an error of another one says nothing."""
    if error is None or isinstance(error, errors.Refused):
        return Outcome.ANSWERED
    if not isinstance(error, errors.Unavailable | errors.Misconfigured) or error.dependency != dependency:
        return Outcome.SILENT
    if isinstance(error, errors.Misconfigured):
        return Outcome.REFUSED if error.shared else Outcome.SILENT
    if error.limited:
        return Outcome.LIMITED
    return Outcome.UNREACHED if error.unreached else Outcome.FAILED
