"""BANKING77's labelled messages, split by a seed: what may be retrieved, what chooses thresholds, what is reported on.

The data: I. Casanueva, T. Temčinas, D. Gerz, M. Henderson and I. Vulić, Efficient intent detection with dual sentence
encoders (2020), arXiv 2003.04807; CC BY 4.0. They are read from a file of the user's own and are not part of this
project.
"""

from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Message:
    """A labelled message; `row` is counted from 1 in the file."""

    row: int
    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Split:
    """Parts without a message in common, not even one of the same words."""

    knowledge: tuple[Message, ...]
    choosing: tuple[Message, ...]
    report: tuple[Message, ...]


def read(path: Path) -> tuple[Message, ...]:
    """The messages of a CSV file with the columns `text` and `category`."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            # One label ends in a question mark, which no Avro symbol may have.
            Message(number, row["text"].strip(), row["category"].rstrip("?"))
            for number, row in enumerate(csv.DictReader(file), start=1)
        )


def split(messages: Iterable[Message], choosing: int, report: int, seed: int) -> Split:
    """Draw the two parts of cases at random; the rest may be retrieved.

    Raises:
        ValueError: there are not enough messages.
    """
    first = {_words(message.text): message for message in reversed(list(messages))}
    drawn = sorted(first.values(), key=lambda message: message.row)
    if len(drawn) <= choosing + report:
        raise ValueError(f"{len(drawn)} different messages are not enough for {choosing} + {report} cases")
    random.Random(seed).shuffle(drawn)
    return Split(tuple(drawn[choosing + report :]), tuple(drawn[:choosing]), tuple(drawn[choosing : choosing + report]))


def write(parts: Split, asked: int, task: Path) -> None:
    """Write the parts into a task's folder.

    `examples.jsonl` may be retrieved; `choosing.jsonl` and `report.jsonl` are the cases that the neighbours vote on.
    The model is asked for the first `asked` of each: `choosing-asked.jsonl`, and `cases.jsonl`.
    """
    for name, messages, label in (
        ("examples.jsonl", parts.knowledge, "answer"),
        ("choosing.jsonl", parts.choosing, "expected"),
        ("choosing-asked.jsonl", parts.choosing[:asked], "expected"),
        ("report.jsonl", parts.report, "expected"),
        ("cases.jsonl", parts.report[:asked], "expected"),
    ):
        lines = (
            {"id": f"banking77-{each.row}", "input": {"text": each.text}, label: {"intent": each.intent}}
            for each in messages
        )
        (task / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _words(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())
