"""The project that the suite's workers serve: one task, `sort`, with a step and a stricter one.

The answer of each event is known beforehand from its number, so that the checker can tell a wrong outcome.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
description = "Sort messages."
kind = "classification"

[input]
required = ["text"]
"""
STEPS = """
[[step]]
prompt = "prompt.md"

[[step]]
prompt = "retry.md"
"""
RETRIEVAL = """
[[retrieval]]
kind = "fact"
query = "{{ input.text }}"
alpha = 1.0
top_k = 2
"""
AUDIT = """
[audit]
share = 1.0
"""
PROMPT = """
{% block system %}You sort messages.{% endblock %}
{% block passages %}{% for p in passages %}{{ p.text | fence("fact") }}{% endfor %}{% endblock %}
{% block input %}{{ input.text | fence("message") }}{% endblock %}
{% block correction %}{% endblock %}
"""
RETRY = """
{% extends "prompt.md" %}
{% block correction %}Another attempt. {% for v in violations %}{{ v.path }}: {{ v.message }}
{% endfor %}{{ previous | fence("previous") }}{% endblock %}
"""
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Answer",
        "namespace": "faults",
        "doc": "What it is about.",
        "fields": [
            {"name": "category", "type": {"type": "enum", "name": "Category", "symbols": ["card", "refund"]}},
            {"name": "reason", "type": "string", "minLength": 3},
        ],
    }
)
GOOD = json.dumps({"category": "card", "reason": "asks for a card"})
BAD = json.dumps({"category": "bank", "reason": "no such category"})

NAME = re.compile(r"e\d+")
LABEL = re.compile(r"event (e\d+)\b")


def write(root: Path, *, retrieves: bool = False, rules: str = "", audited: bool = False) -> Path:
    """Write the project into a folder."""
    files = {
        "tasks/sort/task.toml": HEAD + (RETRIEVAL if retrieves else "") + (AUDIT if audited else "") + STEPS,
        "tasks/sort/prompt.md": PROMPT,
        "tasks/sort/retry.md": RETRY,
        "schemas/sort.avsc": SCHEMA,
    }
    if rules:
        files["rules/sort.py"] = rules
    if retrieves:
        files["tasks/sort/knowledge/cards.md"] = "# Cards\n\nA new card takes a week.\n\n# Refunds\n\nFive days.\n"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def event(number: int, **changes: Any) -> bytes:
    """The event `e<number>` as JSON."""
    given = {"id": f"e{number}", "task": "sort", "input": {"text": f"This is event e{number} of many."}}
    return json.dumps({**given, **changes}).encode()


def label(body: dict[str, Any]) -> tuple[str, int]:
    """Which event and attempt a request to the model is for."""
    text = json.dumps(body["messages"])
    found = LABEL.search(text)
    return found.group(1) if found else "", 2 if "Another attempt." in text else 1


def attempts(ident: str) -> tuple[int, str]:
    """How many attempts an event takes, and where it ends: one in 20 needs two, one in 50 goes to people."""
    number = int(ident[1:]) if NAME.fullmatch(ident) else 0
    if number % 50 == 13:
        return 2, "review"
    return (2 if number % 20 == 7 else 1), "results"


def answer(body: dict[str, Any]) -> str:
    """What the model says."""
    ident, attempt = label(body)
    needed, end = attempts(ident)
    return GOOD if attempt >= needed and end == "results" else BAD
