"""The programs that fetching and building need, and one clear line where one is missing."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys

from processor.core import errors

COMPOSE = "docker/compose.yaml"
JAVA_VERSION = 17


def java() -> str:
    """The path of a `java` of version 17 or newer.

    Raises:
        StackError: there is none.
    """
    path = shutil.which("java")
    why = f"kafka: Java {JAVA_VERSION} or newer is needed to run Apache Kafka"
    how = f"install a JRE (Debian: apt-get install openjdk-{JAVA_VERSION}-jre-headless; macOS: brew install openjdk)"
    if path is None:
        raise errors.StackError(_line(why, "there is no `java` on the PATH", how, "KAFKA_BOOTSTRAP_SERVERS"))
    found = _java_version(path)
    if found < JAVA_VERSION:
        raise errors.StackError(_line(why, f"`{path}` is version {found}", how, "KAFKA_BOOTSTRAP_SERVERS"))
    return path


def maven(purpose: str, server: str, variable: str) -> str:
    """The path of `mvn`.

    Args:
        purpose: what it fetches.
        server: for which server.
        variable: the environment variable that makes that server unnecessary.

    Raises:
        StackError: there is none.
    """
    path = shutil.which("mvn")
    if path is None:
        why = f"{server}: Maven is needed to fetch {purpose}"
        how = "install it (Debian: apt-get install maven; macOS: brew install maven)"
        raise errors.StackError(_line(why, "there is no `mvn` on the PATH", how, variable))
    return path


def pip(purpose: str, server: str, variable: str) -> list[str]:
    """The command that runs this Python's pip; the arguments are as for `maven`.

    Raises:
        StackError: there is none.
    """
    if importlib.util.find_spec("pip") is None:
        why = f"{server}: pip is needed to fetch {purpose}"
        how = f"install it ({sys.executable} -m ensurepip)"
        raise errors.StackError(_line(why, "this Python has none", how, variable))
    return [sys.executable, "-m", "pip"]


def go(reason: str) -> str:
    """The path of `go`.

    Args:
        reason: why the server is built here and not downloaded.

    Raises:
        StackError: there is none.
    """
    path = shutil.which("go")
    if path is None:
        why = f"weaviate: {reason}, so Go is needed to build it"
        how = "install Go 1.25 or newer (https://go.dev/dl)"
        raise errors.StackError(_line(why, "there is no `go` on the PATH", how, "WEAVIATE_URL"))
    return path


def _line(why: str, finding: str, how: str, variable: str) -> str:
    docker = ""
    if _docker_answers():
        docker = f"; or run the whole in containers, from untuned's checkout: docker compose -f {COMPOSE} up"
    return f"{why}, but {finding}: {how}, or set {variable} to one that runs elsewhere{docker}"


def _java_version(path: str) -> int:
    """The feature version: 8 for `1.8.0_392`, 17 for `17.0.9`; 0 where it cannot be told."""
    try:
        told = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(match.group(1)) if match else 0


def _docker_answers() -> bool:
    path = shutil.which("docker")
    if path is None:
        return False
    try:
        return subprocess.run([path, "info"], capture_output=True, timeout=5, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
