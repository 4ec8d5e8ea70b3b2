"""What was seen of decided items is kept, so that whoever asks again waits only for what is new since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.review.quality import summary
from processor.review.quality.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from processor.core.task import Task
    from processor.review.decided import Audits, Decided, Mark
    from processor.review.quality.seen import Seen
    from processor.review.quality.values import Quality

MOST = 20_000
"""Items that are kept, about a kilobyte each; of more, the rest is looked at each time."""


class Memory:
    """Reckons figures, whoever's they are: what is seen of an item is the same for everybody.

    It is for one thread at a time.
    """

    def __init__(self, task: Callable[[str], Task | None], most: int = MOST) -> None:
        """Empty.

        Args:
            task: a task of the project by its name; of one that is gone, answers are held against each other as JSON.
            most: items that are kept.
        """
        self._task = task
        self._most = most
        self._judges: dict[str, tuple[Task | None, Judge]] = {}
        self._kept: dict[str, tuple[Mark, Judge, Seen]] = {}

    def quality(
        self,
        marks: Sequence[Mark],
        read: Callable[[Sequence[str]], Iterable[Decided]],
        waiting: Iterable[Audits] = (),
    ) -> Quality:
        """The figures of the items with these marks.

        Args:
            marks: as `ports.View.decided` gives them.
            read: as `ports.View.decisions`; what it does not give is left out.
            waiting: audits that were drawn and that nobody has decided yet.
        """
        judges, found = self._looked(marks, read)
        return summary.of(found, {name: judge.class_at for name, judge in judges.items()}, waiting)

    def look(self, marks: Sequence[Mark], read: Callable[[Sequence[str]], Iterable[Decided]]) -> None:
        """Look at what is new of these, so that nobody waits for it later; `marks` and `read` as of `quality`."""
        self._looked(marks, read)

    def _looked(
        self, marks: Sequence[Mark], read: Callable[[Sequence[str]], Iterable[Decided]]
    ) -> tuple[dict[str, Judge], tuple[Seen, ...]]:
        judges = {name: self._judge(name) for name in {mark.task for mark in marks}}
        found = {mark.ref: self._known(mark, judges[mark.task]) for mark in marks}
        for item in read([ref for ref, seen in found.items() if seen is None]):
            judge = judges[item.mark.task]
            found[item.mark.ref] = seen = judge.seen(item)
            self._kept[item.mark.ref] = item.mark, judge, seen
        for ref in list(self._kept)[: -self._most]:
            del self._kept[ref]
        return judges, tuple(seen for seen in found.values() if seen is not None)

    def _judge(self, name: str) -> Judge:
        """A task's; another one as soon as the task is another version."""
        task = self._task(name)
        known = self._judges.get(name)
        if known is None or known[0] is not task:
            self._judges[name] = known = task, Judge(task)
        return known[1]

    def _known(self, mark: Mark, judge: Judge) -> Seen | None:
        """What is kept of an item, now the last to be forgotten; None where something about it is new."""
        known = self._kept.pop(mark.ref, None)
        if known is None or known[0] != mark or known[1] is not judge:
            return None
        self._kept[mark.ref] = known
        return known[2]
