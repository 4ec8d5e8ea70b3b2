"""Who may see which passage: [visibility] in task.toml names an event attribute, a passage names its values.

The vector store is asked for nothing else; what it gives is held against the same rule once more, so that no prompt,
result or review item can show a passage to an event that must not see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.core.definition import Visibility
    from processor.core.records import Event, Passage

EVERYBODY = "*"


def allowed(visibility: Visibility | None, event: Event) -> frozenset[str] | None:
    """The values of `visible_to` that the event may see passages of; None where the task restricts nothing."""
    if visibility is None:
        return None
    value = event.attributes.get(visibility.attribute)
    return frozenset({EVERYBODY, value} if value else {EVERYBODY})


def owner(visibility: Visibility, event: Event) -> str | None:
    """The `visible_to` of what only events of the same tenant may see.

    None where there is none: without the attribute, or where it would name others, `*` or blanks around a name.
    """
    value = event.attributes.get(visibility.attribute, "")
    return value if value and value != EVERYBODY and value == value.strip() else None


def permitted(visibility: Visibility | None, event: Event, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Those of the passages that the event may see. One that names nobody is seen by nobody."""
    values = allowed(visibility, event)
    return passages if values is None else tuple(each for each in passages if values.intersection(each.visible_to))
