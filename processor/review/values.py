"""The values that go between the parts of the review application, all frozen."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from processor.core.records import Message, Ruling

REF_BYTES = 12


class Role(StrEnum):
    """What a user may do."""

    REVIEWER = "reviewer"  # sees and decides what is in their scope
    ADMIN = "admin"  # also bulk actions over a whole filter, the log, and figures by person


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who is logged in.

    `tasks` and `tenants` bound what they see; None is everything. A tenant is an event's value of the attribute that
    its task's [visibility] names; events of a task without [visibility], and bytes that are no event, are seen only by
    those whose `tenants` is None.
    """

    name: str
    role: Role = Role.REVIEWER
    tasks: frozenset[str] | None = None
    tenants: frozenset[str] | None = None

    @property
    def sees_log(self) -> bool:
        """Whether the audit log is theirs to read: it has the ids of all tasks' and tenants' events."""
        return self.role is Role.ADMIN and self.tasks is None and self.tenants is None


@dataclass(frozen=True, slots=True)
class Key:
    """One round of one event: what an item is of. Two messages with the same key are one item.

    `event_id` of bytes that are no event is where they stood, and `task` empty.
    """

    task: str
    event_id: str
    replay: int = 0

    @property
    def ref(self) -> str:
        """A short name for addresses: 16 characters of base64url, the same on every instance."""
        text = "\0".join((self.task, self.event_id, str(self.replay)))
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=REF_BYTES).digest()
        return base64.urlsafe_b64encode(digest).decode()


State = Literal["open", "second", "closed"]
"""`open`: nobody has decided. `second`: decided, and waits for another reviewer's blind check. `closed`: done."""


@dataclass(frozen=True, slots=True)
class Row:
    """An item as the queue shows it.

    Attributes:
        key: what it is of.
        state: how it stands.
        reason: a `Reason`'s value, or `BLIND` where the reader must not know it.
        rules: names of what its last answer violates; empty where the reader must not know it.
        summary: the beginning of the event's text, one line, at most 200 characters.
        at: when it was sent to review, by the broker.
        cost: US dollars so far; None where a price is not known.
        worth: what a decision on it teaches: how many open items fail as it does, over those decided plus one.
        held_by: who has it before them now; empty where nobody has.
        decided_by: whose ruling counts; empty where nobody decided.
    """

    key: Key
    state: State
    reason: str
    rules: tuple[str, ...]
    summary: str
    at: datetime
    cost: Decimal | None
    worth: float
    held_by: str = ""
    decided_by: str = ""


BLIND = "blind_check"
"""What stands in place of the reason of an item that is shown blind."""


@dataclass(frozen=True, slots=True)
class Item:
    """A review item whole.

    Attributes:
        row: as in the queue, never veiled.
        record: of the review topic, as `wire.read` gives it; free JSON opened.
        message: that it came in: its key and headers go on with the event.
        inclusion: of an audit.
        second: whether it is among the share that two reviewers decide.
        rulings: all of this round, in the topic's order: the first that is not blind counts.
        others: whether its id has come again with another input, which is shown nowhere.
    """

    row: Row
    record: Mapping[str, Any]
    message: Message
    inclusion: float | None = None
    second: bool = False
    rulings: tuple[Ruling, ...] = ()
    others: bool = False

    @property
    def key(self) -> Key:
        """What it is of."""
        return self.row.key

    @property
    def ref(self) -> str:
        """Its short name."""
        return self.row.key.ref

    @property
    def is_audit(self) -> bool:
        """Whether it passed, and is looked at as a sample."""
        return self.inclusion is not None

    @property
    def ruling(self) -> Ruling | None:
        """The one that counts; of an audit the first of all."""
        return next((each for each in self.rulings if self.is_audit or not each.blind), None)

    def blind_for(self, reviewer: str) -> bool:
        """Whether this reviewer must not see what stood against it, nor what others decided: until they decided."""
        if any(each.by == reviewer for each in self.rulings):
            return False
        return self.is_audit or (self.second and self.ruling is not None)


Order = Literal["oldest", "newest", "worth", "cost"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items are asked for. Empty texts ask for all.

    `state` is `open` for what waits for this reviewer (blind checks among it), `closed` for what is done, `all`.
    `text` is searched for in the event's input, attributes and id. `older` and `newer` are ages in seconds.
    """

    task: str = ""
    reason: str = ""
    rule: str = ""
    text: str = ""
    older: float | None = None
    newer: float | None = None
    min_cost: Decimal | None = None
    state: Literal["open", "closed", "all"] = "open"
    order: Order = "oldest"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue. `total` counts all that fit; `after` asks for the next page, empty on the last."""

    rows: tuple[Row, ...]
    total: int
    after: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for a reviewer, by what the queue can be filtered by; each only where it is not 0."""

    open: int = 0
    tasks: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    decided_today: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has an item, and until when by the broker's clock."""

    by: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a ruling.

    Attributes:
        ruling: the one that counts; another reviewer's where this one came second.
        counts: whether it is the one that was given.
        outcome: what was published for it, where it counts; None where nothing had to be, or it is not confirmed yet
            (the application sees to it, whatever happens to this request).
    """

    ruling: Ruling
    counts: bool
    outcome: Literal["result", "retry", "again"] | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of the audit log: who did what, when. `about` has names and numbers, never an event's contents."""

    number: int
    at: datetime
    what: str
    by: str
    about: Mapping[str, str | float]
