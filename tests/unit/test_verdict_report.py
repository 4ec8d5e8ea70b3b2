"""What `untuned verdict` prints fits one screen, and begins with the answer."""

from __future__ import annotations

import pytest

from processor.cli import verdict_report
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
