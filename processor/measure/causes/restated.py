"""Prompts that show what is put in, also where the task's own have no block for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core.prompting import correction, fence, templates

if TYPE_CHECKING:
    from collections.abc import Mapping

CORRECTION = "Your answer cannot be accepted:\n{}\nAnswer again."
"""What is said of a previous answer where the task has no retry prompt: what a new task's retry.md says."""


class Restated(templates.BlockTemplate):
    """A task's prompt as it is, and plain words for passages and corrections where its own blocks stay empty."""

    def __init__(self, own: templates.BlockTemplate) -> None:
        self._own = own

    def render(self, block: str, values: Mapping[str, Any]) -> str:
        """As `BlockTemplate.render`."""
        text = self._own.render(block, values)
        if text:
            return text
        if block == "passages" and values["passages"]:
            return "\n".join(fence.fence(passage.text, "fact") for passage in values["passages"])
        if block == "correction" and values["violations"]:
            return CORRECTION.format(correction.describe(values["violations"]))
        return ""
