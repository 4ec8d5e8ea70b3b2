"""Training data on the disk, what to measure on, and a manifest, read back and checked. Only the user may read it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.measure.cases import labels
from processor.measure.training import openai_format
from processor.measure.training.export import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from processor.measure.training.values import Chat, Export

FORMAT = "untuned.export/1"
TRAIN, VALIDATION, MANIFEST = "train.jsonl", "validation.jsonl", "manifest.json"
HELD_OUT = "validation-cases.jsonl"
"""The validation side as cases, for `untuned measure`: a tuned model is not measured on what it was trained on."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the manifest says beside the data: by whom, of what, and on which verdict.

    `verdict` is the last one on this version, None where there is none; `reason` is why it was exported anyway, else
    empty.
    """

    task: str
    version: str
    at: str
    seed: int
    verdict: Mapping[str, Any] | None
    reason: str


def write(folder: Path, made: Export, given: Given) -> dict[str, Any]:
    """Write all of it into a new or empty folder, and return the manifest.

    Raises:
        UsageError: the folder has something in it, or cannot be written to.
        UntunedError: what was read back is not OpenAI's format, or a case stands on both sides.
    """
    _refuse_leaks(made)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise errors.UsageError(f"{folder} is not empty: training data is never mixed or overwritten")
        parts = {name: _write(folder / name, _lines(chats)) for name, chats in _parts(made)}
        _write(folder / HELD_OUT, "".join(f"{labels.line(case)}\n" for case in made.held_out).encode())
        manifest = _manifest(made, given, parts)
        _write(folder / MANIFEST, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise errors.UsageError(f"{folder} cannot be written: {error.strerror}") from error
    check(folder)
    return manifest


def check(folder: Path) -> None:
    """Read the files back.

    Raises:
        UntunedError: one is not in OpenAI's format, or not what the manifest says.
    """
    manifest = json.loads((folder / MANIFEST).read_bytes())
    for name in (TRAIN, VALIDATION):
        content = (folder / name).read_bytes()
        if wrong := openai_format.errors_in(content, training=name == TRAIN):
            raise errors.UntunedError(f"{folder / name} is not in OpenAI's format: {'; '.join(wrong)}")
        if hashlib.sha256(content).hexdigest() != manifest["files"][name]["sha256"]:
            raise errors.UntunedError(f"{folder / name} is not what {MANIFEST} says")


def _refuse_leaks(made: Export) -> None:
    leaking = [check.name for check in made.checks if check.found and check.name != "older than the newest of training"]
    if leaking:
        raise errors.UntunedError(f"training and validation are not apart: {', '.join(leaking)}")


def _parts(made: Export) -> tuple[tuple[str, tuple[Chat, ...]], ...]:
    return (TRAIN, made.train), (VALIDATION, made.validation)


def _lines(chats: Iterable[Chat]) -> bytes:
    rows = (json.dumps({"messages": list(chat.messages)}, ensure_ascii=False) for chat in chats)
    return "".join(f"{row}\n" for row in rows).encode()


def _write(path: Path, content: bytes) -> str:
    """The file, for the user alone; its hash."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return hashlib.sha256(content).hexdigest()


def _manifest(made: Export, given: Given, hashes: Mapping[str, str]) -> dict[str, Any]:
    """Counts, hashes, ids: no contents."""
    files = {
        name: {
            "lines": len(chats),
            "tokens": sum(chat.tokens for chat in chats),
            "sha256": hashes[name],
            "cases": [chat.case for chat in chats],
        }
        for name, chats in _parts(made)
    }
    return {
        "format": FORMAT,
        **dataclasses.asdict(given),
        "training_format": "openai",
        "split_by": made.split_by,
        "files": files,
        "checks": [dataclasses.asdict(check) for check in made.checks],
        "left_out": counted(made.left_out),
    }
