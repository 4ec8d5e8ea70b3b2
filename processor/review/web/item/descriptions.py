"""What is said of a field beside its control, and which of it a screen reader reads with the control.

What is said of the items of a list is said once, at the list: there may be a thousand of them. The ids of these
elements are `v-` and the field's name (what stands against it), `d-` (its description), `h-` (how it is written), and
for all items of a list `m-` and the path with `*` for their numbers.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from processor.review.forms.field import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Violation
    from processor.review.forms import Field

DOC = 70
"""Characters of a schema's description that are shown at once."""

MOST_AGAINST = 5
"""Of what stands against one field, how many are shown at once: the field itself is to be seen, too."""

_NUMBERS = re.compile(rf"\.(?:[0-9]+|{INDEX})(?=\.|$)")
_ITEM = re.compile(rf"\.(?:[0-9]+|{INDEX})$")
_UNSAID = ("", "text", "a list", "a list of entries with key and value")
"""Nobody needs to be told that a text is one."""


class Meaning(NamedTuple):
    """What is said of a place in all items of a list; `start` is how its description begins."""

    id: str
    label: str
    doc: str
    start: str
    hint: str


def of_all(name: str) -> str:
    """A field's name with `*` for the numbers of items; of what stands in no list it is the name itself."""
    return _NUMBERS.sub(".*", name)


def alike(field: Field) -> str:
    """What the ids of elements end with that all items of a list share."""
    return of_all(field.name).partition(".")[2]


def is_alike(field: Field) -> bool:
    """Whether it stands in an item of a list, which has others like it."""
    return of_all(field.name) != field.name


def hint(field: Field) -> str:
    """How the value is written, and what is allowed; empty where nothing needs to be said."""
    if field.kind == "date" and is_date(field.value) and not is_alike(field):
        return ""  # the browser's calendar writes dates in the reader's own way
    return _hint(field.kind, field.expected, field.nullable)


def is_date(text: str) -> bool:
    """Whether a date control can show it: it shows nothing at all of any other text, which would be lost."""
    try:
        return not text or dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@lru_cache(1024)
def _hint(kind: str, expected: str, nullable: bool) -> str:
    told = expected if kind not in ("choice", "boolean", "record") else ""
    told = told.removesuffix(" or null") if nullable else told  # a box beside it says so
    return "" if told in _UNSAID else told


def doc(field: Field) -> tuple[str, str]:
    """The beginning of a field's description, and the rest of it."""
    text = " ".join(field.doc.split())
    if len(text) <= DOC:
        return text, ""
    end = text.find(". ") + 1
    if not 0 < end <= DOC:
        end = text.rfind(" ", 0, DOC)
    end = end if end > 0 else DOC
    return text[:end] if text[end - 1] == "." else text[:end].rstrip(" ,;:") + "…", text[end:].strip()


def against(field: Field) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """What stands against a field, and what of it is folded."""
    found = field.violations
    shown = MOST_AGAINST if len(found) > MOST_AGAINST + 1 else len(found)
    return found[:shown], found[shown:]


def described_by(field: Field) -> str:
    """The ids of what describes a control, for screen readers: what stands against it first."""
    against = f"v-{field.name} " if field.violations else ""
    if not is_alike(field):
        told = (f"d-{field.name} " if field.doc else "") + (f"h-{field.name}" if hint(field) else "")
    elif field.fields and _ITEM.search(field.name):
        told = ""  # or it would be read each time that one comes to the next item
    else:
        told = f"m-{alike(field)}" if field.doc or hint(field) else ""
    return (against + told).rstrip()


def meanings(of: Field) -> tuple[Meaning, ...]:
    """What is said of the items of a list, and of all in them; of a list in another's items the outer one says it."""
    return tuple(_meanings(of.blank, "Each", "")) if of.blank and of_all(of.name) == of.name else ()


def _meanings(field: Field, label: str, within: str) -> Iterator[Meaning]:
    if field.doc or hint(field):
        yield Meaning(f"m-{alike(field)}", label, field.doc, doc(field)[0], hint(field))
    for each in field.fields:
        if field.kind == "union":
            yield from _meanings(each, label, within)
        else:
            yield from _meanings(each, f"{within}{each.label}", f"{within}{each.label}, ")
    if field.blank:
        yield from _meanings(field.blank, f"{within}each" if within else "Each of these", within)
