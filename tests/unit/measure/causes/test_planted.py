"""The planted-failure benchmark in small: the attribution must be right where chance plays no part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.planted import figures, plants, run

if TYPE_CHECKING:
    from pathlib import Path

FLOOR = 0.85

LEFT_TO_CHANCE = {kind.name for kind in plants.KINDS if "chance" in kind.script}
OUT_OF_REACH = {"nickname, not named, desk of many"}
"""The label does not say which of many documents is needed: the wrong ones are put in."""


async def test_planted_causes_are_found(tmp_path: Path) -> None:
    found = await run.benchmark(tmp_path, each=2, seed=0)
    certain = {name: share for name, share in found.kinds.items() if name not in LEFT_TO_CHANCE | OUT_OF_REACH}
    assert len(certain) == len(plants.KINDS) - len(LEFT_TO_CHANCE) - len(OUT_OF_REACH)
    assert {name: (share.count, share.n) for name, share in certain.items()} == dict.fromkeys(certain, (2, 2))
    assert (found.right.share or 0.0) >= FLOOR
    assert sum(found.confusion.values()) + found.whole == 2 * len(plants.KINDS)
    document = figures.document(found)
    assert document["right"]["n"] == found.right.n
    assert len(document["wrong"]) == found.right.n - found.right.count
    assert figures.lines(found)[0].startswith("planted / found")
