"""The text of one control -> its value, and what is wrong with it where it is none.

No form gives every text back letter by letter: a page has line feeds for all line breaks, and nothing for NUL and half
a surrogate pair. Beside a control of such a text, another one holds it as JSON: where what comes back is what a browser
makes of the text, nobody has changed it.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import narrowed, numbers, strings

if TYPE_CHECKING:
    from processor.core.contracts.shapes.base import Shape

NUMBER_LIMIT = 400
"""Characters of a number."""

_BREAK = re.compile("\r\n?")
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def normal(text: str) -> str:
    """The text with line feeds for all line breaks: browsers post CR LF, whatever they were."""
    return _BREAK.sub("\n", text)


def held(text: str) -> str:
    """What comes back of a text that nobody changes: browsers replace what no form can carry."""
    return _UNSENDABLE.sub("\ufffd", normal(text))


def kept(text: str) -> str:
    """The text as JSON, where another text would come back; else empty."""
    return "" if held(text) == text else json.dumps(text)


def unchanged(text: str, was: str | None) -> str:
    """The text as it was before it went through a form, if `was`, as of `kept`, says so; else as it came."""
    if not was or not was.startswith('"'):
        return text
    try:
        before: str = json.loads(was)
    except ValueError:
        return text
    return before if held(before) == text else text


def value(shape: Shape, text: str) -> tuple[Any, str]:
    """The value of a type without parts; or the text itself, and in words what is wrong with it.

    What the contract's own check tells is left to it.
    """
    if isinstance(shape, strings.Decimal | numbers.Integer | numbers.Real):
        return _number(shape, text)
    if isinstance(shape, numbers.Boolean):
        return (text == "true", "") if text in ("true", "false") else (text, "choose true or false")
    if isinstance(shape, narrowed.Narrowed):
        return next((each for each in shape.values if held(each) in (text, text.strip())), text), ""
    if isinstance(shape, strings.Choice):
        return _symbol(shape, text), "" if text else "nothing is chosen"
    return (text if isinstance(shape, strings.Text) else text.strip()), ""


def _symbol(shape: strings.Choice, text: str) -> str:
    """What is typed instead of chosen may have blanks around it."""
    return text.strip() if text.strip() in shape.symbols else text


def _number(shape: strings.Decimal | numbers.Integer | numbers.Real, text: str) -> tuple[Any, str]:
    written = text.strip()
    if refused := _refused(written):
        return text, refused
    if isinstance(shape, strings.Decimal):
        return written, ""
    return _whole(written) if isinstance(shape, numbers.Integer) else _real(written)


def _refused(written: str) -> str:
    """Why a number is none at first sight; which of two numbers `1,234` means is not guessed."""
    if not written:
        return "nothing is written here"
    if "," in written:
        return "write decimals with a point, and thousands without a comma"
    return f"has more than {NUMBER_LIMIT} characters" if len(written) > NUMBER_LIMIT else ""


def _whole(written: str) -> tuple[Any, str]:
    if not _WHOLE.fullmatch(written):
        return written, "is no whole number"
    return int(written.partition(".")[0]), ""


def _real(written: str) -> tuple[Any, str]:
    if not _REAL.fullmatch(written):
        return written, "is no number"
    if written.lstrip("+-").isdigit():
        return int(written), ""
    number = float(written)
    return (written, "is too large a number") if math.isinf(number) else (number, "")
