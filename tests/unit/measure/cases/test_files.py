"""Files of cases: JSON lines and CSV, as people and spreadsheets write them."""

import csv
import functools
import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.core import errors
from processor.core.records import Event
from processor.measure.cases import files, labels
from processor.measure.records import Case
from tests import builders

CATEGORY = {"name": "category", "type": {"type": "enum", "name": "Category", "symbols": ["card", "refund"]}}
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Answer",
        "namespace": "test",
        "fields": [
            CATEGORY,
            {"name": "reason", "type": ["null", "string"]},
            {"name": "urgent", "type": "boolean"},
            {"name": "count", "type": ["null", "int"]},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
            {
                "name": "who",
                "type": {"type": "record", "name": "Who", "fields": [{"name": "name", "type": "string"}]},
            },
        ],
    }
)


@functools.cache
def task(measure=""):
    return builders.a_task(schema=SCHEMA, definition=f"{builders.DEFINITION}\n{measure}")


@pytest.fixture
def write(tmp_path):
    def written(content, name="cases.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def refused(path, **options):
    with pytest.raises(errors.UsageError) as raised:
        files.read(path, task(), **options)
    return str(raised.value)


def test_a_json_line_says_all_that_is_known_of_a_case(write, tmp_path):
    line = {
        "id": "c1",
        "input": {"text": "Where?"},
        "attributes": {"customer": "7"},
        "created_at": "2026-01-31T09:30:00Z",
        "expected": {"category": "card"},
        "labelled_by": ["ann", "bob"],
        "labels_by": {"ann": {"category": "refund"}, "bob": {"category": "card"}},
        "agreed": False,
        "inclusion": 0.25,
        "gold": ["cards.md"],
        "group": "thread 9",
        "first_answer": {"category": "refund"},
        "note": "others may stand here, too",
    }
    (case,) = files.read(write("\ufeff" + json.dumps(line) + "\r\n\r\n"), task(), root=tmp_path).cases
    assert case == Case(
        event=Event("c1", "sort", {"text": "Where?"}, datetime(2026, 1, 31, 9, 30, tzinfo=UTC), {"customer": "7"}),
        expected={"category": "card"},
        source="cases.jsonl:1",
        labelled_by=("ann", "bob"),
        labels_by={"ann": {"category": "refund"}, "bob": {"category": "card"}},
        agreed=False,
        inclusion=0.25,
        gold=("cards.md",),
        group="thread 9",
        first_answer={"category": "refund"},
    )


def test_a_line_without_an_id_gets_one_from_its_contents(write):
    line = '{"input": {"text": "x"}, "expected": {"category": "card"}}\n'
    one, two = files.read(write(line * 2), task()).cases
    again = files.read(write(line), task()).cases[0]
    assert one.id == again.id != two.id


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"input": {"text": "x"}}', "no object `expected`"),
        ('{"input": {"text": "x"}, "expected": []}', "no object `expected`"),
        ('{"text": "x", "expected": {}}', "it has no `input`"),
        ('{"input": {"text": "x"}, "expected": {}, "task": "other"}', "another task than sort"),
        ('{"input": {"text": "x"}, "expected": {}, "labelled_by": 1}', "`labelled_by` is not a list of texts"),
        ('{"input": {"text": "x"}, "expected": {}, "labels_by": {"a": 1}}', "`labels_by` is not an object of labels"),
        ('{"input": {"text": "x"}, "expected": {}, "labels_by": [1]}', "`labels_by` is not an object of labels"),
        ('{"input": {"text": "x"}, "expected": {}, "agreed": "yes"}', "`agreed` is not true, false or null"),
        ('{"input": {"text": "x"}, "expected": {}, "inclusion": 0}', "`inclusion` is not a probability"),
        ('{"input": {"text": "x"}, "expected": {}, "inclusion": true}', "`inclusion` is not a probability"),
        ('{"input": {"text": "x"}, "expected": {}, "group": 7}', "`group` is not a text"),
        ('{"input": {"text": "x"}, "expected": {}, "first_answer": "x"}', "`first_answer` is not an object"),
        ('{"id": "a", "input": {"text": "y"}, "expected": {}}', "it has the same id as line 1"),
        ("[1]", "not an object"),
        ("{", "it is not JSON"),
    ],
)
def test_a_bad_line_is_an_error_with_its_line_or_an_exclusion(write, line, told):
    path = write('{"id": "a", "input": {"text": "x"}, "expected": {"category": "card"}}\n\n' + line)
    assert told in refused(path)
    assert ".jsonl:3: " in refused(path)
    found = files.read(path, task(), lenient=True)
    assert len(found.cases) == 1
    assert [(each.source, each.why) for each in found.exclusions] == [(f"{path}:3", "unreadable")]


def test_a_file_without_any_good_line_is_an_error_however_lenient(write):
    assert ".jsonl:1: " in refused(write("{\n{"), lenient=True)
    assert files.read(write(""), task()).cases == ()


def test_files_that_cannot_be_read(write, tmp_path):
    assert "cannot be read" in refused(tmp_path / "none.jsonl")
    assert "UTF-16" in refused(write('{"a": 1}'.encode("utf-16")))
    assert "--format" in refused(write("", "cases.txt"))
    assert files.read(write("", "cases.txt"), task(), kind="jsonl").cases == ()


def test_a_spreadsheet_gives_typed_labels(write):
    rows = (
        "\ufeffid,text,attributes.customer,expected.category,expected.reason,expected.urgent,expected.count,"
        "expected.tags,expected.who.name\r\n"
        'c1,"two\r\nlines",7,card,,TRUE,3,"[""a""]",Ann\r\n'
        "c2,one,8,refund,null,,,,\r\n"
    )
    one, two = files.read(write(rows, "cases.csv"), task('[measure]\ngroup = "customer"')).cases
    assert one.event.input == {"text": "two\r\nlines"}
    assert one.expected == {
        "category": "card",
        "reason": None,
        "urgent": True,
        "count": 3,
        "tags": ["a"],
        "who": {"name": "Ann"},
    }
    assert one.source.endswith("cases.csv:2")
    assert two.expected == {"category": "refund", "reason": None, "count": None}
    assert two.source.endswith("cases.csv:4")
    assert (one.group, two.group) == ("7", "8")


def test_a_whole_label_may_stand_in_one_column(write):
    rows = 'text;expected;expected.urgent\nx;"{""category"": ""card"", ""urgent"": true}";false\n'
    (case,) = files.read(write(rows, "cases.csv"), task()).cases
    assert case.expected == {"category": "card", "urgent": False}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("text\nx\n", ":2: it has no label: columns `expected`"),
        ("expected.category\ncard\n", ":2: the header has no column for the input"),
        ("text,expected.nope\nx,card\n", ":2: the answer has no field for the column `expected.nope`"),
        ("text,expected.tags[*]\nx,card\n", ":2: the answer has no field for the column `expected.tags[*]`"),
        ("text,expected.urgent\nx,maybe\n", ":2: its `expected.urgent` is not JSON"),
        ("text,expected\nx,[]\n", ":2: its `expected` is not a JSON object"),
        ("text,expected.category\nx\n", ":2: it has 1 columns, the header 2"),
        ("text,text\nx,y\n", ":1: column 1 of the header has the name of another"),
    ],
)
def test_a_bad_row_is_told(write, rows, told):
    assert told in refused(write(rows, "cases.csv"))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
INPUTS = st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2), min_size=1, max_size=3)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True)
CASES = st.builds(
    Case,
    event=st.builds(
        Event,
        id=NAMES,
        task=st.just("sort"),
        input=INPUTS,
        created_at=st.none() | st.just(datetime(2026, 1, 31, 9, 30, 1, 5, tzinfo=UTC)),
        attributes=st.dictionaries(TEXTS, TEXTS, max_size=2),
    ),
    expected=INPUTS,
    source=st.just("cases.jsonl:1"),
    labelled_by=st.lists(TEXTS, max_size=2).map(tuple),
    labels_by=st.dictionaries(TEXTS, INPUTS, max_size=2),
    agreed=st.none() | st.booleans(),
    inclusion=st.none() | st.floats(0, 1, exclude_min=True),
    gold=st.lists(TEXTS, max_size=2).map(tuple),
    group=st.just("") | TEXTS,
    first_answer=st.none() | INPUTS,
)


@settings(deadline=None, max_examples=50)
@given(CASES)
def test_a_case_that_is_written_is_read_again(case):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.jsonl"
        path.write_text(labels.line(case) + "\n", encoding="utf-8")
        assert files.read(path, task(), root=Path(folder)).cases == (case,)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(TEXTS.filter(str.strip), st.sampled_from(["card", "refund"])), min_size=1, max_size=4))
def test_a_table_that_is_written_is_read_again(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("text", "expected.category"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
        found = files.read(path, task()).cases
    assert [(case.event.input["text"], case.expected["category"]) for case in found] == rows
