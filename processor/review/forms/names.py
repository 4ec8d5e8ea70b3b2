"""What the controls of a form are called.

The answer is `answer`, a member of it `answer.lines`, an item `answer.lines.0`, its member `answer.lines.0.sku`. Parts
that begin with two underscores are the form's own: `__is` (which branch is chosen), `__was` (what a text was that no
form can carry), `__string` (the branch of a union of several), `INDEX` (the number of an item to be added). A member's
name never holds two underscores in a row here: a hyphen, which Avro's names know not, stands between them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from processor.core.contracts.shapes import containers

if TYPE_CHECKING:
    from processor.core.contracts.shapes.base import Shape

ROOT = "answer"
"""What all names begin with."""

IS = "__is"
"""The part of the control that says which branch of a union is chosen."""

NULL = "null"
"""What it says where none of them is, but null."""

WAS = "__was"
"""The part of the control that holds a text as JSON (`texts.kept`)."""


def member(name: str, of: str) -> str:
    """The name of a record's member."""
    return f"{name}.{part(of)}"


def part(of: str) -> str:
    """The last part of a member's name."""
    return re.sub("_(?=_)", "_-", of)


def branch(name: str, shape: Shape) -> str:
    """The name of a branch of a union of several: without script all of them are posted."""
    return f"{name}.{branch_part(shape)}"


def branch_part(shape: Shape) -> str:
    """The last part of a branch's name."""
    return f"__{shape.kind}"


def branches(shape: Shape) -> tuple[tuple[Shape, ...], bool]:
    """The shapes of a place other than null, and whether null may stand there beside them."""
    if not isinstance(shape, containers.Union):
        return (shape,), False
    kept = tuple(each for each in shape.branches if not isinstance(each, containers.Null))
    return (kept, len(kept) < len(shape.branches)) if kept else (shape.branches, False)
