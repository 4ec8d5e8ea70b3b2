"""Keys that the schema does not know beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import base, containers, strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Violation

KEY, VALUE = "key", "value"
"""The properties of an entry in the answer."""


@dataclass(frozen=True, slots=True)
class Map(containers.List):
    """Avro's map: in the answer a list of entries with `key` and `value`, typed an object with these keys.

    Strict structured outputs know no free keys, and a list of pairs says the same. `items` is the shape of an entry.
    """

    items: containers.Object

    @property
    def values(self) -> base.Shape:
        """What stands behind a key."""
        return self.items.members[1].shape

    @property
    def expected(self) -> str:
        return "a list of entries with key and value" + base.between(self.min_items, self.max_items, "items")

    def check(self, value: Any, path: str) -> Iterator[Violation]:
        yield from containers.List.check(self, value, path)
        first: dict[str, int] = {}
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            key = entry.get(KEY) if isinstance(entry, dict) else None
            if isinstance(key, str) and first.setdefault(key, index) != index:
                message = f"is the key of item {first[key]}, too"
                yield base.violation(
                    f"{path}[{index}].{KEY}", "uniqueKeys", message, found=key, expected="each key once"
                )

    def convert(self, value: Any) -> Any:
        return {entry[KEY]: self.values.convert(entry[VALUE]) for entry in value}


def of(values: base.Shape, least: int | None, most: int | None) -> Map:
    """A map to values of a shape, with so many entries."""
    entry = containers.Object((containers.Member(KEY, strings.Text(), ""), containers.Member(VALUE, values, "")))
    return Map(entry, least, most)
