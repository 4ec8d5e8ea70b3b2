from __future__ import annotations

import threading

import pytest

from processor.local import job, maven, progress


def test_a_job_reports_its_steps_with_how_much_is_done():
    steps: list[progress.Step] = []
    one = job.Job("kafka", steps.append, threading.Event())
    one.say("fetching", 12_000_000, 56_000_000)
    one.finish("ready", well=True)
    assert [(step.server, step.what, step.state) for step in steps] == [
        ("kafka", "fetching", "working"),
        ("kafka", "ready", "ready"),
    ]
    assert progress.amount(steps[0]) == "12 of 56 MB"


@pytest.mark.parametrize(
    ("done", "total", "unit", "shown"),
    [
        (None, None, "bytes", ""),
        (0, None, "bytes", "0 MB"),
        (5_400_000, None, "bytes", "5 MB"),
        (412, None, "packages", "412 packages"),
        (3, 9, "packages", "3 of 9 packages"),
    ],
)
def test_amounts_are_for_people(done, total, unit, shown):
    assert progress.amount(progress.Step("s", "w", 0.0, done, total, unit)) == shown


def test_a_job_that_was_called_off_ends_at_its_next_step():
    off = threading.Event()
    one = job.Job("kafka", progress.silent, off)
    one.say("fetching")
    off.set()
    with pytest.raises(job.CalledOff):
        one.say("starting")


def test_the_tail_of_a_log_is_its_last_lines_made_safe_for_a_terminal(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"first\n" * 100 + b"\x1b[31mport in use\x07\n\n\xff bytes\n")
    assert job.tail(log, lines=3).splitlines() == ["  first", r"  \x1b[31mport in use\x07", "  \ufffd bytes"]


def test_the_tail_of_no_log_says_so(tmp_path):
    assert job.tail(tmp_path / "none") == "  (its log is empty)"


def test_what_maven_has_fetched_is_read_from_its_log(tmp_path):
    log = tmp_path / "log"
    assert maven.downloaded(log) == 0
    log.write_text(
        "[INFO] Downloading from central: https://…/a.jar\n"
        "[INFO] Downloaded from central: https://…/a.jar (6.7 MB at 35 MB/s)\n"
        "[INFO] Downloaded from central: https://…/b.pom (8.5 kB at 65 kB/s)\n"
        "[INFO] Downloaded from central: https://…/c.pom (312 B at 1.0 kB/s)\n"
    )
    assert maven.downloaded(log) == 6_708_812
