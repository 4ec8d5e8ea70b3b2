"""docs/contract.md: its schema and its narrowings are ones that a task can have."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from processor.core import definition
from processor.core.contracts import contract, place

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text()


def test_the_schema_and_its_map():
    (schema,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    parcel = contract.parse(schema, "schemas/parcel.avsc")
    pairs, typed = re.findall(r"`(\[\{\"key\".*?\]|\{\"base\".*?\})`", PAGE)
    answer = {"reason": "wet", "outcome": "damaged", "code": "KM-000001", "day": None, "weights": json.loads(pairs)}

    assert parcel.check(answer) == ()
    assert str(parcel.convert(answer)["weights"]).replace("'", '"') == typed


def test_the_narrowings():
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    for path, written in tomllib.loads(block)["narrow"].items():
        assert place.parse(path)
        definition.Narrowing.model_validate(written)
