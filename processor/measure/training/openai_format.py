"""OpenAI's format for supervised fine-tuning of chat models, checked as it is documented.

A file is UTF-8 text, one JSON object a line, with `messages`: each with a role (`system`, `developer`, `user`,
`assistant`) and content, at least one of them the assistant's, which is what is trained on; at least 10 lines, at most
512 MB. Source: the guides on supervised fine-tuning and the files API at developers.openai.com, looked up 2026-11-27.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST = 10
"""Lines of a training file."""

MOST_BYTES = 512_000_000

ROLES = frozenset({"system", "developer", "user", "assistant"})

SHOWN = 20
"""Findings of one file that are told."""


def errors_in(content: bytes, *, training: bool) -> tuple[str, ...]:
    """What is wrong with a file, with the line, at most 20 of it; nothing when the file may be uploaded."""
    if len(content) > MOST_BYTES:
        return (f"the file has {len(content):,} bytes: at most {MOST_BYTES:,} are taken",)
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        return (f"the file is not UTF-8: {error.reason} at byte {error.start}",)
    if lines and not lines[-1]:
        lines.pop()
    found = [f"line {number}: {wrong}" for number, line in enumerate(lines, start=1) for wrong in _line(line)]
    if training and len(lines) < LEAST:
        found.append(f"{len(lines)} lines: at least {LEAST} are needed")
    return tuple(found[:SHOWN])


def _line(text: str) -> Iterator[str]:
    try:
        row = json.loads(text)
    except ValueError:
        yield "not JSON"
        return
    if not isinstance(row, dict) or set(row) != {"messages"}:
        yield "not an object with `messages` alone"
        return
    messages = row["messages"]
    if not isinstance(messages, list) or not messages:
        yield "`messages` is no list, or an empty one"
        return
    for number, message in enumerate(messages, start=1):
        yield from (f"message {number}: {wrong}" for wrong in _message(message))
    roles = [message.get("role") for message in messages if isinstance(message, dict)]
    if "user" not in roles:
        yield "no message of the user"
    if roles[-1:] != ["assistant"]:
        yield "the last message is not the assistant's"
    if any(role in {"system", "developer"} for role in roles[1:]):
        yield "the system message is not the first"


def _message(message: Any) -> Iterator[str]:
    if not isinstance(message, dict) or set(message) != {"role", "content"}:
        yield "not an object of `role` and `content`"
        return
    if message["role"] not in ROLES:
        yield f"no role {message['role']!r}"
    if not isinstance(message["content"], str) or not message["content"].strip():
        yield "no content"
