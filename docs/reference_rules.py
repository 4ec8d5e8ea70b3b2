"""The reference page of the rule library, from its signatures and docstrings."""

from __future__ import annotations

import inspect
import pkgutil
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from processor import rule_library
from processor.core import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDER = ("dates", "sums", "fields", "knowledge", "texts", "leaks", "examples", "redacting")
INNER = ("making", "persons")
"""Modules that the others are made with."""


def factories() -> dict[str, dict[str, Any]]:
    """The functions that return rules, by name, for each module of the library."""
    found = {
        each.name: import_module(f"{rule_library.__name__}.{each.name}")
        for each in pkgutil.iter_modules(rule_library.__path__)
    }
    return {
        name: _functions(module, "Rule")
        for name, module in sorted(found.items(), key=lambda each: ORDER.index(each[0]) if each[0] in ORDER else -1)
        if name not in INNER
    }


def _functions(module: Any, returned: str) -> dict[str, Any]:
    return {
        key: value
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_")
        if value.__annotations__.get("return") == returned
    }


def page() -> Iterator[str]:
    """The lines of the page, below its title."""
    yield from (inspect.getdoc(rule_library) or "").splitlines()
    yield ""
    yield "`description` says why the rule is there, in place of what the library says of it."
    yield f"Without `seconds` a rule has {rules.SECONDS:g} s."
    for name, found in factories().items():
        module = import_module(f"{rule_library.__name__}.{name}")
        yield from ("", f"## {name}", "", *(inspect.getdoc(module) or "").splitlines())
        for key, function in {**found, **_functions(module, "Callable[[str], str]")}.items():
            yield from ("", f"### {name}.{key}", "", "```python", f"{name}.{key}{signature(function)}", "```", "")
            yield from text(inspect.getdoc(function) or "")


def signature(function: Any) -> str:
    """Parameters as one writes them, without their types."""
    shown = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
    ]
    return str(inspect.Signature(shown))


def text(docstring: str) -> Iterator[str]:
    """A docstring as Markdown: its arguments as a list."""
    arguments = False
    for line in docstring.splitlines():
        if line == "Args:":
            arguments = True
        elif arguments and (found := re.fullmatch(r"    (\w+): (.*)", line)):
            yield f"- `{found.group(1)}`: {found.group(2)}"
        elif arguments and line.startswith("        "):
            yield f"  {line.strip()}"
        else:
            arguments = arguments and not line
            yield line
