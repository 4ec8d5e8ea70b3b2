"""The real local stack: side by side, killed, replaced by addresses, repaired, emptied."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time

import confluent_kafka
import psutil
import pytest
import weaviate
from confluent_kafka import admin

from processor import config
from processor.core import errors
from processor.local import process, progress
from processor.local import stack as local_stack

KILL_AFTER = 300.0  # seconds at most until `up` has started something


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """Settings of a stack of this test's own, with the shared cache; stopped at the end."""
    for name in config.STACK_ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    settings = config.load(state_home=tmp_path, stack="mine")
    yield settings
    local_stack.down(settings)


@pytest.fixture
def elsewhere(stack, mine, monkeypatch):
    """Makes servers of the run's stack the user's own: their addresses are set, then settings read."""

    def set_addresses(*servers, **overrides):
        for name, value in config.addresses(stack).items():
            owner = next(server for server in local_stack.SERVERS if name in server.addresses(0))
            if owner.name in servers:
                monkeypatch.setenv(name, overrides.get(name, value))
        return config.load(state_home=mine.state_home, stack=mine.stack)

    return set_addresses


def at(settings, addresses):
    return config.with_addresses(settings, addresses)


def topics(settings) -> set[str]:
    return set(admin.AdminClient({"bootstrap.servers": settings.kafka}).list_topics(timeout=60).topics)


def create_topic(settings, name: str) -> None:
    client = admin.AdminClient({"bootstrap.servers": settings.kafka})
    client.create_topics([admin.NewTopic(name, 1, 1)])[name].result(timeout=60)


def none_left(settings) -> bool:
    """Whether nothing of the stack runs, or soon will not: who finds its `up` dead when it is about to start ends."""
    deadline = time.monotonic() + KILL_AFTER
    while left := processes_of(settings):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    return True


def processes_of(settings) -> list[str]:
    """Whatever holds a file in the stack's folder open: a server has its log there, whatever became of its record."""
    found = []
    for each in psutil.process_iter():
        try:
            if any(str(settings.state_dir) in file.path for file in each.open_files()):
                found.append(" ".join(each.cmdline()))
        except psutil.Error:
            continue
    return found


def records(settings) -> list[process.Record]:
    paths = settings.state_dir.glob("*/process.json")
    return [found for path in sorted(paths) if (found := process.read(path))]


def states(settings) -> dict[str, str]:
    return {each.name: each.state for each in local_stack.status(settings)}


def test_two_stacks_side_by_side_repair_and_down(stack, mine):
    addresses = local_stack.up(mine)
    assert set(addresses) == set(config.STACK_ADDRESSES)
    assert not set(addresses.values()) & set(config.addresses(stack).values())
    assert json.loads(mine.addresses_file.read_text()) == addresses
    assert config.addresses(config.load(state_home=mine.state_home, stack="mine")) == addresses
    create_topic(at(mine, addresses), "only-here")
    assert "only-here" not in topics(stack)

    started = {each.name: each for each in local_stack.status(mine)}
    assert {each.state for each in started.values()} == {"running"}
    assert all(each.memory and each.log and each.log.stat().st_size for each in started.values())
    os.kill(started["kafka"].pid or 0, signal.SIGKILL)
    assert local_stack.up(mine) == addresses
    repaired = {each.name: each for each in local_stack.status(mine)}
    assert {name for name in started if repaired[name].pid != started[name].pid} == {"kafka"}
    assert "only-here" in topics(at(mine, addresses))

    assert local_stack.down(mine) == ["kafka", "weaviate", "chat", "embeddings"]
    assert processes_of(mine) == []
    assert not mine.addresses_file.exists()
    assert set(states(mine).values()) == {"stopped"}
    assert local_stack.down(mine) == []
    for server in local_stack.SERVERS:
        server.check(stack, thorough=True)


def test_an_up_that_was_killed_is_cleaned_by_down_and_by_the_next_up(elsewhere):
    settings = elsewhere("chat", "embeddings")  # the other two will do
    killed_up(settings)
    local_stack.down(settings)
    assert none_left(settings)

    killed_up(settings)
    left = records(settings)
    local_stack.up(settings)
    assert set(states(settings).values()) == {"running", "yours"}
    assert len(records(settings)) == 2
    local_stack.down(settings)
    assert none_left(settings)
    assert not any(process.alive(record) for record in left)


def test_two_ups_at_once_start_one_stack(elsewhere):
    settings = elsewhere("kafka", "weaviate", "chat")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: local_stack.up(settings), range(2))
    assert first == second
    assert len(processes_of(settings)) == 1


def test_ctrl_c_stops_what_this_up_had_started(elsewhere):
    settings = elsewhere("chat", "embeddings")
    assert killed_up(settings, signal.SIGINT) == 1
    assert none_left(settings)


def killed_up(settings, number: signal.Signals = signal.SIGKILL) -> int:
    """Call `untuned up` and end it, and nothing of what it started, once its first server has been started."""
    command = [sys.executable, "-m", "processor", "up"]
    environment = config.child_environment(XDG_STATE_HOME=str(settings.state_home), UNTUNED_STACK=settings.stack)
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True) as running:
        deadline = time.monotonic() + KILL_AFTER
        while not records(settings) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert records(settings)
        running.send_signal(number)
    return running.returncode


def test_what_the_user_runs_elsewhere_is_left_alone(stack, elsewhere):
    settings = elsewhere("kafka", "weaviate", "chat", "embeddings")
    steps: list[progress.Step] = []
    assert local_stack.up(settings, report=steps.append) == config.addresses(stack)
    assert {step.what for step in steps if step.server == "weaviate"} == {
        "yours: asking it",
        f"yours, at {stack.weaviate}",
    }
    assert set(states(settings).values()) == {"yours"}
    assert records(settings) == []
    assert local_stack.down(settings) == []
    for server in local_stack.SERVERS:
        server.check(stack, thorough=True)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1", "kafka"),
        ("WEAVIATE_URL", "http://127.0.0.1:1", "weaviate"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1", "chat"),
        ("OPENAI_EMBEDDING_BASE_URL", "http://127.0.0.1:1/v1", "embeddings"),
    ],
)
def test_an_address_where_nobody_answers_is_named(elsewhere, name, value, told):
    settings = elsewhere("kafka", "weaviate", "chat", "embeddings", **{name: value})
    with pytest.raises(errors.StackError, match=rf"^{told}: you set .*{name}.* does not answer at {value}") as caught:
        local_stack.up(settings)
    assert "\n" not in str(caught.value)
    assert states(settings)[told] == "unreachable"


def test_a_server_that_cannot_start_gives_its_last_lines_and_nothing_stays_running(elsewhere, tmp_path):
    settings = elsewhere("kafka", "chat")
    broken = tmp_path / "cache"
    (broken / "untuned").mkdir(parents=True)
    for artifact in settings.cache_dir.iterdir():
        (broken / "untuned" / artifact.name).symlink_to(artifact)
    [binary] = (broken / "untuned").glob("weaviate-*")
    binary.unlink()
    binary.mkdir()
    (binary / "weaviate").write_text("#!/bin/sh\necho 'cannot open the data folder: no space left'\nexit 3\n")
    (binary / "weaviate").chmod(0o755)
    settings = settings.model_copy(update={"cache_home": broken})
    with pytest.raises(errors.StackError) as caught:
        local_stack.up(settings)
    told = str(caught.value)
    assert "weaviate ended at its start" in told
    assert "no space left" in told
    assert str(settings.state_dir / "weaviate" / "log") in told
    assert "WEAVIATE_URL" in told
    assert none_left(settings)
    assert not settings.addresses_file.exists()


def test_data_and_ports_stay_over_a_restart_until_up_fresh(elsewhere):
    settings = elsewhere("kafka", "chat", "embeddings")
    first = local_stack.up(settings)
    assert collections(first, create="Kept") == {"Kept"}
    local_stack.down(settings)
    assert local_stack.up(settings) == first
    assert collections(first) == {"Kept"}
    assert local_stack.up(settings, fresh=True) == first
    assert collections(first) == set()


def collections(addresses: dict[str, str], create: str = "") -> set[str]:
    """The names of Weaviate's collections, after one more was made."""
    http, grpc = (addresses[name].rpartition(":")[2] for name in ("WEAVIATE_URL", "WEAVIATE_GRPC_URL"))
    with weaviate.connect_to_local(port=int(http), grpc_port=int(grpc), skip_init_checks=True) as client:
        if create:
            client.collections.create(create)
        return set(client.collections.list_all())


def test_a_topic_that_does_not_exist_is_not_made_by_asking_for_it(settings):
    metadata = admin.AdminClient({"bootstrap.servers": settings.kafka}).list_topics("misspelt", timeout=60)
    assert metadata.topics["misspelt"].error.code() == confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART


def test_the_command_ends_with_the_addresses_and_status_and_down_tell_what_is(elsewhere):
    mine = elsewhere("kafka", "weaviate", "chat")
    environment = config.child_environment(XDG_STATE_HOME=str(mine.state_home), UNTUNED_STACK=mine.stack)

    def untuned(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "processor", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)

    up = untuned("up", "--json")
    assert up.returncode == 0, up.stderr
    assert set(json.loads(up.stdout.splitlines()[-1])) == set(config.STACK_ADDRESSES)
    assert "embeddings: ready at http://127.0.0.1:" in up.stderr
    status = untuned("status", "--json")
    assert [each["state"] for each in json.loads(status.stdout)] == ["yours", "yours", "yours", "running"]
    assert status.returncode == 0
    assert "OPENAI_EMBEDDING_BASE_URL=http://127.0.0.1:" in untuned("up").stdout
    assert json.loads(untuned("down", "--json").stdout) == {"stopped": ["embeddings"]}
    stopped = untuned("status")
    assert stopped.returncode == 1
    assert "untuned up" in stopped.stdout
    assert untuned("down").stdout == "Nothing of this project's stack was running.\n"
