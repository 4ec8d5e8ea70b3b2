"""A case must not find itself: a labelled example that is the case would only hand it its own label. Pure."""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.records import Event, Passage, Query


ALIKE = 0.5
"""Jaccard index of the words from which on an example with the case's id is the case: copies may be redacted."""


def is_own(event: Event, passage: Passage) -> bool:
    """Whether a passage is an example with the same input but for case and white space, or the same id and most words.

    The id alone proves nothing: two files may both count from 1.
    """
    if passage.kind != "example":
        return False
    given = json.loads(passage.input or "{}")
    if _plain(given) == _plain(event.input):
        return True
    return passage.id.partition("#")[2] == event.id and _alike(_words(given), _words(event.input))


def without(event: Event, passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """Those of the passages that are not the event itself."""
    return tuple(passage for passage in passages if not is_own(event, passage))


def wider(query: Query, more: int) -> Query:
    """The same query for so many more passages, where examples are asked for."""
    return dataclasses.replace(query, top_k=query.top_k + more) if query.kind == "example" else query


def join(event: Event, queries: Iterable[Query], found: Iterable[Iterable[Passage]]) -> tuple[Passage, ...]:
    """What `wider` queries found each, as if the event itself had never been among it; each text once, by name."""
    once: dict[tuple[str, str], Passage] = {}
    for query, passages in zip(queries, found, strict=True):
        others = without(event, passages)
        for passage in others[: query.top_k] if query.kind == "example" else others:
            once.setdefault((passage.retrieval, passage.content_hash), passage)
    return tuple(once.values())


def _plain(given: Mapping[str, Any]) -> str:
    """An input as one text that differs only where it says something else."""
    return json.dumps(_folded(given), sort_keys=True)


def _alike(words: set[str], others: set[str]) -> bool:
    return bool(words & others) and len(words & others) >= ALIKE * len(words | others)


def _words(value: Any) -> set[str]:
    """The words of all values, without the names of the fields, which all inputs share."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*map(_words, value))
    return set(re.findall(r"\w+", str(_folded(value))))


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if isinstance(value, dict):
        return {key: _folded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_folded(each) for each in value]
    return value
