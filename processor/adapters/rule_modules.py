"""Rules modules: a project's Python, imported from texts that were read once, so that what is hashed is what runs.

Every version of a module is imported into a package of its own, together with the helper modules beside it that it
imports (`from . import common`): two versions, or two projects, in one process never see each other.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from processor.core import errors

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator, Mapping, Sequence

PACKAGE = "untuned_rules_"

SECONDS = 30.0
"""How long an import may take: one without end would keep every other task's changes waiting."""

KEPT = 8
"""Versions of one module that stay importable for imports inside rules: the one in use, and refused ones after it."""


def sources(entry: str, read: Callable[[str], str | None]) -> dict[str, str]:
    """The texts of a rules module and of the helpers that it imports, by path; the module itself is the first.

    Args:
        entry: the module's path in the project, `rules/<task>.py`.
        read: the text of a file in the project; None where there is none.

    Raises:
        DefinitionError: one of them is not Python.
    """
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        text = None if path in found else read(path)
        if text is not None:
            found[path] = text
            waiting.extend(f"rules/{name}.py" for name in _helpers(path, text))
    return found


def load(root: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """The variables of a rules module, imported with its helpers.

    Args:
        root: tells projects apart.
        texts: as of `sources`.

    Raises:
        DefinitionError: something in it raises or does not end; with file and line.
    """
    entry = next(iter(texts))
    digest = hashlib.sha256(repr((root, sorted(texts.items()))).encode()).hexdigest()[:16]
    package = PACKAGE + digest
    _FINDER.packages[package] = texts
    try:
        with _limited(SECONDS):
            module = importlib.import_module(f"{package}.{_stem(entry)}")
    except (Exception, SystemExit, _TooLong) as error:
        _FINDER.drop(package)
        raise _broken(error, texts, entry) from error
    _FINDER.keep(f"{root}/{entry}", package)
    return vars(module)


def _stem(path: str) -> str:
    return path.removeprefix("rules/").removesuffix(".py")


def _helpers(path: str, text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text, path)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise errors.DefinitionError(path, f"not Python: {getattr(error, 'msg', error)}", line) from error
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield from [node.module.partition(".")[0]] if node.module else [name.name for name in node.names]


def _broken(error: BaseException, texts: Mapping[str, str], entry: str) -> errors.DefinitionError:
    """Where in the project's own files it was raised, innermost."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in texts]
    path, line = (frames[-1].filename, frames[-1].lineno) if frames else (entry, None)
    told = str(error) if isinstance(error, errors.UsageError | _TooLong) else f"{type(error).__name__}: {error}"
    return errors.DefinitionError(path, told, line)


class _TooLong(BaseException):
    """Not an `Exception`, so that a module that catches those cannot go on."""

    def __str__(self) -> str:
        return f"the import had not ended after {SECONDS:g} s"


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `_TooLong` in what runs here, whichever thread it is; a wait inside C is interrupted once it is over."""
    lock, ident, running = threading.Lock(), ctypes.c_ulong(threading.get_ident()), True

    def stop() -> None:
        with lock:
            if running:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(_TooLong))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            running = False


class _Loader(importlib.abc.InspectLoader):
    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text

    def get_source(self, fullname: str) -> str:
        del fullname
        return self._text

    def get_code(self, fullname: str) -> types.CodeType:
        del fullname
        return compile(self._text, self._path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules of the packages made here; each holds the texts of one version."""

    def __init__(self) -> None:
        self.packages: dict[str, Mapping[str, str]] = {}
        self._versions: dict[str, list[str]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        package, _, name = fullname.partition(".")
        if package not in self.packages:
            return None
        if not name:
            return importlib.machinery.ModuleSpec(package, _Loader(package, ""), is_package=True)
        file = f"rules/{name}.py"
        text = self.packages[package].get(file)
        return None if text is None else importlib.machinery.ModuleSpec(fullname, _Loader(file, text), origin=file)

    def keep(self, module: str, package: str) -> None:
        """Note that a package is the newest of a module, and forget those that are too old."""
        versions = [*(each for each in self._versions.get(module, []) if each != package), package]
        self._versions[module] = versions[-KEPT:]
        for old in versions[:-KEPT]:
            self.drop(old)

    def drop(self, package: str) -> None:
        """Make a package as if it had never been."""
        self.packages.pop(package, None)
        for name in [each for each in list(sys.modules) if each.partition(".")[0] == package]:
            del sys.modules[name]


_FINDER = _Finder()
sys.meta_path.append(_FINDER)
