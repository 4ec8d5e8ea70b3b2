"""The order-parsing task as shipped: its labels fit its contract, its rules, its catalogue and its handbook."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import itertools
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from processor.adapters import project
from processor.core import narrow
from tests import applied, builders

if TYPE_CHECKING:
    from processor.core.records import Passage
    from processor.core.rules import Rule

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tasks" / "order-parsing"
TASK = project.Project(ROOT).load("order-parsing")
RULES = {rule.name: rule for rule in TASK.rules}
FOR_PEOPLE = {"nothing_ordered", "large_order"}
LARGE = {"ex-019", "case-115", "case-116", "case-117", "demo-11"}


def _read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def _rows() -> list[dict[str, str]]:
    with (FOLDER / "knowledge" / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


EXAMPLES, CASES, DEMO = (_read(f"{name}.jsonl") for name in ("examples", "cases", "demo"))
EVENTS = [entry for entry in (*EXAMPLES, *CASES, *DEMO) if "input" in entry]
ANSWERS: list[Any] = [entry.get("answer") or entry.get("expected") for entry in EVENTS]
LABELLED = [(entry, answer) for entry, answer in zip(EVENTS, ANSWERS, strict=True) if answer]
LINES = [(entry["id"], line) for entry, answer in LABELLED for line in answer["lines"]]
CATALOGUE = {row["sku"]: row for row in _rows()}


def _passages(*skus: str) -> tuple[Passage, ...]:
    rows = (CATALOGUE[sku] for sku in skus or CATALOGUE)
    return tuple(
        builders.passage(row["sku"], source="catalogue.csv", columns=row, retrieval="catalogue") for row in rows
    )


EVERYTHING = (builders.passage("handbook", text="Only full packs are sent."), *_passages())


def _apply(
    rule: Rule, given: dict[str, Any], answer: dict[str, Any], passages: tuple[Passage, ...] = EVERYTHING
) -> Any:
    return applied.fired(TASK, given, answer, passages).get(rule.name)


def test_there_is_enough_of_everything():
    assert len(CATALOGUE) >= 150
    assert 10 <= len(EXAMPLES) <= 40
    assert len(CASES) >= 110
    assert 12 <= len(DEMO) <= 16
    assert sum("hostile" in entry["note"] for entry in DEMO) >= 2
    assert len(TASK.prompts["prompt.md"].render("system", {}).split()) < 450


def test_the_model_may_answer_every_article_that_was_retrieved():
    rows = tuple(dataclasses.replace(passage, retrieval="catalogue") for passage in _passages())
    narrowed = narrow.contract(TASK, rows)
    assert not [entry["id"] for entry, answer in LABELLED if narrowed.check(answer)]
    lines = narrow.contract(TASK, rows[:5]).json_schema["properties"]["lines"]
    assert set(lines["items"]["properties"]["sku"]["enum"]) == {row.columns["sku"] for row in rows[:5]}


def test_ids_are_unique():
    ids = [entry["id"] for entry in EVENTS]
    assert len(ids) == len(set(ids))


def test_no_message_is_nearly_another():
    words = [(entry["id"], set(re.findall(r"\w+", entry["input"]["text"].casefold()))) for entry in EVENTS]
    near = [
        (one, other)
        for (one, first), (other, second) in itertools.combinations(words, 2)
        if len(first & second) > 0.6 * len(first | second)
    ]
    assert near == []


@pytest.mark.parametrize(("entry", "answer"), [pytest.param(*pair, id=pair[0]["id"]) for pair in LABELLED])
def test_a_label_passes_contract_and_rules(entry: dict[str, Any], answer: dict[str, Any]):
    assert TASK.contract.check(answer) == ()
    fired = set(applied.fired(TASK, entry["input"], answer, EVERYTHING))
    wanted = {"nothing_ordered"} if not answer["lines"] else {"large_order"} if entry["id"] in LARGE else set()
    assert fired == wanted
    assert answer["lines"] or answer["unclear"]


@pytest.mark.parametrize("entry", EVENTS, ids=lambda entry: str(entry["id"]))
def test_the_weekday_of_an_event_is_right(entry: dict[str, Any]):
    day = dt.date.fromisoformat(entry["input"]["received"].split()[1])
    assert entry["input"]["received"] == f"{day:%a} {day}"


def test_the_catalogue_is_sound():
    rows = _rows()
    names = [row["name"] for row in rows]
    units = {"piece", "pair", "set", "metre", "litre", "kilogram"}
    assert len(rows) == len(CATALOGUE)
    assert len(set(names)) == len(names)
    assert {row["unit"] for row in rows} == units
    assert {row["status"] for row in rows} == {"active", "replaced", "discontinued"}
    for row in rows:
        assert None not in row
        assert Decimal(row["pack_size"]) > 0
        assert not any(re.search(r"[;\n]", value) for value in row.values())
        assert bool(row["replaced_by"]) == (row["status"] == "replaced")
        if row["replaced_by"]:
            assert CATALOGUE[row["replaced_by"]]["status"] == "active"


def test_every_row_fits_the_contract():
    for sku, row in CATALOGUE.items():
        line = {"description": "x", "sku": sku, "quantity": row["pack_size"], "unit": row["unit"], "note": None}
        answer = {"lines": [line], "customer_reference": None, "requested_date": None, "unclear": []}
        assert TASK.contract.check(answer) == ()


@pytest.mark.parametrize(("name", "line"), [pytest.param(*pair, id=f"{pair[0]}-{pair[1]['sku']}") for pair in LINES])
def test_a_note_agrees_with_line_and_catalogue(name: str, line: dict[str, Any]):
    row, note = CATALOGUE[line["sku"]], line["note"] or ""
    quantity, pack = Decimal(line["quantity"]), Decimal(row["pack_size"])
    assert line["quantity"] == f"{quantity.normalize():f}"
    if found := re.search(r"rounded up from ([\d.]+)", note):
        assert quantity - pack < Decimal(found.group(1)) < quantity
    if found := re.search(r"replaces (\S+\b)", note):
        assert CATALOGUE[found.group(1)]["replaced_by"] == line["sku"]
    if cuts := re.findall(r"(\d+) x ([\d.]+) m", note):
        assert sum(Decimal(times) * Decimal(length) for times, length in cuts) == quantity


def test_labels_reach_across_the_catalogue():
    used = {line["sku"] for _, line in LINES}
    assert len(used) > 0.7 * len(CATALOGUE)
    replaced = {row["replaced_by"] for row in CATALOGUE.values()} - {""}
    assert replaced <= {line["sku"] for _, line in LINES if "replaces" in (line["note"] or "")}


TEXT = "Order 77-1: 20 cup hinges inset and 3 cans of hard wax oil matt"
GIVEN = {"text": TEXT, "received": "Wed 2026-03-04"}


def _answer(quantity: str = "20", sku: str = "FI-1103", unit: str = "piece", **changes: Any) -> dict[str, Any]:
    line = {"description": "cup hinges inset", "sku": sku, "quantity": quantity, "unit": unit, "note": None}
    return {"lines": [line], "customer_reference": "77-1", "requested_date": None, "unclear": [], **changes}


def test_only_what_was_retrieved_counts_as_catalogue():
    assert _apply(RULES["sku_from_catalogue"], GIVEN, _answer(), _passages("FI-1103")) is None
    assert _apply(RULES["sku_from_catalogue"], GIVEN, _answer(), _passages("FI-1102")) is not None
    assert _apply(RULES["sku_from_catalogue"], GIVEN, _answer(), ()) is not None
    written = builders.passage("x", text="sku: FI-1103; unit: piece; pack_size: 10; status: active")
    assert _apply(RULES["sku_from_catalogue"], GIVEN, _answer(), (written,)) is not None


def test_empty_columns_may_be_left_out():
    row = (
        builders.passage("x", columns={"sku": "FU-6131", "name": "Lisse bed", "unit": "piece"}, retrieval="catalogue"),
    )
    answer = _answer("20", "FU-6131")
    assert applied.fired(TASK, GIVEN, answer, row) == {}


def test_a_day_that_is_none_judges_nothing():
    answer = _answer(requested_date="2026-03-03")
    for received in ("yesterday", "", 5, None):
        assert _apply(RULES["date_not_past"], {**GIVEN, "received": received}, answer) is None


def test_what_follows_a_rule():
    assert {name for name, rule in RULES.items() if rule.then == "review"} == FOR_PEOPLE
    assert all(rule.description for rule in TASK.rules)
