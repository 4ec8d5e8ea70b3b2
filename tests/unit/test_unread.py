"""Variables that nobody reads are told of, whatever the verb; those that somebody reads never are."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from processor import cli, config

ROOT = Path(__file__).parents[2]
READERS = ("processor", "bench", "docs", "docker", "tests/conftest.py", "tests/served.py", "README.md", "Makefile")
SET = re.compile(r"UNTUNED_[A-Z_]*[A-Z]\b")


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    for name in os.environ:
        if name.startswith("UNTUNED_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def told(*arguments: str) -> str:
    return CliRunner().invoke(cli.untuned, [*(arguments or ("check", "--json"))]).stderr


@pytest.mark.parametrize("verb", [("check", "--json"), ("knowledge", "load", "sort"), ("review", "user", "list")])
def test_every_verb_says_which_variable_nobody_reads_and_what_may_be_meant(monkeypatch, verb):
    monkeypatch.setenv("UNTUNED_CONCURENCY", "4")
    assert told(*verb).splitlines()[0] == (
        "untuned: nobody reads UNTUNED_CONCURENCY (did you mean UNTUNED_CONCURRENCY?): see docs/reference-settings.md"
    )


def test_what_is_like_no_setting_is_named_alone(monkeypatch):
    monkeypatch.setenv("UNTUNED_ZZ", "4")
    assert told().startswith("untuned: nobody reads UNTUNED_ZZ: see")


def test_it_stands_in_no_json_and_its_value_nowhere(monkeypatch):
    monkeypatch.setenv("UNTUNED_PASSWROD", "hunter2")
    done = CliRunner().invoke(cli.untuned, ["status", "--json"])
    assert "UNTUNED" not in done.stdout
    assert "UNTUNED_PASSWROD" in done.stderr
    assert "hunter2" not in done.output


def test_names_in_the_projects_file_are_held_to_the_same_and_near_ones_without_our_prefix_too(tmp_path):
    (tmp_path / ".env").write_text("UNTUNED_GRUOP=a\nKAFKA_BOOTSTRAP_SERVER=b\nOPENAI_ORG_ID=c\nuntuned_grace=5\n")
    found = config.unread(tmp_path)
    assert [(each.name, each.near, each.in_file) for each in found] == [
        ("KAFKA_BOOTSTRAP_SERVER", "KAFKA_BOOTSTRAP_SERVERS", True),
        ("UNTUNED_GRUOP", "UNTUNED_GROUP", True),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNTUNED_GROUP", "mine"),
        ("untuned_group", "mine"),
        ("UNTUNED_GRUOP", ""),
        ("KAFKA_BOOTSTRAP_SERVER", "another program's"),
        ("UNTUNED_REVIEW_SERVICE_PORT_HTTP", "8090"),
        ("UNTUNED_PORT", "tcp://10.0.0.1:8090"),
        ("UNTUNED_PORT_8090_TCP_ADDR", "10.0.0.1"),
    ],
)
def test_what_is_read_or_empty_or_another_programs_or_given_by_kubernetes_is_no_matter(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert "nobody reads" not in told()


def test_a_key_that_the_models_file_names_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("UNTUNED_STRONG_KEY", "k")
    assert "UNTUNED_STRONG_KEY" in told()
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/models.toml").write_text(
        '[models.strong]\nbase_url = "https://x.example/v1"\napi_key = "UNTUNED_STRONG_KEY"\n'
    )
    assert "UNTUNED_STRONG_KEY" not in told()


def test_a_file_that_nobody_can_read_is_told_of_by_who_needs_it(tmp_path):
    (tmp_path / ".env").write_bytes(b"UNTUNED_GROUP=\xff\n")
    assert told() == ""


@pytest.mark.parametrize("place", READERS)
def test_every_name_in_the_tree_is_one_that_is_known(monkeypatch, tmp_path, place):
    files = [ROOT / place] if (ROOT / place).is_file() else (ROOT / place).rglob("*")
    texts = [
        path.read_text()
        for path in files
        if path.suffix in {"", ".py", ".md", ".yaml", ".service", ".example"} and path.is_file()
    ]
    for name in {name for text in texts for name in SET.findall(text)}:
        monkeypatch.setenv(name, "1")
    assert config.unread(tmp_path) == []
