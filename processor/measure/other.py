"""The other version of a task that it is compared with: a git revision, another project folder, or another model."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from processor.adapters import project
from processor.core import errors
from processor.core.views import display
from processor.knowledge import documents, examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.config import Settings
    from processor.core.models import Models
    from processor.core.task import Task

MODEL = "model:"
"""What stands before the name of a model."""

FOLDERS = ("tasks", "schemas", "rules")
"""Of a project, what a revision is read from."""


@dataclass(frozen=True, slots=True)
class Other:
    """A version: what it is called, the task as it is there, and the settings that it is run with."""

    label: str
    task: Task
    settings: Settings


@contextlib.contextmanager
def opened(settings: Settings, task: Task, named: str) -> Iterator[Other]:
    """The other version, for as long as it is open. Nothing of the work tree is touched.

    Args:
        settings: of the project.
        task: as it stands there.
        named: `model:NAME`, a folder, or whatever names a commit for git.

    Raises:
        UsageError: there is no such model, folder or revision, or it has no such task.
        DefinitionError: the task is broken there.
    """
    if named.startswith(MODEL):
        yield Other(
            named, with_model(task, named.removeprefix(MODEL), project.Project(settings.project).models()), settings
        )
    elif (Path(named) / "tasks").is_dir():
        yield _of_folder(settings, task.name, Path(named), named)
    else:
        with tempfile.TemporaryDirectory(prefix="untuned-") as folder:
            label = _extract(settings.project, named, Path(folder))
            if (settings.project / ".env").exists():
                (Path(folder) / ".env").symlink_to((settings.project / ".env").resolve())
            yield _of_folder(settings, task.name, Path(folder), label)


def knowledge_differs(one: Path, other: Path, task: str) -> bool:
    """Whether two projects' files differ of what a task's knowledge is loaded from."""
    return _knowledge(one / "tasks" / task) != _knowledge(other / "tasks" / task)


def _knowledge(folder: Path) -> dict[str, bytes]:
    """The digest of each file, by its path."""
    files = [each for each in (folder / documents.DOCUMENTS).rglob("*") if each.is_file()]
    own = (folder / name for name in examples.files(folder))
    found = {path: path.read_bytes() for path in (*files, *own)}
    return {str(path.relative_to(folder)): hashlib.sha256(text).digest() for path, text in found.items()}


def with_model(task: Task, name: str, known: Models) -> Task:
    """The task with another model in all its model steps: a table of models.toml, or else a model's id.

    Raises:
        UsageError: no step asks a model, or none is named.
    """
    if not name:
        raise errors.UsageError(f"{MODEL}NAME: a [models.NAME] of tasks/models.toml, or a model's id")
    if not task.endpoints:
        raise errors.UsageError(f"{task.name} asks no model: there is nothing to replace")
    step = tuple(
        each.model_copy(update={"model": name}) if each.kind == "model" else each for each in task.definition.step
    )
    endpoint = known.named(name)
    return dataclasses.replace(
        task,
        version=f"{task.version} with {name}",
        definition=task.definition.model_copy(update={"step": step}),
        endpoints={name: endpoint},
        counters={name: known.counter(endpoint)},
    )


def _of_folder(settings: Settings, name: str, folder: Path, label: str) -> Other:
    found = project.Project(folder)
    if name not in found.names():
        raise errors.UsageError(f"{display.safe(label)} has no task {name}")
    # The answers that are kept are those of the project: the same question is paid for once.
    changes = {"project": folder, "stack": settings.stack_name}
    return Other(label, found.load(name), settings.model_copy(update=changes))


def _extract(root: Path, revision: str, folder: Path) -> str:
    """Put a revision's project into a folder; what it is called, with its commit.

    Raises:
        UsageError: the project is in no git repository, or there is no such revision or no project in it.
    """
    said = display.safe(revision)
    if _git(root, "rev-parse", "--is-inside-work-tree") is None:
        told = f"--against {said}: it is no folder with tasks/, and the project is in no git repository"
        raise errors.UsageError(told)
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not commit:
        raise errors.UsageError(f"--against {said}: no such revision, and no folder with tasks/ (a model: {MODEL}NAME)")
    name = commit.decode().strip()
    archive = _git(root, "archive", "--format=tar", name)
    if archive is None:
        raise errors.UsageError(f"--against {said}: the project is not in that revision")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        members = [each for each in files.getmembers() if each.name.split("/")[0] in FOLDERS]
        files.extractall(folder, members, filter="data")
    return revision if name.startswith(revision) else f"{revision} ({name[:7]})"


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git prints, called in the project's folder; None where it fails."""
    try:
        found = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except OSError as error:
        raise errors.UsageError(f"--against needs git: {error.strerror}") from error
    return found.stdout if found.returncode == 0 else None
