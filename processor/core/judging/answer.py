"""A model's text -> the JSON object that it answers with.

A server that holds the model to the schema gives that object and nothing else; anything around it is a violation then.
From other servers the first object in the text is the answer, whatever stands around it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from processor.core.wire import strict_json

if TYPE_CHECKING:
    from processor.core.records import ResponseFormat

THOUGHTS_END = "</think>"
"""What reasoning models without a parser of their own put between their thoughts and their answer."""

OPENING = re.compile(r'\{\s*["}]')

MOST_OPENINGS = 200
"""Places where an object seems to begin and none does, after which the search is given up: it stays linear."""

_DECODER = json.JSONDecoder()


def parse(text: str, response_format: ResponseFormat) -> dict[str, Any]:
    """The answer's object.

    Raises:
        ValueError: there is none, or it is not strict JSON (`strict_json.loads`).
    """
    found = text if response_format == "json_schema" else _first_object(text)
    answer = strict_json.loads(found)
    if not isinstance(answer, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - one kind of error for all that is no JSON object
    return answer


def _first_object(text: str) -> str:
    """The first JSON object's text, but for an empty one where another follows; all of it where none is found."""
    said = text.rpartition(THOUGHTS_END)[2]
    place, empty = 0, text
    for _ in range(MOST_OPENINGS):
        opening = OPENING.search(said, place)
        if opening is None:
            break
        start = opening.start()
        try:
            value, end = _DECODER.raw_decode(said, start)
        except json.JSONDecodeError as error:
            # What was read up to here belongs to a broken object. Nothing in it is an answer: it may be quoted.
            place = max(error.pos, start + 1)
            continue
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        if value:
            return said[start:end]
        place, empty = end, said[start:end]
    return empty
