from __future__ import annotations

import socket

import pytest

from processor.local import ports


@pytest.fixture
def listener():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.free_block("a test's listener", 1)))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_stack_finds_its_ports_again_while_they_are_free():
    first = ports.free_block("stack a", 6)
    assert ports.free_block("stack a", 6) == first
    assert ports.FIRST <= first < ports.LAST


def test_other_stacks_look_elsewhere():
    found = {ports.free_block(f"stack {number}", 6) for number in range(10)}
    assert len(found) > 5


def test_a_port_that_somebody_listens_on_is_not_free(listener):
    assert not ports.is_free(listener)
    assert not ports.is_free(listener - 1, 2)


def test_a_taken_block_is_passed_over(monkeypatch):
    wanted = ports.free_block("stack a", 2)
    monkeypatch.setattr(ports, "is_free", lambda port, count: port != wanted)
    assert ports.free_block("stack a", 2) == wanted + 2 or wanted + 2 >= ports.LAST
