"""From the text of a TOML file to its tables, or to what is wrong with it and on which line."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

import pydantic

from processor.core import errors
from processor.core.definition.models_file import Models
from processor.core.definition.table import Table
from processor.core.definition.task_file import Definition

if TYPE_CHECKING:
    import pydantic_core

_Parsed = TypeVar("_Parsed", Definition, Models)


def parse(model: type[_Parsed], text: str, path: str) -> _Parsed:
    """Read a TOML file's text into `Definition` or `Models`.

    Raises:
        DefinitionError: with the line, where it can be told.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise errors.DefinitionError(path, f"not TOML: {error}", int(found.group(1)) if found else None) from error
    if "step" in tables and not tables["step"]:
        raise errors.DefinitionError(path, "a task needs at least one [[step]]")
    try:
        return model.model_validate(tables)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        # A step's place is given with its kind in between, which is not written there.
        location = tuple(part for place, part in enumerate(first["loc"]) if (place, first["loc"][0]) != (2, "step"))
        where = ".".join(str(part) for part in location)
        raise errors.DefinitionError(path, f"{where}: {_told(first)}", line_of(text, location)) from error


def _told(error: pydantic_core.ErrorDetails) -> str:
    """What pydantic found, in this grammar's words."""
    if error["type"] != "extra_forbidden":
        return error["msg"].removeprefix("Value error, ")
    key, known = str(error["loc"][-1]), _keys(Table)
    if key in known:
        return "this key belongs to another table"
    near = difflib.get_close_matches(key, known, n=1)
    return "unknown key" + (f"; did you mean `{near[0]}`?" if near else ", see docs/reference-task.md")


def _keys(table: type[Table]) -> list[str]:
    """All keys of a kind of table and of those derived from it."""
    own = [field.alias or name for name, field in table.model_fields.items()]
    return own + [key for derived in table.__subclasses__() for key in _keys(derived)]


def line_of(text: str, location: tuple[Any, ...]) -> int | None:
    """The line in a TOML text, counted from 1, of a key such as `("step", 1, "prompt")`; None if not written."""
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    path: list[str] = []
    seen, inside, header = -1, True, None
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := re.match(r"\s*(\[{1,2})([^\[\]]+)\]", line):
            path = [part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^\s.]+", opened.group(2))]
            seen += opened.group(1) == "[[" and path == names[:1]
            inside = path == names[: len(path)] and max(seen, 0) == index
            header = number if inside else header
        elif inside and len(names) > len(path):
            key = re.escape(names[len(path)])
            if re.match(rf"\s*[\"']?{key}[\"']?\s*=", line):
                return number
    return header
