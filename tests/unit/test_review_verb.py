"""`untuned review user`, and what `untuned review` refuses before it asks Kafka anything."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import test_utils, web

from processor import config
from processor.cli import terminal
from processor.core import errors
from processor.review import listening, serve
from processor.review.access import passwords
from processor.review.access.users import Users
from tests import verbs

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings
    from tests.verbs import Finished

SECRET = b"correct horse battery\n"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    def hashed(_: passwords.Passwords, password: str) -> str:
        return f"$cheap${password}"

    monkeypatch.setattr(passwords.Passwords, "__init__", lambda _: None)
    monkeypatch.setattr(passwords.Passwords, "hash", hashed)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "UNTUNED_PROJECT": str(tmp_path),
        "UNTUNED_REVIEW_USERS": str(tmp_path / "users.json"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "users.json")


def _user(environment: dict[str, str], *arguments: str, stdin: bytes | None = SECRET) -> Finished:
    return verbs.run(environment, "review", "user", *arguments, stdin=stdin)


def _add(environment: dict[str, str], name: str, *more: str) -> Finished:
    return _user(environment, "add", name, "--password-stdin", *more)


def test_a_user_is_added_listed_changed_and_removed(environment: dict[str, str], users: Users):
    done = _add(environment, "ann", "--role", "admin", "--json")
    assert (done.code, done.json[0]["added"]["role"]) == (0, "admin")
    _add(environment, "bob", "--task", "sort", "--task", "route", "--tenant", "acme")
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert json.loads(users.path.read_text())["users"]["bob"] == {
        "role": "reviewer",
        "password": "$cheap$correct horse battery",
        "tasks": ["route", "sort"],
        "tenants": ["acme"],
    }
    (listed,) = _user(environment, "list", "--json").json
    assert [each["name"] for each in listed["users"]] == ["ann", "bob"]
    assert "cheap" not in str(listed)
    shown = _user(environment, "list").out
    assert "route, sort" in shown
    assert "cheap" not in shown
    changed = _user(environment, "change", "bob", "--all-tasks", "--tenant", "beta", "--role", "admin", "--json").json
    assert changed == [
        {"changed": {"name": "bob", "role": "admin", "tasks": None, "tenants": ["beta"], "password": True}}
    ]
    assert _user(environment, "remove", "ann").out == "removed ann (admin)\n"
    assert set(users.all()) == {"bob"}


def test_a_password_is_changed_alone(environment: dict[str, str], users: Users):
    _add(environment, "bob", "--task", "sort")
    before = users.find("bob")
    assert _user(environment, "password", "bob", "--password-stdin", stdin=b"another long one\r\nrest").code == 0
    after = users.find("bob")
    assert before is not None
    assert after is not None
    assert after.password == "$cheap$another long one"
    assert after.stamp != before.stamp
    assert after.reviewer == before.reviewer


def test_without_a_password_somebody_comes_by_a_proxy(environment: dict[str, str], users: Users):
    assert _user(environment, "add", "ann", "--no-password").code == 0
    found = users.find("ann")
    assert found is not None
    assert found.password is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "ann", "--password-stdin"), "there is a user ann"),
        (("add", " ann ", "--password-stdin"), "there is a user ann"),
        (("add", "Ann", "--password-stdin"), "there is a user ann: names are taken for one another"),
        (("add", "a\u202eb", "--password-stdin"), "printable"),
        (("add", "x" * 101, "--password-stdin"), "at most 100"),
        (("add", "bob"), "--password-stdin"),
        (("add", "bob", "--password-stdin", "--no-password"), "not both"),
        (("add", "bob", "--role", "king"), "king"),
        (("change", "ann"), "say what to change"),
        (("change", "bob", "--role", "admin"), "no user bob"),
        (("password", "bob", "--password-stdin"), "no user bob"),
        (("remove", "bob"), "no user bob"),
    ],
)
def test_what_cannot_be_done_is_told(environment: dict[str, str], arguments: tuple[str, ...], told: str):
    _add(environment, "ann")
    done = _user(environment, *arguments)
    assert done.code == 2
    assert told in done.err


def test_a_short_password_is_refused(environment: dict[str, str], users: Users):
    done = _user(environment, "add", "ann", "--password-stdin", stdin=b"short\n")
    assert (done.code, "12 to 1024" in done.err) == (2, True)
    assert users.all() == {}


def test_on_a_terminal_it_is_asked_for_twice(
    environment: dict[str, str], users: Users, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    done = _user(environment, "add", "ann", stdin=b"correct horse\nanother horse\ncorrect horse\ncorrect horse\n")
    assert done.code == 0
    assert "horse" not in done.out + done.err
    found = users.find("ann")
    assert found is not None
    assert found.password == "$cheap$correct horse"


@pytest.mark.parametrize("arguments", [(), ("user", "list")])
def test_without_the_extra_it_is_named(
    environment: dict[str, str], arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    whole = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "argon2" else whole(name))
    done = verbs.run(environment, "review", *arguments)
    assert done.code == 2
    assert "untuned[review]" in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "untuned review user add"),
        (("--host", "0.0.0.0"), "--secure-cookie"),
        (("--host", "0.0.0.0", "--tls-cert", "missing.pem"), "certificate"),
        (("--port", "70000"), "70000"),
    ],
)
def test_it_does_not_start_without_users_or_openly(environment: dict[str, str], arguments: tuple[str, ...], told: str):
    done = verbs.run(environment, "review", *arguments)
    assert done.code == 2
    assert told in done.err


def test_without_kafka_it_falls_short(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("processor.adapters.kafka_client.TIMEOUT", 0.3)
    monkeypatch.setattr(serve, "create_tasks", lambda *_: None)
    _add(environment, "ann")
    done = verbs.run(environment, "review", "--port", "0")
    assert done.code == 1
    assert "127.0.0.1:1" in done.err


def _settings(tmp_path: Path, **more: Any) -> Settings:
    return config.load(project=tmp_path).model_copy(update=more)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_on_this_machine_alone_nothing_is_warned_of(tmp_path: Path, host: str):
    assert listening.exposure(_settings(tmp_path, review_host=host)) == ""


@pytest.mark.parametrize(
    "more",
    [
        {"review_secure_cookie": True},
        {"review_url": "https://review.example.org"},
        {"review_proxy_from": "10.0.0.1"},
    ],
)
def test_open_to_others_behind_a_proxy_is_warned_of(tmp_path: Path, more: dict[str, Any]):
    assert "nobody but the proxy" in listening.exposure(_settings(tmp_path, review_host="0.0.0.0", **more))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "review.example.org"])
def test_open_to_others_without_tls_is_refused(tmp_path: Path, host: str):
    with pytest.raises(errors.UsageError, match="--tls-cert"):
        listening.exposure(_settings(tmp_path, review_host=host))
    assert listening.exposure(_settings(tmp_path, review_host=host, review_tls_cert=tmp_path)) == ""


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_who_sends_no_whole_request_holds_no_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes):
    monkeypatch.setattr(listening, "IDLE", 0.1)
    runner = listening.runner(web.Application(), 1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    writer.write(sent)
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()
    await runner.cleanup()


@pytest.mark.parametrize("sent", [b"GET /queue?text=a secret HTTP/1.1\r\n\r\n", b"\x16\x03\x01secret\r\n\r\n"])
async def test_what_is_no_request_is_refused_and_fills_no_log(caplog: pytest.LogCaptureFixture, sent: bytes):
    runner = listening.runner(web.Application(), 1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for before in (b"", b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"):
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(before + sent)
        async with asyncio.timeout(60):
            assert b" 400 " in await reader.read()
        writer.close()
    await runner.cleanup()
    assert not caplog.records


@pytest.mark.parametrize(
    ("ready", "trouble", "status"), [(True, "", 200), (False, "", 503), (True, "kafka does not answer", 503)]
)
async def test_health_says_how_it_is(*, ready: bool, trouble: str, status: int):
    class Desk:
        pass

    made: Any = Desk()
    made.ready, made.trouble, made.behind = ready, trouble, 7
    app = web.Application()
    app.router.add_get("/health", serve.health(made, lambda: {"sort": {"refused": "x"}, "route": {"refused": None}}))
    async with test_utils.TestClient(test_utils.TestServer(app)) as client:
        answer = await client.get("/health")
        assert answer.status == status
        told = {"ok": status == 200, "ready": ready, "behind": 7, "trouble": trouble, "refused_tasks": ["sort"]}
        assert await answer.json() == told
