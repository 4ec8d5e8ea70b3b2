"""When a watching load loads again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from processor.adapters.project import Project, Stamp
from processor.knowledge import watch
from tests import running

if TYPE_CHECKING:
    from pathlib import Path


async def loads(looks: str) -> str:
    """At which looks a load was due, where each letter stands for what the files are then."""
    seen = iter(looks)
    due = ""
    last = ""

    def look() -> Stamp:
        nonlocal last
        last = next(seen, "")
        return frozenset({(last, 0, 0, 0)})

    async def sleep(_: float) -> None:
        if not seen.__length_hint__():  # type: ignore[attr-defined]
            raise EOFError

    with contextlib.suppress(EOFError):
        async for _ in watch.changes(look, sleep):
            due += last
    return due


@pytest.mark.parametrize(
    ("looks", "due"),
    [
        ("aaaa", "a"),
        ("aabbb", "ab"),
        ("aabcdd", "ad"),
        ("abab", "a"),
        ("abaa", "a"),
        ("abbaa", "aba"),
        ("abbcc", "abc"),
    ],
)
async def test_files_are_loaded_once_they_hold_still(looks: str, due: str):
    assert await loads(looks) == due


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("tasks/sort/knowledge/a.md", True),
        ("tasks/sort/knowledge/deep/er/b.csv", True),
        ("tasks/sort/examples.jsonl", True),
        ("tasks/sort/task.toml", True),
        ("tasks/sort/cases.jsonl", False),
        ("tasks/other/knowledge/a.md", False),
    ],
)
def test_what_a_load_reads_changes_the_stamp(tmp_path: Path, path: str, is_read: bool):
    project = Project(running.plain_project(tmp_path))
    before = project.knowledge_stamp("sort")
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("new")
    assert (project.knowledge_stamp("sort") != before) is is_read
