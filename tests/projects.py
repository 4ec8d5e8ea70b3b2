"""Making small project folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests import builders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXAMPLE = {"id": "x1", "input": {"text": "Where is my card?"}, "answer": {"category": "card", "reason": "asks for it"}}


def lines(rows: Iterable[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def make(root: Path, rules: str = "", **files: str) -> Path:
    """A project with the task `sort` of `builders`; `files` replace some of its folder's or are more; `__` is a dot."""
    given = {
        "task.toml": builders.DEFINITION,
        "prompt.md": builders.PROMPT,
        "retry.md": builders.RETRY,
        "examples.jsonl": lines([EXAMPLE]),
        "knowledge/cards.md": "# Cards\n\nCards take a week.\n",
        **{name.replace("__", "."): content for name, content in files.items()},
    }
    texts = {f"tasks/sort/{name}": content for name, content in given.items()}
    for name, content in {**texts, "schemas/sort.avsc": builders.SCHEMA, "rules/sort.py": rules}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root
