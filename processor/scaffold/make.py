"""The files of a new project or task, in a project's folder."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, get_args

from processor.core import errors
from processor.core.definition import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

KINDS: tuple[Kind, ...] = get_args(Kind)

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME_LIMIT = 40

HIDDEN = {"env.example": ".env.example", "gitignore": ".gitignore"}
"""What a file is called in a project whose name there begins with a dot."""


def text(name: str) -> str:
    """The text of one of the files, such as `task/retry.md`."""
    return (resources.files("processor.scaffold") / "files" / name).read_text(encoding="utf-8")


def project(root: Path) -> tuple[str, ...]:
    """Make a project in a folder; the files made, by their paths in it.

    Raises:
        UsageError: the folder is a project already, or one of the files is there; nothing is written then.
    """
    if (root / "tasks").exists():
        raise errors.UsageError(f"{root} is a project already: add a task with `untuned new TASK --kind …`")
    names = ("README.md", "env.example", "gitignore")
    files = {HIDDEN.get(name, name): text(f"project/{name}") for name in names}
    made = _write(root, {**files, "tasks/models.toml": text("project/models.toml")})
    for folder in ("schemas", "rules"):
        (root / folder).mkdir(exist_ok=True)
    return made


def task(root: Path, name: str, kind: Kind) -> tuple[str, ...]:
    """Make a task in a project; the files made, by their paths in it.

    Raises:
        UsageError: no task can be called that, the folder is no project, or one of the files is there; nothing is
            written then.
    """
    if not NAME.fullmatch(name) or len(name) > NAME_LIMIT:
        raise errors.UsageError(
            f"{name!r} is no task's name: take small letters, digits and single hyphens, at most {NAME_LIMIT}, "
            "beginning with a letter, as in refund-check"
        )
    if not (root / "tasks").is_dir():
        raise errors.UsageError(f"{root} is no project: make one with `untuned init`, or name one by UNTUNED_PROJECT")
    filled = {path: _filled(found, name) for path, found in _texts(kind)}
    return _write(root, {_place(path, name): found for path, found in filled.items()})


def record_name(task: str) -> str:
    """What the answer's record is called: `refund-check` -> `RefundCheck`."""
    return "".join(word.capitalize() for word in task.split("-"))


def _texts(kind: Kind) -> Iterator[tuple[str, str]]:
    yield "retry.md", text("task/retry.md")
    yield from _below(resources.files("processor.scaffold") / "files" / kind)


def _below(folder: Traversable, path: str = "") -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _below(entry, f"{path}{entry.name}/")
        else:
            yield path + entry.name, entry.read_text(encoding="utf-8")


def _place(path: str, name: str) -> str:
    """Where a file of a task stands in its project."""
    own = {"schema.avsc": f"schemas/{name}.avsc", "rules.py": f"rules/{name.replace('-', '_')}.py"}
    return own.get(path, f"tasks/{name}/{path}")


def _filled(found: str, name: str) -> str:
    return found.replace("TASK_NAME", name).replace("RECORD_NAME", record_name(name))


def _write(root: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Write files that are not there yet."""
    there = [path for path in files if (root / path).exists()]
    if there:
        raise errors.UsageError(f"{there[0]} is there already, and nothing was written")
    for path, found in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(found, encoding="utf-8")
    return tuple(files)
