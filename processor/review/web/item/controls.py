"""What the form's template asks about a field: which control shows it, and with which attributes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from processor.core.views import display
from processor.review.forms import texts
from processor.review.forms.field import INDEX
from processor.review.web.item.descriptions import alike, described_by, is_alike, is_date, of_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.review.forms import Field

MOST_RADIOS = 16
"""Symbols up to which an enum is a group of radio buttons: all are seen at once, and the first nine have a key."""

MOST_RADIOS_IN_LIST = 4
"""The same within the items of a list, which stand close, and of which there may be many."""

MOST_OPTIONS_IN_LIST = 20
"""Symbols up to which an enum within the items of a list is a `select`, which has them once an item; of more a line
completes what is typed, and the list has them once."""

LONG = 60
"""Characters from which a text has a box of several lines."""

MOST_LINES = 8
"""Of a box, which has about 55 characters a line, and two lines where nothing else is said."""

_GROUPS = ("record", "list", "map", "union")
_TYPED = ("integer", "number", "decimal", "date", "uuid")
"""Kinds that the style sheet gives a width or letters of their own."""
_MODES = {"integer": "numeric", "number": "decimal", "decimal": "decimal"}


class Look(NamedTuple):
    """How a field is shown, ready to be written.

    Attributes:
        widget: `group`, `radios`, `select`, `search`, `box`, `date`, `line` or `null`.
        name: of the control.
        attributes: of the control, or of the group around it: its names, its constraints, what describes it.
        value: of a text control.
        is_stray: whether a choice holds what is none of its options: the model's word that the schema does not have.
        is_alike: whether it stands in an item of a list, where what is said of all of them is said at the list.
    """

    widget: str
    name: Markup
    attributes: Markup
    value: Markup
    is_stray: bool
    is_alike: bool


class Option(NamedTuple):
    """A symbol; what is sent for it, and how it reads."""

    symbol: str
    sent: Markup
    text: Markup


_BOOLEAN = tuple(
    Option(sent, Markup(sent), Markup(text))  # noqa: S704 - they are written here
    for sent, text in (("true", "yes"), ("false", "no"))
)


def value(text: str) -> Markup:
    """A control's text, exactly as it is but for what no form can carry."""
    return escape(texts.held(text))


def identifier(name: str) -> str:
    """The id of a field's control."""
    return f"f-{name}"


def look(field: Field) -> Look:
    """How a field is shown."""
    shown, name = widget(field), escape(field.name)
    about = described_by(field)
    given = f' aria-describedby="{escape(about)}"' if about else ""
    if shown not in ("group", "radios"):
        given = f' id="f-{name}" name="{name}"{_constraints(field, shown)}{given}'
        given += ' aria-invalid="true"' if field.violations else ""
    attributes = Markup(given)  # noqa: S704 - its parts are escaped
    return Look(shown, name, attributes, value(field.value), _is_stray(field), is_alike(field))


def widget(field: Field) -> str:
    """Which control shows it, as in `Look`."""
    if field.kind in _GROUPS:
        return "group"
    if field.kind == "boolean":
        return "radios"
    if field.kind == "choice":
        return _of_choice(field.options, is_alike(field))
    if field.kind == "long_text" or (field.kind == "text" and (len(field.value) > LONG or "\n" in field.value)):
        return "box"
    if field.kind == "date" and is_date(field.value):
        return "date"
    return "null" if field.kind == "null" else "line"


@lru_cache(256)
def _of_choice(symbols: tuple[str, ...], in_list: bool) -> str:
    if len(symbols) <= (MOST_RADIOS_IN_LIST if in_list else MOST_RADIOS):
        return "radios"
    is_searched = in_list and len(symbols) > MOST_OPTIONS_IN_LIST
    return "search" if is_searched and not any("\n" in texts.normal(each) for each in symbols) else "select"


def _constraints(field: Field, shown: str) -> str:
    """They only help: the server decides, and the page has no browser refuse a form."""
    if shown == "search":
        return f' list="o-{escape(alike(field))}"'
    kind = f' class="kind-{field.kind}"' if field.kind in _TYPED else ""
    if shown == "date":
        return f' type="date"{kind}'
    mode = _MODES.get(field.kind, "") if field.limits.get("min", "-")[:1] != "-" else ""
    most = field.limits.get("maxlength", "") if field.kind in ("text", "long_text") else ""
    lines = min(len(field.value) // 55 + 1, MOST_LINES) if shown == "box" else 0
    free = ' dir="auto"' if shown in ("box", "line") and field.kind not in _TYPED else ""
    given = (("rows", str(lines) if lines > 2 else ""), ("inputmode", mode), ("maxlength", most))  # noqa: PLR2004
    return kind + free + "".join(f' {name}="{escape(text)}"' for name, text in given if text)


def options(field: Field) -> tuple[Option, ...]:
    """What a choice offers."""
    if field.kind == "boolean":
        return _BOOLEAN
    return _options(field.options)


@lru_cache(256)
def _options(symbols: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(each, value(each), escape(display.safe(each))) for each in symbols)


def selectable(field: Field) -> Markup:
    """The `option` elements of a choice, the chosen one selected."""
    return _selectable(field.options, field.value if field.value in field.options else None)


@lru_cache(1024)
def _selectable(symbols: tuple[str, ...], chosen: str | None) -> Markup:
    return Markup("").join(
        Markup("<option{}{}>{}").format(
            # Browsers send the text of an option that has no value, its white space as one blank.
            "" if each.text == " ".join(each.symbol.split()) else Markup(' value="{}"').format(each.sent),
            Markup(" selected") if each.symbol == chosen else "",
            each.text,
        )
        for each in _options(symbols)
    )


def searched(of: Field) -> tuple[tuple[str, Field], ...]:
    """The choices in the items of a list whose symbols the list has once: their ids, and one field of each."""
    return tuple(_searched(of.blank)) if of.blank and of_all(of.name) == of.name else ()


def _searched(field: Field) -> Iterator[tuple[str, Field]]:
    if widget(field) == "search":
        yield f"o-{alike(field)}", field
    for each in (*field.fields, *((field.blank,) if field.blank else ())):
        yield from _searched(each)


def lends_blank(field: Field) -> bool:
    """Whether a list has its own blank item: those within the items of another have it of that one's blank item."""
    return bool(field.blank) and of_all(field.name) == field.name.replace(INDEX, "*")


def _is_stray(field: Field) -> bool:
    return field.kind == "choice" and bool(field.value) and field.value not in field.options


def violated(field: Field) -> tuple[Field, ...]:
    """The fields with violations, in the form's order."""
    found = (field,) if field.violations else ()
    return found + tuple(each for part in field.fields for each in violated(part))
