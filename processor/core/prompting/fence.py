"""A fence around data in a prompt, so that events, passages and earlier answers cannot pose as instructions.

No fence stops a model from being persuaded by what it reads; this one keeps data from closing the fence or from
writing the control tokens of a chat template. What the model answers is held against the contract and the rules.
"""

from __future__ import annotations

import re

_CHAT_TOKENS = re.compile(r"<\|[^|<>]{0,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<<?/?SYS>>?", re.IGNORECASE)
# Also what nobody sees: zero-width marks, soft hyphens, and the tags in which instructions can be hidden.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    r"\U000e0000-\U000e007f]"
)
_LINE_ENDS = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
# What JSON text has inside its strings alone: a token may reach from one string into another.
_OPENINGS = re.compile(r"<|\[(?=/?INST\])", re.IGNORECASE)
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,39}")


def clean(text: str) -> str:
    """`text` without control, direction and invisible characters, and with the chat templates' control tokens defused.

    Half a surrogate pair, which no request can carry, becomes a question mark.
    """
    whole = text.encode("utf-8", "replace").decode()
    plain = _CONTROL.sub("", _LINE_ENDS.sub("\n", whole))
    return _CHAT_TOKENS.sub(lambda found: found.group().replace("<", "‹").replace("[", "［"), plain)


def escaped(text: str) -> str:
    """JSON text of the same value in which no control characters and no control tokens stand as such.

    For values that the model is to give back letter by letter, which `clean` would change.
    """
    whole = _CONTROL.sub(_escape, text)
    return _CHAT_TOKENS.sub(lambda found: _OPENINGS.sub(_escape, found.group()), whole)


def _escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def fence(text: object, label: str) -> str:
    """`text` between `<label>` and `</label>` on lines of their own; look-alikes of the fence inside it are defused.

    Raises:
        ValueError: `label` is no lower-case word.
    """
    if not _LABEL.fullmatch(label):
        raise ValueError(f"a fence's label is a lower-case word, not {label!r}")
    inside = re.sub(rf"<(?=\s*+(?:/\s*+)?{label}\b)", "‹", clean(str(text)), flags=re.IGNORECASE)
    return f"<{label}>\n{inside}\n</{label}>"
