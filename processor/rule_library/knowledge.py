"""The answer held against the rows and documents that were retrieved for the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Passage, Violation
    from processor.rule_library.making import Options

SHOWN = 12
"""How many of the values that were retrieved a violation lists."""


def listed(path: str, column: str, *, retrieval: str | None = None, **options: Unpack[Options]) -> Rule:
    """A value stands in a column of the passages: a number that was looked up, a row that is rightly cited.

    Args:
        path: of one value or, with `[*]`, of several.
        column: of a table's rows or of a document's front matter; or `id`, `source` or `title` of any passage.
        retrieval: the name of the [[retrieval]] whose passages count; default: all facts.
        options: as of `@rule`.

    Nothing retrieved means that no value is right: leave it to a person by `then="review"` where that can happen.

    Example: `knowledge.listed("$.lines[*].sku", "sku", retrieval="catalogue")`
    """
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: tuple[Passage, ...]) -> Iterator[Violation]:
        values = list(dict.fromkeys(row[column] for row in _rows(passages, retrieval) if row.get(column)))
        for where, value in making.located(answer, at):
            if str(value) not in values:
                message = f"This stands in no {column} that was retrieved for this event."
                yield violation(where, message, found=value, expected=_one_of(values))

    return making.make(check, f"{path} stands in the column {column} of what was retrieved", (path,), options)


def as_in_row(
    path: str, column: str, *, of: str, key: str, retrieval: str | None = None, **options: Unpack[Options]
) -> Rule:
    """A value is what the row of another value says: the unit of the article, the team of the queue.

    Args:
        path: of the value that the row decides.
        column: where the row has it; an empty cell decides nothing.
        of: the place of the value that the row is found by.
        key: the column that it stands in. Without such a row the rule is silent: that is `listed`'s to say.
        retrieval: as of `listed`.
        options: as of `@rule`.

    Example: `knowledge.as_in_row("$.lines[*].unit", "unit", of="$.lines[*].sku", key="sku")`
    """
    at, by = making.steps(path), making.steps(of)

    def check(event: Any, answer: Any, passages: tuple[Passage, ...]) -> Iterator[Violation]:
        rows = [row for row in _rows(passages, retrieval) if row.get(key) and row.get(column)]
        for values, keys in making.together(answer, at, by):
            named = {str(value) for _, value in keys}
            right = list(dict.fromkeys(row[column] for row in rows if row[key] in named))
            for where, value in values:
                if right and str(value) not in right:
                    message = f"The row of {', '.join(sorted(named))} has another {column}."
                    yield violation(where, message, found=value, expected=" or ".join(right))

    return making.make(check, f"{path} is the {column} of the row of {of}", (path, of), options)


def _rows(passages: tuple[Passage, ...], retrieval: str | None) -> list[dict[str, str]]:
    return [
        {"id": each.id, "source": each.source, "title": each.title, **each.columns}
        for each in passages
        if each.kind == "fact" and retrieval in (None, each.retrieval)
    ]


def _one_of(values: list[str]) -> str:
    if not values:
        return "nothing was retrieved, so no value is right"
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return f"one of {', '.join(values[:SHOWN])}{more}"
