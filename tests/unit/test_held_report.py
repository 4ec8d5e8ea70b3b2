"""What `untuned measure` says of a calibration, on the terminal and as JSON."""

from __future__ import annotations

import json

from processor.cli import held_report
from processor.measure.calibration import holding
from tests import builders, calibrations, measured

RUN = measured.a_run({"rules": "rwee"})
CALIBRATED = builders.a_task(definition=calibrations.written())


def test_both_say_that_the_calibrations_own_cases_prove_nothing(capsys):
    held_report.show(CALIBRATED, RUN)
    assert holding.SAME in " ".join(capsys.readouterr().out.split())
    found = json.loads(json.dumps(held_report.document(CALIBRATED, RUN)))["calibration"]
    assert found["note"] == holding.SAME
    assert found["errors"]["count"] == 1


def test_without_a_calibration_there_is_nothing_to_say(capsys):
    held_report.show(builders.a_task(), RUN)
    assert not capsys.readouterr().out
    assert held_report.document(builders.a_task(), RUN) == {}
