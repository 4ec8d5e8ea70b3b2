"""All that a task could have been shown: its knowledge as passages, without a server; and what its labels name besides.

The files of the task's folder are what counts: the vector store holds what they hold (`untuned knowledge load`).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.lookup import collections
from processor.core.records import Passage
from processor.knowledge import gather, offline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from processor.core.lookup.entry import Entry
    from processor.core.task import Task
    from processor.measure.records import Case

LARGEST = 64 * 1024
"""Bytes of a document outside the knowledge base that a label may name: it has to fit into a prompt."""

EVERYBODY = ("*",)


@dataclass(frozen=True)
class Held:
    """What there is to put in.

    Attributes:
        passages: of the knowledge base, each as the [[retrieval]] table would give it that searches it; what no table
            searches has an empty `retrieval`.
        outside: documents of the project that labels name and that are not in the knowledge base, by that name.
    """

    passages: tuple[Passage, ...] = ()
    outside: Mapping[str, Passage] = field(default_factory=dict)

    @functools.cached_property
    def _rarity(self) -> Mapping[str, float]:
        words = Counter(word for passage in self.passages for word in _words(passage))
        return {word: math.log(1 + len(self.passages) / holding) for word, holding in words.items()}

    def nearest(self, text: str, among: Iterable[Passage]) -> list[Passage]:
        """Those passages, the one first that shares most with a text, by its rare words."""
        rarity = self._rarity
        asked = set(re.findall(r"\w+", text.casefold()))

        def shared(passage: Passage) -> float:
            words = _words(passage)
            return sum(rarity.get(word, 0.0) for word in words & asked) / math.sqrt(1 + len(words))

        return sorted(among, key=lambda passage: (-shared(passage), passage.id))


def read(task: Task, root: Path, cases: Iterable[Case] = ()) -> Held:
    """What the task's folder holds.

    Args:
        task: with the [[retrieval]] tables that it has without any rung taken off.
        root: the project's folder.
        cases: labelled cases; of what their `gold` names outside the knowledge base, the files are read.

    Raises:
        DefinitionError: as `gather.gather`.
    """
    kinds = gather.gather(task, root, "") if task.definition.retrieval else ()
    passages = tuple(_passage(task, each.kind, entry) for each in kinds for entry in each.entries)
    known = {passage.id for passage in passages} | {passage.source for passage in passages}
    named = dict.fromkeys(name for case in cases for name in case.gold if name not in known)
    outside = {name: found for name in named if (found := _outside(task, root, name)) is not None}
    return Held(passages, outside)


def _passage(task: Task, kind: collections.Kind, entry: Entry) -> Passage:
    tables = (table for table in task.definition.retrieval if table.kind == kind)
    finds = (table.name for table in tables if not table.files or collections.matches(entry.source, table.files))
    return offline.passage(entry, kind, next(finds, ""))


def _outside(task: Task, root: Path, name: str) -> Passage | None:
    """The text of a file of the project, the name of which a label gives from its folder or the task's."""
    for folder in (root, root / "tasks" / task.name):
        path = (folder / name).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise errors.DefinitionError(name, f"is named by a label and cannot be read: {error}") from error
        return made(name, name, text)
    return None


def made(ident: str, source: str, text: str) -> Passage:
    """A fact that is in no knowledge base."""
    digest = hashlib.sha256(json.dumps([source, text]).encode()).hexdigest()[:16]
    return Passage(ident, "fact", source, "", text, None, None, 1.0, digest, visible_to=EVERYBODY)


def under(passage: Passage, table: str) -> Passage:
    """The same passage as another table would have found it."""
    return dataclasses.replace(passage, retrieval=table)


def _words(passage: Passage) -> set[str]:
    return set(re.findall(r"\w+", f"{passage.title}\n{passage.text}".casefold()))
