"""Retrieval without servers, for checks and tests: what the task's own files hold, ranked by shared words.

A collection of up to `WHOLE` facts comes whole, as far as files, filters and visibility permit it: what a perfect
retrieval would find. Of larger ones the nearest by words come, and of examples as many as a worker would get.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from processor.core.lookup import collections, query
from processor.core.lookup.entry import label
from processor.core.records import Passage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processor.core.lookup.entry import Entry
    from processor.core.records import Event, Query
    from processor.core.task import Task
    from processor.knowledge.load import Wanted

WHOLE = 500

RAREST = 24
"""So many words of a text are looked up, the rarest first: the others stand everywhere, and cost most."""


class Offline:
    """The knowledge of one task, as `gather.gather` reads it."""

    def __init__(self, task: Task, wanted: Iterable[Wanted]) -> None:
        self._task = task
        self._held = {each.kind: _Index(each.entries) for each in wanted}

    def retrieve(self, event: Event, without: str | None = None) -> tuple[Passage, ...]:
        """The passages for an event; `without` leaves out the one of that id, which the event was made from.

        Raises:
            Refused: the event lacks what a query or a filter needs.
        """
        found: dict[tuple[str, str], Passage] = {}
        for asked in query.build(self._task, event, ""):
            for each in self._search(asked) if query.answerable(asked) else ():
                if each.id != without:
                    found.setdefault((each.retrieval, each.content_hash), each)
        return tuple(found.values())

    def _search(self, asked: Query) -> list[Passage]:
        index = self._held[asked.kind]
        shared = index.shared(asked.text)
        permitted = [number for number, entry in enumerate(index.entries) if permits(asked, entry)]
        most = asked.top_k + 1 if asked.kind == "example" or len(permitted) > WHOLE else len(permitted)
        nearest = sorted(permitted, key=lambda number: (-shared[number], number))[:most]
        return [index.passage(number, asked.name, asked.kind) for number in nearest]


def permits(asked: Query, entry: Entry) -> bool:
    """Whether a query may find an entry: its files, filters and visibility."""
    return (
        (not asked.files or collections.matches(entry.source, asked.files))
        and all(label(name, value) in entry.labels for name, value in asked.filters.items())
        and (asked.visible_to is None or bool(asked.visible_to.intersection(entry.visible_to)))
    )


class _Index:
    """Which entries hold which word."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(entries):
            for word in _words(entry.embedded):
                self._holding[word].append(number)
        self.passage = functools.cache(lambda number, retrieval, kind: passage(entries[number], kind, retrieval))

    def shared(self, text: str) -> Counter[int]:
        """How many words each entry shares with a text."""
        known = sorted(
            (word for word in _words(text) if word in self._holding), key=lambda word: len(self._holding[word])
        )
        return Counter(number for word in known[:RAREST] for number in self._holding[word])


def passage(entry: Entry, kind: collections.Kind, retrieval: str) -> Passage:
    """An entry as the retrieval of that name would give it; its score says nothing."""
    return Passage(
        id=entry.id,
        kind=kind,
        source=entry.source,
        title=entry.title,
        text=entry.text,
        input=entry.input,
        answer=entry.answer,
        score=1.0,
        content_hash=entry.content_hash,
        retrieval=retrieval,
        columns=entry.columns,
        position=entry.position,
        visible_to=entry.visible_to,
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
