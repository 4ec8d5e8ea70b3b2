from pathlib import Path

import pytest

from processor import config
from processor.core import errors, models, task
from processor.core.records import Endpoint
from tests import builders, verbs

STRONG = """
[models.strong]
model = "gpt-5-mini"
base_url = "https://models.example/v1"
api_key = "STRONG_API_KEY"
response_format = "json_object"
timeout = 120

[models."tiny-2"]

[prices."gpt-5-mini"]
input = "0.25"
output = "2.00"
"""
LADDER = builders.DEFINITION.replace('prompt = "retry.md"', 'prompt = "retry.md"\nmodel = "strong"')


def a_task(text: str = STRONG):
    return task.build(builders.sources(definition=LADDER), (), models.parse(text, "tasks/models.toml"))


def test_what_a_steps_model_stands_for():
    found = models.parse(STRONG, "tasks/models.toml")
    assert found.named("strong") == Endpoint(
        "strong", "gpt-5-mini", "https://models.example/v1", "STRONG_API_KEY", "json_object", 120.0
    )
    assert found.named("tiny-2") == Endpoint("tiny-2", "tiny-2")
    assert found.named("gpt-5-mini") == Endpoint(model="gpt-5-mini")
    assert found.named(None) == Endpoint()
    assert found.named("tiny-2").dependency == "model tiny-2"
    assert found.named("gpt-5-mini").dependency == "model"


def test_a_task_knows_the_endpoint_of_each_step():
    assert {name: endpoint.name for name, endpoint in a_task().endpoints.items()} == {None: "", "strong": "strong"}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("gpt-5-mini", "gpt-5", True),
        ("https://models.example", "https://other.example", True),
        ("STRONG_API_KEY", "OTHER_API_KEY", True),
        ("json_object", "text", True),
        ("timeout = 120", "timeout = 60", True),
        ("2.00", "3.00", False),
        ("timeout = 120", "timeout = 120\ntokens_per_minute = 90000", False),
        ('[models."tiny-2"]', '[models."tiny-2"]\nbase_url = "https://tiny.example"', False),
    ],
)
def test_the_version_tells_of_the_models_that_a_task_uses(old: str, new: str, changes: bool):
    assert (a_task(STRONG.replace(old, new)).version != a_task().version) == changes


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("base_url =", "base_uri =", 4, "models.strong.base_uri: unknown key; did you mean `base_url`"),
        ("https://models.example/v1", "models.example", 4, "models.strong.base_url"),
        ("STRONG_API_KEY", "sk-12345", 5, "models.strong.api_key"),
        ("json_object", "yaml", 6, "models.strong.response_format: Input should be"),
        ("timeout = 120", "timeout = 0", 7, "models.strong.timeout"),
        (
            '[models."tiny-2"]',
            '[models."tiny-2"]\ntemperature = 1',
            10,
            "models.tiny-2.temperature: this key belongs to another",
        ),
        ('output = "2.00"', "", 11, "prices.gpt-5-mini.output: Field required"),
    ],
)
def test_a_broken_models_file_is_named_with_its_line(old: str, new: str, line: int, says: str):
    assert old in STRONG
    with pytest.raises(errors.DefinitionError, match=says) as caught:
        models.parse(STRONG.replace(old, new), "tasks/models.toml")
    assert caught.value.line == line
    assert "sk-12345" not in str(caught.value)


def test_a_key_comes_from_the_environment_and_else_from_the_projects_env_file(tmp_path: Path, monkeypatch):
    (tmp_path / ".env").write_text("STRONG_API_KEY=of-the-file\nEMPTY=\n")
    monkeypatch.delenv("STRONG_API_KEY", raising=False)
    assert config.secret(tmp_path, "STRONG_API_KEY") == "of-the-file"
    monkeypatch.setenv("STRONG_API_KEY", "of-the-environment")
    assert config.secret(tmp_path, "STRONG_API_KEY") == "of-the-environment"
    assert config.secret(tmp_path, "EMPTY") is None
    assert config.secret(tmp_path, "NOWHERE_TO_BE_FOUND") is None


def test_a_key_that_is_not_set_is_told_once_for_all_tasks():
    endpoints = [endpoint for _ in range(2) for endpoint in a_task().endpoints.values()]
    secrets: dict[str, str] = {}
    told = "model strong needs STRONG_API_KEY: set it in the environment or in .env"
    assert models.missing_keys(endpoints, secrets.get) == [told]
    secrets["STRONG_API_KEY"] = "x"
    assert models.missing_keys(endpoints, secrets.get) == []


@pytest.mark.parametrize(
    ("model", "told"), [("strnog", True), ("stron", True), ("gpt-5-mini", False), ("other", False), ("strong", False)]
)
def test_an_id_that_reads_like_a_tables_name_is_told(model: str, told: bool):
    found = models.parse(STRONG, "tasks/models.toml")
    lines = models.misspelt([found.named(model), found.named(None)], found)
    assert [line.endswith("did you mean strong?") for line in lines] == [True] * told


@pytest.mark.parametrize(("key", "warnings"), [("", 1), ("x", 0)])
def test_a_check_warns_of_a_key_that_is_not_set(tmp_path: Path, key: str, warnings: int):
    files = {
        "tasks/sort/task.toml": LADDER.split("[[retrieval]]")[0] + LADDER[LADDER.index("[[step]]") :],
        "tasks/sort/prompt.md": builders.PROMPT,
        "tasks/sort/retry.md": builders.RETRY,
        "schemas/sort.avsc": builders.SCHEMA,
        "tasks/models.toml": STRONG,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    environment = {"UNTUNED_PROJECT": str(tmp_path), "STRONG_API_KEY": key}
    plain, as_json = verbs.run(environment, "check"), verbs.run(environment, "check", "--json")
    assert (plain.code, as_json.code) == (0, 0)
    assert plain.out.count("set it in the environment") == warnings
    (found,) = as_json.json
    assert len(found["warnings"]) == warnings
