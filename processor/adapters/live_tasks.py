"""The tasks of a running worker: changes are picked up; a broken one is refused, and the last good version stays.

The files are looked at by their times and sizes, at an interval. That costs less than a millisecond, and it sees what
notifications of the operating system miss: network folders, bind mounts, the swapped links of a Kubernetes ConfigMap.
"""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from processor.core import errors
from processor.core.pacing import budget
from processor.core.records import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from processor.adapters.project import Project, Stamp
    from processor.adapters.telemetry import Story
    from processor.core import cost
    from processor.core.task import Task

THREAD = "untuned-reload"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands: which version is in use since when, and why a newer one is not.

    `task` is None where no version of it has been good yet.
    """

    task: Task | None
    since: datetime
    refused: str | None = None

    @property
    def version(self) -> str | None:
        """The version in use."""
        return self.task.version if self.task else None

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {"version": self.version, "since": self.since.isoformat(), "refused": self.refused}


class LiveTasks:
    """The tasks of a project, each in its last good version. Reading them never waits."""

    def __init__(self, project: Project, verify: Callable[[Mapping[str, Task]], None], story: Story) -> None:
        """Load all tasks.

        Args:
            project: where they are.
            verify: raises what stands against tasks beyond their files (a key that is not set, the schema registry).
            story: is told of changes.

        Raises:
            DefinitionError: a task is broken, or there is none.
            UntunedError: as `verify`.
        """
        self._project = project
        self._verify = verify
        self._story = story
        self._seen = project.stamps()
        self._taken = dict(self._seen)
        tasks = project.load_all()
        verify(tasks)
        now = datetime.now(UTC)
        self._standings: Mapping[str, Standing] = {name: Standing(task, now) for name, task in tasks.items()}
        for task in tasks.values():
            self._tell_outgrown(task)

    def find(self, name: str) -> Task:
        """The task's version in use; whoever has it goes on with it, whatever changes.

        Raises:
            Refused: `unknown_task`.
        """
        found = self._standings.get(name)
        if found is None or found.task is None:
            raise errors.Refused(Reason.UNKNOWN_TASK, "the project has no such task")
        return found.task

    def current(self) -> dict[str, Task]:
        """The tasks in use, by name."""
        return {name: standing.task for name, standing in self._standings.items() if standing.task is not None}

    def limits(self, dependency: str) -> budget.Limits:
        """What one worker may spend on a model in a minute, as models.toml said when a task was last taken."""
        for task in self._latest():
            if dependency in task.limits:
                return task.limits[dependency]
        return budget.UNLIMITED

    def prices(self) -> cost.Prices:
        """What models cost, likewise."""
        return next((task.prices for task in self._latest()), {})

    def _latest(self) -> Iterator[Task]:
        """The tasks whose definition is in use as it stands in the files, before those whose newer one is refused."""
        for refused in (False, True):
            for standing in self._standings.values():
                if standing.task is not None and (standing.refused is not None) is refused:
                    yield standing.task

    def report(self) -> dict[str, Any]:
        """How each task stands, for JSON."""
        return {name: standing.fields() for name, standing in sorted(self._standings.items())}

    async def watch(self, seconds: float) -> NoReturn:
        """Look at the files every so many seconds, until cancelled.

        In a thread of its own: reading and compiling delays no event, and one that hangs in a module's import keeps no
        process from ending.
        """
        ended = threading.Event()

        def looking() -> None:
            while not ended.wait(seconds):
                self.look()

        threading.Thread(target=looking, name=THREAD, daemon=True).start()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    def look(self) -> None:
        """Take what has changed, task by task, once it held still between two looks: it may be half written before."""
        try:
            stamps = self._project.stamps()
        except OSError:  # a network folder that is away for now
            return
        before, self._seen = self._seen, stamps
        for name in sorted({*stamps, *self._taken, *self._standings}):
            stamp = stamps.get(name)
            if stamp == before.get(name) and stamp != self._taken.get(name):
                self._take(name, stamp)

    def _take(self, name: str, stamp: Stamp | None) -> None:
        if stamp is None:
            self._taken.pop(name, None)
            if name in self._standings and self._standings[name].task is None:
                self._standings = {key: value for key, value in self._standings.items() if key != name}
            else:
                self._refuse(name, "its folder is gone; the last version stays until the worker ends")
            return
        try:
            task = self._project.load(name)
            if self._project.stamps().get(name) != stamp:
                return  # it was changed while it was read
            self._verify({name: task})
        except errors.UsageError as error:
            self._refuse(name, str(error))
        except errors.StageError as away:  # the registry: this version is tried again
            self._refuse(name, str(away))
            return
        except BaseException as defect:  # noqa: BLE001 - nothing that a module raises may end the looking (Rust panics)
            self._refuse(name, f"it cannot be loaded: {type(defect).__name__}")
        else:
            self._accept(name, task)
        self._taken[name] = stamp

    def _accept(self, name: str, task: Task) -> None:
        before = self._standings.get(name, Standing(None, datetime.now(UTC)))
        made = Standing(task, datetime.now(UTC))
        if task.version == before.version:  # as it was, but perhaps for a price
            made = Standing(task, before.since)
        if task.version != before.version or before.refused:
            self._story.note("task_changed", task=name, version=task.version, before=before.version)
        if task.version != before.version:
            self._tell_outgrown(task)
        self._standings = {**self._standings, name: made}

    def _tell_outgrown(self, task: Task) -> None:
        """Say that nothing is promised of this version's answers, once for each version."""
        if task.outgrown:
            self._story.warn("calibration_outgrown", task=task.name, version=task.version, detail=task.outgrown)

    def _refuse(self, name: str, detail: str) -> None:
        before = self._standings.get(name, Standing(None, datetime.now(UTC)))
        if before.refused == detail:
            return
        self._story.warn("task_refused", task=name, detail=detail, stays=before.version)
        self._standings = {**self._standings, name: dataclasses.replace(before, refused=detail)}
