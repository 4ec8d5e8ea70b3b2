"""What a reviewer asks for, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Action, Ruling, Violation


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision as a form asks for it.

    Attributes:
        id: made with the form, so that the same one sent twice is one ruling: 1 to 64 letters, digits, `-` and `_`.
        action: what is to be done.
        answer: of `correct`, as JSON as a model gives it.
        note: the reviewer's words.
        override: whether the answer is to stand though rules are against it; the note says why.
        seconds: how long the reviewer looked at it; 0 where nobody measured.
        problems: what reading the form found (`forms.read`).
    """

    id: str
    action: Action
    answer: Mapping[str, Any] | None = None
    note: str = ""
    override: bool = False
    seconds: float = 0.0
    problems: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """Either a ruling, or what stands against it.

    `overridable` says that only rules stand against it, and that a note may say why the answer is right all the same.
    `warnings` is what rules remark without standing against it.
    """

    ruling: Ruling | None
    problems: tuple[Violation, ...] = ()
    overridable: bool = False
    warnings: tuple[Violation, ...] = ()
