from __future__ import annotations

import dataclasses
import os
import subprocess
from datetime import UTC, datetime

import pytest

from processor import config
from processor.core import errors
from processor.measure.verdict import assumptions, decide, document, history, kept
from tests import verdicts

DEFAULTS = assumptions.defaults()


def git(root, *arguments, at="2026-01-01T00:00:00Z"):
    environment = {**os.environ, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at}
    named = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *named, *arguments], check=True, capture_output=True, env=environment)


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def commit(root, path, text, at):
    write(root, path, text)
    git(root, "add", path)
    git(root, "commit", "-qm", "x", at=at)


def test_what_a_model_is_told_and_held_to_counts_and_nothing_else(tmp_path):
    git(tmp_path, "init", "-q")
    commit(tmp_path, "tasks/sort/task.toml", "1", "2026-01-01T00:00:00Z")
    commit(tmp_path, "tasks/sort/prompt.md", "1", "2026-01-02T00:00:00Z")
    commit(tmp_path, "schemas/sort.avsc", "1", "2026-01-03T00:00:00Z")
    commit(tmp_path, "rules/sort.py", "1", "2026-01-04T00:00:00Z")
    for path in (
        "tasks/sort/README.md",
        "tasks/sort/cases.jsonl",
        "tasks/sort/knowledge/a.md",
        "tasks/other/task.toml",
    ):
        commit(tmp_path, path, "1", "2026-01-05T00:00:00Z")
    found = history.of_folder(tmp_path, "sort", datetime(2026, 1, 11, tzinfo=UTC))
    assert found
    assert (found.changes, found.days) == (3, 10.0)


CALIBRATED = 'kind = "c"\n[[step]]\nprompt = "p.md"\naccept = {{ confidence = {} }}\n\n[calibration]\nof = "{}"\n'
BARE = 'kind = "c"\n[[step]]\nprompt = "p.md"\n'


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (BARE, CALIBRATED.format(0.9, "a"), 0),
        (CALIBRATED.format(0.9, "a"), "# Why.\n" + CALIBRATED.format(0.8, "b"), 0),
        ('kind = "c"\n', CALIBRATED.format(0.9, "a"), 0),
        (BARE, CALIBRATED.format(0.9, "a").replace('"p.md"', '"p.md"\nfield = "$.x"'), 0),
        (BARE, CALIBRATED.format(0.9, "a").replace("p.md", "q.md"), 1),
        ('kind = "c"\n', CALIBRATED.format(0.9, "a").replace('"p.md"', '"p.md"\nmax_tokens = 9'), 1),
        (CALIBRATED.format(0.9, "a"), CALIBRATED.format(0.8, "a"), 1),  # by hand
        (BARE, BARE + "max_tokens = 9\n", 1),
        (CALIBRATED.format(0.9, "a"), BARE, 1),
        (BARE.replace("[[step]]", "[step]"), CALIBRATED.format(0.9, "a"), 1),
        ("no toml", CALIBRATED.format(0.9, "a"), 1),
    ],
)
def test_thresholds_that_calibrate_wrote_are_no_other_definition(tmp_path, before, after, changes):
    git(tmp_path, "init", "-q")
    root = tmp_path / "project"
    commit(root.parent, "project/tasks/sort/task.toml", before, "2026-01-01T00:00:00Z")
    commit(root.parent, "project/tasks/sort/task.toml", after, "2026-01-02T00:00:00Z")
    found = history.of_folder(root, "sort", datetime(2026, 1, 11, tzinfo=UTC))
    assert found
    assert (found.changes, found.days) == (changes, 10.0)


def test_a_calibration_committed_with_a_new_prompt_is_a_change(tmp_path):
    git(tmp_path, "init", "-q")
    commit(tmp_path, "tasks/sort/task.toml", BARE, "2026-01-01T00:00:00Z")
    write(tmp_path, "tasks/sort/p.md", "new")
    git(tmp_path, "add", "tasks/sort/p.md")
    commit(tmp_path, "tasks/sort/task.toml", CALIBRATED.format(0.9, "a"), "2026-01-02T00:00:00Z")
    found = history.of_folder(tmp_path, "sort", datetime(2026, 1, 11, tzinfo=UTC))
    assert found
    assert found.changes == 1


def test_a_folder_that_began_calibrated_has_not_changed(tmp_path):
    git(tmp_path, "init", "-q")
    commit(tmp_path, "tasks/sort/task.toml", CALIBRATED.format(0.9, "a"), "2026-01-01T00:00:00Z")
    found = history.of_folder(tmp_path, "sort", datetime(2026, 1, 11, tzinfo=UTC))
    assert found
    assert found.changes == 0


def test_a_folder_without_history_tells_nothing(tmp_path):
    assert history.of_folder(tmp_path, "sort", datetime(2026, 1, 11, tzinfo=UTC)) is None
    git(tmp_path, "init", "-q")
    assert history.of_folder(tmp_path, "sort", datetime(2026, 1, 11, tzinfo=UTC)) is None


def test_a_tasks_assumptions_win_over_the_projects_and_an_option_over_both(tmp_path):
    write(
        tmp_path, "assumptions.toml", "[people]\nusd_per_hour = 1\nseconds_per_review = 1\nengineer_usd_per_hour = 1\n"
    )
    write(tmp_path, "tasks/sort/assumptions.toml", "[people]\nusd_per_hour = 2\nseconds_per_review = 2\n")
    found = history.assumed(tmp_path, "sort", ("people.usd_per_hour=3",))
    values = [found.value(f"people.{key}") for key in ("usd_per_hour", "seconds_per_review", "engineer_usd_per_hour")]
    assert values == [3, 2, 1]
    assert found.found["people.seconds_per_review"].origin == "tasks/sort/assumptions.toml:3"


def test_a_misspelt_key_in_a_tasks_file_is_told_with_its_line(tmp_path):
    write(tmp_path, "tasks/sort/assumptions.toml", "\n[people]\nusd = 2\n")
    with pytest.raises(errors.DefinitionError, match=r"tasks/sort/assumptions\.toml:3: there is no assumption"):
        history.assumed(tmp_path, "sort")


def test_the_last_verdict_is_kept_for_its_version_alone(tmp_path):
    settings = config.Settings(project=tmp_path, state_home=tmp_path)
    assert kept.last(settings, "sort", "0123456789abcdef") is None
    made = decide.verdict(verdicts.evidence(35, {"capability": 5}), DEFAULTS)
    kept.keep(settings, made)
    found = kept.last(settings, "sort", made.version)
    assert found
    assert (found.answer, found.sentence, found.cases) == (made.answer, made.sentence, 40)
    assert kept.last(settings, "sort", "another") is None


def test_an_unfinished_measurement_does_not_end_a_no(tmp_path):
    settings = config.Settings(project=tmp_path, state_home=tmp_path)
    made = decide.verdict(verdicts.evidence(35, {"capability": 5}), DEFAULTS)
    kept.keep(settings, dataclasses.replace(made, answer="no"))
    kept.keep(settings, dataclasses.replace(made, answer="not enough data", unfinished="stopped by Ctrl-C"))
    found = kept.last(settings, "sort", made.version)
    assert found
    assert found.answer == "no"


def test_a_verdict_as_json_has_everything_that_it_rests_on():
    import json

    made = decide.verdict(verdicts.evidence(90, {"capability": 10}), DEFAULTS)
    found = json.loads(json.dumps(document.verdict(made)))
    assert found["format"] == "untuned.verdict/1"
    assert {each["key"] for each in found["assumptions"]} == {*DEFAULTS.found, *assumptions.MEASURED}
    assert all(each["source"] and each["meaning"] for each in found["assumptions"])
    assert len(found["flips"]) == len(found["assumptions"])
    assert found["ceiling"]["until"] == "2027-11-27"
