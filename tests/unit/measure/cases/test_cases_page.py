"""docs/cases.md says what the code does."""

import json
import re
from pathlib import Path

from processor.core import comparing, definition
from processor.core.contracts import contract
from processor.measure.cases import decided, files, gather, kept, redacting
from tests import builders

PAGE = (Path(__file__).parents[4] / "docs" / "cases.md").read_text()
LINE = {
    "type": "record",
    "name": "Line",
    "fields": [{"name": "sku", "type": "string"}, {"name": "note", "type": "string"}],
}
FIELDS = {
    "kind": {"type": "enum", "name": "Kind", "symbols": ["a", "b"]},
    "reason": "string",
    "supplier": "string",
    "unclear": {"type": "array", "items": "string"},
    "total": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    "weight": "double",
    "due": {"type": "int", "logicalType": "date"},
    "tags": {"type": "array", "items": "string"},
    "lines": {"type": "array", "items": LINE},
}


def block(language):
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_example_lines_are_cases(tmp_path):
    for language, name in (("json", "cases.jsonl"), ("csv", "cases.csv")):
        (tmp_path / name).write_text(block(language))
        (case,) = files.read(tmp_path / name, builders.a_task()).cases
        assert case.expected["category"] == "card"


def test_the_example_tables_can_be():
    fields = [{"name": name, "type": kind} for name, kind in FIELDS.items()]
    answer = contract.parse(json.dumps({"type": "record", "name": "Answer", "fields": fields}), "answer.avsc")
    text = f"{builders.DEFINITION}\n{block('toml')}"
    parsed = definition.parse(definition.Definition, text, "task.toml")
    comparing.check(parsed, answer, "task.toml", text)
    assert len(parsed.measure.compare) == 9


def reasons(*modules):
    found = {value for module in modules for name, value in vars(module).items() if name.isupper()}
    return {each for each in found if isinstance(each, str)}


def told(after, before):
    table = PAGE.partition(after)[2].partition(before)[0]
    return set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE))


def test_all_reasons_for_leaving_a_case_out_are_told():
    assert told("## What is left out", "## Samples") == reasons(decided, files, gather)
    assert told("and by these:", "\0") == reasons(kept, redacting)
