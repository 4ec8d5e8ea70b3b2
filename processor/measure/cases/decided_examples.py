"""Decided events as labelled examples, beside those that were made of earlier ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.checking import labelled
from processor.core.lookup import visibility
from processor.core.wire import plain
from processor.knowledge import examples
from processor.knowledge.piece import VISIBLE_TO
from processor.measure.cases import decided, gather, kept, writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from processor.checking.labelled import Labelled
    from processor.core.task import Task
    from processor.measure.cases.kept import Chosen
    from processor.measure.cases.values import Found
    from processor.measure.records import Case


AGAINST = (decided.REJECTED, kept.DISAGREED, kept.ANOTHER_LABEL, kept.ALSO_A_CASE, gather.CONTRADICTORY)
"""Why an example that was made of an event must not stay one."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The lines of the file as it becomes; how many are new, were decided anew, and are withdrawn."""

    lines: tuple[str, ...]
    added: int
    replaced: int
    withdrawn: int

    @property
    def changes(self) -> bool:
        """Whether the file is another than before."""
        return bool(self.added or self.replaced or self.withdrawn)


def update(project: Path, task: Task, found: Found, *, agreed: bool = False) -> tuple[Merged, Chosen]:
    """Bring a task's file of decided examples up to what people decided; what is in it now, and what was left out.

    Args:
        project: the project's folder.
        task: one of it.
        found: what people decided.
        agreed: only those that two reviewers agree on.

    Raises:
        DefinitionError: a file of labelled messages is broken.
        UsageError: the file cannot be read or written; it is as it was.
    """
    others = labelled.read(project, task.name)
    chosen = kept.as_examples(task, found, others, agreed=agreed)
    path = project / place(task)
    those = [each for each in others if each.path == place(task)]
    made = merge(task, writing.content(path).decode("utf-8-sig"), those, chosen)
    if made.changes:
        writing.write(path, made.lines)
    return made, chosen


def place(task: Task) -> str:
    """Where the file stands in the project."""
    return f"tasks/{task.name}/{examples.DECIDED}"


def merge(task: Task, before: str, those: Iterable[Labelled], chosen: Chosen) -> Merged:
    """Lines of examples with what was decided since, in place of what has the same id or input.

    One that a later decision speaks against, or that is measured on by now, is withdrawn. What the topics no longer
    hold stays.

    Args:
        task: whose [visibility] says who sees them.
        before: the file's text.
        those: its examples, as `labelled.read` gives them.
        chosen: as of `kept.as_examples`.
    """
    against = {each.id for each in chosen.exclusions if each.why in AGAINST}
    lines = before.split("\n")
    new = {case.id: line(task, case) for case in chosen.cases}
    inputs = {gather.normal_input(case.event.input): case.id for case in chosen.cases}
    made: dict[str, str] = {}
    replaced = withdrawn = 0
    for each in those:
        name = each.id if each.id in new else inputs.get(gather.normal_input(each.input))
        text = lines[each.line - 1]
        if name is not None:
            replaced += new[name] != text
            made[name] = new[name]
        elif each.id in against:
            withdrawn += 1
        else:
            made[each.id] = text
    added = new.keys() - made.keys()
    made |= {name: text for name, text in new.items() if name in added}
    return Merged(tuple(made.values()), len(added), replaced, withdrawn)


def line(task: Task, case: Case) -> str:
    """An example as a line of its file, without the line's end.

    Where the task has [visibility], only events of the same tenant see it.
    """
    event, named = case.event, task.definition.visibility
    fields: dict[str, Any] = {
        "id": event.id,
        "input": event.input,
        "answer": case.expected,
        "attributes": event.attributes,
        "labelled_by": list(case.labelled_by),
    }
    if named is not None and (owner := visibility.owner(named, event)) is not None:
        fields[VISIBLE_TO] = [owner]
    told = ("id", "input", "answer")
    shown = {name: value for name, value in fields.items() if name in told or value not in ([], {})}
    return json.dumps(plain.tree(shown), ensure_ascii=False)
