"""What the form's template asks about a field: which control shows it, and with which attributes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from processor.review.forms import texts
from processor.review.forms.field import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.review.forms.field import Field

MOST_RADIOS = 16
"""Symbols up to which an enum is a group of radio buttons: all are seen at once, and the first nine have a key."""

MOST_RADIOS_IN_LIST = 7
"""The same within the items of a list, which stand close."""

LONG = 60
"""Characters from which a text has a box of several lines."""

DOC = 70
"""Characters of a schema's description that are shown at once."""

_MODES = {"integer": "numeric", "number": "decimal", "decimal": "decimal"}
_CONSTRAINTS = ("minlength", "maxlength", "pattern")
_HINTS = {
    "time": "As in RFC 3339, such as 2026-11-28T09:30:00Z",
    "uuid": "Such as 123e4567-e89b-12d3-a456-426614174000",
}


def value(text: str) -> Markup:
    """A control's text, exactly as it is but for what no form can carry."""
    return escape(texts.held(text))


def identifier(name: str) -> str:
    """The id of a field's control."""
    return f"f-{name}"


def widget(field: Field) -> str:
    """`radios`, `select`, `box`, `date` or `line`."""
    if field.kind == "boolean":
        return "radios"
    if field.kind == "choice":
        in_list = any(each.isdecimal() or each == INDEX for each in field.name.split("."))
        return "radios" if len(field.options) <= (MOST_RADIOS_IN_LIST if in_list else MOST_RADIOS) else "select"
    if field.kind == "long_text" or (field.kind == "text" and (len(field.value) > LONG or "\n" in field.value)):
        return "box"
    return "date" if field.kind == "date" and _is_date(field.value) else "line"


def options(field: Field) -> tuple[tuple[str, str], ...]:
    """What a choice sends, and how it reads."""
    if field.kind == "boolean":
        return (("true", "yes"), ("false", "no"))
    return tuple((each, each) for each in field.options)


def is_stray(field: Field) -> bool:
    """Whether a choice holds what is none of its options: the model's word that the schema does not have."""
    return bool(field.value) and field.value not in {sent for sent, _ in options(field)}


def attributes(field: Field) -> Markup:
    """The constraints of a text control. They only help: the server decides."""
    given = dict(_constraints(field))
    if field.kind in _MODES:
        negative = not field.limits.get("min") or field.limits["min"].startswith("-")
        given["inputmode"] = "text" if negative else _MODES[field.kind]
    return Markup("").join(Markup(' {}="{}"').format(name, value(text)) for name, text in given.items())


def _constraints(field: Field) -> Iterator[tuple[str, str]]:
    wanted = ("min", "max", "step") if widget(field) == "date" else _CONSTRAINTS
    return ((name, field.limits[name]) for name in wanted if name in field.limits)


def hint(field: Field) -> str:
    """How the value is written, and what is allowed; empty where nothing needs to be said."""
    told = field.expected if field.kind not in ("choice", "boolean", "record") else ""
    told = told.removesuffix(" or null") if field.nullable else told  # a box beside it says so
    return ". ".join(text for text in (told, _HINTS.get(field.kind, "")) if text)


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


def described_by(field: Field) -> str:
    """The ids of what describes a control, for screen readers: what stands against it first."""
    found = [f"v-{field.name}"] if field.violations else []
    if field.doc:
        found.append(f"d-{field.name}")
    if hint(field):
        found.append(f"h-{field.name}")
    return " ".join(found)


def violated(field: Field) -> tuple[Field, ...]:
    """The fields with violations, in the form's order."""
    found = (field,) if field.violations else ()
    return found + tuple(each for part in field.fields for each in violated(part))


def _is_date(text: str) -> bool:
    """Whether a date control can show it: it shows nothing at all of any other text, which would be lost."""
    try:
        return not text or dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
