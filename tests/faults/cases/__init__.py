"""The cases, by families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.cases import broker, groups, machine, model, poison, sizes, store, workers

if TYPE_CHECKING:
    from tests.faults.scene import Case

FAMILIES = (workers, groups, broker, model, store, poison, sizes, machine)
CASES: dict[str, Case] = {case.name: case for family in FAMILIES for case in family.CASES}
