from __future__ import annotations

import io
from dataclasses import replace

import pytest
import rich.console

from processor.demo import view
from processor.demo.view import Snapshot

HALF = Snapshot(
    total=40,
    settled=20,
    results=15,
    reasons={"rule": 4, "undecodable": 1},
    retried=6,
    lag=12,
    tokens=9,
    seconds=9.0,
    rate=2.0,
)
START = replace(HALF, settled=0, results=0, reasons={}, retried=0, lag=None, tokens=0, seconds=1.0, rate=None)


def test_the_rate_says_what_is_left():
    assert (HALF.left, HALF.review) == (10.0, 5)
    assert START.left is None


@pytest.mark.parametrize(
    ("snapshot", "text"),
    [
        (
            HALF,
            "9.0 s  20 of 40 settled; 15 results, 5 review; 6 retried; lag 12; 9 tokens; 2.0 a second; about 10 s left",
        ),
        (START, "1.0 s  0 of 40 settled; 0 results, 0 review; 0 retried; the workers start"),
        (
            replace(START, note="waiting for model: no key"),
            "1.0 s  0 of 40 settled; 0 results, 0 review; 0 retried; the workers start; waiting for model: no key",
        ),
    ],
)
def test_one_plain_line(snapshot, text):
    assert view.line(snapshot).strip() == text


def test_without_a_terminal_a_line_comes_now_and_then_and_at_the_end():
    console = rich.console.Console(file=io.StringIO(), width=200)
    with view.shown(console) as show:
        for tenth in range(400):
            show(replace(HALF, settled=tenth // 10, seconds=tenth / 10))
        for tenth in range(400, 440):
            show(replace(HALF, settled=40, seconds=tenth / 10))
    told = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert 8 <= len(told) <= 11
    assert "40 of 40 settled" in told[-1]
    assert "39 of 40" not in told[-1]


def test_while_nothing_moves_lines_are_fewer():
    console = rich.console.Console(file=io.StringIO(), width=200)
    with view.shown(console) as show:
        for second in range(60):
            show(replace(START, seconds=float(second)))
    assert len(console.file.getvalue().splitlines()) <= 4  # type: ignore[attr-defined]


def test_on_a_terminal_everything_is_there():
    console = rich.console.Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    with view.shown(console) as show:
        show(replace(HALF, note="waiting for model: the key is refused"))
    told = console.file.getvalue()  # type: ignore[attr-defined]
    for part in ("20 of 40", "rule 4, undecodable 1", "lag 12", "9 tokens", "about 10 s left", "key is refused"):
        assert part in told
