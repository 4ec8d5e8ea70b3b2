"""What the verbs of `untuned review` need besides untuned itself."""

from __future__ import annotations

import importlib.util

from processor.core import errors

INSTALL = "pip install 'untuned[review]', or in a checkout of untuned: pip install -e '.[review]'"
"""How the extra is had, whether the package is published where one is or not."""

NEEDED = ("argon2", "authlib", "scipy")
"""Modules of the extra."""


def check() -> None:
    """What the review application needs is installed.

    Raises:
        UsageError: it is not.
    """
    if any(importlib.util.find_spec(each) is None for each in NEEDED):
        raise errors.UsageError(f"the review application needs more packages: {INSTALL}")
