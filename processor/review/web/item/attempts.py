"""Each attempt's answer place by place, and what changed against the one before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.judging import answer
from processor.review.web.item import texts as item_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_PLACES = 200
"""Places of an answer that are shown in a table; the text has them all."""

_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Place:
    """One value of an answer.

    Attributes:
        path: where it is: `lines[0].sku`.
        text: the value as JSON; a string without its quotes. Empty where the attempt has no such place.
        before: of the attempt before, where it differs or was missing then.
        change: `added`, `changed`, `gone`, or empty.
        violations: what stands against this place.
    """

    path: str
    text: str
    before: str = ""
    change: str = ""
    violations: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as it is shown: its record, its answer by places, or as it came where it is no JSON object.

    `others` are violations of places that the answer does not have. `cut` tells that there are more places.
    """

    record: Mapping[str, Any]
    places: tuple[Place, ...]
    text: item_texts.Folded
    others: tuple[Mapping[str, str], ...]
    cut: bool = False

    @property
    def changes(self) -> int:
        """How many places differ from the attempt before."""
        return sum(bool(each.change) for each in self.places)

    @property
    def cost(self) -> Decimal | None:
        """In US dollars; None where it is not known."""
        text = self.record.get("cost_usd")
        return None if text is None else Decimal(text)

    @property
    def seconds(self) -> float:
        """How long the call took."""
        return float(self.record["duration_ms"]) / 1000


def shown(attempts: Sequence[Mapping[str, Any]]) -> tuple[Attempt, ...]:
    """The attempts of a review record, in their order, ready for a page."""
    found = []
    before: dict[str, str] | None = None
    for each in attempts:
        answered = _parsed(str(each["answer"]))
        places = None if answered is None else dict(_walked(answered, ""))
        text = str(each["answer"]) if answered is None else item_texts.pretty(answered)
        found.append(_attempt(each, item_texts.folded(text), places, before))
        before = places if places is not None else before
    return tuple(found)


def places(answer: object, other: object = None) -> tuple[Place, ...]:
    """An answer's values place by place, and where they differ from another's; empty where it is no JSON object."""
    if not isinstance(answer, dict):
        return ()
    before = dict(_walked(other, "")) if isinstance(other, dict) else None
    return tuple(_compared(dict(_walked(answer, "")), before, {}))[:MOST_PLACES]


def _attempt(
    record: Mapping[str, Any], text: item_texts.Folded, now: dict[str, str] | None, before: dict[str, str] | None
) -> Attempt:
    against = _by_path(record["violations"])
    places = tuple(_compared(now, before, against)) if now is not None else ()
    known = {each.path for each in places}
    others = tuple(each for path, some in against.items() if path not in known for each in some)
    return Attempt(record, places[:MOST_PLACES], text, others, cut=len(places) > MOST_PLACES)


def _compared(
    now: Mapping[str, str], before: Mapping[str, str] | None, against: Mapping[str, list[Mapping[str, str]]]
) -> Iterator[Place]:
    for path, text in now.items():
        violations = tuple(against.get(path, ()))
        if before is None or before.get(path) == text:
            yield Place(path, text, violations=violations)
        elif path in before:
            yield Place(path, text, before[path], "changed", violations)
        else:
            yield Place(path, text, "", "added", violations)
    for path, text in (before or {}).items():
        if path not in now:
            yield Place(path, "", text, "gone")


def _by_path(violations: Sequence[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for each in violations:
        found.setdefault(each["path"].removeprefix("$").removeprefix("."), []).append(each)
    return found


def _parsed(text: str) -> dict[str, Any] | None:
    """The answer's object as the worker finds it; None where there is none."""
    try:
        return answer.parse(text, "text")
    except (ValueError, RecursionError):
        return None


def _walked(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _walked(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from _walked(part, f"{path}[{number}]")
    else:
        yield path, value if isinstance(value, str) else _JSON.encode(value)
