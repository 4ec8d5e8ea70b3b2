"""Thresholds and [calibration] in task.toml: all else stays, and what is written counts."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from processor.core import errors, models
from processor.measure.calibration import written
from processor.measure.calibration.values import Knob
from tests import builders, calibrations

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE = {key: value for key, value in calibrations.GIVEN.items() if key not in ("of", "models")} | {
    "models": ["tiny"],
    "classes": {"card": 7, "two words": 3},
}
LADDER = """# What it is.
description = "Sort messages."  # in short
kind = "classification"

[[retrieval]]
kind = "example"
query = "{{ input.text }}"

# Costs nothing.
[[step]]
kind = "neighbours"
field = "$.category"
accept = { agreement = 2 }   # of four

[[step]]
prompt = "prompt.md"

[step.accept]
# As measured in May.
confidence = 0.5

[budget]
tokens = 900
"""


def write(text: str, knobs: Sequence[Knob], values: Sequence[float]) -> str:
    task = builders.a_task(definition=text)
    sources = builders.sources(definition=text)
    made = written.text(task, sources, knobs, values, TABLE)
    known = models.Models(prices=builders.PRICES)
    checked = written.check(task, builders.sources(definition=made), known)
    assert checked.outgrown == ""
    assert checked.calibration is not None
    assert checked.calibration.classes == {"card": 7, "two words": 3}
    return made


VOTE, SURE = Knob(1, "neighbours", "agreement"), Knob(2, "prompt.md", "confidence")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_comments_and_layout_stay(ends: str):
    made = write(LADDER.replace("\n", ends), (VOTE, SURE), (3.0, 0.8125))
    expected = LADDER.replace("agreement = 2", "agreement = 3").replace("confidence = 0.5", "confidence = 0.8125")
    assert made.startswith(expected.rstrip().replace("\n", ends))
    assert made.count("\n") == made.count(ends)
    assert "# Written by `untuned calibrate`" in made


def test_writing_again_replaces_what_was_written():
    once = write(LADDER, (VOTE, SURE), (3.0, 0.8))
    twice = write(once, (VOTE, SURE), (4.0, 0.8))
    assert twice.count("[calibration]") == 1
    assert write(twice, (VOTE, SURE), (3.0, 0.8)) == once


def test_a_step_gets_what_it_lacked():
    made = write(builders.DEFINITION, (Knob(1, "prompt.md", "agreement"), Knob(2, "retry.md", "confidence")), (2, 0.5))
    steps = tomllib.loads(made)["step"]
    assert steps[0] == {"prompt": "prompt.md", "max_tokens": 60, "accept": {"agreement": 2}, "field": "$.category"}
    assert steps[1] == {"prompt": "retry.md", "accept": {"confidence": 0.5}}


def test_steps_that_were_not_written_are_written_out():
    text = builders.DEFINITION.partition("[[step]]")[0]
    made = write(text, (Knob(1, "prompt.md", "confidence"),), (0.75,))
    assert tomllib.loads(made)["step"] == [
        {"prompt": "prompt.md", "accept": {"confidence": 0.75}},
        {"prompt": "retry.md"},
    ]


def test_what_would_not_count_is_not_written():
    task = builders.a_task()
    changed: Any = builders.sources(definition=calibrations.written(of="f" * 16))
    with pytest.raises(errors.UntunedError, match="nothing was written"):
        written.check(task, changed, models.Models())
