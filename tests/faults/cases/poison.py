"""Messages that no producer should send."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import avro.schema
from aiohttp import web

from processor.adapters import wire
from processor.core.wire import avro_binary, fingerprint
from tests.faults import project
from tests.faults.broker import alter
from tests.faults.proxy import Proxy
from tests.faults.scene import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.scene import Scene

MAGIC = b"\xc3\x01"
MIB = 2**20
NEUTRAL = {"text": "This names no event."}

HEADERS: tuple[tuple[tuple[str, bytes | None], ...], ...] = (
    (("null", None),),
    (("empty", b""),),
    (("not UTF-8", b"\xff\xfe\x00"),),
    (("twice", b"1"), ("twice", b"2")),
    (("", b"without a name"),),
    (("ünï ☃", b"1"),),
    (("large", b"x" * 200_000),),
    tuple((f"many-{n}", b"x") for n in range(1000)),
    (("ce_id", b"forged"), ("ce_type", b"forged"), ("ce_time", b"yesterday"), ("content-type", b"forged")),
    (("untuned-attempt", b"9"), ("untuned-reason", b"forged"), ("untuned-original-offset", b"-1")),
    (("untuned-replay", b"x"), ("untuned-task", b"\xff"), ("traceparent", b"nonsense")),
)

BAD_JSON: tuple[bytes, ...] = (
    b"",
    b"{",
    b"null",
    b"[" * 100_000,
    b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    b'{"id": "x1", "task": "sort", "input": {"text": NaN}}',
    b'{"id": "x2", "id": "y", "task": "sort", "input": {"text": "a"}}',
    b'{"id": "", "task": "sort", "input": {"text": "a"}}',
    b'{"id": "%s", "task": "sort", "input": {"text": "a"}}' % (b"x" * 1000),
    b'{"id": 7, "task": "sort", "input": {"text": "a"}}',
    b'{"id": "x3", "task": "nowhere", "input": {"text": "a"}}',
    b'{"id": "x4", "task": "../sort", "input": {}}',
    b'{"id": "x5", "task": "sort", "input": {"text": 1e999}}',
    b'{"id": "x6", "task": "sort", "input": "text"}',
    b'{"id": "\\ud800", "task": "sort", "input": {"text": "\\ud800"}}',
    b'\xef\xbb\xbf{"id": "x7", "task": "sort", "input": 1}',
    b'{"id": "x8", "task": "sort", "input": {}}',
    "{}".encode("utf-16"),
)


async def poison(scene: Scene) -> None:
    """All kinds, between good events."""
    await asyncio.to_thread(
        alter, scene.settings.kafka, scene.settings.topic("tasks"), {"max.message.bytes": str(8 * MIB)}
    )
    for number, (value, headers) in enumerate(_poison(scene)):
        scene.feeder.message(value, f"p{number}", key=None if number % 2 else b"\xff\x00", headers=headers)
        scene.feeder.events(1 if scene.short else 5)
    scene.feeder.events(max(0, (200 if scene.short else 2000) - scene.feeder.next))


def _poison(scene: Scene) -> Iterator[tuple[bytes | None, tuple[tuple[str, bytes | None], ...]]]:
    chance = scene.random
    schema = avro.schema.parse(wire.envelope("event"))
    record: dict[str, Any] = {"id": "x", "task": "sort", "input": '{"text": "a"}', "created_at": None, "attributes": {}}
    head = MAGIC + fingerprint.fingerprint(schema)
    whole = head + avro_binary.encode(schema, record)
    for bad in BAD_JSON:
        yield bad, ()
    for length in range(0, len(whole) - 1, 3):
        yield whole[:length] or None, ()
    for _ in range(20 if scene.short else 300):
        yield chance.randbytes(chance.randrange(1, 300)), ()
    for _ in range(20 if scene.short else 300):
        name = chance.randbytes(8).hex()  # the same id is the same event, and one bit must not make it another's
        own = {**record, "id": name}
        spoilt = bytearray(
            chance.choice([head + avro_binary.encode(schema, own), project.event(0, id=name, input=NEUTRAL)])
        )
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        yield bytes(spoilt), ()
    for unknown in (MAGIC + b"\x00" * 30, b"\x00" + (4711).to_bytes(4, "big") + b"\x02a", b"\x00"):
        yield unknown, ()
    yield from ((None, ()) for _ in range(10))
    yield json.dumps({"id": "big", "task": "sort", "input": {"text": "x " * (5 * MIB // 2)}}).encode(), ()
    for number, headers in enumerate(HEADERS):
        yield project.event(0, id=f"headers-{number}", input=NEUTRAL), headers


async def registry(scene: Scene) -> None:
    """A registry that does not have the schema, then is away, then is back."""
    way = await scene.enter(Registry())
    for _ in range(2):
        scene.hire(SCHEMA_REGISTRY_URL=f"http://{way.address}")
    scene.feeder.events(100)
    _unknown_ids(scene, range(20))
    await scene.working(100)
    async with scene.fault("the registry away for 20 s"):
        await way.cut()
        _unknown_ids(scene, range(20, 40))
        scene.feeder.events(100)
        await asyncio.sleep(20)
        await way.forward()
    scene.feeder.events(800)


def _unknown_ids(scene: Scene, numbers: range) -> None:
    for number in numbers:
        scene.feeder.message(b"\x00" + (4711 + number).to_bytes(4, "big") + b"\x02a", f"p{number}")


class Registry(contextlib.AbstractAsyncContextManager[Proxy]):
    """A schema registry that has no schema; entering gives the proxy before it."""

    async def __aenter__(self) -> Proxy:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._missing)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._way = Proxy("registry", ("127.0.0.1", self._runner.addresses[0][1]))
        return await self._way.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self._way.__aexit__()
        await self._runner.cleanup()

    async def _missing(self, _: web.Request) -> web.Response:
        return web.json_response({"error_code": 40403, "message": "Schema not found"}, status=404)


async def twice(scene: Scene) -> None:
    """Every event is sent twice: at once, or when it is done."""
    count = 200 if scene.short else 1500
    scene.feeder.events(count)
    _again(scene, range(0, count, 2))
    await scene.until(lambda: len(scene.watch.settled) >= count, "all to be settled", 240)
    _again(scene, range(1, count, 2))
    scene.feeder.events(20)
    scene.expect(count + 20)


def _again(scene: Scene, numbers: range) -> None:
    for number in numbers:
        scene.feeder.message(project.event(number), f"e{number}", key=f"e{number}".encode())


CASES = (
    Case(
        "poison", "fuzzed bytes, broken Avro and JSON, 5 MB, tombstones, odd headers", poison, duplicates=0, short=True
    ),
    Case("registry", "schema ids that the registry does not have, and the registry away", registry, 0, duplicates=0),
    Case("twice", "every event is produced twice, in flight or done", twice, duplicates=0),
)
