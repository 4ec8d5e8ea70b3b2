"""The audit log: pages, and what it does not hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog

from processor.core import errors
from processor.review.access import store
from processor.review.access.log import DAY, LONGEST, TRIM_EVERY, AuditLog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.review.access.conftest import Clock


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> AuditLog:
    return AuditLog(store.connect(tmp_path / "access.sqlite"), clock)


def test_it_is_read_newest_first_page_by_page(log: AuditLog, clock: Clock):
    for number in range(5):
        log.write("decided", f"user-{number}", ref="x", seconds=1.5)
    first = log.read(limit=2)
    assert [each.by for each in first] == ["user-4", "user-3"]
    assert [each.by for each in log.read(limit=9, before=first[-1].number)] == ["user-2", "user-1", "user-0"]
    assert log.read(before=1) == []
    assert first[0].about == {"ref": "x", "seconds": 1.5}
    assert first[0].at == datetime.fromtimestamp(clock.at, UTC)


def test_a_page_costs_its_own_length_however_long_the_log_is(tmp_path: Path, clock: Clock):
    kept = store.connect(tmp_path / "access.sqlite")
    log = AuditLog(kept, clock)
    kept.executemany("insert into log (at, what, by, about) values (?, 'login', 'ann', '{}')", [(clock.at,)] * 20_000)
    steps: list[int] = []
    kept.set_progress_handler(lambda: steps.append(100), 100)
    assert [each.number for each in log.read(limit=3, before=50)] == [49, 48, 47]
    assert [each.number for each in log.read(limit=3)] == [20_000, 19_999, 19_998]
    assert sum(steps) < 1000


def test_lines_are_kept_for_so_many_days(tmp_path: Path, clock: Clock):
    kept = store.connect(tmp_path / "access.sqlite")
    log = AuditLog(kept, clock, days=2)
    for _ in range(5):
        log.write("login", "ann")
        clock.at += DAY
    assert [each.number for each in log.read()] == [5, 4, 3]
    clock.at += 90 * DAY
    log.write("login", "ann")
    assert [each.number for each in log.read()] == [6]


def test_it_is_looked_through_for_old_lines_now_and_then_only(clock: Clock, tmp_path: Path):
    log = AuditLog(store.connect(tmp_path / "access.sqlite"), clock, days=1)
    log.write("login", "ann")
    clock.at += DAY - TRIM_EVERY / 2
    log.write("login", "ann")
    clock.at += TRIM_EVERY - 1
    log.write("login", "ann")
    assert len(log.read()) == 3
    clock.at += 1
    log.write("login", "ann")
    assert len(log.read()) == 3


def test_without_a_bound_all_lines_are_kept(tmp_path: Path, clock: Clock):
    log = AuditLog(store.connect(tmp_path / "access.sqlite"), clock, days=0)
    log.write("login", "ann")
    clock.at += 10_000 * DAY
    log.write("login", "ann")
    assert len(log.read()) == 2


def test_a_long_text_is_cut_and_a_broken_one_is_kept(log: AuditLog):
    log.write("refused", "ann", why="x" * 10_000, where="\udc80")
    (entry,) = log.read()
    assert entry.about == {"why": "x" * LONGEST, "where": "\udc80"}


def test_what_anybody_can_cause_is_noted_once_a_second(log: AuditLog, clock: Clock):
    for _ in range(50):
        log.seldom("refused", "")
        log.seldom("oidc_failed", "")
        clock.at += 0.125
    assert len(log.read()) == 14


def test_a_file_that_cannot_be_written_to_does_not_undo_what_was_done(tmp_path: Path, clock: Clock):
    """A reviewer whose decision is taken must not be told that something is broken."""
    kept = store.connect(tmp_path / "access.sqlite")
    kept.execute("pragma query_only = on")
    log = AuditLog(kept, clock)
    with structlog.testing.capture_logs() as told:
        log.write("decided", "ann")
    assert [each["event"] for each in told] == ["review_audit", "review_access_broken"]
    assert log.read() == []


def test_it_is_there_after_a_restart(tmp_path: Path, clock: Clock):
    for number in range(2):
        AuditLog(store.connect(tmp_path / "access.sqlite"), clock).write("login", f"user-{number}")
    assert len(AuditLog(store.connect(tmp_path / "access.sqlite"), clock).read()) == 2


def test_a_file_that_is_something_else_is_told(tmp_path: Path):
    (tmp_path / "access.sqlite").write_text("x" * 4096)
    with pytest.raises(errors.UsageError, match="cannot be used"):
        store.connect(tmp_path / "access.sqlite")
