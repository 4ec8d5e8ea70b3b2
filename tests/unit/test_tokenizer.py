import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from processor.adapters import tokenizer
from processor.adapters.project import Project
from processor.core import errors
from processor.core.prompting import prompt, tokens
from tests import builders

WORDS: dict[str, Any] = {
    "version": "1.0",
    "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
}
MODELS = '[models.tiny]\ntokenizer = "tasks/tiny.json"\n'


def test_a_tokenizer_counts_whole_texts_and_is_read_once(tmp_path: Path):
    (tmp_path / "tiny.json").write_text(json.dumps(WORDS))
    counter = tokenizer.load(tmp_path, "tiny.json")
    assert counter.name == "tiny.json"
    assert counter.count("one two three \udc80") == 4
    assert tokenizer.load(tmp_path, "tiny.json") is counter


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), ("{}", "is no tokenizer.json")])
def test_a_broken_one_is_named(tmp_path: Path, content: str | None, says: str):
    if content is not None:
        (tmp_path / "tiny.json").write_text(content)
    with pytest.raises(errors.DefinitionError, match=f"tiny.json: .*{says}"):
        tokenizer.load(tmp_path, "tiny.json")


def test_a_steps_prompts_are_counted_by_its_models_tokenizer(tmp_path: Path):
    for path, content in {
        "tasks/sort/task.toml": builders.DEFINITION.replace("max_tokens = 60", 'model = "tiny"'),
        "tasks/sort/prompt.md": builders.PROMPT,
        "tasks/sort/retry.md": builders.RETRY,
        "tasks/models.toml": MODELS,
        "tasks/tiny.json": json.dumps(WORDS),
        "schemas/sort.avsc": builders.SCHEMA,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    task = Project(tmp_path).load("sort")
    size = prompt.render(task, builders.work(), ()).size
    assert size is not None
    assert size.counted_by == "tasks/tiny.json"
    assert size.parts[0].tokens == len(["You", "sort", "messages", "."])
    assert task.counters[None] == tokens.ESTIMATE
    other = prompt.render(task, dataclasses.replace(builders.work(), attempt=2), ()).size
    assert other is not None
    assert other.counted_by == "estimate"
