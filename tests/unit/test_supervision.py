"""The examples for systemd, Docker and Kubernetes, and docs/operations.md, against the code's numbers."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from processor import config, worker
from processor.adapters import health, stream
from processor.cli import untuned
from processor.core import exit_codes
from processor.core.diagnosis import Deadlines

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text()
UNIT = (ROOT / "docker/worker.service").read_text()
WORKER: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]["worker"]
DEPLOYMENT, BUDGET = yaml.safe_load_all((ROOT / "docker/kubernetes.yaml").read_text())
POD: dict[str, Any] = DEPLOYMENT["spec"]["template"]["spec"]
CONTAINER: dict[str, Any] = POD["containers"][0]
NAMES = {field.alias for field in config.Settings.model_fields.values()}


def directives(name: str) -> list[str]:
    """The values of one directive of the unit."""
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def of_the_unit() -> dict[str, str]:
    return dict(each.split("=", 1) for each in directives("Environment"))


def of_the_pod() -> dict[str, str]:
    return {each["name"]: each["value"] for each in CONTAINER["env"]}


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        (WORKER["environment"], float(WORKER["stop_grace_period"].removesuffix("s"))),
        (of_the_unit(), float(directives("TimeoutStopSec")[0])),
        (of_the_pod(), float(POD["terminationGracePeriodSeconds"])),
    ],
    ids=["compose", "systemd", "Kubernetes"],
)
def test_a_worker_ends_by_itself_before_it_is_killed(environment: dict[str, str], seconds: float):
    ends = float(environment["UNTUNED_GRACE"]) + stream.LEAVE + worker.LATE
    assert ends < seconds <= ends + 15
    assert environment.keys() <= NAMES


def test_systemd_starts_again_what_may_help():
    assert directives("Restart") == ["on-failure"]
    assert directives("RestartPreventExitStatus") == [str(exit_codes.USAGE)]


def test_kubernetes_asks_after_the_watchdog_has_had_its_time():
    (port,) = (each["containerPort"] for each in CONTAINER["ports"])
    assert of_the_pod()["UNTUNED_HEALTH_PORT"] == str(port)
    assert of_the_pod()["UNTUNED_HEALTH_HOST"] == "0.0.0.0"
    alive, started, ready = (CONTAINER[f"{name}Probe"] for name in ("liveness", "startup", "readiness"))
    assert alive["periodSeconds"] * alive["failureThreshold"] > Deadlines().loop
    assert {each["httpGet"]["path"] for each in (alive, started)} == {f"{health.PATH}/live"}
    assert ready["httpGet"]["path"] == f"{health.PATH}/ready"


def test_kubernetes_means_the_same_pods_everywhere():
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    assert DEPLOYMENT["spec"]["selector"]["matchLabels"] == labels == BUDGET["spec"]["selector"]["matchLabels"]
    assert {each["name"] for each in CONTAINER["volumeMounts"]} == {each["name"] for each in POD["volumes"]}


def test_the_page_says_the_watchdogs_limits_as_they_are():
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE))
    limits = Deadlines()
    said = {
        "the event loop does not answer": f"{limits.loop:g} s",
        "the worker does not start": f"{limits.group:g} s",
        "a partition is not fetched": f"{limits.delivery:g} s",
        "a shutdown does not end": f"`UNTUNED_GRACE` + {stream.LEAVE + worker.LATE:g} s",
    }
    for begins, limit in said.items():
        assert [value for row, value in rows.items() if row.startswith(begins)] == [limit]
    assert f"which it has {stream.LEAVE:g} s more" in PAGE
    assert f"after {2 * limits.loop:g} s of the processor's time" in PAGE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_stopped_while_it_starts_was_stopped(number: int, monkeypatch: pytest.MonkeyPatch):
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(worker, "run", lambda _: signal.raise_signal(number))
    try:
        assert CliRunner().invoke(untuned, ["worker"]).exit_code == exit_codes.DONE
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_the_page_and_the_verb_name_every_exit_code():
    told = CliRunner().invoke(untuned, ["worker", "--help"]).output
    for code in (exit_codes.DONE, exit_codes.SHORT, exit_codes.USAGE, exit_codes.BROKEN):
        assert f"\n| {code} |" in PAGE
        assert re.search(rf"\b{code}\b (a signal|Kafka|wrong|it broke)", told)
