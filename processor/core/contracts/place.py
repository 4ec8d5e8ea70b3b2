"""Places of an answer: JSONPaths such as `$.queue` and `$.lines[*].sku`, where `[*]` means every item of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

EACH = "*"
"""The step into every item of a list."""

_PLACE = re.compile(r"\$(\.[A-Za-z_]\w*|\[\*\])+", re.ASCII)
_STEP = re.compile(r"\w+|\*", re.ASCII)

Steps = tuple[str, ...]


def parse(path: str) -> Steps:
    """The steps of a path from the whole answer: names of fields, and `EACH`.

    Raises:
        ValueError: it is no such path.
    """
    if not _PLACE.fullmatch(path):
        raise ValueError(f"{path} is no place of an answer: write it as in $.queue or $.lines[*].sku")
    return tuple(_STEP.findall(path))


def values(answer: Any, steps: Steps) -> Iterator[Any]:
    """What stands at a place of a parsed JSON answer; nothing where the answer has no such place."""
    if not steps:
        yield answer
    elif steps[0] == EACH:
        for item in answer if isinstance(answer, list) else ():
            yield from values(item, steps[1:])
    elif isinstance(answer, dict) and steps[0] in answer:
        yield from values(answer[steps[0]], steps[1:])
