"""What to ask the vector store for an event, from the task's [[retrieval]] tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

from processor.core import errors
from processor.core.lookup import collections, visibility
from processor.core.records import Query, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.definition import Retrieval
    from processor.core.records import Event
    from processor.core.task import Task


def build(task: Task, event: Event, prefix: str) -> tuple[Query, ...]:
    """One query per [[retrieval]] table, in their order.

    Raises:
        Refused: the event lacks what a query or a filter needs.
    """
    seen = visibility.allowed(task.definition.visibility, event)
    return tuple(
        plain(
            task.name,
            prefix,
            retrieval,
            text=text(template, event.input, event),
            filters={name: text(value, event.input, event, f"the filter `{name}`") for name, value in filters.items()},
            visible_to=seen,
        )
        for retrieval, template, filters in zip(task.definition.retrieval, task.queries, task.filters, strict=True)
    )


def plain(task: str, prefix: str, retrieval: Retrieval, text: str, **more: Any) -> Query:
    """The query of one table for a text; `more` are what an event adds: `filters`, `visible_to`."""
    return Query(
        kind=retrieval.kind,
        collection=collections.name(prefix, task, retrieval.kind),
        text=text,
        alpha=retrieval.alpha,
        top_k=retrieval.top_k,
        min_score=retrieval.min_score,
        name=retrieval.name,
        files=retrieval.files,
        neighbours=retrieval.neighbours,
        **more,
    )


def text(
    template: jinja2.Template, given: Mapping[str, Any], event: Event | None = None, what: str = "the query"
) -> str:
    """A query template over an event's input; the same over an example's input gives the text that it is found by.

    Raises:
        Refused: the input lacks what the template needs.
    """
    try:
        return template.render(input=given, event=event).strip()
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        detail = f"{what} template in task.toml cannot be filled: {error}"
        raise errors.Refused(Reason.INVALID_INPUT, detail) from error


def answerable(query: Query) -> bool:
    """Whether anything can be found: there is text to search with, and no filter asks for an empty value."""
    return bool(collections.searched(query.text)) and all(query.filters.values())
