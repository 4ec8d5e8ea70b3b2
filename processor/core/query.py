"""What to ask the vector store for an event, from the task's [[retrieval]] tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

from processor.core import collections, errors
from processor.core.records import Query, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event
    from processor.core.task import Task


def build(task: Task, event: Event, prefix: str) -> tuple[Query, ...]:
    """One query per [[retrieval]] table, in their order.

    Raises:
        Refused: the event lacks what a query template needs.
    """
    return tuple(
        Query(
            kind=retrieval.kind,
            collection=collections.name(prefix, task.name, retrieval.kind),
            text=text(template, event.input, event),
            alpha=retrieval.alpha,
            top_k=retrieval.top_k,
            min_score=retrieval.min_score,
        )
        for retrieval, template in zip(task.definition.retrieval, task.queries, strict=True)
    )


def text(template: jinja2.Template, given: Mapping[str, Any], event: Event | None = None) -> str:
    """A query template over an event's input; the same over an example's input gives the text that it is found by.

    Raises:
        Refused: the input lacks what the template needs.
    """
    try:
        return template.render(input=given, event=event).strip()
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        detail = f"the query template in task.toml cannot be filled: {error}"
        raise errors.Refused(Reason.INVALID_INPUT, detail) from error
