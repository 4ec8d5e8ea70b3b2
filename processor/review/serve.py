"""The review application, composed and run: settings in, a server until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging.config
import signal
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from processor import app as parts
from processor.adapters import health as worker_health
from processor.adapters import kafka_cluster, live_tasks, project, rule_timer, telemetry
from processor.review import deciding, desk, listening
from processor.review.access import composing
from processor.review.web import app as pages
from processor.review.web import site

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Awaitable, Callable, Mapping

    from processor.adapters import registry
    from processor.adapters.live_tasks import LiveTasks
    from processor.config import Settings
    from processor.core.task import Task
    from processor.review.access.login import Login

    Said = Callable[[str], None]

NEEDED = ("tasks", "results", "retry", "review", "decisions", "leases")
"""The topics that it reads or writes."""

LOOK_EVERY = 0.5
"""Seconds between two looks at whether the view has caught up."""

TELL_EVERY = 5.0
"""Seconds between two lines that say that it has not."""


def run(settings: Settings, told: Said, warned: Said) -> None:
    """Check what can be checked, catch up with the topics, then serve until SIGINT or SIGTERM.

    Args:
        settings: all of them.
        told: gets the address once it answers.
        warned: gets a line about what somebody should know, before and while it catches up.

    Raises:
        UsageError: settings do not fit together, nobody could log in, or the address is taken.
        DefinitionError: a task is broken.
        Unavailable, Misconfigured: no Kafka or schema registry, or a topic is missing.
    """
    tls = listening.tls_of(settings)
    if warning := listening.exposure(settings):
        warned(warning)
    access = composing.create(settings)
    listener = worker_health.listen(
        settings.review_host, settings.review_port, "the review application", "--host, --port"
    )
    with contextlib.closing(listener):
        logging.config.dictConfig(telemetry.logging_config(settings.log_format, settings.log_level))
        story = telemetry.Story(contents=False)
        schemas = parts.create_registry(settings)
        with contextlib.closing(schemas) if schemas else contextlib.nullcontext():
            tasks = create_tasks(settings, schemas, story)
            with kafka_cluster.Cluster(settings) as cluster:
                cluster.require(settings.topic(kind) for kind in NEEDED)
            application = Application(settings, tasks, schemas, story, access)
            gc.freeze()  # what is loaded by now stays: looking through it at the end takes half a second of processor
            asyncio.run(application.serve(listener, tls, told, warned))


class Application:
    """The composed parts, not yet started; `schemas` as of `app.create_wire`."""

    def __init__(
        self,
        settings: Settings,
        tasks: LiveTasks,
        schemas: registry.Registry | None,
        story: telemetry.Story,
        access: Login,
    ) -> None:
        self._settings = settings
        self._tasks = tasks
        self._story = story
        self._access = access

        def contract(name: str) -> Any:
            found = self.task(name)
            return found.contract if found else None

        self._codec = parts.create_wire(settings, contract, schemas)

    def task(self, name: str) -> Task | None:
        """A task of the project, in its last good version."""
        return self._tasks.current().get(name)

    async def serve(self, listener: socket.socket, tls: ssl.SSLContext | None, told: Said, warned: Said) -> None:
        """Serve until a signal; what is being answered is finished, then all is closed."""
        ended = _signalled()
        async with contextlib.AsyncExitStack() as open_:
            made = await open_.enter_async_context(
                desk.create(self._settings, self._codec, self.task, deciding.follow, log=self._story.note)
            )
            if not await _caught_up(made, ended, warned):
                return
            if self._settings.reload:
                watching = asyncio.create_task(self._tasks.watch(self._settings.reload))
                open_.callback(watching.cancel)
            served = listening.runner(self.pages(made), self._settings.grace)
            await served.setup()
            open_.push_async_callback(served.cleanup)
            await web.SockSite(served, listener, ssl_context=tls).start()
            where = worker_health.address(listener, "http" if tls is None else "https")
            told(where)
            self._story.note("review_serves", address=where)
            await ended.wait()
            self._story.note("review_ends")

    def pages(self, made: desk.Desk) -> web.Application:
        """The web application over a started desk."""
        found = site.Site(
            view=made.view,
            desk=made,
            task=self.task,
            tasks=lambda: tuple(sorted(self._tasks.current())),
            log=self._access.gate.log,
            guard=rule_timer.Timer(lambda name, took: self._story.warn("rule_slow", rule=name, seconds=round(took, 3))),
        )
        application = pages.create_app(found, self._access, trouble=lambda: made.trouble)
        application.router.add_get("/health", health(made, self._tasks.report))
        return application


def create_tasks(settings: Settings, schemas: registry.Registry | None, story: telemetry.Story) -> LiveTasks:
    """The project's tasks as they change; unlike a worker, the application needs no keys of models.

    Raises:
        DefinitionError: a task is broken, or its results do not fit their subject in the schema registry.
        Unavailable, Misconfigured: no schema registry at the address, or it refuses us.
    """

    def verify(tasks: Mapping[str, Task]) -> None:
        if schemas and settings.wire_format == "avro":
            schemas.announce(parts.written_schemas(settings, tasks))

    return live_tasks.LiveTasks(project.Project(settings.project), verify, story)


def health(made: desk.Desk, tasks: Callable[[], Mapping[str, Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of GET /health: no login, no contents, no names of people."""

    async def answer(_: web.Request) -> web.Response:
        refused = sorted(name for name, standing in tasks().items() if standing["refused"])
        good = made.ready and not made.trouble
        told = {
            "ok": good,
            "ready": made.ready,
            "behind": made.behind,
            "trouble": made.trouble,
            "refused_tasks": refused,
        }
        return web.json_response(told, status=200 if good else 503)

    return answer


def _signalled() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM; a second one ends the process at once."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        if ended.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    return ended


async def _caught_up(made: desk.Desk, ended: asyncio.Event, warned: Said) -> bool:
    """Wait until the view has what the topics have; False where a signal came first."""
    began = told = time.monotonic()
    while not ended.is_set():
        if await made.until_ready(LOOK_EVERY):
            return True
        now = time.monotonic()
        if now - told >= TELL_EVERY:
            told = now
            warned(made.trouble or f"reading the topics, for {now - began:.0f} s")
    return False
