"""What a browser posts of a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.review.forms import Field

Posted = dict[str, list[str]]

UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
"""What neither a page nor a posted form can hold."""


def post(form: Field, **changes: str) -> Posted:
    """The texts of all controls by name; `changes` are texts by the names' ends behind `answer`, `__` for dots."""
    found: Posted = {}
    for name, text in _controls(form):
        found.setdefault(name, []).append(re.sub("\r\n|\r|\n", "\r\n", UNSENDABLE.sub("\ufffd", text)))
    for name, text in changes.items():
        found[f"answer.{name.replace('__', '.')}"] = [text]
    return found


def _controls(field: Field) -> Iterator[tuple[str, str]]:
    if field.kind == "union" or field.nullable:
        yield f"{field.name}.__is", field.chosen or field.branch
    if field.kind in ("list", "map"):
        yield field.name, field.value
    if field.was:
        yield f"{field.name}.__was", field.was
    if field.kind in ("choice", "boolean"):
        # A hidden control first; an option that there is not cannot be chosen.
        yield field.name, ""
        if field.value in (field.options or ("true", "false")):
            yield field.name, field.value
    elif not field.fields and field.kind not in ("record", "list", "map", "union"):
        yield field.name, field.value
    for each in field.fields:
        yield from _controls(each)
