"""Violations -> the fields that they are about."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from processor.core.records import Violation
    from processor.review.forms.field import Field

_STEP = re.compile(r"""\.\w+|\[[0-9]+\]|\["(?:[^"\\]|\\.)*"\]""")

Waiting = defaultdict[str, list["Violation"]]


def place(form: Field, violations: Iterable[Violation]) -> Field:
    """The form with each violation at the field of its path, else at the nearest one above, in the end at the root."""
    known = set(_paths(form))
    waiting: Waiting = defaultdict(list)
    for each in violations:
        waiting[_nearest(each.path, known)].append(each)
    return _filled(form, waiting) if waiting else form


def _paths(field: Field) -> Iterator[str]:
    yield field.path
    for each in field.fields:
        yield from _paths(each)


def _nearest(path: str, known: set[str]) -> str:
    """Paths come from rules and models: what is none belongs to the whole."""
    found, end = "$", 1
    while step := _STEP.match(path, end):
        end = step.end()
        if path[:end] in known:
            found = path[:end]
    return found


def _filled(field: Field, waiting: Waiting) -> Field:
    if not waiting:
        return field
    # A union and its branches have the same path: the first that is asked takes them.
    own = tuple(waiting.pop(field.path, ()))
    fields = tuple(_filled(each, waiting) for each in field.fields)
    unchanged = all(made is each for made, each in zip(fields, field.fields, strict=True))
    return field if unchanged and not own else replace(field, violations=own, fields=fields)
