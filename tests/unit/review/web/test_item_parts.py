from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.records import Violation
from processor.review.forms import Field
from processor.review.web import matching
from processor.review.web.item import attempts as item_attempts
from processor.review.web.item import clock as item_clock
from processor.review.web.item import controls as item_controls
from processor.review.web.item import descriptions as item_descriptions
from processor.review.web.item import raw as item_raw
from processor.review.web.item import reasons as item_reasons
from processor.review.web.item import rows as item_rows
from processor.review.web.item import texts as item_texts
from tests import reviewing

if TYPE_CHECKING:
    from processor.review.forms.field import Kind

NOW = reviewing.NOW


@pytest.mark.parametrize(
    ("said", "passage", "marked"),
    [
        ("My card is lost", "Lost cards", ["Lost cards"]),
        ("the and for", "the and for", []),
        ("order 12", "12 of 120", ["12"]),
        ("Straße", "STRASSE 5", ["STRASSE"]),
        ("", "anything", []),
    ],
)
def test_words_that_matched(said: str, passage: str, marked: list[str]) -> None:
    parts = matching.parts(passage, matching.words(said))
    assert [each.text for each in parts if each.matched] == marked


@given(st.text(), st.text())
def test_the_parts_of_a_text_are_the_text(said: str, passage: str) -> None:
    assert "".join(each.text for each in matching.parts(passage, matching.words(said))) == passage


@given(st.text(max_size=400), st.integers(1, 50))
def test_a_folded_text_is_whole(text: str, most: int) -> None:
    folded = item_texts.folded(text, most)
    assert folded.head + folded.rest == text
    assert folded.size == len(text)


def test_many_lines_are_folded_too() -> None:
    folded = item_texts.folded("line\n" * 200)
    assert folded.head.count("\n") == item_texts.FOLD_LINES


@pytest.mark.parametrize(
    ("given", "name"),
    [({"text": "a", "note": "longer"}, "text"), ({"id": "x", "words": "longest"}, "words"), ({"n": 5}, ""), ({}, "")],
)
def test_which_part_of_an_input_is_its_text(given: dict[str, object], name: str) -> None:
    assert item_texts.main(given) == name


def test_what_changed_between_attempts() -> None:
    first = reviewing.attempt(1, json.dumps({"a": 1, "lines": [{"b": "x"}], "old": None}))
    second = reviewing.attempt(2, 'Here: {"a": 1, "lines": [{"b": "y"}, {"b": "z"}]}', violations=[])
    shown = item_attempts.shown([first, second])
    told = {each.path: (each.change, each.before) for each in shown[1].places}
    assert told == {
        "a": ("", ""),
        "lines[0].b": ("changed", "x"),
        "lines[1].b": ("added", ""),
        "old": ("gone", "null"),
    }
    assert (shown[0].changes, shown[1].changes) == (0, 3)


def test_an_answer_that_is_no_object_is_shown_as_it_came() -> None:
    (shown,) = item_attempts.shown([reviewing.attempt(1, "I cannot say.")])
    assert shown.places == ()
    assert shown.text.head == "I cannot say."
    assert [each["rule"] for each in shown.others] == ["enum"]


@pytest.mark.parametrize(
    ("button", "order"),
    [
        ("up:answer.l.2", "acb"),
        ("down:answer.l.0", "bac"),
        ("up:answer.l.0", "abc"),
        ("down:answer.l.9", "abc"),
        ("x", "abc"),
    ],
)
def test_items_are_moved(button: str, order: str) -> None:
    posted = {"answer.l": ["3"], "answer.l.0.v": ["a"], "answer.l.1.v": ["b"], "answer.l.2.v": ["c"], "note": ["n"]}
    moved = item_rows.moved({**posted, "move": [button]})
    assert "".join(moved[f"answer.l.{number}.v"][0] for number in range(3)) == order
    assert moved["note"] == ["n"]


def test_time_is_what_the_page_saw_and_never_more_than_the_server_knows() -> None:
    openings = item_clock.Openings()
    stamp = openings.stamp(NOW)
    later = NOW + dt.timedelta(seconds=90)
    assert openings.seconds(stamp, "", later) == 90
    assert openings.seconds(stamp, "12.25", later) == 12.2
    assert openings.seconds(stamp, "1e9", later) == 90
    assert openings.seconds(stamp, "nan", later) == 90
    forged = item_clock.again(stamp.id, "1970-01-01T00:00:00+00:00", NOW)
    assert openings.seconds(forged, "", later) == 90
    elsewhere = item_clock.again("b" * 24, "1970-01-01T00:00:00+00:00", NOW)
    assert openings.seconds(elsewhere, "", later) == item_clock.LONGEST


@pytest.mark.parametrize("wild", ["", "short", "x" * 65, "<script>-------------", "0123456789abcdef\n"])
def test_an_id_that_is_none_of_ours_is_replaced(wild: str) -> None:
    made = item_clock.again(wild, "never", NOW)
    assert made.id != wild
    assert made.opened == NOW.isoformat()


@pytest.mark.parametrize(
    ("field", "widget"),
    [
        (Field("a", "$.a", "A", "choice", options=tuple("abcdefghijklmnop")), "radios"),
        (Field("a", "$.a", "A", "choice", options=tuple("abcdefghijklmnopq")), "select"),
        (Field("a.0.b", "$.a[0].b", "B", "choice", options=tuple("abcd")), "radios"),
        (Field("a.0.b", "$.a[0].b", "B", "choice", options=tuple("abcde")), "select"),
        (Field("a.0.b", "$.a[0].b", "B", "choice", options=tuple("abcdefghijklmnopqrstu")), "search"),
        (Field("a.0.b", "$.a[0].b", "B", "choice", options=tuple("abcdefghijklmnopqrst\n")), "select"),
        (Field("a.b", "$.a.b", "B", "choice", options=tuple("abcdefghijklmnopqrstu")), "select"),
        (Field("a", "$.a", "A", "null"), "null"),
        (Field("a", "$.a", "A", "list"), "group"),
        (Field("a.__n__.b", "$.a[].b", "B", "choice", options=tuple("abcde")), "select"),
        (Field("a", "$.a", "A", "date", value="2026-02-28"), "date"),
        (Field("a", "$.a", "A", "date", value="next Tuesday"), "line"),
        (Field("a", "$.a", "A", "date", value="2026-02-30"), "line"),
        (Field("a", "$.a", "A", "text", value="short"), "line"),
        (Field("a", "$.a", "A", "long_text"), "box"),
        (Field("a", "$.a", "A", "boolean"), "radios"),
    ],
)
def test_each_kind_has_its_control(field: Field, widget: str) -> None:
    assert item_controls.widget(field) == widget


def test_limits_of_the_schema_cannot_leave_their_attribute() -> None:
    field = Field("a", "$.a", "A", "text", limits={"maxlength": "\"'><&5", "min": "1"})
    found = item_controls.look(field).attributes
    assert found == ' id="f-a" name="a" dir="auto" maxlength="&#34;&#39;&gt;&lt;&amp;5"'


def test_what_describes_a_control_is_in_reading_order() -> None:
    against = Violation("$.a", "enum", "No.")
    field = Field("answer.a", "$.a", "A", "time", doc="When.", expected="a date and time", violations=(against,))
    assert item_descriptions.described_by(field) == "v-answer.a d-answer.a h-answer.a"
    assert item_controls.violated(Field("answer", "$", "Answer", "record", fields=(field,))) == (field,)


@pytest.mark.parametrize(
    ("kind", "value", "hint"),
    [
        ("time", "", "a date as in 2026-01-31"),
        ("date", "", ""),
        ("date", "2026-02-28", ""),
        ("date", "next Tuesday", "a date as in 2026-01-31"),
    ],
)
def test_how_a_value_is_written_is_said_once_and_not_beside_a_calendar(kind: Kind, value: str, hint: str) -> None:
    field = Field("answer.a", "$.a", "A", kind, value=value, expected="a date as in 2026-01-31 or null", nullable=True)
    assert item_descriptions.hint(field) == hint
    assert item_descriptions.described_by(field) == ("h-answer.a" if hint else "")


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (5, 5), (6, 6), (7, 5), (40, 5)])
def test_of_much_that_stands_against_a_field_most_is_folded(number: int, shown: int) -> None:
    found = tuple(Violation("$.a", f"r{each}", "No.") for each in range(number))
    first, more = item_descriptions.against(Field("answer.a", "$.a", "A", "text", violations=found))
    assert (len(first), first + more) == (shown, found)


@pytest.mark.parametrize(("doc", "start"), [("Short.", "Short."), ("One. " + "x" * 200, "One."), ("w " * 100, "w w w")])
def test_a_long_description_has_a_beginning(doc: str, start: str) -> None:
    head, rest = item_descriptions.doc(Field("a", "$.a", "A", "text", doc=doc))
    assert head.startswith(start)
    assert len(head) <= item_descriptions.DOC + 1
    assert bool(rest) == (len(doc) > item_descriptions.DOC)


@pytest.mark.parametrize(
    ("reason", "detail", "sentence", "folded"),
    [
        ("rule", "rule urgent wants a person", "Rule urgent wants a person.", ""),
        ("rule", "rule a, b wants a person", "Rules a, b want a person.", ""),
        ("rule_failed", "rule a raised\nTraceback", "Rule a raised.", "Traceback"),
        ("refusal", "it said no", "The model declined to answer.", ""),
        ("of_the_future", "", item_reasons.UNKNOWN, ""),
    ],
)
def test_reasons_are_told_in_plain_words(reason: str, detail: str, sentence: str, folded: str) -> None:
    why = item_reasons.why({"reason": reason, "detail": detail})
    assert (why.sentence, why.folded) == (sentence, folded)


def test_bytes_are_written_out() -> None:
    shown = item_raw.shown(b"\x00A\xff" * 6)
    assert shown.text == "\\x00A\\xff" * 6
    assert shown.dump.splitlines()[1] == f"{'00000010  41 ff':<57}  A."
    assert not shown.cut
    assert item_raw.shown(b"x" * 5000).cut
