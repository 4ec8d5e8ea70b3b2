"""Sessions of a measurement over fakes: a scripted model, and retrieval over entries in memory."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor import config
from processor.adapters import telemetry
from processor.core import errors
from processor.core.lookup import collections, entry
from processor.measure.running import outside, session, spend
from tests import builders, fakes, projects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processor.config import Settings
    from processor.core.records import Prompt

PREFIX = "untuned"
RIGHT = {"category": "card", "reason": "asks for a card"}
WRONG = {"category": "refund", "reason": "asks for a card"}


class Story(telemetry.Story):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(contents=False)
        self.told: list[tuple[str, dict[str, Any]]] = []

    def note(self, event: str, **fields: object) -> None:
        self.told.append((event, fields))

    def warn(self, event: str, **fields: object) -> None:
        self.note(event, **fields)


@dataclass
class Model:
    """A model by script: `answer` gives an answer, a Completion or an error to raise, by the prompt."""

    answer: Callable[[Prompt], Any] = lambda _: RIGHT
    prompts: list[Prompt] = field(default_factory=list)

    async def __call__(self, prompt, begin):
        begin()
        self.prompts.append(prompt)
        found = self.answer(prompt)
        if isinstance(found, BaseException):
            raise found
        return found if hasattr(found, "usage") else builders.completion(found)


@dataclass
class Servers:
    """What `Session` connects to; `answered` and `waiting` as of `Outside`."""

    model: Any = field(default_factory=Model)
    entries: dict[str, list[entry.Entry]] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    answered: Callable[[str], int] = lambda _: 0
    waiting: str = ""
    failing: list[Exception] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def connect(self, settings, story):
        found = fakes.FakeRetrieve({**{name(kind): [] for kind in ("fact", "example")}, **self.entries})

        async def retrieve(queries):
            if self.failing:
                raise self.failing.pop(0)
            self.asked.append(queries)
            return await found(queries)

        yield outside.Outside(self.model, retrieve, self.answered, lambda: self.waiting)


def name(kind: Any, task: str = "sort") -> str:
    return collections.name(PREFIX, task, kind)


def example(ident: str, text: str, answer: Any = None) -> entry.Entry:
    return entry.example("examples.jsonl", ident, {"text": text}, answer or RIGHT, text)


def settings(root: Path, **changes: Any) -> Settings:
    project = root / "project"
    if not project.exists():
        projects.make(project)
    given = {"openai_model": "tiny", "topic_prefix": PREFIX, **changes}
    return config.load(project=project, state_home=root / "state", **given)


async def no_sleep(_: float) -> None:
    """Waiting that takes no time."""


def a_session(root: Path, servers: Servers, limits: spend.Limits = spend.UNLIMITED, **changes: Any) -> session.Session:
    """A session in a folder, over fakes; it does not sleep."""
    made = settings(root, **changes)
    return session.Session(made, Story(), limits=limits, connect=servers.connect, sleep=no_sleep)


AWAY = errors.Unavailable("model", "no connection to the model server", unreached=True)
