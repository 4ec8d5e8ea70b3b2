"""docs/steps.md: its ladder is one that a project can have, as it stands."""

import re
from pathlib import Path

from processor.core import models, task
from processor.core.prompting import dialect
from processor.core.records import Endpoint
from tests import builders

PAGE = (Path(__file__).parents[2] / "docs" / "steps.md").read_text()


def test_the_ladder_and_its_models_are_accepted():
    definition, names = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    found = task.build(builders.sources(definition=definition), (), models.parse(names, "tasks/models.toml"))
    assert [step.name for step in found.definition.step] == ["neighbours", "prompt.md", "retry.md"]
    assert found.endpoints["strong"] == Endpoint(
        "strong", "gpt-5-mini", "https://api.openai.com/v1", "STRONG_API_KEY", timeout=120.0
    )
    assert "gpt-5-mini-2025-08-07" in found.prices


def test_every_part_that_a_server_may_refuse_is_named():
    before = dialect.Dialect()
    after = dialect.Dialect("text", lengths=False, logprobs=False, temperature=False, limit="max_tokens")
    named = {"response_format": "`json_object`", "limit": "`max_completion_tokens`", "logprobs": "log-probabilities"}
    for part in after.changes(before):
        assert named.get(part, part) in PAGE
