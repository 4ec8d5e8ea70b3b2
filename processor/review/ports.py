"""What the pages need of the view and the desk; the tests' fakes have the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence

    from processor.core.records import Ruling
    from processor.review.decided import Audits, Decided, Mark
    from processor.review.values import Counts, Filter, Holder, Item, Page, Reviewer, Row, Settled


class View(Protocol):
    """Reads of the local view: milliseconds, no waiting. What is out of a reviewer's scope is not there for them.

    Rows and pages are veiled for the reviewer: a blind item's reason is `BLIND`, and it has no rules; no filter or
    count tells it from other blind items.
    """

    def item(self, ref: str, reviewer: Reviewer) -> Item | None:
        """The item whole, unveiled: who shows it asks `blind_for`."""

    def page(self, wanted: Filter, reviewer: Reviewer, after: str = "", limit: int = 50) -> Page:
        """A page of the items that fit."""

    def rows(self, refs: Collection[str], reviewer: Reviewer) -> tuple[Row, ...]:
        """Those of the items that are there, as a page has them."""

    def next(self, wanted: Filter, reviewer: Reviewer, skip: Collection[str] = ()) -> str | None:
        """The ref of the first item that fits, is open for the reviewer, is held by nobody else and not in `skip`."""

    def counts(self, wanted: Filter, reviewer: Reviewer) -> Counts:
        """What is open for the reviewer within the filter's text, age and cost."""

    def rounds(self, task: str, event_id: str, reviewer: Reviewer) -> tuple[Item, ...]:
        """All items of an event, oldest first."""

    def given(self, reviewer: Reviewer, since: float) -> Iterable[tuple[str, str]]:
        """Of each ruling that the reviewer gave since then (as of `decided`), the ref of its item, and its id."""

    def holder(self, ref: str) -> Holder | None:
        """Who has the item now."""

    def decided(self, reviewer: Reviewer, task: str = "", since: float | None = None) -> tuple[Mark, ...]:
        """The mark of every item with a ruling that counts, oldest ruling first; `since` in seconds of the epoch."""

    def decisions(self, refs: Sequence[str]) -> Iterator[Decided]:
        """Those of the items that are decided, whatever their scope: `decided` says whose figures they go into."""

    def undecided_audits(self, reviewer: Reviewer, task: str = "", since: float | None = None) -> tuple[Audits, ...]:
        """How many audits that came since then wait; for figures over all of them, and never of one item."""


class Desk(Protocol):
    """What changes things, through Kafka. All raise `Unavailable` or `Misconfigured` where Kafka is away."""

    async def take(self, ref: str, reviewer: Reviewer) -> Holder:
        """Ask for the item's lease, or renew it; who has it then, this reviewer or another."""

    async def give_back(self, ref: str, reviewer: Reviewer) -> None:
        """End the reviewer's lease."""

    async def decide(self, ruling: Ruling) -> Settled:
        """Publish a ruling, and what follows from it where it is the first; returns once the broker has both.

        Raises:
            LookupError: there is no such item.
        """

    def changes(self) -> AsyncIterator[int]:
        """A number that grows whenever the view has changed, at most a few times a second; for live updates."""
