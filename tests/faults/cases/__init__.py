"""The cases, by families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.cases import broker, model, workers

if TYPE_CHECKING:
    from tests.faults.scene import Case

CASES: dict[str, Case] = {case.name: case for family in (workers, broker, model) for case in family.CASES}
