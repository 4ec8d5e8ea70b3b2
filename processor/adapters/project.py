"""A project folder (`tasks/ schemas/ rules/`) read into tasks."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors, models, rules, task

if TYPE_CHECKING:
    from pathlib import Path


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
            raise errors.DefinitionError(
                f"tasks/{name}/task.toml", f"no such task in {self.root.name}/ (known: {known})"
            )
        sources = self._sources(name)
        return task.build(sources, self._rules(name, sources.rules), self._models())

    def load_all(self) -> dict[str, task.Task]:
        """All tasks by name.

        Raises:
            DefinitionError: the first broken one, or there is none.
        """
        names = self.names()
        if not names:
            raise errors.DefinitionError("tasks/", f"no task in {self.root}: each is a folder with a task.toml")
        return {name: self.load(name) for name in names}

    def _sources(self, name: str) -> task.Sources:
        folder = self.root / "tasks" / name
        rules = self._rules_path(name)
        schema = f"schemas/{name}.avsc"
        templates = (path for path in folder.glob("*.md") if path.name != "README.md")
        return task.Sources(
            name=name,
            definition=self._read(f"tasks/{name}/task.toml"),
            templates={path.name: self._read(f"tasks/{name}/{path.name}") for path in templates},
            schema=self._read(schema),
            schema_path=schema,
            rules=self._read(rules) if (self.root / rules).exists() else "",
        )

    def _read(self, path: str) -> str:
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except OSError as error:
            raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise errors.DefinitionError(path, "is not UTF-8") from error

    def _models(self) -> models.Models:
        path = "tasks/models.toml"
        return models.parse(self._read(path), path) if (self.root / path).exists() else models.Models()

    def _rules_path(self, name: str) -> str:
        return f"rules/{name.replace('-', '_')}.py"

    def _rules(self, name: str, source: str) -> tuple[rules.Rule, ...]:
        if not source:
            return ()
        path = self._rules_path(name)
        return rules.collect(vars(self._import(path, source)))

    def _import(self, path: str, source: str) -> types.ModuleType:
        # Each version gets a module of its own inside a package of this project, so that rules may say
        # `from . import common`, and two projects or versions in one process stay apart.
        package = f"untuned_rules_{hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:12]}"
        if package not in sys.modules:
            parent = types.ModuleType(package)
            parent.__path__ = [str(self.root / "rules")]
            sys.modules[package] = parent
        name = f"{package}.v{hashlib.sha256(source.encode()).hexdigest()[:12]}"
        spec = importlib.util.spec_from_loader(name, loader=None, origin=path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        module.__file__ = path
        try:
            exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - the project's own rules
        except SyntaxError as error:
            raise errors.DefinitionError(path, f"not Python: {error.msg}", error.lineno) from error
        except Exception as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
            told = str(error) if isinstance(error, errors.UsageError) else f"{type(error).__name__}: {error}"
            raise errors.DefinitionError(path, told, lines[-1] if lines else None) from error
        return module
