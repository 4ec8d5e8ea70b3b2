from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.demo import samples

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '{"id": "m-1", "input": {"text": "Hello"}, "expected": {"category": "card"}, "note": "calm"}'


def read(root: Path, *lines: str, start: int = 1) -> tuple[samples.Sample, ...]:
    folder = root / "tasks" / "sort"
    folder.mkdir(parents=True)
    (folder / "demo.jsonl").write_text("\n".join(lines))
    return samples.read(root, "sort", "abc123", start)


def test_an_event_has_an_id_of_this_run_and_keeps_its_label(tmp_path):
    (found,) = read(tmp_path, GOOD, start=5)
    assert json.loads(found.record.value) == {"id": "m-1-abc123", "task": "sort", "input": {"text": "Hello"}}
    assert (found.key, found.record.line, found.task) == ("m-1-abc123", 5, "sort")
    assert (found.expected, found.text, found.is_event) == ({"category": "card"}, "Hello", True)


def test_bytes_that_are_no_event_go_as_they_are(tmp_path):
    found = read(tmp_path, GOOD, "", '{"raw": "{\\"id\\": ", "note": "cut"}')[1]
    assert (found.record.value, found.key, found.is_event, found.expected) == (b'{"id": ', "raw-2-abc123", False, {})
    assert found.record.headers == ()


def test_an_unlabelled_event_without_a_text_is_shown_by_its_input(tmp_path):
    (found,) = read(tmp_path, '{"id": "m-2", "input": {"lines": [1]}, "expected": null}')
    assert (found.expected, found.text) == ({}, '{"lines": [1]}')


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "demo.jsonl:2: Expecting value"),
        ("[]", "demo.jsonl:2: it is not an object"),
        ('{"id": "m-2"}', "demo.jsonl:2: it has no `input`"),
        ('{"input": {"text": "x"}}', "demo.jsonl:2: it has no `id`"),
        ('{"id": "m-2", "input": {}, "expected": [1]}', "demo.jsonl:2: its `expected` is not an object"),
        (GOOD, "demo.jsonl: two lines have the same id: m-1"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, says):
    with pytest.raises(errors.DefinitionError, match=says):
        read(tmp_path, GOOD, line)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(errors.DefinitionError, match=r"tasks/sort/demo.jsonl: cannot be read"):
        samples.read(tmp_path, "sort", "abc123")
