"""`untuned schemas`: what the model gets, what consumers read with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import avro.schema
import pytest

from processor.adapters import project
from processor.core.wire import fingerprint
from tests import running, verbs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folder = running.plain_project(tmp_path / "project")
    return {"UNTUNED_PROJECT": str(folder), "UNTUNED_TOPIC_PREFIX": "mine", "SCHEMA_REGISTRY_URL": "", "COLUMNS": "200"}


def test_all_that_is_written(environment: dict[str, str]):
    shown = verbs.run(environment, "schemas", "--json").json[0]["schemas"]

    assert [(row["file"], row["subject"]) for row in shown] == [
        ("schemas/sort.avsc", "mine.results-test.AnswerResult"),
        ("schemas/envelope.retry.avsc", "mine.retry-untuned.Retry"),
        ("schemas/envelope.review.avsc", "mine.review-untuned.Review"),
        ("schemas/envelope.decision.avsc", "mine.decisions-untuned.Decision"),
        ("schemas/envelope.lease.avsc", "mine.leases-untuned.Lease"),
    ]
    table = verbs.run(environment, "schemas").out
    assert all(row["fingerprint"] in table for row in shown)
    assert [
        row["file"] for row in verbs.run(environment, "schemas", "envelope.retry", "--json").json[0]["schemas"]
    ] == ["schemas/envelope.retry.avsc"]
    assert [row["name"] for row in verbs.run(environment, "schemas", "sort", "--json").json[0]["schemas"]] == ["sort"]


def test_the_schema_of_the_model(environment: dict[str, str], tmp_path: Path):
    shown = verbs.run(environment, "schemas", "sort", "--json-schema")
    assert json.loads(shown.out) == project.Project(tmp_path / "project").load("sort").contract.json_schema
    assert shown.out.count("\n") > 5


@pytest.mark.parametrize("name", ["sort", "envelope.review", "envelope.retry", "envelope.decision"])
def test_the_schema_of_a_consumer_is_the_one_in_the_message(environment: dict[str, str], name: str):
    shown = avro.schema.parse(verbs.run(environment, "schemas", name, "--avro").out)
    (row,) = verbs.run(environment, "schemas", name, "--json").json[0]["schemas"]
    assert fingerprint.fingerprint(shown).hex() == row["fingerprint"]
    assert shown.fullname == row["record"]


def test_all_schemas_for_consumers_without_a_registry(environment: dict[str, str]):
    rows = verbs.run(environment, "schemas", "--avro", "--json").json[0]["schemas"]
    for row in rows:
        assert fingerprint.fingerprint(avro.schema.parse(json.dumps(row["avro"]))).hex() == row["fingerprint"]
    models = verbs.run(environment, "schemas", "--json-schema", "--json").json[0]["schemas"]
    assert [row["json_schema"] and row["json_schema"]["type"] for row in models] == ["object", None, None, None, None]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--avro"], "untuned schemas NAME --avro"),
        (["a", "b", "--json-schema"], "untuned schemas NAME --json-schema"),
        (["other"], "no such task"),
        (["envelope.other", "--avro"], "no such task"),
        (["envelope.retry", "--json-schema"], "no model gets envelope.retry"),
        (["--check"], "set SCHEMA_REGISTRY_URL"),
    ],
)
def test_what_cannot_be_shown(environment: dict[str, str], arguments: list[str], message: str):
    ended = verbs.run(environment, "schemas", *arguments)
    assert (ended.code, message in ended.err) == (2, True)
