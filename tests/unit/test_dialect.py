import dataclasses
import json
from typing import Any

import pytest

from processor.core import models, task
from processor.core.prompting import dialect, prompt, tokens
from processor.core.prompting.dialect import Dialect
from processor.core.records import ChatMessage, Endpoint, Prompt
from tests import builders

SCHEMA = {"type": "object", "properties": {"reason": {"type": "string", "maxLength": 80, "description": "Warum: ä"}}}
PROMPT = Prompt(
    (ChatMessage("system", "Sort."), ChatMessage("user", "?")), Endpoint(), SCHEMA, "Answer", 60, 0.0, logprobs=True
)


@pytest.mark.parametrize(
    ("refusal", "changed"),
    [
        ("Invalid schema for response_format 'Answer': 'maxLength' is not permitted.", {"lengths": False}),
        ("logprobs is not supported with reasoning models", {"logprobs": False}),
        ("You are not allowed to request logprobs from this model.", {"logprobs": False}),
        ("Unsupported value: 'temperature' does not support 0.0 with this model.", {"temperature": False}),
        ("max_completion_tokens: Extra inputs are not permitted", {"limit": "max_tokens"}),
        ("This response_format type is unavailable now", {"response_format": "json_object"}),
        (
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported",
            {"response_format": "json_object"},
        ),
        ("This model does not support Structured Outputs.", {"response_format": "json_object"}),
    ],
)
def test_the_part_that_a_server_refuses_is_left_out(refusal: str, changed: dict[str, Any]):
    assert Dialect().without(PROMPT, refusal) == dataclasses.replace(Dialect(), **changed)


@pytest.mark.parametrize(
    ("spoken", "refusal"),
    [
        (Dialect(), "This model's maximum context length is 2048 tokens."),
        (Dialect(), "Invalid schema for response_format 'Answer': 'pattern' is not permitted."),
        (Dialect(lengths=False), "'maxLength' is not permitted."),
        (Dialect(logprobs=False), "logprobs is not supported"),
        (Dialect(temperature=False), "temperature"),
        (Dialect(limit="max_tokens"), "max_completion_tokens is too large"),
        (Dialect("text"), "response_format is not supported"),
        (dialect.spoken("json_schema"), "response_format is not supported"),
        (dialect.spoken("json_object"), "'response_format.type' must be 'json_schema' or 'text'"),
    ],
)
def test_nothing_is_left_out_that_was_not_sent_or_is_set(spoken: Dialect, refusal: str):
    assert spoken.without(PROMPT, refusal) is None


def test_what_was_not_asked_for_is_not_to_blame():
    assert Dialect().without(dataclasses.replace(PROMPT, logprobs=False), "logprobs is not supported") is None


def test_formats_are_given_up_one_by_one():
    refusal = "'response_format' is not supported"
    spoken, formats = Dialect(), []
    while weaker := spoken.without(PROMPT, refusal):
        spoken = weaker
        formats.append(spoken.response_format)
    assert formats == ["json_object", "text"]


def test_the_whole_request():
    assert Dialect().body(PROMPT, "m") == {
        "model": "m",
        "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "?"}],
        "max_completion_tokens": 60,
        "temperature": 0.0,
        "logprobs": True,
        "top_logprobs": 1,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "Answer", "schema": SCHEMA, "strict": True},
        },
    }


def test_a_request_with_nothing_that_can_be_left_out():
    spoken = Dialect("text", lengths=False, logprobs=False, temperature=False, limit="max_tokens")
    body = spoken.body(PROMPT, "m")
    assert set(body) == {"model", "messages", "max_tokens"}
    assert body["messages"][0]["role"] == "system"
    assert body["messages"][1] == {"role": "user", "content": "?"}


@pytest.mark.parametrize("weaker", ["json_object", "text"])
def test_a_schema_that_is_not_taken_stands_at_the_end_of_the_system_message(weaker: Any):
    system, user = dialect.spoken(weaker).messages(PROMPT)
    assert system.role == "system"
    assert system.content.startswith("Sort.\n\nAnswer with one JSON object")
    assert json.loads(system.content.splitlines()[-1]) == SCHEMA
    assert "ä" in system.content
    assert user == PROMPT.messages[1]


def test_in_json_object_the_format_is_sent():
    assert Dialect("json_object").body(PROMPT, "m")["response_format"] == {"type": "json_object"}


def kept(response_format: str) -> int:
    """How many of 60 passages fit beside the rest into 340 tokens."""
    definition = builders.DEFINITION.replace("[[step]]", '[[step]]\nmodel = "weak"', 1)
    found = models.parse(f'[models.weak]\nresponse_format = "{response_format}"', "tasks/models.toml")
    sources = builders.sources(definition=f"{definition}\n[budget]\ninput_tokens = 340\n")
    passages = tuple(builders.passage(f"f{number}") for number in range(60))
    return len(prompt.render(task.build(sources, (), found), builders.work(), passages).passages)


def test_a_schema_in_words_takes_its_part_of_the_prompts_budget():
    assert 0 < kept("text") == kept("json_object") < kept("json_schema") == kept("auto")


@pytest.mark.parametrize(("limit", "least"), [(700, 1), (290, 0)])
def test_retrieved_values_in_words_stay_within_the_budget(limit: int, least: int):
    narrowing = '[narrow]\n"$.reason" = { from = "fact", column = "reason" }'
    definition = builders.DEFINITION.replace("[[step]]", '[[step]]\nmodel = "weak"', 1)
    definition = f"{definition}\n{narrowing}\n[budget]\ninput_tokens = {limit}\n"
    found = models.parse('[models.weak]\nresponse_format = "text"', "tasks/models.toml")
    made = task.build(builders.sources(definition=definition), (), found)
    rows = tuple(builders.passage(f"f{number}", columns={"reason": f"{number:060}"}) for number in range(12))

    rendered = prompt.render(made, builders.work(), rows)

    assert least <= len(rendered.passages) < len(rows)
    system, *others = dialect.spoken("text").messages(rendered)
    assert sum(tokens.estimate(turn.content) for turn in (system, *others)) <= limit
    assert rendered.size is not None
    assert rendered.size.parts[-1].tokens == tokens.estimate(dialect.in_words(rendered.schema, "text"))
