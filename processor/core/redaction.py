"""The function that takes out of a text what must not be kept: [cases] names it, the rules module holds it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from processor.core import definition, errors, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

Redact = Callable[[str], str]


def find(
    parsed: definition.Definition, functions: Mapping[str, Any], module: str, path: str, text: str
) -> Redact | None:
    """The function that [cases] `redact` names; None where it names none.

    Args:
        parsed: the task's definition.
        functions: the variables of its rules module.
        module: the module's path, for messages.
        path: of task.toml, for messages.
        text: of task.toml.

    Raises:
        DefinitionError: there is none of that name, or it does not take one text; with the line in task.toml.
    """
    name = parsed.cases.redact
    if name is None:
        return None
    try:
        return _checked(name, functions, module)
    except ValueError as error:
        line = definition.line_of(text, ("cases", "redact"))
        raise errors.DefinitionError(path, f"cases.redact: {error}", line) from error


def _checked(name: str, functions: Mapping[str, Any], module: str) -> Redact:
    if name not in functions:
        known = [each for each, value in functions.items() if inspect.isfunction(value) and not each.startswith("_")]
        raise ValueError(f"{module} has no function `{name}`: {suggest.instead(name, known)}")
    found: Redact = functions[name]
    try:
        inspect.signature(found).bind("")
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` of {module} is no function (text) -> text") from error
    return found
