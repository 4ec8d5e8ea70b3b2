"""The texts of schemas/envelope.*.avsc, wherever untuned is installed."""

from __future__ import annotations

from importlib import resources

NAMES = ("event", "result", "retry", "review", "decision", "lease")


def text(name: str) -> str:
    """The text of envelope.<name>.avsc: a wheel has it inside the package, a checkout in schemas/ beside it."""
    file = f"envelope.{name}.avsc"
    package = resources.files("processor")
    inside = package / "_schemas" / file
    found = inside if inside.is_file() else package / ".." / "schemas" / file
    return found.read_text(encoding="utf-8")
