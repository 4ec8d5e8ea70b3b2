"""What is known of attempts that were begun: answers that are paid for, and attempts that are done.

Its records are those of the journal topic: the key names the attempt, the value is JSON, `{"answer": …}` and later
`{"done": "result"}`. Anything else there is left alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from processor.core.records import Completion, Usage


@dataclass(frozen=True, slots=True)
class Paid:
    """A model's answer to one attempt, by one `version` of the task's definition."""

    version: str
    completion: Completion


class Ledger:
    """The newest `most` attempts that are done, and the answers of those that are not."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._done: dict[str, None] = {}
        self._paid: dict[str, Paid] = {}

    def pay(self, attempt: str, paid: Paid) -> None:
        """Note an answer; the last one counts."""
        if attempt not in self._done:
            self._paid[attempt] = paid

    def finish(self, attempt: str) -> None:
        """Note that an attempt's outcome is published."""
        self._paid.pop(attempt, None)
        self._done.pop(attempt, None)
        self._done[attempt] = None
        if len(self._done) > self._most:
            del self._done[next(iter(self._done))]

    def is_done(self, attempt: str) -> bool:
        """Whether the attempt's outcome is published, as far as is remembered."""
        return attempt in self._done

    def answer(self, attempt: str, version: str) -> Completion | None:
        """The answer that was paid for, where the definition is still the one that asked."""
        paid = self._paid.get(attempt)
        return paid.completion if paid is not None and paid.version == version else None

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """A record of the journal, in the order of the topic; what is none is left alone."""
        try:
            attempt, found = (key or b"").decode(), json.loads(value or b"null")
            if isinstance(found, dict) and "done" in found:
                self.finish(attempt)
            else:
                self.pay(attempt, _paid(found["answer"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            return

    def merge(self, newer: Ledger) -> None:
        """Take in what was read behind what is known."""
        for attempt in newer._done:
            self.finish(attempt)
        for attempt, paid in newer._paid.items():
            self.pay(attempt, paid)


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of one partition's journal: what it says, and the position behind it."""

    found: Ledger
    position: int


def paid_record(paid: Paid) -> bytes:
    """The journal's value for an answer."""
    return _json({"answer": {"version": paid.version, **asdict(paid.completion)}})


def done_record(kind: str) -> bytes:
    """The journal's value for an attempt whose outcome, of this kind, is published."""
    return _json({"done": kind})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _paid(found: dict[str, Any]) -> Paid:
    version, usage = found.pop("version"), Usage(**found.pop("usage"))
    return Paid(version, Completion(usage=usage, **found))
