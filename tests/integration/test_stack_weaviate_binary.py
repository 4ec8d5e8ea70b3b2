"""Where Weaviate's server program comes from: its release from an HTTP server of this test's, else a build."""

from __future__ import annotations

import http.server
import io
import platform
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.local import progress, weaviate_binary
from processor.local.job import Job

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = b"#!/bin/sh\necho weaviate\n"


def release(name: str = "weaviate") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(PROGRAM)
        archive.addfile(entry, io.BytesIO(PROGRAM))
    return made.getvalue()


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Serves these bytes as the release (None: HTTP 404); no other source but the PATH is left."""
    answers: list[bytes | None] = [None]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404 if answers[0] is None else 200)
            self.end_headers()
            self.wfile.write(answers[0] or b"")

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/weaviate.tar.gz"
        monkeypatch.setattr(weaviate_binary, "_release_url", lambda: url)
        monkeypatch.setattr(weaviate_binary, "_embedded_cache", lambda: tmp_path / "none")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        yield answers
        server.shutdown()


def obtain(cache: Path) -> Path:
    return weaviate_binary.obtain(cache, Job("weaviate", progress.silent, threading.Event()))


def install_go(tmp_path: Path, script: str) -> None:
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(f"#!/bin/sh\n{script}\n")
    go.chmod(0o755)


def test_the_release_is_downloaded_and_kept(served, tmp_path):
    served[0] = release()
    program = obtain(tmp_path / "cache")
    assert program.read_bytes() == PROGRAM
    assert program.stat().st_mode & 0o111
    served[0] = None
    assert obtain(tmp_path / "cache") == program


# Names of their own: an archive holds the second in which it was made, and each of several processes makes it anew.
@pytest.mark.parametrize(
    "answer",
    [None, b"no archive", release("another"), release()[:40]],
    ids=["nothing", "no-archive", "another-name", "cut-off"],
)
def test_where_the_release_cannot_be_had_it_is_built(served, tmp_path, answer):
    served[0] = answer
    install_go(
        tmp_path,
        '/bin/mkdir "$GOBIN"; echo weaviate/one >&2; echo built > "$GOBIN/weaviate-server"; test "$1" = install',
    )
    (tmp_path / "cache").mkdir()
    assert obtain(tmp_path / "cache").read_text() == "built\n"


def test_where_it_can_be_neither_downloaded_nor_built_the_one_line_says_why(served, tmp_path):
    with pytest.raises(
        errors.StackError, match=r"^weaviate: its release .* cannot be downloaded .*no `go` on the PATH"
    ):
        obtain(tmp_path / "cache")


def test_a_build_that_fails_is_told_with_its_last_lines(served, tmp_path):
    install_go(tmp_path, "echo 'go: disk quota exceeded'; exit 1")
    with pytest.raises(errors.StackError, match=r"building Weaviate .* failed; .*said:\n  go: disk quota exceeded"):
        obtain(tmp_path / "cache")


def test_a_server_that_weaviates_client_has_cached_is_taken(served, tmp_path, monkeypatch):
    (tmp_path / "embedded").write_bytes(PROGRAM)
    monkeypatch.setattr(weaviate_binary, "_embedded_cache", lambda: tmp_path / "embedded")
    assert obtain(tmp_path / "cache").read_bytes() == PROGRAM


def test_weaviates_client_knows_where_the_release_of_this_machine_is():
    url = weaviate_binary._release_url()
    assert url.startswith("https://")
    assert f"v{weaviate_binary.VERSION}" in url
    assert url.endswith((".tar.gz", ".zip"))
    assert platform.system() in url
