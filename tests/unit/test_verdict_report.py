"""What `untuned verdict` prints fits one screen, and begins with the answer; what it exits with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from processor.cli import verdict, verdict_report
from processor.measure.verdict import assumptions, decide
from tests import verdicts


@pytest.mark.parametrize(
    "found",
    [
        verdicts.evidence(880, {"capability": 100, "format": 20}),
        verdicts.evidence(999, {"capability": 1}, traffic=verdicts.traffic(10)),
        verdicts.evidence(35, {"capability": 5}, agreed=(0, 0), labels=40),
        verdicts.evidence(35, {"capability": 5}, traffic=None),
    ],
)
def test_the_answer_comes_first_and_all_fits_one_screen(found, capsys):
    made = decide.verdict(found, assumptions.defaults())
    verdict_report.show(made)
    out = capsys.readouterr().out.splitlines()
    assert " ".join(out[:3]).replace("  ", " ").startswith(made.sentence[:100])
    assert len(out) <= 48
    told = "\n".join(out)
    for title in ("rules are not kept", "tacit knowledge", "thousands of labels", "next 1"):
        assert title in told


@pytest.mark.parametrize(
    ("run", "causes", "answer", "code"),
    [
        ("", None, "no", 0),
        ("", "", "worth a trial", 0),
        ("", "", "not enough data", 1),
        ("stopped", None, "no", 1),
        ("", "the limit of calls", "worth a trial", 1),
    ],
)
def test_it_exits_with_whether_there_is_an_answer(run: str, causes: str | None, answer: str, code: int, capsys):
    def made(**values: Any) -> Any:
        return SimpleNamespace(**values)

    replayed = None if causes is None else made(unfinished=causes)
    assert verdict._code(made(run=made(unfinished=run)), replayed, made(answer=answer)) == code
    assert ("call it again to go on" in capsys.readouterr().err) == bool(run or causes)
