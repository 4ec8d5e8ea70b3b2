import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import errors
from processor.core.files import intake
from processor.core.wire import incoming, strict_json
from tests import builders


def line(**fields):
    return json.dumps(fields).encode()


def test_an_event_line_gives_what_belongs_to_an_event_and_nothing_else():
    found = intake.parse_json(
        line(
            id="m-1",
            task="sort",
            input={"text": "hi"},
            created_at="2026-01-31T13:00:00+01:00",
            attributes={"channel": "mail"},
            expected={"category": "card"},
            note="easy",
        ),
        "sort",
    )
    assert json.loads(intake.encode(found)) == {
        "id": "m-1",
        "task": "sort",
        "input": {"text": "hi"},
        "created_at": "2026-01-31T12:00:00Z",
        "attributes": {"channel": "mail"},
    }


def test_a_plain_record_is_the_input_without_what_belongs_to_the_event():
    found = intake.parse_json(line(id="m-1", text="hi", attributes={"a": "b"}, task="wash up"), "sort")
    assert found == builders.event("hi", id="m-1", input={"text": "hi", "task": "wash up"}, attributes={"a": "b"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"text": NaN}', "not JSON"),
        (b'{"text": 1e999}', "not JSON"),
        (b'{"text": "\\ud800"}', "not JSON"),
        (b'{"text": "a", "text": "b"}', "not JSON"),
        (b'{"text": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "not JSON"),
        (b"9" * 5_000, "not JSON"),
        (b"[1]", "not an object"),
        (b'"text"', "not an object"),
        (b"{}", "input is empty"),
        (b'{"id": "a"}', "input is empty"),
        (b'{"input": {}}', "input is empty"),
        (b'{"input": 7}', "`input` is not an object"),
        (b'{"input": null}', "no `input`"),
        (b'{"id": 7, "text": "hi"}', "`id` is not a string"),
        (b'{"id": " ", "text": "hi"}', "`id` is not a string, or empty"),
        (b'{"id": "a\\u001b", "text": "hi"}', "cannot be printed"),
        (line(id="x" * 201, text="hi"), "more than 200 characters"),
        (b'{"text": "hi", "created_at": "yesterday"}', "`created_at` is not a time"),
        (b'{"text": "hi", "created_at": "2026-01-31T12:00:00"}', "`created_at` is not a time"),
        (b'{"text": "hi", "created_at": 5}', "`created_at` is not a time"),
        (b'{"text": "hi", "attributes": {"a": 1}}', "`attributes` are not"),
        (b'{"text": "hi", "attributes": "a"}', "`attributes` are not"),
        (b'{"input": {"text": "hi"}, "task": "other"}', "another task"),
        (b'{"input": {"text": "hi"}, "task": 5}', "another task"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason_and_without_its_contents(text, reason):
    with pytest.raises(errors.UsageError, match=reason) as refusal:
        intake.parse_json(text, "sort")
    assert "hi" not in str(refusal.value).split()


@given(st.one_of(st.binary(), st.text().map(str.encode), st.dictionaries(st.text(), st.text()).map(json.dumps)))
def test_whatever_a_line_holds_it_is_an_event_that_the_worker_takes_or_it_is_refused(text):
    raw = text if isinstance(text, bytes) else text.encode()
    try:
        found = intake.named(intake.parse_json(raw, "sort"), 1)
    except errors.UsageError:
        return
    assert incoming.event(strict_json.loads(intake.encode(found))) == found


def test_a_row_of_csv_is_the_input_but_for_the_columns_of_the_event():
    header = intake.parse_header(["id", " text ", "created_at", "attributes.channel", "attributes.shop", "note"])
    found = intake.parse_row(header, ["", "hi", "", "mail", "", ""], "sort")
    assert found == builders.event(id="", input={"text": "hi", "note": ""}, attributes={"channel": "mail"})


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ([], "no column for the input"),
        (["id", "attributes.a"], "no column for the input"),
        (["text", ""], "column 2 of the header has no name"),
        (["text", "id", "text "], "column 1 of the header has the name of another"),
    ],
)
def test_a_bad_header_is_refused(header, reason):
    with pytest.raises(errors.UsageError, match=reason):
        intake.parse_header(header)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["a"], "1 columns, the header 2"),
        (["a", "b", "c"], "3 columns, the header 2"),
        (["a", "caf\udce9"], "not UTF-8"),
        (["a\x00", "b"], "cannot be printed"),
    ],
)
def test_a_bad_row_is_refused(row, reason):
    with pytest.raises(errors.UsageError, match=reason):
        intake.parse_row(("id", "text"), row, "sort")


def test_an_event_without_an_id_gets_the_same_one_every_time_and_another_for_a_repetition():
    first = intake.parse_json(b'{"text": "hi", "n": 1}', "sort")
    again = intake.parse_json(b'{"n":1,"text":"hi"}', "sort")
    assert intake.named(first, 1) == intake.named(again, 1)
    others = [
        intake.named(first, 2),
        intake.named(intake.parse_json(b'{"text": "hi", "n": 1}', "wash"), 1),
        intake.named(intake.parse_json(b'{"text": "hi", "n": 1, "created_at": "2026-01-31T12:00:00Z"}', "sort"), 1),
        intake.named(intake.parse_json(b'{"text": "hi", "n": 1, "attributes": {"a": "b"}}', "sort"), 1),
    ]
    assert len({event.id for event in [intake.named(first, 1), *others]}) == 5


def test_an_event_with_an_id_keeps_it():
    assert intake.named(builders.event(), 3).id == "e1"


def test_two_events_are_told_apart_by_their_ids_and_without_them_by_their_contents():
    named, unnamed = builders.event(), builders.event(id="")
    assert intake.digest(named) == intake.digest(builders.event("something else"))
    assert intake.digest(unnamed) == intake.digest(builders.event(id=""))
    assert intake.digest(unnamed) != intake.digest(builders.event("something else", id=""))
    assert intake.digest(unnamed) != intake.digest(named)
