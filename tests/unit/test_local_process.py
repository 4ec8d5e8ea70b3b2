from __future__ import annotations

import os

import pytest

from processor.local import process


def me() -> process.Record:
    return process.Record(os.getpid(), process.start_time(os.getpid()), 4711)


def test_a_record_is_read_back_as_it_was_written(tmp_path):
    process.write(tmp_path / "process.json", me())
    assert process.read(tmp_path / "process.json") == me()
    assert [path.name for path in tmp_path.iterdir()] == ["process.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x", "started": 1, "port": 1}'])
def test_a_record_that_cannot_be_read_is_none(tmp_path, text):
    (tmp_path / "process.json").write_text(text)
    assert process.read(tmp_path / "process.json") is None


def test_no_record_is_none(tmp_path):
    assert process.read(tmp_path / "process.json") is None


def test_this_process_is_alive():
    assert process.alive(me())
    assert process.memory(me())


def test_another_process_that_got_the_same_id_is_neither_alive_nor_stopped():
    reused = process.Record(os.getpid(), me().started - 10, 4711)
    assert not process.alive(reused)
    assert process.memory(reused) is None
    assert not process.listens(reused)
    assert not process.stop(reused, 0.1)  # else this test would be over


def test_a_process_that_does_not_listen_does_not_pass_for_one_that_does():
    assert not process.listens(me())
