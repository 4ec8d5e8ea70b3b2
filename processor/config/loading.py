"""The settings read from the environment, from the project's `.env` and from a running local stack."""

from __future__ import annotations

import os
from pathlib import Path

import pydantic

from processor.config import stack
from processor.config.settings import Settings
from processor.core import errors


def project() -> Path:
    """The project's folder: `UNTUNED_PROJECT`, or the current one."""
    return Path(os.environ.get("UNTUNED_PROJECT") or ".").expanduser()


def load(**overrides: object) -> Settings:
    """Read the settings; `overrides` are field names (from command line options), None values are ignored.

    Raises:
        UsageError: a variable holds what it cannot hold, or the project folder does not exist.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    root = Path(str(given["project"])).expanduser() if "project" in given else project()
    if not root.is_dir():
        raise errors.UsageError(f"the project folder {root} does not exist (UNTUNED_PROJECT)")
    given["project"] = root
    try:
        first = Settings(_env_file=root / ".env", **given)  # type: ignore[arg-type]
        return Settings(_env_file=root / ".env", **{**stack.supplied(first), **given})  # type: ignore[arg-type]
    except pydantic.ValidationError as error:
        raise errors.UsageError(_explain(error)) from error
    except UnicodeDecodeError as error:
        raise errors.UsageError(f"{root / '.env'} is not UTF-8") from error


def secret(project: Path, name: str) -> str | None:
    """A key that models.toml names: the environment's variable, else the one of the project's `.env`; None if empty."""
    from dotenv import dotenv_values

    return os.environ.get(name) or dotenv_values(project / ".env").get(name) or None


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for a program that untuned starts: this one, with `extra` over it."""
    return {**os.environ, **extra}


def _explain(error: pydantic.ValidationError) -> str:
    # Values are left out: one of them may be a secret.
    parts = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
    return "settings: " + "; ".join(parts)
