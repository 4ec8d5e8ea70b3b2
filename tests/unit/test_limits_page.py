"""docs/limits.md: its figures are those of the code, and its models.toml is one that a project can have."""

import re
import tomllib
from pathlib import Path

import pytest

from processor import config
from processor.adapters import gate, openai_client
from processor.core import models
from processor.core.delivery import parking
from processor.core.pacing import circuit, concurrency, ratelimit
from processor.core.pacing.budget import Limits
from processor.core.pacing.outcome import Outcome

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
PROSE = " ".join(PAGE.split())


def test_the_budgets_are_accepted():
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    found = models.parse(text, "tasks/models.toml")
    assert found.limits == {"model strong": Limits(requests=60, usd=0.2)}
    assert set(tomllib.loads(text)["prices"]) == set(found.prices)


def test_the_settings_are_settings():
    names = set(re.findall(r"UNTUNED_[A-Z_]+", PAGE))
    assert names <= {field.alias for field in config.Settings.model_fields.values()}


@pytest.mark.parametrize(
    "says",
    [
        f"after {circuit.ENOUGH[Outcome.FAILED]} failures in a row",
        f"or {circuit.ENOUGH[Outcome.UNREACHED]} where nobody takes the connection or the key is refused",
        f"that double up to {circuit.LONGEST_PAUSE:.0f} s",
        f"has waited {gate.PATIENCE:.0f} s for an open circuit",
        f"may be {gate.BESIDE} times as many each",
        f"for about {parking.OUTAGE:.0f} s",
        f"A connection may take {openai_client.CONNECTING:.0f} s",
        f"to {concurrency.TRIM * 100:.0f} %, or to {concurrency.CUT * 100:.0f} %",
        f"grows by {concurrency.FAST * 100:.0f} % a second, and by {concurrency.SLOW * 100:.0f} %",
        f"after {concurrency.QUIET:.0f} s without a refusal",
        f"gaps of up to {concurrency.LONGEST_GAP:.0f} s",
        f"believed for up to {ratelimit.LONGEST_WAIT:.0f} s",
    ],
)
def test_its_figures_are_those_of_the_code(says: str):
    assert says in PROSE
