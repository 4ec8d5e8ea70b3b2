"""The envelopes as documents: every field is described, shared records are the same everywhere, installs have them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import avro.schema
import pytest

from processor.adapters.wire import envelopes
from processor.core.records import Reason
from processor.core.routing import ANSWER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

RAW = {name: json.loads(envelopes.text(name)) for name in envelopes.NAMES}


def named_types(raw: Any) -> Iterator[dict[str, Any]]:
    if isinstance(raw, list):
        for item in raw:
            yield from named_types(item)
    elif isinstance(raw, dict):
        if raw.get("type") in ("record", "enum"):
            yield raw
        for value in raw.values():
            yield from named_types(value)


@pytest.mark.parametrize("name", envelopes.NAMES)
def test_envelope_is_avro_and_all_of_it_is_described(name: str):
    assert avro.schema.parse(envelopes.text(name)).fullname == f"untuned.{name.title()}"
    for found in named_types(RAW[name]):
        assert found["namespace"] == "untuned"
        assert found["doc"]
        for field in found.get("fields", []):
            assert field["doc"], f"{found['name']}.{field['name']}"


def test_shared_types_are_the_same_everywhere():
    seen: dict[str, dict[str, Any]] = {}
    for raw in RAW.values():
        for found in named_types(raw):
            assert seen.setdefault(found["name"], found) == found
    assert {"Event", "Violation", "Attempt", "Usage", "Origin", "PassageKind"} <= set(seen)


def test_reasons_are_the_closed_list():
    (reason,) = (found for found in named_types(RAW["review"]) if found["name"] == "Reason")

    assert reason["symbols"] == [item.value for item in Reason]


def test_cut_of_answers_is_documented():
    (attempt,) = (found for found in named_types(RAW["result"]) if found["name"] == "Attempt")
    (answer,) = (field for field in attempt["fields"] if field["name"] == "answer")

    assert f"cut after {ANSWER_LIMIT} characters" in answer["doc"]


def test_wheel_ships_every_envelope():
    root = Path(__file__).parents[2]
    build = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]

    assert build["wheel"]["force-include"] == {
        f"schemas/envelope.{name}.avsc": f"processor/_schemas/envelope.{name}.avsc" for name in envelopes.NAMES
    }


def test_installed_package_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    inside = tmp_path / "_schemas" / "envelope.event.avsc"
    inside.parent.mkdir()
    inside.write_text("installed")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)

    assert envelopes.text("event") == "installed"
