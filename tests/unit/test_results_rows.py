import pytest

from processor.core.records import Message, Origin
from processor.core.views import rows
from processor.core.views.outcomes import Outcome

MESSAGE = Message(Origin("untuned.results", 0, 7, 1000), None, b"{}")
RESULT = {
    "event_id": "e1",
    "task": "sort",
    "answer": {"category": "card", "reason": "Grüße"},
    "decided_by": "model",
    "attempts": [{"number": 1}, {"number": 2}],
    "usage": {"input_tokens": 1200, "output_tokens": 34, "cached_tokens": 1000},
    "cost_usd": "0.00012",
    "latency_ms": 2345.678,
}
EVENT = {"event": {"id": "e1", "task": "sort"}, "usage": RESULT["usage"], "cost_usd": None}
VIOLATION = {"rule": "enum", "message": "Not a known category."}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            RESULT,
            rows.Row("e1", "sort", "model", "2", '{"category":"card","reason":"Grüße"}', "1,234", "0.00012", "2.35 s"),
        ),
        (
            {**RESULT, "attempts": [{"number": 1, "confidence": 0.1}, {"number": 2, "confidence": 0.934}]},
            rows.Row(
                "e1", "sort", "model 0.93", "2", '{"category":"card","reason":"Grüße"}', "1,234", "0.00012", "2.35 s"
            ),
        ),
        (
            {**EVENT, "attempt": 2, "due_at": "2026-01-31T12:00:00Z", "attempts": [{}], "violations": [VIOLATION]},
            rows.Row("e1", "sort", "attempt 2 due", "1", "enum: Not a known category.", "1,234", "?", ""),
        ),
        (
            {**EVENT, "reason": "rule", "detail": "urgent_needs_person", "attempts": []},
            rows.Row("e1", "sort", "review", "0", "rule: urgent_needs_person", "1,234", "", ""),
        ),
        (
            {**EVENT, "reason": "steps_exhausted", "detail": "", "attempts": [{}, {}], "violations": [VIOLATION]},
            rows.Row("e1", "sort", "review", "2", "steps_exhausted: enum: Not a known category.", "1,234", "?", ""),
        ),
        (
            {**EVENT, "reason": "audit", "detail": "it passed", "answer": {"category": "card"}, "attempts": [{}]},
            rows.Row("e1", "sort", "review", "1", 'audit: {"category":"card"}', "1,234", "?", ""),
        ),
        (
            {"event": None, "reason": "undecodable", "detail": "it is not JSON", "usage": None, "cost_usd": None},
            rows.Row("untuned.results/0/7", "", "review", "0", "undecodable: it is not JSON", "0", "", ""),
        ),
    ],
)
def test_each_kind_of_outcome_fits_the_same_columns(record, expected):
    assert rows.row(Outcome(MESSAGE, record), full=False) == expected


def test_an_unreadable_message_is_a_row():
    found = rows.row(Outcome(MESSAGE, {}, "it is not JSON"), full=False)
    assert (found.id, found.decided, found.text) == ("untuned.results/0/7", "unreadable", "it is not JSON")


def test_long_values_are_cut_unless_all_is_wanted():
    outcome = Outcome(MESSAGE, {**RESULT, "answer": {"reason": "x" * 500}})
    assert len(rows.row(outcome, full=False).text) == rows.CUT
    assert "x" * 500 in rows.row(outcome, full=True).text


@pytest.mark.parametrize("full", [True, False])
def test_hostile_values_cannot_steer_the_terminal(full):
    record = dict.fromkeys(("event_id", "task", "answer", "decided_by", "cost_usd"), "\x1b[2J\u202e")
    found = rows.row(Outcome(MESSAGE, record), full=full)
    assert "\x1b" not in repr(found).replace("\\x1b", "")
    assert not any("\x1b" in text or "\u202e" in text for text in (found.id, found.task, found.decided, found.text))


@pytest.mark.parametrize(
    "record",
    [
        {"usage": "hostile", "attempts": 7, "latency_ms": "soon", "answer": {}},
        {"usage": {"input_tokens": "many"}, "violations": "none", "reason": 1},
        {"violations": [7], "due_at": 1, "event": [1], "latency_ms": float("nan")},
    ],
)
def test_a_record_of_a_foreign_shape_is_shown_as_far_as_it_goes(record):
    assert isinstance(rows.row(Outcome(MESSAGE, record), full=False), rows.Row)
