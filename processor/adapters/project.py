"""A project folder (`tasks/ schemas/ rules/`) read into tasks."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.adapters import rule_modules, tokenizer
from processor.core import definition, errors, models, rules, task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


Stamp = frozenset[tuple[str, int, int, int]]
"""What tells that one of a task's files changed: path, time of change in nanoseconds, size and inode of each."""


@dataclass(frozen=True, slots=True)
class Project:
    """The folder `root`, as it is on disk at each call."""

    root: Path

    def names(self) -> tuple[str, ...]:
        """The tasks' names: each folder under tasks/ that holds a task.toml."""
        return tuple(sorted(path.parent.name for path in self.root.glob("tasks/*/task.toml")))

    def load(self, name: str) -> task.Task:
        """Read and check one task.

        Raises:
            DefinitionError: the task does not exist or is broken; with file and line.
        """
        if name not in self.names():
            known = ", ".join(self.names()) or "none"
            raise errors.DefinitionError(f"tasks/{name}/task.toml", f"no such task (known: {known})")
        sources = self.sources(name)
        module = rule_modules.load(str(self.root.resolve()), sources.rules) if sources.rules else {}
        return task.build(sources, rules.collect(module), self.models(), module)

    def definition(self, name: str) -> definition.Definition:
        """What a task's task.toml says, by itself.

        Raises:
            DefinitionError: it cannot be read, or does not fit the grammar.
        """
        path = f"tasks/{name}/task.toml"
        return definition.parse(definition.Definition, self._read(path), path)

    def load_all(self) -> dict[str, task.Task]:
        """All tasks by name.

        Raises:
            DefinitionError: the first broken one, or there is none.
        """
        names = self.names()
        if not names:
            raise errors.DefinitionError("tasks/", f"no task in {self.root}: make one with `untuned new TASK --kind …`")
        return {name: self.load(name) for name in names}

    def stamps(self) -> dict[str, Stamp]:
        """The stamp of each task, over its own files and those that tasks share."""
        shared = _stamp([*self.root.glob("rules/*.py"), self.root / "tasks/models.toml"])
        return {
            name: shared
            | _stamp([*(self.root / "tasks" / name).glob("*.md"), self.root / f"tasks/{name}/task.toml"])
            | _stamp([self.root / f"schemas/{name}.avsc"])
            for name in self.names()
        }

    def knowledge_stamp(self, name: str) -> Stamp:
        """The stamp of what `untuned knowledge load` reads of a task."""
        folder = self.root / "tasks" / name
        return self.stamps().get(name, frozenset()) | _stamp(
            [*folder.glob("examples*.jsonl"), *(path for path in folder.glob("knowledge/**/*") if path.is_file())]
        )

    def sources(self, name: str) -> task.Sources:
        """The texts that make one task, not checked.

        Raises:
            DefinitionError: one cannot be read.
        """
        folder = self.root / "tasks" / name
        schema = f"schemas/{name}.avsc"
        templates = (path for path in folder.glob("*.md") if path.name != "README.md")
        return task.Sources(
            name=name,
            definition=self._read(f"tasks/{name}/task.toml"),
            templates={path.name: self._read(f"tasks/{name}/{path.name}") for path in templates},
            schema=self._read(schema),
            schema_path=schema,
            rules=self._rules(name),
        )

    def _read(self, path: str) -> str:
        try:
            return (self.root / path).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise errors.DefinitionError(path, "is not UTF-8") from error

    def models(self) -> models.Models:
        """What tasks/models.toml says.

        Raises:
            DefinitionError: it is broken.
        """
        path = "tasks/models.toml"
        if not (self.root / path).exists():
            return models.Models()
        parsed = models.parse(self._read(path), path)
        named = {endpoint.tokenizer for endpoint in parsed.endpoints.values() if endpoint.tokenizer}
        return dataclasses.replace(parsed, counters={each: tokenizer.load(self.root, each) for each in sorted(named)})

    def _rules(self, name: str) -> dict[str, str]:
        """The texts of the task's rules module and its helpers; empty where it has none."""
        path = f"rules/{name.replace('-', '_')}.py"
        return rule_modules.sources(path, lambda each: self._read(each) if (self.root / each).exists() else None)


def _stamp(paths: Iterable[Path]) -> Stamp:
    """Of those files that are there; links are followed."""
    found = set()
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.stat()
            found.add((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return frozenset(found)
