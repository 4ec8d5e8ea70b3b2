"""What a task itself says of its answers' values: in its prompts, and in the descriptions of its schema. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from processor.core.contracts import place
from processor.measure.causes import held, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from processor.core.records import Passage
    from processor.core.task import Task
    from processor.measure.records import Case

LINES = 12
"""Lines of a definition that are put in at the most."""


def passage(task: Task, wanted: Mapping[str, tuple[Any, ...]]) -> Passage | None:
    """What prompt and schema say of the expected values, as one fact; of one that is no text, of its field.

    None where they say nothing: the list of an enum's symbols says nothing of any of them.
    """
    terms = [term for path, found in wanted.items() for term in (values.texts(found) or _field(path, found))]
    lines = list(dict.fromkeys(line for term in terms for line in _lines(task) if values.stands(term, line)))
    if not lines:
        return None
    return held.made("definition", f"schemas/{task.name}.avsc", "\n".join(lines[:LINES]))


def undefined(
    task: Task, case: Case, wanted: Mapping[str, tuple[Any, ...]], known: Iterable[Passage]
) -> tuple[str, ...]:
    """The expected values that nothing tells of: neither knowledge nor prompt, schema or the case's own input.

    Only values that cannot be worked out count: symbols of an enum, values that [narrow] takes from the knowledge, and
    codes of one word. A date, a number or a sentence may stand nowhere and be right.
    """
    closed = {
        path: [value for value in values.texts(found) if _is_closed(task, path, value)]
        for path, found in wanted.items()
    }
    looked_for = dict.fromkeys(value for found in closed.values() for value in found)
    if not looked_for:
        return ()
    told = [*_lines(task), json.dumps(case.event.input, ensure_ascii=False), *map(_told, known)]
    return tuple(value for value in looked_for if not any(values.stands(value, text) for text in told))


def _field(path: str, found: tuple[Any, ...]) -> list[str]:
    """The name of a field whose value is not a text: what is said of it is said by that name."""
    return [] if all(isinstance(value, str) for value in found) else [path.rpartition(".")[2]]


def _told(known: Passage) -> str:
    return "\n".join((known.title, known.text, known.answer or "", *known.columns.values()))


def _is_closed(task: Task, path: str, value: str) -> bool:
    node = _node(task.contract.json_schema, place.parse(path))
    if path in task.definition.narrow or "enum" in node:
        return True
    worked_out = "format" in node or "pattern" in node or value.replace(".", "").replace("-", "").isdigit()
    return not worked_out and len(value.split()) == 1 and any(letter.isdigit() for letter in value)


def _node(schema: Mapping[str, Any], steps: place.Steps) -> Mapping[str, Any]:
    """What the schema says of a place; of a union, what its first branch with that place says."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    if branches:
        return next((found for branch in branches if (found := _node(branch, steps))), {})
    if not steps:
        return schema
    inner = schema.get("items") if steps[0] == place.EACH else schema.get("properties", {}).get(steps[0])
    return _node(inner, steps[1:]) if inner else {}


def _lines(task: Task) -> Iterator[str]:
    for name in dict.fromkeys(step.prompt for step in task.definition.step if step.kind == "model"):
        # The system block names nothing of an event: it can be filled with nothing.
        yield from (line for line in task.prompts[name].render("system", {}).splitlines() if line.strip())
    yield from _descriptions(task.contract.json_schema)


def _descriptions(schema: Mapping[str, Any]) -> Iterator[str]:
    if text := schema.get("description"):
        yield str(text)
    for part in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from _descriptions(part)
    if "items" in schema:
        yield from _descriptions(schema["items"])
