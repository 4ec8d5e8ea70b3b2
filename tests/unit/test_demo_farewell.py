from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from processor import cli, config
from processor.demo import farewell
from tests import demo_builders as build


def lines(monkeypatch: pytest.MonkeyPatch, *, up: bool, explicit: bool = False, **planned: object) -> list[str]:
    for name in config.STACK_ADDRESSES:
        monkeypatch.delenv(name, raising=False)
        if explicit:
            monkeypatch.setenv(name, "http://127.0.0.1:1")
    plan = replace(build.report({"a": build.sample("a")}).plan, **planned)  # type: ignore[arg-type]
    return farewell.lines(plan, plan.settings, up=up)


def test_a_stack_that_is_up_is_said_how_to_stop_and_one_that_is_down_how_to_start(monkeypatch):
    up, down = (" ".join(lines(monkeypatch, up=state)) for state in (True, False))
    assert "untuned down " in up
    assert "untuned up " not in up
    assert "untuned up " in down
    assert "untuned down " not in down


@pytest.mark.parametrize("up", [True, False])
def test_what_is_not_ours_is_neither_started_nor_stopped(monkeypatch, up):
    told = " ".join(lines(monkeypatch, up=up, explicit=True))
    assert "untuned down " not in told
    assert "untuned up " not in told


def test_the_commands_are_commands(monkeypatch):
    told = lines(monkeypatch, up=True)
    printed = [line.partition("#")[0] for line in told if "#" in line]
    assert printed[0].split() == ["export", "UNTUNED_TOPIC_PREFIX=untuned-demo", "UNTUNED_GROUP=untuned"]
    for line in printed[1:]:
        name, *arguments = shlex.split(line.partition("|")[0])
        assert name.endswith("untuned")
        helped = CliRunner().invoke(cli.untuned, [*arguments, "--help"])
        assert helped.exit_code == 0
        assert all(word in helped.output for word in arguments if word.startswith("--"))


def test_a_users_project_is_said_where_it_is(monkeypatch, tmp_path):
    root = tmp_path / "a project"
    settings = build.report({}).plan.settings.model_copy(update={"project": root, "stack": "mine"})
    told = "\n".join(lines(monkeypatch, up=True, settings=settings, scaffolded=True))
    assert f"UNTUNED_PROJECT='{root}' UNTUNED_STACK=mine" in told
    assert f"cp -r '{root}' my-project" in told


def test_the_command_is_there():
    assert Path(shlex.split(farewell.command())[0]).exists() or farewell.command() == "untuned"
