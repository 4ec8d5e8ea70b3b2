"""Writes the reference pages from the code: `make docs`, or `python -m docs.reference`.

tests/unit/test_reference.py holds the pages to what this gives.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs import reference_cli, reference_rules, reference_schema
from processor import config
from processor.core import definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pydantic_settings

HERE = Path(__file__).parent

Schema = dict[str, Any]

GENERATED = "<!-- Written by `make docs` from the code: change it there. -->"

TASK_TABLES = {
    "`[input]`": "Input",
    "`[[retrieval]]`": "Retrieval",
    "`[visibility]`": "Visibility",
    '`[narrow]`: `"$.place" = { … }`': "Narrowing",
    '`[[step]]` with `kind = "model"`': "ModelStep",
    '`[[step]]` with `kind = "neighbours"`': "NeighboursStep",
    "`accept = { … }` of a step": "Accept",
    "`[budget]`": "Budget",
    "`[measure]`": "Measure",
    '`[measure.compare]`: `"$.place" = "kind"` or `{ … }`': "Comparison",
    "`[cases]`": "Cases",
    "`[audit]`": "Audit",
    "`[review]`": "Review",
    "`[calibration]`": "Calibration",
}
"""Title of a section -> the model that it describes."""

MODELS_TABLES = {"`[models.NAME]`": "Model", '`[prices."NAME"]`': "Price"}


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {
        "reference-task.md": task_page(),
        "reference-settings.md": settings_page(),
        "reference-schema.md": "\n".join(
            ("# Reference: answer schemas", "", GENERATED, "", *reference_schema.page(), "")
        ),
        "reference-rules.md": "\n".join(
            ("# Reference: the rule library", "", GENERATED, "", *reference_rules.page(), "")
        ),
        "reference-cli.md": "\n".join(("# Reference: the verbs", "", GENERATED, "", *reference_cli.page(), "")),
    }


def task_page() -> str:
    """All keys of task.toml and of models.toml."""
    return "\n".join(
        (
            "# Reference: task.toml and models.toml",
            "",
            GENERATED,
            "",
            "Unknown keys are errors; `untuned check` names the line. How the parts work together:",
            "[steps](steps.md), [retrieval](retrieval.md), [the contract](contract.md).",
            "",
            "## `tasks/<task>/task.toml`",
            "",
            *_sections(definition.Definition.model_json_schema(), TASK_TABLES),
            "## `tasks/models.toml`",
            "",
            *_sections(definition.Models.model_json_schema(), MODELS_TABLES),
        )
    )


def settings_page() -> str:
    """All environment variables, group by group."""
    return "\n".join(
        (
            "# Reference: settings",
            "",
            GENERATED,
            "",
            "An environment variable wins over the project's `.env` file, that over the addresses of a running local",
            "stack (`untuned up`), and that over the defaults. Keys of further models: see `api_key` in",
            "[models.toml](reference-task.md). Every verb says on standard error which variables that begin",
            "with `UNTUNED_` nobody reads.",
            "",
            *(line for group in config.GROUPS for line in _settings(group)),
        )
    )


def _settings(group: type[pydantic_settings.BaseSettings]) -> Iterator[str]:
    """The section of a group of settings."""
    assert group.__doc__
    rows = [
        (f"`{field.alias}`", _default(field.get_default()), _described(name, {"description": field.description}))
        for name, field in group.model_fields.items()
    ]
    yield from (f"## {group.__doc__.rstrip('.')}", "")
    yield from _table(("variable", "default", "meaning"), rows)
    yield ""


def _sections(schema: Schema, titles: Mapping[str, str]) -> Iterator[str]:
    parts: dict[str, Schema] = schema["$defs"]
    yield from _section(schema)
    for title, name in titles.items():
        yield from (f"### {title}", "", parts[name]["description"], "")
        yield from _section(parts[name])


def _section(schema: Schema) -> Iterator[str]:
    required = schema.get("required", ())
    rows = []
    for name, field in sorted(schema["properties"].items(), key=lambda each: each[0] != "kind"):
        default = "required" if name in required else _default(field.get("default"))
        rows.append((f"`{name}`", _words(field), default, _described(name, field)))
    yield from _table(("key", "type", "default", "meaning"), rows)
    yield ""


def _described(name: str, field: Schema) -> str:
    if not field.get("description"):
        raise ValueError(f"`{name}` has no description")
    return str(field["description"])


def _words(field: Schema) -> str:
    """A type in words."""
    if "anyOf" in field:  # a Decimal may be written as a number or as a string
        return _words(next(each for each in field["anyOf"] if each.get("type") != "null"))
    if "$ref" in field or "oneOf" in field:
        return "table"
    values = field.get("enum", [field["const"]] if "const" in field else [])
    return " \\| ".join(f'`"{value}"`' for value in values) or _type_words(field)


def _type_words(field: Schema) -> str:
    if field["type"] == "array":
        inner = _words(field["items"])
        return "tables" if inner == "table" else f"list of {inner}s"
    if field["type"] == "object":
        return "tables" if "$ref" in field["additionalProperties"] else "table of strings"
    return {"integer": "whole number", "number": "number", "string": "string", "boolean": "true \\| false"}[
        field["type"]
    ] + _limits(field)


def _limits(field: Schema) -> str:
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
    return "".join(f", {sign} {field[name]:g}" for name, sign in limits.items() if name in field)


def _default(value: Any) -> str:
    if value is None or value in ("", [], {}) or isinstance(value, list | dict):
        return ""
    if hasattr(value, "get_secret_value"):
        return ""
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{shown.lower() if isinstance(value, bool) else shown}`"


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|" + " --- |" * len(titles)
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    for file, text in pages().items():
        (HERE / file).write_text(text, encoding="utf-8")
        print(HERE / file)
