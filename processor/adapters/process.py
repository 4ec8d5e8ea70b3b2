"""The worker's process: its signals, and the code that it exits with."""

from __future__ import annotations

import asyncio
import faulthandler
import functools
import logging.config
import os
import signal
from typing import TYPE_CHECKING, NoReturn

import faust

from processor.core import exit_codes

if TYPE_CHECKING:
    from processor.adapters.stream import Worker

LAST_TASKS = 1.0
"""Seconds that what is still running after the shutdown gets to end; all that matters is committed by then."""

ONE_SIGNAL = 0.5
"""Seconds in which signals are one: a terminal and whoever started the worker may both send it."""


class _Process(faust.Worker):  # type: ignore[misc]
    """Handles the signals; leaves logging to the app's own configuration and draws nothing on the terminal."""

    def _setup_logging(self) -> None:
        logging.config.dictConfig(self.app.conf.logging_config)

    def _gather_all(self) -> None:
        # Faust waits up to a second for what it cancels then.
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left, timeout=LAST_TASKS))

    async def _sentinel_task(self) -> None:
        await asyncio.sleep(0)  # Faust's takes a second more

    def _install_signal_handlers_unix(self) -> None:
        # Faust's SIGUSR1 prints all local variables, events and keys among them, and its SIGUSR2 waits for a debugger.
        self.loop.add_signal_handler(signal.SIGINT, self._on_sigint)
        self.loop.add_signal_handler(signal.SIGTERM, self._on_sigterm)
        self.loop.add_signal_handler(signal.SIGUSR1, functools.partial(faulthandler.dump_traceback, all_threads=True))

    def _schedule_shutdown(self, number: signal.Signals) -> None:
        begun = self._signal_stop_time
        if begun is not None and self.loop.time() - begun > ONE_SIGNAL:
            # Only what was delivered is committed, so whoever reads on loses nothing.
            self.app.story.warn("ended at once, by a second signal", signal=number.name)
            os._exit(128 + number)
        super()._schedule_shutdown(number)


def run(app: Worker) -> NoReturn:
    """Run the worker until a signal ends it; never returns.

    The process exits with `exit_codes.DONE`; with BROKEN after an error in a thread or a task of Faust's own.
    """
    process = _Process(app, quiet=True)
    process.spinner = None
    faulthandler.enable()  # a crash in native code says where, too
    app.watch(process.loop)
    try:
        process.execute_from_commandline()
    except SystemExit as ended:
        if ended.code == exit_codes.DONE:
            raise
        app.story.warn("the worker ended by an error of Faust", exit_code=exit_codes.BROKEN)
    raise SystemExit(exit_codes.BROKEN)
