from __future__ import annotations

import hashlib
import threading

import pytest

from processor.adapters import locks
from processor.core import errors
from processor.local import artifacts, progress
from processor.local.job import CalledOff, Job

NAME = "thing-1.0"


def job(off: bool = False) -> Job:
    called_off = threading.Event()
    if off:
        called_off.set()
    return Job("server", progress.silent, called_off)


class Build:
    """Makes an artifact of one file, and counts how often."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.times = 0
        self._fails = fails

    def __call__(self, building, job):
        self.times += 1
        (building / "contents" / "file").write_text("made")
        if self._fails:
            raise self._fails


def test_an_artifact_is_made_once_and_then_found(tmp_path):
    build = Build()
    first = artifacts.obtain(tmp_path, NAME, build, job())
    assert artifacts.obtain(tmp_path, NAME, build, job()) == first == tmp_path / NAME
    assert (first / "file").read_text() == "made"
    assert build.times == 1


@pytest.mark.parametrize("failure", [errors.StackError("no network"), CalledOff(), KeyboardInterrupt()])
def test_what_fails_half_way_leaves_nothing_and_can_be_tried_again(tmp_path, failure):
    with pytest.raises(type(failure)):
        artifacts.obtain(tmp_path, NAME, Build(failure), job())
    assert not (tmp_path / NAME).exists()
    assert list((tmp_path / ".building").iterdir()) == []
    assert artifacts.obtain(tmp_path, NAME, Build(), job()).is_dir()


def test_what_a_killed_up_left_is_not_part_of_the_next_build(tmp_path):
    left = tmp_path / ".building" / NAME / "contents"
    left.mkdir(parents=True)
    (left / "half").write_text("…")
    made = artifacts.obtain(tmp_path, NAME, Build(), job())
    assert [path.name for path in made.iterdir()] == ["file"]


def test_two_that_want_it_at_once_make_it_once(tmp_path):
    build = Build()
    together = threading.Barrier(2)
    found = []

    def want():
        together.wait()
        found.append(artifacts.obtain(tmp_path, NAME, build, job()))

    threads = [threading.Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / NAME] * 2
    assert build.times == 1


def test_who_waits_for_another_build_can_be_called_off(tmp_path):
    with locks.held(tmp_path / ".locks" / NAME, 0, lambda: None), pytest.raises(CalledOff):
        artifacts.obtain(tmp_path, NAME, Build(), job(off=True))


def test_sweeping_removes_abandoned_builds_and_leaves_those_that_go_on(tmp_path):
    for name in ("abandoned", "going-on"):
        (tmp_path / ".building" / name).mkdir(parents=True)
    with locks.held(tmp_path / ".locks" / "going-on", 0, lambda: None):
        artifacts.sweep(tmp_path)
    assert [path.name for path in (tmp_path / ".building").iterdir()] == ["going-on"]


def test_a_fetched_file_must_be_the_one_that_was_pinned(tmp_path):
    model = tmp_path / "model.gguf"
    model.write_bytes(b"weights")
    artifacts.verify(model, hashlib.sha256(b"weights").hexdigest())
    with pytest.raises(errors.StackError, match=r"model\.gguf.*not what untuned was tried with"):
        artifacts.verify(model, hashlib.sha256(b"others").hexdigest())
