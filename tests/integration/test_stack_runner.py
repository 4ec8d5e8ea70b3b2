"""The runner's ways, with a server that is a few lines of Python: quick, and it fails on demand."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading

import psutil
import pytest

from processor import config
from processor.core import errors
from processor.local import ports, process, progress
from processor.local.job import CalledOff, Job
from processor.local.runner import Runner
from processor.local.server import Command

SERVE = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in sys.argv else signal.SIG_DFL)
print("serving", flush=True)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    client.sendall(b"well" if "ill" not in sys.argv else b"ill!")
    client.close()
"""


class Small:
    """Says `well` to whoever connects, or `ill!`."""

    name = "small"
    ports = 2
    patience = 120.0
    grace = 5.0

    def __init__(self, *manners: str, script: str = SERVE) -> None:
        self.manners = manners
        self.script = script
        self.chosen: list[int] = []

    def preflight(self):
        pass

    def prepare(self, cache, job):
        return self.script

    def command(self, prepared, folder, port, job):
        self.chosen.append(port)
        return Command((sys.executable, "-S", "-c", prepared, str(port), *self.manners), {"SAID": "by the test"})

    def addresses(self, port):
        return {"WEAVIATE_URL": f"http://127.0.0.1:{port}"}

    def where(self, settings):
        return settings.weaviate

    def check(self, settings, *, thorough):
        port = int(settings.weaviate.rpartition(":")[2])
        try:
            with socket.create_connection(("127.0.0.1", port), 3) as client:
                said = client.recv(4)
        except OSError as error:
            raise errors.Unavailable("weaviate", "no answer") from error
        if said != b"well":
            raise errors.Unavailable("weaviate", "it is ill")


@pytest.fixture
def run(tmp_path):
    """Makes a runner of this test's stack, and stops what is left at the end."""
    mine = config.load(state_home=tmp_path, cache_home=tmp_path / "cache", stack="runner")

    def make(server=None):
        return Runner(server or Small(), mine)

    yield make
    make().down()


def job() -> Job:
    return Job("small", progress.silent, threading.Event())


def test_a_server_is_started_in_a_session_of_its_own_and_stopped(run):
    runner = run()
    addresses = runner.up(job())
    record = runner.record
    assert addresses == {"WEAVIATE_URL": f"http://127.0.0.1:{record.port}"}
    assert runner.healthy()
    assert os.getsid(record.pid) == record.pid
    assert psutil.Process(record.pid).environ()["SAID"] == "by the test"
    assert runner.down()
    assert not psutil.pid_exists(record.pid)
    assert not runner.down()


def test_one_that_runs_is_left_alone(run):
    run().up(job())
    before = run().record
    run().up(job())
    assert run().record == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_one_that_died_or_hangs_is_started_again_at_its_port(run, number, monkeypatch):
    runner = run()
    monkeypatch.setattr(Small, "grace", 0.3)
    runner.up(job())
    before = runner.record
    os.kill(before.pid, number)
    again = run()
    again.up(job())
    assert again.record.pid != before.pid
    assert again.record.port == before.port
    assert not process.alive(before)


def test_one_that_does_not_heed_sigterm_is_killed(run, monkeypatch):
    monkeypatch.setattr(Small, "grace", 0.3)
    runner = run(Small("deaf"))
    runner.up(job())
    record = runner.record
    assert runner.down()
    assert not psutil.pid_exists(record.pid)


def test_one_that_ends_at_its_start_is_told_with_its_last_lines_and_what_to_do(run):
    runner = run(Small(script="import sys; print('line of the log'); sys.exit('no such \\x1b[1m disk')"))
    with pytest.raises(errors.StackError) as caught:
        runner.up(job())
    told = str(caught.value)
    assert "small ended at its start" in told
    assert "line of the log" in told
    assert r"no such \x1b[1m disk" in told
    assert str(runner.log) in told
    assert "--fresh" in told
    assert "WEAVIATE_URL" in told


def test_one_that_stays_ill_is_told_with_what_its_client_met(run):
    server = Small("ill")
    server.patience = 4.0
    with pytest.raises(errors.StackError, match=r"small was not ready after 4 s \(it is ill\)"):
        run(server).up(job())


def test_a_program_that_cannot_be_started_is_told(run):
    server = Small()
    server.command = lambda *_: Command(("/no/such/program",))  # type: ignore[method-assign]
    with pytest.raises(errors.StackError, match="/no/such/program cannot be started: No such file"):
        run(server).up(job())


def test_where_another_takes_the_port_meanwhile_other_ports_are_tried(run, monkeypatch):
    taken, free = ports.free_block("a test's own", 2), ports.free_block("another test's own", 2)
    monkeypatch.setattr(Runner, "_choose_port", lambda self, attempt: (taken, free)[attempt])
    with socket.create_server(("127.0.0.1", taken)):
        runner = run()
        runner.up(job())
    assert runner.server.chosen == [taken, free]
    assert runner.record.port == free


def test_another_server_at_the_port_does_not_pass_for_ours(run):
    """Ours never listens there, but somebody does, and would even answer well."""
    other = run()
    other.up(job())
    silent = run(Small(script="import time; time.sleep(60)"))
    silent.folder = silent.folder.with_name("silent")
    silent.server.patience = 1.0
    silent._choose_port = lambda attempt: other.record.port
    with pytest.raises(errors.StackError, match="was not ready"):
        silent.up(job())
    silent.down()


def test_the_log_of_the_start_before_is_kept_beside(run):
    runner = run()
    runner.up(job())
    runner.down()
    runner.up(job())
    assert runner.log.read_text() == (runner.folder / "log.previous").read_text() == "serving\n"


def test_a_start_that_is_called_off_leaves_what_it_started_to_be_stopped(run):
    off = threading.Event()
    runner = run(Small("ill"))
    with pytest.raises(CalledOff):
        runner.up(Job("small", lambda step: off.set() if step.what == "starting" else None, off))
    assert runner.started
    assert runner.alive
    assert runner.down()


def test_a_child_whose_up_has_died_does_not_become_the_server(run, tmp_path):
    """As after a `kill -9` between the fork and the exec: the parent that it was told of is not its parent."""
    record, dead_parent = tmp_path / "process.json", 1 << 22
    launcher = [sys.executable, "-m", "processor.local.launch", str(record), "0", str(dead_parent), "touch"]
    pid = os.posix_spawn(sys.executable, [*launcher, str(tmp_path / "ran")], dict(os.environ))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert (left := process.read(record))
    assert left.pid == pid
    assert not (tmp_path / "ran").exists()
