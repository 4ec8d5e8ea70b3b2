"""The image's and the compose file's names against what they name; what an engine would say is not asked here.

The numbers of the compose file's worker are held to the code's in test_supervision.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from processor import config
from processor.local import kafka, models, weaviate_binary

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
NAMES = {field.alias for field in config.Settings.model_fields.values()}
OURS = sorted(
    name for name, service in SERVICES.items() if service["image"] in {"untuned:local", "untuned-review:local"}
)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def test_the_servers_are_those_of_the_local_stack():
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka.VERSION}"
    assert SERVICES["weaviate"]["image"] == f"semitechnologies/weaviate:{weaviate_binary.VERSION}"
    asked = [part for name in ("chat", "embeddings") for part in SERVICES[name]["command"]]
    assert {models.CHAT, models.EMBEDDING} <= set(asked)
    files = {Path(part).name for part in asked if part.startswith("/models/")}
    assert files == {models.CHAT_FILE, *models.EMBEDDING_FILES}


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_set_by_names_that_the_settings_know(name: str):
    assert set(SERVICES[name]["environment"]) <= NAMES


def test_the_image_is_set_by_names_that_the_settings_know():
    assert set(re.findall(r"\b((?:UNTUNED|XDG|OPENAI|KAFKA|WEAVIATE)_[A-Z_]+)=", DOCKERFILE)) <= NAMES


@pytest.mark.parametrize("name", sorted({*OURS, "chat", "embeddings"}))
def test_our_containers_write_only_to_tmp_and_gain_no_rights(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_a_workers_health_is_asked_where_it_tells_it():
    port = SERVICES["worker"]["environment"]["UNTUNED_HEALTH_PORT"]
    assert f"127.0.0.1:{port}/health/live" in SERVICES["worker"]["healthcheck"]["test"][-1]
    assert SERVICES["worker"]["restart"] == "unless-stopped"


def test_who_waits_for_a_healthy_server_waits_for_one_that_tells():
    waits = [
        (other, wait["condition"])
        for service in SERVICES.values()
        for other, wait in service.get("depends_on", {}).items()
    ]
    assert waits
    for other, condition in waits:
        assert ("healthcheck" in SERVICES[other]) == (condition == "service_healthy")


def test_the_images_run_as_nobody_in_particular():
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    run = [stage for stage in stages if re.match(r"\S+ AS (?:worker|review|models)\b", stage)]
    assert len(run) == 3
    for stage in run:
        assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == ["10001"]


def test_the_review_application_is_asked_where_it_serves_and_is_open_to_this_machine_alone():
    service = SERVICES["review"]
    assert "UNTUNED_REVIEW_PORT=8090" in DOCKERFILE
    assert service["ports"] == ["127.0.0.1:8090:8090"]
    assert "127.0.0.1:8090/health" in service["healthcheck"]["test"][-1]


def test_no_secret_stands_in_the_files():
    keys = {name: value for name, value in SERVICES["worker"]["environment"].items() if "KEY" in name}
    assert keys == {name: f"${{{name}:-none}}" for name in ("OPENAI_API_KEY", "OPENAI_EMBEDDING_API_KEY")}
    assert "KEY" not in DOCKERFILE


@pytest.mark.parametrize(
    ("lock", "more"), [("requirements", set()), ("requirements-review", {"argon2-cffi", "authlib"})]
)
def test_an_image_holds_the_tested_versions_and_nothing_of_development(lock: str, more: set[str]):
    locked = dict(PINNED.findall((ROOT / "requirements.lock").read_text()))
    installed = dict(PINNED.findall((ROOT / f"docker/{lock}.lock").read_text()))
    assert installed.items() <= locked.items(), "`make lock` makes all"
    assert {"faust-streaming", "openai", "weaviate-client"} | more <= installed.keys()
    assert not {"pytest", "mypy", "xllamacpp"} & installed.keys()
