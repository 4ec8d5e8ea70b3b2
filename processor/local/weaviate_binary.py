"""Weaviate's server program: from the cache, else its release, else built from its Go module."""

from __future__ import annotations

import hashlib
import platform
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from processor.core import errors
from processor.local import artifacts, tools

if TYPE_CHECKING:
    from processor.local.job import Job

VERSION = "1.35.2"  # the newest on the Go module proxy
MODULE = f"github.com/weaviate/weaviate/cmd/weaviate-server@v{VERSION}"
BINARY = "weaviate"
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
BUILD_PATIENCE = 3600.0
UNUSABLE = (httpx.HTTPError, OSError, tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, KeyError)
"""What says that a release cannot be downloaded or is no archive that holds the server."""


def obtain(cache: Path, job: Job) -> Path:
    """The server program's path.

    Raises:
        StackError: the release cannot be downloaded and it cannot be built either.
    """
    name = f"weaviate-{VERSION}-{platform.system()}-{platform.machine()}"
    return artifacts.obtain(cache, name, _make, job) / BINARY


def _make(building: Path, job: Job) -> None:
    target = building / "contents" / BINARY
    known = _embedded_cache()
    if known.is_file():
        job.say("taking weaviate-client's copy of the server")
        shutil.copy(known, target)
    else:
        try:
            _download(target, building, job)
        except UNUSABLE as error:
            _build(target, building, job, f"its release {VERSION} cannot be downloaded ({type(error).__name__})")
    target.chmod(0o755)


def _embedded_cache() -> Path:
    """Where weaviate-client's embedded mode keeps a server of this version."""
    from weaviate import embedded

    digest = hashlib.sha256(f"v{VERSION}".encode()).hexdigest()
    return Path(embedded.DEFAULT_BINARY_PATH) / f"weaviate-v{VERSION}-{digest}"


def _release_url() -> str:
    """Where weaviate-client's embedded mode downloads this version from, for this machine."""
    from weaviate import embedded

    with tempfile.TemporaryDirectory() as nowhere:  # it makes its folders at once
        options = embedded.EmbeddedOptions(nowhere, nowhere, VERSION)
        return str(embedded.EmbeddedV4(options)._download_url)  # noqa: SLF001 - the client knows the scheme of the names


def _download(target: Path, building: Path, job: Job) -> None:
    url = _release_url()
    archive = building / Path(url).name
    what = f"downloading Weaviate {VERSION}"
    job.say(what)
    timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
    with httpx.stream("GET", url, timeout=timeout, follow_redirects=True) as response:
        response.raise_for_status()
        total = int(response.headers.get("content-length", 0)) or None
        with archive.open("wb") as file:
            for chunk in response.iter_bytes(1 << 18):
                file.write(chunk)
                job.say(what, response.num_bytes_downloaded, total)
    _extract(archive, target)


def _extract(archive: Path, target: Path) -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as zipped:
            zipped.extract(BINARY, target.parent)
    else:
        with tarfile.open(archive) as tarred:
            tarred.extract(BINARY, target.parent, filter="data")


def _build(target: Path, building: Path, job: Job, reason: str) -> None:
    go = tools.go(reason)
    scratch = building / "scratch"
    scratch.mkdir()
    job.run(
        [go, "install", "-v", "-ldflags", "-s -w", MODULE],
        f"building Weaviate {VERSION} from its source: about 3 minutes on 2 cores, only once",
        building,
        patience=BUILD_PATIENCE,
        measure=lambda: _compiled(building / "log"),
        unit="packages",
        GOBIN=str(building / "bin"),
        GOTMPDIR=str(scratch),
    )
    built = building / "bin" / "weaviate-server"
    if not built.is_file():
        raise errors.StackError(
            "weaviate: Go built nothing for this machine; unset GOOS and GOARCH, or set WEAVIATE_URL"
        )
    built.rename(target)


def _compiled(log: Path) -> int:
    """Packages compiled so far: Go tells each in a line of its own; its own remarks begin with `go:`."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return 0
    return sum(not line.startswith("go:") for line in lines)
