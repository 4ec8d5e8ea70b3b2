"""JSON whose objects know the line that they start on, so that a message about a file can say where."""

from __future__ import annotations

import json
import json.decoder
import json.scanner
from typing import Any


class Located(dict[str, Any]):
    """A JSON object. `line` counts from 1."""

    line: int = 1


class LocatedError(ValueError):
    """Text that is not JSON. `line` counts from 1, where it is known."""

    def __init__(self, message: str, line: int | None) -> None:
        self.line = line
        super().__init__(message)


def loads(text: str) -> Any:
    """Parse JSON; objects become `Located`.

    Raises:
        LocatedError: it is not JSON, a key stands twice in one object, or it is nested too deeply.
    """
    try:
        return _Decoder(text).decode(text)
    except json.JSONDecodeError as error:
        raise LocatedError(f"not JSON: {error.msg}", error.lineno) from error
    except RecursionError as error:
        raise LocatedError("nested too deeply", None) from error


class _Decoder(json.JSONDecoder):
    """The standard decoder in pure Python, whose hook for objects is told where they start."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.parse_object = self._located
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _located(self, start: tuple[str, int], strict: bool, scan_once: Any, *_: Any) -> tuple[Located, int]:
        line = self._text.count("\n", 0, start[1]) + 1
        pairs, end = json.decoder.JSONObject(start, strict, scan_once, None, list)  # type: ignore[attr-defined]
        located = Located(pairs)
        located.line = line
        if len(located) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise LocatedError(f"the key `{twice}` stands twice in one object", line)
        return located, end
