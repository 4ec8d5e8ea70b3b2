from __future__ import annotations

import base64
import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.review.view import texts
from tests import reviewing


def of(event_input: Any) -> str:
    record = reviewing.record()
    return texts.summary({**record, "event": {**record["event"], "input": event_input}})


@pytest.mark.parametrize(
    ("event_input", "line"),
    [
        ({"text": "Where is\nmy card?"}, "Where is my card?"),
        ({"subject": "Card", "body": "Where?"}, "Card · Where?"),
        ({"lines": [{"sku": "A-1", "count": 2}, {"sku": "B"}], "urgent": True}, "A-1 · 2 · B"),
        ({"text": "a\u202eb\x1b[2J"}, "a\\u202eb\\x1b[2J"),
        ({"text": "\ud800"}, "\\ud800"),
        ({"urgent": True}, '{"urgent": true}'),
        ({}, "{}"),
    ],
)
def test_a_summary_is_one_safe_line(event_input: Any, line: str) -> None:
    assert of(event_input) == line


def test_a_summary_is_short() -> None:
    assert len(of({"text": "word " * 100_000})) == texts.SUMMARY


def test_bytes_that_are_no_event_are_shown_as_text() -> None:
    raw = base64.b64encode(b"\xffhello").decode()
    assert texts.summary({"event": None, "raw": raw}) == "\ufffdhello"
    assert texts.summary({"event": None, "raw": "no base64!"}) == ""
    assert texts.searched("t/0/1", {"event": None, "raw": raw}) == "t/0/1\n\ufffdhello"


def test_attributes_and_id_are_searched_and_answers_are_not() -> None:
    found = texts.searched("e-1", reviewing.record(detail="secret detail"))
    assert found == "e-1\nWhere is my card?\nacme"


def test_a_very_long_text_is_searched_to_a_limit() -> None:
    assert len(texts.searched("e-1", reviewing.record(text="x" * 10 * texts.SEARCHED))) <= texts.SEARCHED + 3


@given(st.text())
def test_no_text_is_more_than_words_to_the_search(text: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE texts USING fts5 (text, content='')")
    query = texts.query(text)
    if query:
        db.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (query,)).fetchall()
    db.close()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("my card", '"my"* "card"*'),
        ('card" OR "refund', '"card"""* "OR"* """refund"*'),
        ("text:card NEAR(a b)", '"text:card"* "NEAR(a"* "b)"*'),
        (" - * \0 ", ""),
    ],
)
def test_a_query_quotes_every_word(text: str, query: str) -> None:
    assert texts.query(text) == query
